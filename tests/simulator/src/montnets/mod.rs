//! Montnets (梦网云通讯), in the function names of today and of old.
//!
//! `request` reads JSON and forms, `auth` checks who asks, `send` and `many` are the sends, `charset` knows how texts are
//! encoded, `answer`, `receipt` and `inbound` write. Receipts and inbound texts wait to be read, or are pushed where that was
//! agreed on. XML is not played.

mod answer;
mod auth;
mod charset;
mod inbound;
mod many;
mod options;
mod receipt;
mod request;
mod send;

use anyhow::{Context, Result};
use hyper::StatusCode;
use hyper::http::request::Parts;

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::wire::{Answer, Call, Nature, Poll, RawRequest, Reading, Refusal, Sent, Wire};
use crate::world::World;
use options::{MontnetsOptions, Names};
use request::Fields;

/// The provider's formats.
pub(crate) struct Montnets;

const DOOR: &str = "/sms/v2/std/";
/// The most receipts in one answer or push.
const RECEIPTS: usize = 500;
/// The most inbound texts in one answer.
const INBOUND: usize = 200;

const NATURE: Nature = Nature {
    pushes: true,
    polls: true,
    receipts_wait: true,
    receipt_each_part: true,
    inbound_part: 70,
    tells_of_texts: false,
    asked_by_call: false,
    failure: "UNDELIV",
};

impl Wire for Montnets {
    fn owns(&self, head: &Parts) -> bool {
        head.uri.path().starts_with(DOOR)
    }

    fn nature(&self) -> &'static Nature {
        &NATURE
    }

    fn check(&self, account: &Account) -> Result<()> {
        account.balance().parse::<f64>().context("the balance of Montnets is a count, or money with a point")?;
        account.check_options::<MontnetsOptions>().map(drop)
    }

    fn read(&self, request: &RawRequest, world: &World) -> Reading {
        let authenticated = Fields::read(request).and_then(|fields| Ok((auth::authenticate(&fields, world)?, fields)));
        match authenticated {
            Ok((account, fields)) => {
                let call = read_call(&fields, &account.settings());
                Reading::of(account, call)
            }
            Err(refusal) => Reading::stranger(refusal),
        }
    }

    /// An unsigned number of 64 bits that no signed one holds. Those of one call follow each other.
    fn provider_id(&self, call: u64, position: usize) -> String {
        receipt::id(call, position, 1).to_string()
    }

    fn accepted(&self, request: &RawRequest, sent: &Sent<'_>, _world: &World) -> Answer {
        answer::accepted(request, sent)
    }

    fn refused(&self, request: &RawRequest, refusal: &Refusal, _world: &World) -> Answer {
        answer::refused(request, refusal)
    }

    fn receipts_a_push(&self, _account: &Account) -> usize {
        RECEIPTS
    }

    fn receipts(&self, account: &Account, receipts: &[Receipt]) -> PushBody {
        receipt::push(account, receipts)
    }

    fn inbound(&self, account: &Account, text: &ArrivedText) -> PushBody {
        inbound::push(account, text)
    }

    fn acknowledged(&self, push: &PushBody, status: StatusCode, body: &[u8]) -> bool {
        answer::acknowledges(push, status, body)
    }
}

fn read_call(fields: &Fields<'_>, account: &Account) -> Result<Call, Refusal> {
    let options: MontnetsOptions = account.options();
    let (is_old, is_new) = (options.names != Names::New, options.names != Names::Old);
    let submission = match fields.function {
        "send_single" if is_new => send::read_single(fields, &options),
        "single_send" if is_old => send::read_single(fields, &options),
        "send_batch" if is_new => send::read_batch(fields, &options),
        "batch_send" if is_old => send::read_batch(fields, &options),
        "send_multi" if is_new => many::read_multi(fields, &options),
        "multi_send" if is_old => many::read_multi(fields, &options),
        "send_mixed" if is_new => many::read_mixed(fields, &options),
        "send_template" if is_new => send::read_template(fields, &options),
        "get_rpt" => return Ok(Call::PollReceipts(receipts(fields, options))),
        "get_mo" => return Ok(Call::PollInbound(inbound_texts(fields, options))),
        "get_balance" => return Ok(Call::Balance(answer::balance(fields.shape, account.balance()))),
        function => return Err(answer::refusal("-100070", format!("没有{function}的权限"))),
    };
    submission.map(Call::Send)
}

fn receipts(fields: &Fields<'_>, options: MontnetsOptions) -> Poll<Receipt> {
    let shape = fields.shape;
    Poll::next(fields.count("retsize", RECEIPTS), move |receipts: Vec<Receipt>, _| {
        answer::list(shape, "rpts", receipts.iter().map(|receipt| receipt::entry(receipt, &options)).collect())
    })
}

fn inbound_texts(fields: &Fields<'_>, options: MontnetsOptions) -> Poll<ArrivedText> {
    let shape = fields.shape;
    Poll::next(fields.count("retsize", INBOUND), move |texts: Vec<ArrivedText>, _| {
        answer::list(shape, "mos", texts.iter().map(|text| inbound::entry(text, &options)).collect())
    })
}
