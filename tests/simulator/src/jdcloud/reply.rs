//! `reply`: the inbound texts of one day. That they are told as often as they are asked for is inferred from the date in the
//! question.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{self, invalid};
use super::options::JdcloudOptions;
use crate::dates;
use crate::mailbox::ArrivedText;
use crate::wire::{Poll, Refusal};
use crate::world::World;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    app_id: String,
    data_date: String,
    phone_list: Option<Vec<String>>,
}

/// An application that is not the account's finds nothing.
pub(super) fn read(body: &[u8], options: JdcloudOptions) -> Result<Poll<ArrivedText>, Refusal> {
    let question: Question = serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    let from_ms =
        dates::parse_dashed_day(&question.data_date).ok_or_else(|| invalid("dataDate is written yyyy-MM-dd"))?;
    let is_own = question.app_id == options.app_id;
    let only = move |arrived: &ArrivedText| {
        let is_that_day = (0..DAY_MS).contains(&(arrived.at_ms - from_ms));
        let is_from = question.phone_list.as_ref().is_none_or(|list| list.contains(&arrived.text.number));
        is_own && is_that_day && is_from
    };
    let answer = move |texts: Vec<ArrivedText>, world: &World| {
        let rows: Vec<Value> = texts.iter().map(|text| row(text, &options)).collect();
        answer::ok(&rows.into(), &world.dice)
    };
    Ok(Poll { limit: usize::MAX, once: false, only: Box::new(only), answer: Box::new(answer) })
}

fn row(arrived: &ArrivedText, options: &JdcloudOptions) -> Value {
    json!({
        "appId": options.app_id,
        "signId": options.sign_id,
        "phoneNum": arrived.text.number,
        "dataTime": dates::local(arrived.at_ms),
        "content": arrived.content,
    })
}
