//! Questions: receipts and inbound texts, all that are new or those of one number, and what is left of the packages.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::{self, refusal};
use super::options::TencentOptions;
use super::send::check_application;
use super::{inbound, receipt};
use crate::account::Account;
use crate::clock::now_ms;
use crate::mailbox::ArrivedText;
use crate::memory::ReceivedText;
use crate::number;
use crate::push::Receipt;
use crate::wire::{Answer, Asked, Lookup, Poll, Refusal};
use crate::world::World;

const ROWS: usize = 100;
const WEEK_S: i64 = 7 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pull {
    limit: usize,
    sms_sdk_app_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PullOfNumber {
    begin_time: i64,
    end_time: i64,
    offset: usize,
    limit: usize,
    phone_number: String,
    sms_sdk_app_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statistics {
    sms_sdk_app_id: String,
}

/// Receipts that nobody has read.
pub(super) fn read_receipts(body: &[u8], options: &TencentOptions) -> Result<Poll<Receipt>, Refusal> {
    let pull: Pull = read(body)?;
    check(&pull.sms_sdk_app_id, pull.limit, options)?;
    Ok(Poll::next(pull.limit, |receipts: Vec<Receipt>, world: &World| {
        let set: Vec<Value> = receipts.iter().map(receipt::pulled).collect();
        answer::response("PullSmsSendStatusSet", set.into(), &world.dice)
    }))
}

/// What became of the texts to one number.
pub(super) fn read_lookup(body: &[u8], options: &TencentOptions) -> Result<Lookup, Refusal> {
    let pull = read_of_number(body, options)?;
    let of = Asked::Number(pull.phone_number.clone());
    let answer = move |texts: Vec<ReceivedText>, world: &World| {
        let is_known = |text: &&ReceivedText| text.report_at_ms <= now_ms() && pull.is_within(text.at_ms);
        let set: Vec<Value> = texts.iter().filter(is_known).take(pull.limit).map(receipt::found).collect();
        answer::response("PullSmsSendStatusSet", set.into(), &world.dice)
    };
    Ok(Lookup { of, answer: Box::new(answer) })
}

/// Inbound texts that nobody has read.
pub(super) fn read_inbound(body: &[u8], options: TencentOptions) -> Result<Poll<ArrivedText>, Refusal> {
    let pull: Pull = read(body)?;
    check(&pull.sms_sdk_app_id, pull.limit, &options)?;
    Ok(Poll::next(pull.limit, move |texts, world| replies(&texts, &options, world)))
}

/// All inbound texts of one number.
pub(super) fn read_inbound_of_number(body: &[u8], options: TencentOptions) -> Result<Poll<ArrivedText>, Refusal> {
    let pull = read_of_number(body, &options)?;
    let (limit, key) = (pull.limit, number::key(&pull.phone_number));
    let only = move |arrived: &ArrivedText| number::key(&arrived.text.number) == key && pull.is_within(arrived.at_ms);
    let answer = move |texts: Vec<ArrivedText>, world: &World| replies(&texts, &options, world);
    Ok(Poll { limit, once: false, only: Box::new(only), answer: Box::new(answer) })
}

/// One package, of which nothing is used yet.
pub(super) fn read_balance(
    body: &[u8],
    options: &TencentOptions,
    account: &Account,
    world: &World,
) -> Result<Answer, Refusal> {
    let statistics: Statistics = read(body)?;
    check_application(&statistics.sms_sdk_app_id, options)?;
    let amount: u64 = account.balance().parse().unwrap_or_default();
    let set = json!([{ "PackageId": 1, "PackageType": 1, "PackageAmount": amount, "CurrentUsage": 0 }]);
    Ok(answer::response("SmsPackagesStatisticsSet", set, &world.dice))
}

impl PullOfNumber {
    fn is_within(&self, at_ms: i64) -> bool {
        (self.begin_time..=self.end_time).contains(&(at_ms / 1_000))
    }
}

fn read_of_number(body: &[u8], options: &TencentOptions) -> Result<PullOfNumber, Refusal> {
    let pull: PullOfNumber = read(body)?;
    check(&pull.sms_sdk_app_id, pull.limit, options)?;
    if pull.offset != 0 {
        return Err(refusal("InvalidParameterValue", "Offset must be 0"));
    }
    if !(0..=WEEK_S).contains(&(pull.end_time - pull.begin_time)) {
        return Err(refusal("InvalidParameterValue", "from BeginTime to EndTime it is at most 7 days"));
    }
    Ok(pull)
}

fn check(app_id: &str, limit: usize, options: &TencentOptions) -> Result<(), Refusal> {
    check_application(app_id, options)?;
    let is_good = (1..=ROWS).contains(&limit);
    if is_good { Ok(()) } else { Err(refusal("InvalidParameterValue", format!("Limit is 1 to {ROWS}"))) }
}

fn replies(texts: &[ArrivedText], options: &TencentOptions, world: &World) -> Answer {
    let set: Vec<Value> = texts.iter().map(|text| inbound::pulled(text, &options.sign_name)).collect();
    answer::response("PullSmsReplyStatusSet", set.into(), &world.dice)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| refusal("InvalidParameter", error.to_string()))
}
