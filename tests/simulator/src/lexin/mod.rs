//! Lexin SMS (动力思维乐信), as far as it is documented.
//!
//! `auth` checks who asks in either family, `send` reads sends, `answer`, `receipt` and `inbound` write. It gives no ids:
//! receipts carry the gateway's own digits, and there are none for texts without. It is not played calling back, because the
//! format of its pushes is not known.

mod answer;
mod auth;
mod inbound;
mod options;
mod receipt;
mod request;
mod send;

use anyhow::{Context, Result};
use hyper::http::request::Parts;

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::Receipt;
use crate::wire::{Answer, Call, Nature, Poll, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use options::LexinOptions;
use request::Fields;

/// The provider's formats.
pub(crate) struct Lexin;

const NATURE: Nature = Nature {
    pushes: false,
    polls: true,
    receipts_wait: true,
    receipt_each_part: false,
    inbound_part: usize::MAX,
    tells_of_texts: true,
    asked_by_call: false,
    failure: "0",
};

impl Wire for Lexin {
    fn owns(&self, head: &Parts) -> bool {
        request::function(head.uri.path()).is_some()
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.balance().parse::<i64>().context("the balance of Lexin is a number of 厘")?;
        account.check_options::<LexinOptions>().map(drop)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        let fields = Fields::read(request);
        match auth::authenticate(&fields, world) {
            Ok(account) => {
                let call = read_call(&fields, &account.settings());
                Reading::of(account, call)
            }
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// The caller never sees it.
    fn provider_id(&self, call: u64, position: usize) -> String {
        format!("{call}-{position}")
    }

    fn accepted(&self, request: &RawRequest, sent: &Sent<'_>, _world: &World) -> Answer {
        answer::accepted(&Fields::read(request), sent)
    }

    fn refused(&self, request: &RawRequest, refusal: &Refusal, _world: &World) -> Answer {
        answer::refused(&Fields::read(request), refusal)
    }
}

fn read_call(fields: &Fields<'_>, account: &Account) -> Result<Call, Refusal> {
    let options: LexinOptions = account.options();
    match fields.function.trim_end_matches('2') {
        "qryReport" => {
            Ok(Call::PollReceipts(Poll::next(usize::MAX, |receipts: Vec<Receipt>, _| receipt::list(&receipts))))
        }
        "receiveSms" => {
            let answer = move |texts: Vec<ArrivedText>, _: &World| inbound::list(&texts, &options.sign);
            Ok(Call::PollInbound(Poll::next(usize::MAX, answer)))
        }
        "qryBalance" => Ok(Call::Balance(answer::balance(fields, account.balance()))),
        _ => send::read(fields, &options).map(Call::Send),
    }
}
