//! Twilio Programmable Messaging (version 2010-04-01).
//!
//! `auth` checks who asks, `send` and `fetch` are the operations on messages, `answer` writes them, `receipt` and `inbound` the
//! callbacks, which `signature` signs.

mod answer;
mod auth;
mod fetch;
mod inbound;
mod options;
mod receipt;
mod send;
mod signature;

use anyhow::{Context, Result};
use hyper::header::HeaderName;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::wire::{Answer, Call, Nature, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use options::TwilioOptions;

/// The provider's formats.
pub(crate) struct Twilio;

const DOOR: &str = "/2010-04-01/Accounts/";
const MESSAGE: &str = "SM";

const NATURE: Nature = Nature {
    pushes: true,
    polls: false,
    receipts_wait: false,
    receipt_each_part: false,
    inbound_part: 1_600,
    tells_of_texts: false,
    asked_by_call: true,
    failure: "30003",
};

impl Wire for Twilio {
    fn owns(&self, head: &Parts) -> bool {
        head.uri.path().starts_with(DOOR)
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.balance().parse::<f64>().context("the balance of Twilio is an amount of money")?;
        account.check_options::<TwilioOptions>().map(drop)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        let (sid, resource) = place(request);
        match auth::authenticate(request, sid, world) {
            Ok(account) => {
                let call = read_call(request, resource, &account.settings());
                Reading::of(account, call)
            }
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// A call is one message.
    fn provider_id(&self, call: u64, _position: usize) -> String {
        format!("{MESSAGE}{call:032x}")
    }

    fn accepted(&self, _request: &RawRequest, sent: &Sent<'_>, _world: &World) -> Answer {
        answer::created(sent)
    }

    fn refused(&self, _request: &RawRequest, refusal: &Refusal, _world: &World) -> Answer {
        answer::refused(refusal)
    }

    fn status_of(&self, code: &str) -> StatusCode {
        answer::status_of(code)
    }

    fn receipts(&self, account: &Account, receipts: &[Receipt]) -> PushBody {
        receipt::body(account, receipts)
    }

    fn inbound(&self, account: &Account, text: &ArrivedText) -> PushBody {
        inbound::body(account, text)
    }

    fn push_headers(&self, account: &Account, url: &str, push: &PushBody) -> Vec<(HeaderName, String)> {
        let signature = signature::of(&account.secret, url, &push.body);
        vec![(HeaderName::from_static("x-twilio-signature"), signature)]
    }

    fn acknowledged(&self, _push: &PushBody, status: StatusCode, _body: &[u8]) -> bool {
        status.is_success()
    }
}

/// The account's SID and what is below it.
fn place(request: &RawRequest) -> (&str, &str) {
    request.path().strip_prefix(DOOR).and_then(|path| path.split_once('/')).unwrap_or_default()
}

fn read_call(request: &RawRequest, resource: &str, account: &Account) -> Result<Call, Refusal> {
    let message = resource.strip_prefix("Messages/").and_then(|message| message.strip_suffix(".json"));
    match (&request.head.method, resource) {
        (&Method::POST, "Messages.json") => send::read(request, account).map(Call::Send),
        (&Method::GET, "Balance.json") => Ok(Call::Balance(answer::balance(account))),
        (&Method::GET, _) if message.is_some() => Ok(Call::Lookup(fetch::read(message.unwrap_or_default(), account))),
        _ => Err(answer::not_found(request.path())),
    }
}
