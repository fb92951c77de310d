//! Between the gateway's words (`jixinda_domain::provider`) and those of the interface 0.1.

use crate::wit_v0_1::exports::jixinda::provider::{callbacks, lookup, messaging, polling};
use crate::wit_v0_1::jixinda::provider::types;
use jixinda_domain::provider::{
    BatchLimits, CallRef, CallbackCall, CallbackEvents, CallbackReply, Descriptor, Fate, FeedPage, OutgoingMessage,
    SentMessage,
};
use jixinda_domain::receipt::Part;
use jixinda_domain::{
    Amount, Cause, Deferral, DeliveryReceipt, InboundMessage, Outcome, ReceiptStatus, Rejection, Scope, Timestamp,
};

/// Words of a provider that are longer than this are cut: they are for people.
const MAX_DETAIL_CHARS: usize = 500;
const MAX_ID_CHARS: usize = 200;

fn cut(text: String, max: usize) -> String {
    if text.len() <= max { text } else { text.chars().take(max).collect() }
}

pub(crate) fn cause(cause: types::Cause) -> Cause {
    Cause { code: cut(cause.code, MAX_ID_CHARS), detail: cut(cause.detail, MAX_DETAIL_CHARS) }
}

fn upstream_id(id: Option<String>) -> Option<String> {
    id.filter(|id| !id.is_empty()).map(|id| cut(id, MAX_ID_CHARS))
}

fn amount(amount: types::Amount) -> Amount {
    Amount { value: amount.value, unit: amount.unit }
}

fn instant(instant: u64) -> Option<Timestamp> {
    i64::try_from(instant).ok().map(Timestamp::from_millis)
}

pub(crate) fn descriptor(descriptor: messaging::Descriptor) -> Descriptor {
    Descriptor {
        id: descriptor.id,
        name: descriptor.name,
        version: descriptor.version,
        config_schema: descriptor.config_schema,
        hosts: descriptor.hosts,
        limits: BatchLimits {
            max_batch: descriptor.limits.max_batch.max(1),
            same: descriptor.limits.same,
            max_text_chars: descriptor.limits.max_text_chars,
            rules: descriptor.limits.rules,
        },
        feeds: descriptor.feeds,
        features: descriptor.features,
    }
}

pub(crate) fn batch(call: &CallRef) -> types::Batch {
    types::Batch { id: call.id.clone(), serial: call.serial.clone() }
}

pub(crate) fn message(message: &OutgoingMessage) -> types::Message {
    types::Message {
        id: message.id.clone(),
        serial: message.serial.clone(),
        recipient: message.recipient.clone(),
        country_code: message.country_code,
        category: message.category.to_owned(),
        sign_name: message.sign_name.clone(),
        sign_code: message.sign_code.clone(),
        text: message.text.clone(),
        template_code: message.template_code.clone(),
        params: message.params.clone(),
        extension: None,
        attempt: message.attempt,
        maybe_sent: message.maybe_sent,
        validity_seconds: message.validity_seconds,
        extra: Vec::new(),
    }
}

pub(crate) fn outcome(outcome: types::Outcome) -> Outcome {
    match outcome {
        types::Outcome::Accepted(accepted) => Outcome::Accepted {
            upstream_id: upstream_id(accepted.upstream_id),
            segments: accepted.segments,
            price: accepted.price.map(amount),
        },
        types::Outcome::Rejected(rejected) => Outcome::Rejected {
            reason: rejection(rejected.reason),
            elsewhere: rejected.elsewhere,
            cause: cause(rejected.cause),
        },
        types::Outcome::Deferred(deferred) => Outcome::Deferred {
            reason: deferral(deferred.reason),
            scope: scope(deferred.scope),
            cause: cause(deferred.cause),
            retry_after_ms: deferred.retry_after_ms,
        },
        types::Outcome::Uncertain(uncertain) => {
            Outcome::Uncertain { upstream_id: upstream_id(uncertain.upstream_id), cause: cause(uncertain.cause) }
        }
    }
}

fn rejection(rejection: types::Rejection) -> Rejection {
    match rejection {
        types::Rejection::BadRecipient => Rejection::BadRecipient,
        types::Rejection::RecipientBlocked => Rejection::RecipientBlocked,
        types::Rejection::ContentRefused => Rejection::ContentRefused,
        types::Rejection::BadSignName => Rejection::BadSignName,
        types::Rejection::BadTemplate => Rejection::BadTemplate,
        types::Rejection::Unroutable => Rejection::Unroutable,
        types::Rejection::TooLong => Rejection::TooLong,
        types::Rejection::Expired => Rejection::Expired,
        types::Rejection::Duplicate => Rejection::Duplicate,
        types::Rejection::Other => Rejection::Other,
    }
}

