//! A plain API of nobody in particular, for plugins that are told by configuration how a provider speaks.
//!
//! `request` reads JSON and forms, `auth` checks the token, `send` reads the one operation, `answer`, `receipt` and `inbound`
//! write. README.md describes it in full: it has no other sheet.

mod answer;
mod auth;
mod inbound;
mod options;
mod receipt;
mod request;
mod send;

use anyhow::Result;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::wire::{Answer, Call, Nature, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use options::GenericOptions;
use request::Fields;

/// The provider's formats.
pub(crate) struct Generic;

const SEND: &str = "/generic/send";
const BALANCE: &str = "/generic/balance";

const NATURE: Nature = Nature {
    pushes: true,
    polls: false,
    receipts_wait: false,
    receipt_each_part: false,
    inbound_part: usize::MAX,
    tells_of_texts: false,
    asked_by_call: false,
    failure: "failed",
};

impl Wire for Generic {
    fn owns(&self, head: &Parts) -> bool {
        [SEND, BALANCE].contains(&head.uri.path())
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.check_options::<GenericOptions>().map(drop)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        let fields = Fields::read(request);
        match fields.and_then(|fields| Ok((auth::authenticate(request, &fields, world)?, fields))) {
            Ok((account, fields)) => {
                let call = read_call(request, &fields, &account.settings());
                Reading::of(account, call)
            }
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// One id for a whole request.
    fn provider_id(&self, call: u64, _position: usize) -> String {
        format!("g-{call}")
    }

    fn accepted(&self, _request: &RawRequest, sent: &Sent<'_>, _world: &World) -> Answer {
        answer::accepted(&self.provider_id(sent.call.id, 0))
    }

    fn refused(&self, _request: &RawRequest, refusal: &Refusal, _world: &World) -> Answer {
        answer::refused(refusal)
    }

    fn status_of(&self, code: &str) -> StatusCode {
        answer::status_of(code)
    }

    fn receipts(&self, _account: &Account, receipts: &[Receipt]) -> PushBody {
        receipt::body(receipts)
    }

    fn inbound(&self, _account: &Account, text: &ArrivedText) -> PushBody {
        inbound::body(text)
    }

    fn acknowledged(&self, _push: &PushBody, status: StatusCode, _body: &[u8]) -> bool {
        status.is_success()
    }
}

fn read_call(request: &RawRequest, fields: &Fields, account: &Account) -> Result<Call, Refusal> {
    match (&request.head.method, request.path()) {
        (&Method::POST, SEND) => send::read(fields).map(Call::Send),
        (&Method::GET, BALANCE) => Ok(Call::Balance(answer::balance(account.balance()))),
        _ => Err(answer::refusal("not_found", "a send is a POST, the balance a GET")),
    }
}
