//! Creating a message: one text to one number.
//!
//! Codes that the sheet does not list (21602, 21603, 21609, 21624) are general knowledge.

use super::answer::{is_service, refusal};
use super::options::TwilioOptions;
use crate::account::Account;
use crate::form::Form;
use crate::segments;
use crate::wire::{RawRequest, ReceiptsTo, Refusal, Submission, Text};

const CHARACTERS: usize = 1_600;
const VALIDITY_S: u32 = 36_000;

/// Reads and checks it.
pub(super) fn read(request: &RawRequest, account: &Account) -> Result<Submission, Refusal> {
    let form = Form::parse(&request.body);
    let to = form.get("To").filter(|to| is_whole(to));
    let to = to.ok_or_else(|| refusal("21211", "The 'To' number is not a valid phone number."))?;
    let sender = read_sender(&form, &account.options())?;
    let body = form.get("Body").ok_or_else(|| refusal("21602", "Message body is required."))?;
    if body.chars().count() > CHARACTERS {
        return Err(refusal("21617", format!("The concatenated message body exceeds {CHARACTERS} characters")));
    }
    let validity = form.get("ValidityPeriod");
    if validity.is_some_and(|seconds| !seconds.parse().is_ok_and(|seconds: u32| (1..=VALIDITY_S).contains(&seconds))) {
        return Err(refusal("21624", format!("ValidityPeriod is 1 to {VALIDITY_S}")));
    }
    let text = Text {
        number: to.to_owned(),
        content: Some(body.into()),
        parts: segments::gsm(body),
        extra: validity.map(Into::into),
        ..Text::default()
    };
    Ok(Submission { texts: vec![text], sender: Some(sender.into()), receipts_to: read_callback(&form)? })
}

fn read_sender<'f>(form: &'f Form, options: &TwilioOptions) -> Result<&'f str, Refusal> {
    if let Some(service) = form.get("MessagingServiceSid") {
        return if is_service(service) { Ok(service) } else { Err(refusal("21606", "that is no messaging service")) };
    }
    let from = form.get("From").ok_or_else(|| refusal("21603", "A 'From' phone number is required."))?;
    let is_name =
        from.len() <= 11 && from.chars().all(|character| character.is_ascii_alphanumeric() || character == ' ');
    let is_own = options.senders.is_empty() || options.senders.iter().any(|sender| sender == from);
    if (is_whole(from) || is_name) && is_own {
        return Ok(from);
    }
    Err(refusal("21606", "The 'From' phone number is not yours, or cannot send."))
}

fn read_callback(form: &Form) -> Result<ReceiptsTo, Refusal> {
    let Some(url) = form.get("StatusCallback") else { return Ok(ReceiptsTo::Account) };
    let is_good = url.starts_with("http://") || url.starts_with("https://");
    if is_good {
        Ok(ReceiptsTo::Url(url.into()))
    } else {
        Err(refusal("21609", "The 'StatusCallback' URL is not valid."))
    }
}

fn is_whole(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}
