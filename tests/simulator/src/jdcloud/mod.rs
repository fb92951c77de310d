//! JD Cloud SMS (京东云短信).
//!
//! `mac` checks who asks, `send`, `status` and `reply` are the three operations, `answer` writes. It never calls back: what
//! became of a call's texts is asked by its sequence number, and inbound texts are told by the day, as often as one likes.

mod answer;
mod mac;
mod options;
mod reply;
mod send;
mod status;

use anyhow::Result;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use crate::account::Account;
use crate::wire::{Answer, Call, Nature, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use options::JdcloudOptions;

/// The provider's formats.
pub(crate) struct Jdcloud;

const DOOR: &str = "/v1/regions/";
const SEQUENCE: &str = "seq-";

const NATURE: Nature = Nature {
    pushes: false,
    polls: true,
    receipts_wait: false,
    receipt_each_part: false,
    inbound_part: usize::MAX,
    tells_of_texts: false,
    asked_by_call: true,
    failure: "UNDELIV",
};

impl Wire for Jdcloud {
    fn owns(&self, head: &Parts) -> bool {
        head.uri.path().starts_with(DOOR)
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.check_options::<JdcloudOptions>().map(drop)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        match mac::authenticate(request, world) {
            Ok(account) => {
                let call = read_call(request, &account.settings());
                Reading::of(account, call)
            }
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// One sequence number for a whole call.
    fn provider_id(&self, call: u64, _position: usize) -> String {
        format!("{SEQUENCE}{call:018}")
    }

    fn accepted(&self, _request: &RawRequest, sent: &Sent<'_>, world: &World) -> Answer {
        answer::accepted(&self.provider_id(sent.call.id, 0), &world.dice)
    }

    fn refused(&self, _request: &RawRequest, refusal: &Refusal, world: &World) -> Answer {
        answer::refused(refusal, &world.dice)
    }

    fn status_of(&self, code: &str) -> StatusCode {
        answer::status_of(code)
    }
}

/// The region and the operation that a path names.
fn place(request: &RawRequest) -> Option<(&str, &str)> {
    request.path().strip_prefix(DOOR)?.split_once('/')
}

fn read_call(request: &RawRequest, account: &Account) -> Result<Call, Refusal> {
    let options: JdcloudOptions = account.options();
    let (region, operation) = place(request).unwrap_or_default();
    if request.head.method != Method::POST || region != options.region {
        return Err(answer::refusal("NOT_FOUND", "there is no such region or path"));
    }
    if !request.is_of_type("application/json") {
        return Err(answer::invalid("the content type must be application/json"));
    }
    match operation {
        "batchSend" => send::read(&request.body, &options).map(Call::Send),
        "statusReport" => status::read(&request.body, options).map(Call::Lookup),
        "reply" => reply::read(&request.body, options).map(Call::PollInbound),
        _ => Err(answer::refusal("NOT_FOUND", "there is no such operation")),
    }
}
