//! Tencent Cloud SMS (腾讯云短信, version 2021-01-11).
//!
//! `mac` checks who asks, `send` and `pull` read the operations, `answer`, `receipt` and `inbound` write. Every answer has
//! status 200. `SendMultiGlobalSms` is not played.

mod answer;
mod inbound;
mod mac;
mod number;
mod options;
mod pull;
mod receipt;
mod send;

use anyhow::{Context, Result};
use hyper::StatusCode;
use hyper::http::request::Parts;

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::wire::{Answer, Call, Nature, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use options::TencentOptions;

/// The provider's formats.
pub(crate) struct Tencent;

const VERSION: &str = "2021-01-11";

const NATURE: Nature = Nature {
    pushes: true,
    polls: true,
    receipts_wait: true,
    receipt_each_part: false,
    inbound_part: usize::MAX,
    tells_of_texts: true,
    asked_by_call: false,
    failure: "UNDELIV",
};

impl Wire for Tencent {
    /// Its operations all live at `/`, as Aliyun's do, but are named in a header.
    fn owns(&self, head: &Parts) -> bool {
        head.uri.path() == "/" && head.headers.contains_key("x-tc-action")
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.balance().parse::<u64>().context("the balance of Tencent is what is left of a package, a count")?;
        account.check_options::<TencentOptions>().map(drop)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        match mac::authenticate(request, world) {
            Ok(account) => {
                let call = read_call(request, &account.settings(), world);
                Reading::of(account, call)
            }
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// Each number has a serial number of its own.
    fn provider_id(&self, call: u64, position: usize) -> String {
        format!("5000:{call:018}{position:010}")
    }

    fn accepted(&self, _request: &RawRequest, sent: &Sent<'_>, world: &World) -> Answer {
        answer::accepted(sent, &world.dice)
    }

    fn refused(&self, _request: &RawRequest, refusal: &Refusal, world: &World) -> Answer {
        answer::refused(refusal, &world.dice)
    }

    fn receipts_a_push(&self, _account: &Account) -> usize {
        100
    }

    fn receipts(&self, account: &Account, receipts: &[Receipt]) -> PushBody {
        receipt::push(receipts, account.options::<TencentOptions>().ext)
    }

    fn inbound(&self, account: &Account, text: &ArrivedText) -> PushBody {
        inbound::push(text, &account.options::<TencentOptions>().sign_name)
    }

    fn acknowledged(&self, _push: &PushBody, status: StatusCode, body: &[u8]) -> bool {
        receipt::acknowledged(status, body)
    }
}

fn read_call(request: &RawRequest, account: &Account, world: &World) -> Result<Call, Refusal> {
    if request.header("x-tc-version") != Some(VERSION) {
        return Err(answer::refusal("NoSuchVersion", "X-TC-Version is missing or unknown"));
    }
    if request.header("x-tc-region").is_none_or(str::is_empty) {
        return Err(answer::refusal("MissingParameter", "X-TC-Region is missing"));
    }
    let options: TencentOptions = account.options();
    let body = &request.body;
    match request.header("x-tc-action").unwrap_or_default() {
        "SendSms" => send::read(body, &options).map(Call::Send),
        "PullSmsSendStatus" => pull::read_receipts(body, &options).map(Call::PollReceipts),
        "PullSmsSendStatusByPhoneNumber" => pull::read_lookup(body, &options).map(Call::Lookup),
        "PullSmsReplyStatus" => pull::read_inbound(body, options).map(Call::PollInbound),
        "PullSmsReplyStatusByPhoneNumber" => pull::read_inbound_of_number(body, options).map(Call::PollInbound),
        "SmsPackagesStatistics" => pull::read_balance(body, &options, account, world).map(Call::Balance),
        action => Err(answer::refusal("InvalidAction", format!("{action} is not played"))),
    }
}
