//! Aliyun SMS (阿里云短信服务, "dysmsapi", version 2017-05-25).
//!
//! Learn one provider, know all: `request` reads, `mac` checks who asks, `send` and `details` are the operations, `answer`,
//! `receipt` and `inbound` write. What is common to providers is in the core.

mod answer;
mod dates;
mod details;
mod inbound;
mod mac;
mod number;
mod receipt;
mod request;
mod send;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::http::request::Parts;

use crate::memory::ReceivedText;
use crate::push::{InboundText, Receipt};
use crate::wire::{Answer, Call, Lookup, Peek, RawRequest, Reading, Refusal, Wire};
use crate::world::World;
use request::Rpc;

/// The provider's formats.
pub(crate) struct Aliyun;

impl Wire for Aliyun {
    fn peek(&self, head: &Parts) -> Option<Peek> {
        request::peek(head)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        let rpc = Rpc::new(&request.head, &request.body);
        match mac::authenticate(&rpc, world) {
            Ok(account) => Reading { account: Some(account), call: read_call(&rpc) },
            Err(refusal) => Reading { account: None, call: Err(refusal) },
        }
    }

    /// One BizId covers a whole call.
    fn provider_id(&self, call: u64, _position: usize) -> String {
        format!("{call:018}^0")
    }

    fn accepted(&self, call: u64, world: &World) -> Answer {
        answer::accepted(&self.provider_id(call, 0), &world.dice)
    }

    fn refused(&self, refusal: &Refusal, world: &World) -> Answer {
        answer::refused(refusal, &world.dice)
    }

    fn found(&self, lookup: &Lookup, texts: Vec<ReceivedText>, world: &World) -> Answer {
        details::found(lookup, texts, &world.dice)
    }

    fn receipts(&self, receipts: &[Receipt]) -> Bytes {
        receipt::body(receipts)
    }

    fn inbound(&self, texts: &[InboundText], world: &World) -> Bytes {
        inbound::body(texts, &world.dice)
    }

    fn acknowledged(&self, status: StatusCode, body: &[u8]) -> bool {
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