fn deferral(deferral: types::Deferral) -> Deferral {
    match deferral {
        types::Deferral::RateLimited => Deferral::RateLimited,
        types::Deferral::UpstreamBusy => Deferral::UpstreamBusy,
        types::Deferral::Unreachable => Deferral::Unreachable,
        types::Deferral::NoBalance => Deferral::NoBalance,
        types::Deferral::AuthFailed => Deferral::AuthFailed,
        types::Deferral::Other => Deferral::Other,
    }
}

fn scope(scope: types::Scope) -> Scope {
    match scope {
        types::Scope::Message => Scope::Message,
        types::Scope::Recipient => Scope::Recipient,
        types::Scope::Batch => Scope::Batch,
        types::Scope::SignName => Scope::SignName,
        types::Scope::Template => Scope::Template,
        types::Scope::Account => Scope::Account,
    }
}

fn receipt_status(status: types::ReceiptStatus) -> ReceiptStatus {
    match status {
        types::ReceiptStatus::Enroute => ReceiptStatus::Enroute,
        types::ReceiptStatus::Delivered => ReceiptStatus::Delivered,
        types::ReceiptStatus::Undelivered => ReceiptStatus::Undelivered,
        types::ReceiptStatus::Expired => ReceiptStatus::Expired,
        types::ReceiptStatus::Rejected => ReceiptStatus::Rejected,
        types::ReceiptStatus::Unknown => ReceiptStatus::Unknown,
    }
}

fn part(part: types::Part) -> Part {
    Part { number: part.number, total: part.total }
}

pub(crate) fn receipt(receipt: types::Receipt) -> DeliveryReceipt {
    DeliveryReceipt {
        upstream_id: upstream_id(receipt.upstream_id),
        message_id: receipt.message_id,
        serial: receipt.serial,
        batch_id: receipt.batch_id,
        batch_serial: receipt.batch_serial,
        recipient: receipt.recipient,
        part: receipt.part.map(part),
        status: receipt_status(receipt.status),
        cause: receipt.cause.map(cause),
        at: receipt.at.and_then(instant),
        segments: receipt.segments,
        price: receipt.price.map(amount),
    }
}

fn inbound(inbound: types::Inbound) -> InboundMessage {
    InboundMessage {
        upstream_id: upstream_id(inbound.upstream_id),
        sender: inbound.sender,
        recipient: inbound.recipient,
        extension: inbound.extension,
        sign_name: inbound.sign_name,
        text: inbound.text,
        part: inbound.part.map(part),
        at: inbound.at.and_then(instant),
    }
}

pub(crate) fn callback_call(call: &CallbackCall) -> callbacks::Call {
    callbacks::Call {
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query.clone(),
        headers: call.headers.clone(),
        body: call.body.clone(),
        remote_address: call.remote_address.clone(),
    }
}

pub(crate) fn callback_reply(reply: callbacks::Reply) -> CallbackReply {
    CallbackReply { status: reply.status, headers: reply.headers, body: reply.body }
}

pub(crate) fn callback_events(events: callbacks::Events) -> (CallbackEvents, CallbackReply) {
    let heard = CallbackEvents {
        receipts: events.receipts.into_iter().map(receipt).collect(),
        inbound: events.inbound.into_iter().map(inbound).collect(),
    };
    (heard, callback_reply(events.reply))
}

pub(crate) fn feed_page(page: polling::Page) -> FeedPage {
    FeedPage {
        events: CallbackEvents {
            receipts: page.receipts.into_iter().map(receipt).collect(),
            inbound: page.inbound.into_iter().map(inbound).collect(),
        },
        cursor: page.cursor,
        more: page.more,
        wait_ms: page.wait_ms,
    }
}

pub(crate) fn sent_message(sent: &SentMessage) -> lookup::Sent {
    lookup::Sent {
        id: sent.id.clone(),
        serial: sent.serial.clone(),
        batch: batch(&sent.call),
        upstream_id: sent.upstream_id.clone(),
        recipient: sent.recipient.clone(),
        at: u64::try_from(sent.at.as_millis()).unwrap_or(0),
    }
}

pub(crate) fn fate(fate: lookup::Fate) -> Fate {
    match fate {
        lookup::Fate::Known(known) => Fate::Known(Box::new(receipt(known))),
        lookup::Fate::Absent => Fate::Absent,
        lookup::Fate::Unsettled(why) => Fate::Unsettled(cause(why)),
    }
}

/// A call that failed as a whole, in words.
pub(crate) fn failure(failure: types::Failure) -> Cause {
    match failure {
        types::Failure::BadConfig(detail) => Cause::new("bad-config", cut(detail, MAX_DETAIL_CHARS)),
        types::Failure::Unsupported(detail) => Cause::new("unsupported", cut(detail, MAX_DETAIL_CHARS)),
        types::Failure::Upstream(upstream) => cause(upstream),
        types::Failure::Internal(detail) => Cause::new("plugin-internal", cut(detail, MAX_DETAIL_CHARS)),
    }
}
