//! Huawei Cloud MSGSMS (华为云消息&短信).
//!
//! `mac` checks who asks, `send` reads both operations, `answer`, `receipt` and `inbound` write. It cannot be asked about texts;
//! receipts come to the URL that a request names.

mod answer;
mod inbound;
mod mac;
mod options;
mod receipt;
mod send;

use anyhow::Result;
use hyper::header::HeaderName;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::wire::{Answer, Call, Nature, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use options::{HuaweiOptions, PushShape};

/// The provider's formats.
pub(crate) struct Huawei;

const SAME: &str = "/sms/batchSendSms/v1";
const DIFFERENT: &str = "/sms/batchSendDiffSms/v1";

const NATURE: Nature = Nature {
    pushes: true,
    polls: false,
    receipts_wait: false,
    receipt_each_part: true,
    inbound_part: 160,
    tells_of_texts: true,
    asked_by_call: false,
    failure: "UNDELIV",
};

impl Wire for Huawei {
    fn owns(&self, head: &Parts) -> bool {
        [SAME, DIFFERENT].contains(&head.uri.path())
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.check_options::<HuaweiOptions>().map(drop)
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

    /// Each number has an id of its own.
    fn provider_id(&self, call: u64, position: usize) -> String {
        format!("{:08x}-{:04x}-{:04x}-0000-000000000000_{position}", call >> 32, (call >> 16) & 0xFFFF, call & 0xFFFF)
    }

    fn accepted(&self, _request: &RawRequest, sent: &Sent<'_>, _world: &World) -> Answer {
        answer::accepted(sent)
    }

    fn refused(&self, _request: &RawRequest, refusal: &Refusal, _world: &World) -> Answer {
        answer::refused(refusal)
    }

    fn status_of(&self, code: &str) -> StatusCode {
        answer::status_of(code)
    }

    fn receipts_a_push(&self, account: &Account) -> usize {
        match account.options::<HuaweiOptions>().push {
            PushShape::Form => 1,
            PushShape::Json => 50,
        }
    }

    fn receipts(&self, account: &Account, receipts: &[Receipt]) -> PushBody {
        match account.options::<HuaweiOptions>().push {
            PushShape::Form => receipt::form(receipts),
            PushShape::Json => receipt::json(receipts),
        }
    }

    fn inbound(&self, account: &Account, text: &ArrivedText) -> PushBody {
        inbound::body(&account.options::<HuaweiOptions>().sender, text)
    }

    fn push_headers(&self, account: &Account, url: &str, push: &PushBody) -> Vec<(HeaderName, String)> {
        if account.options::<HuaweiOptions>().signed_push { mac::sign_push(account, url, push) } else { Vec::new() }
    }

    /// The content of the callback's answer is ignored.
    fn acknowledged(&self, _push: &PushBody, status: StatusCode, _body: &[u8]) -> bool {
        status.is_success()
    }
}

fn read_call(request: &RawRequest, account: &Account) -> Result<Call, Refusal> {
    if request.head.method != Method::POST {
        return Err(answer::refusal("E000027", "the request must be a POST"));
    }
    let submission = match request.path() {
        SAME => send::read_same(request, account),
        _ => send::read_different(request, account),
    };
    submission.map(Call::Send)
}
