//! Aliyun SMS (阿里云短信服务, "dysmsapi", version 2017-05-25).
//!
//! Learn one provider, know all: `request` reads, `mac` checks who asks, `send` and `details` are the operations, `answer`,
//! `receipt` and `inbound` write. What is common to providers is in the core.

mod answer;
mod details;
mod inbound;
mod mac;
mod number;
mod receipt;
mod request;
mod send;

use hyper::StatusCode;
use hyper::http::request::Parts;

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::wire::{Answer, Call, Nature, Peek, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use request::Rpc;

/// The provider's formats.
pub(crate) struct Aliyun;

const NATURE: Nature = Nature {
    pushes: true,
    polls: false,
    receipts_wait: false,
    receipt_each_part: false,
    inbound_part: usize::MAX,
    tells_of_texts: false,
    asked_by_call: false,
    failure: "MOBILE_SEND_LIMIT",
};

impl Wire for Aliyun {
    /// Its operations all live at `/`, as Tencent's do, whose requests name theirs in a header.
    fn owns(&self, head: &Parts) -> bool {
        head.uri.path() == "/" && !head.headers.contains_key("x-tc-action")
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn peek(&self, head: &Parts) -> Option<Peek> {
        request::peek(head)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        let rpc = Rpc::new(&request.head, &request.body);
        match mac::authenticate(&rpc, world) {
            Ok(account) => Reading::of(account, read_call(&rpc)),
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// One BizId covers a whole call.
    fn provider_id(&self, call: u64, _position: usize) -> String {
        format!("{call:018}^0")
    }

    fn accepted(&self, _request: &RawRequest, sent: &Sent<'_>, world: &World) -> Answer {
        answer::accepted(&self.provider_id(sent.call.id, 0), &world.dice)
    }

    fn refused(&self, _request: &RawRequest, refusal: &Refusal, world: &World) -> Answer {
        answer::refused(refusal, &world.dice)
    }

    fn receipts_a_push(&self, _account: &Account) -> usize {
        100
    }

    fn receipts(&self, _account: &Account, receipts: &[Receipt]) -> PushBody {
        receipt::body(receipts)
    }

    fn inbound(&self, _account: &Account, text: &ArrivedText) -> PushBody {
        inbound::body(text)
    }

    fn acknowledged(&self, _push: &PushBody, status: StatusCode, body: &[u8]) -> bool {
        receipt::acknowledged(status, body)
    }
}

fn read_call(rpc: &Rpc<'_>) -> Result<Call, Refusal> {
    let (action, version) = (rpc.action(), rpc.version());
    if version != Some("2017-05-25") {
        return Err(answer::gateway(400, "InvalidVersion", "Specified parameter Version is not valid."));
    }
    match action {
        Some("SendSms") => send::read_single(rpc).map(Call::Send),
        Some("SendBatchSms") => send::read_batch(rpc).map(Call::Send),
        Some("QuerySendDetails") => details::read(rpc).map(Call::Lookup),
        Some(action) => {
            let message = format!("The specified action {action} is not found.");
            Err(answer::gateway(404, "InvalidAction.NotFound", message))
        }
        None => Err(answer::missing("Action")),
    }
}
