//! Fetching a message by its SID.

use hyper::StatusCode;

use super::MESSAGE;
use super::answer::{self, Message};
use super::receipt::{error_code, status};
use crate::account::Account;
use crate::clock::now_ms;
use crate::memory::ReceivedText;
use crate::wire::{Answer, Asked, Lookup};
use crate::world::World;

/// A SID that was never given finds nothing.
pub(super) fn read(sid: &str, account: &Account) -> Lookup {
    let call = sid.strip_prefix(MESSAGE).and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or_default();
    let (sid, account_sid) = (sid.to_owned(), account.key.clone());
    let answer = move |texts: Vec<ReceivedText>, _: &World| match texts.first() {
        Some(text) => found(&sid, &account_sid, text),
        None => answer::refused(&answer::not_found(&sid)),
    };
    Lookup { of: Asked::Call(call), answer: Box::new(answer) }
}

fn found(sid: &str, account_sid: &str, text: &ReceivedText) -> Answer {
    let is_known = text.report_at_ms <= now_ms();
    let failure = text.err_code.as_deref().filter(|_| is_known);
    let message = Message {
        sid,
        account_sid,
        to: &text.number,
        sender: text.sender.as_deref().unwrap_or_default(),
        body: text.text.as_deref().unwrap_or_default(),
        status: if is_known { status(failure) } else { "sent" },
        parts: text.parts,
        error_code: error_code(failure),
        at_ms: text.at_ms,
    };
    Answer::json(StatusCode::OK, message.json().to_string())
}
