//! Feige (飞鸽传书), in both generations of its API: `v1` takes forms, `v2` JSON. An account is set up for one of them.
//!
//! `request` reads, `auth` finds out who asks, `send` has what both generations' sends share, `answer`, `receipt` and `inbound`
//! write. The call `/sms/variable` is not played: its fields are not documented.

mod answer;
mod auth;
mod inbound;
mod options;
mod receipt;
mod request;
mod send;
mod v1;
mod v2;

use anyhow::{Context, Result};
use hyper::StatusCode;
use hyper::http::request::Parts;

use crate::account::Account;
use crate::dates;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::wire::{Answer, Nature, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::{World, call_time_ms};
use options::{FeigeOptions, Version};
use request::Fields;

/// The provider's formats.
pub(crate) struct Feige;

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

impl Wire for Feige {
    fn owns(&self, head: &Parts) -> bool {
        Version::of(head.uri.path()).is_some()
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.balance().parse::<f64>().context("the balance of Feige is an amount of money")?;
        account.check_options::<FeigeOptions>().map(drop)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        let fields = Fields::read(request);
        match fields.and_then(|fields| Ok((auth::authenticate(&fields, world)?, fields))) {
            Ok((account, fields)) => {
                let call = match fields.version {
                    Version::V1 => v1::read_call(&fields, &account.settings()),
                    Version::V2 => v2::read_call(&fields, &account.settings()),
                };
                Reading::of(account, call)
            }
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// One number for a whole call; it begins with its date.
    fn provider_id(&self, call: u64, _position: usize) -> String {
        let digits = |text: String| text.chars().filter(char::is_ascii_digit).collect::<String>();
        format!("{}{:08}", digits(dates::local(call_time_ms(call))), call % 100_000_000)
    }

    fn accepted(&self, request: &RawRequest, sent: &Sent<'_>, _world: &World) -> Answer {
        match Version::of(request.path()) {
            Some(Version::V1) => v1::accepted(sent),
            _ => v2::accepted(sent),
        }
    }

    fn refused(&self, request: &RawRequest, refusal: &Refusal, _world: &World) -> Answer {
        match Version::of(request.path()) {
            Some(Version::V1) => v1::refused(refusal),
            _ => v2::refused(refusal),
        }
    }

    fn receipts_a_push(&self, _account: &Account) -> usize {
        100
    }

    fn receipts(&self, _account: &Account, receipts: &[Receipt]) -> PushBody {
        receipt::push(receipts)
    }

    fn inbound(&self, _account: &Account, text: &ArrivedText) -> PushBody {
        inbound::push(text)
    }

    /// What the provider expects is not documented; it is easily content here.
    fn acknowledged(&self, _push: &PushBody, status: StatusCode, _body: &[u8]) -> bool {
        status == StatusCode::OK
    }
}
