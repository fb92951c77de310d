//! [`Text`]: a recorded message as a replay looks at it: its tries, what became of each, and by which chances it was decided.

use super::outcome::{Cost, End, Fate, Receipt};
use jixinda_domain::{
    CallId, Cause, ChannelId, Deferral, Destination, Message, MessageClass, MessageStatus, Outcome, Rejection, Scope,
    Timestamp,
};
use jixinda_routing::Exclusion;
use jixinda_routing::evidence::Kind;
use jixinda_store::{RecordedAttempt, RecordedMessage};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as WordError, StrDeserializer};
use std::time::Duration;

/// How long something holds that was recorded without an end.
const UNKNOWN_END: Duration = Duration::from_secs(60);

/// A recorded message.
#[derive(Clone, Debug)]
pub struct Text {
    pub message: Message,
    /// The call of its first try: those of one call were decided together.
    pub call: CallId,
    pub destination: Destination,
    /// At least one.
    pub tries: Vec<Try>,
}

/// One recorded try.
#[derive(Clone, Debug)]
pub struct Try {
    pub channel: ChannelId,
    pub at: Timestamp,
    pub fate: Fate,
    /// How likely each channel was to be picked for it; empty where that was not recorded.
    pub chances: Vec<(ChannelId, f64)>,
    /// Channels that could not have it for a reason that no setting of routing changes, and until when.
    pub barred: Vec<(ChannelId, Exclusion, Timestamp)>,
}

/// As much of a recorded selection as is read again.
#[derive(Default, Deserialize)]
struct Explanation {
    #[serde(default)]
    candidates: Vec<Candidature>,
}

#[derive(Deserialize)]
struct Candidature {
    channel: ChannelId,
    excluded: Option<String>,
    until: Option<String>,
    chance: Option<u16>,
}

impl Text {
    /// `None` where it has no try.
    pub fn of(recorded: RecordedMessage) -> Option<Self> {
        let RecordedMessage { message, call_id, attempts, told_at, converted_at } = recorded;
        let mut tries: Vec<Try> = attempts.iter().map(|attempt| read(attempt, &message)).collect();
        // Receipts and conversions speak of the last try that may have reached a provider.
        if let Some(carried) = tries.iter_mut().rev().find(|tried| tried.fate.end.may_have_been_taken()) {
            let ended_at = carried.at + carried.fate.took;
            let delivered = match message.status {
                MessageStatus::Delivered => Some(true),
                MessageStatus::Undelivered => Some(false),
                _ => None,
            };
            let told = |delivered| told_at.map(|at| Receipt { delivered, after: at.since(ended_at) });
            carried.fate.receipt = delivered.and_then(told);
            carried.fate.used_after = converted_at.map(|at| at.since(ended_at));
        }
        let destination = Destination::of(&message.recipient);
        (!tries.is_empty()).then_some(Self { message, call: call_id, destination, tries })
    }

    /// When it was first tried.
    pub fn at(&self) -> Timestamp {
        self.tries[0].at
    }

    /// The channel that took it, and what that cost.
    pub fn carried(&self) -> Option<&Try> {
        self.tries.iter().rev().find(|tried| tried.fate.end == End::Accepted)
    }

    /// What became of it where the message itself was to blame: it would have been refused anywhere.
    pub fn own_fault(&self) -> Option<&Fate> {
        self.tries.iter().map(|tried| &tried.fate).find(|fate| fate.end == End::Refused)
    }
}

fn read(attempt: &RecordedAttempt, message: &Message) -> Try {
    let outcome = outcome(attempt, message.class);
    let explanation: Explanation =
        attempt.explanation.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let chance = |one: &Candidature| Some((one.channel, f64::from(one.chance?) / 1000.0));
    let bar = |one: &Candidature| {
        let until = one.until.as_deref().and_then(Timestamp::parse_rfc3339);
        let exclusion = outer(one.excluded.as_deref()?)?;
        Some((one.channel, exclusion, until.unwrap_or(attempt.started_at + UNKNOWN_END)))
    };
    Try {
        channel: attempt.channel_id,
        at: attempt.started_at,
        chances: explanation.candidates.iter().filter_map(chance).collect(),
        barred: explanation.candidates.iter().filter_map(bar).collect(),
        fate: Fate {
            end: End::of(&outcome),
            kind: Kind::of(&outcome),
            took: Duration::from_millis(attempt.duration_ms.into()),
            receipt: None,
            used_after: None,
            segments: attempt.segments.unwrap_or(message.segments.into()),
            cost: attempt.price.as_ref().and_then(Cost::of),
        },
    }
}

/// What is decided outside of routing's settings: it is taken from the record.
fn outer(word: &str) -> Option<Exclusion> {
    Some(match word {
        "rule" => Exclusion::Rule,
        "paused" => Exclusion::Paused,
        "number_paused" => Exclusion::NumberPaused,
        "sign_name_paused" => Exclusion::SignNamePaused,
        "template_paused" => Exclusion::TemplatePaused,
        "provider_missing" => Exclusion::ProviderMissing,
        _ => return None,
    })
}

fn outcome(attempt: &RecordedAttempt, class: MessageClass) -> Outcome {
    let cause = Cause::new(attempt.cause_code.clone().unwrap_or_default(), "");
    match attempt.outcome.as_str() {
        "accepted" => Outcome::Accepted { upstream_id: None, segments: None, price: None },
        "rejected" => {
            let reason = word(attempt.reason.as_deref()).unwrap_or(Rejection::Other);
            Outcome::Rejected { reason, elsewhere: elsewhere(attempt, reason, class), cause }
        }
        "deferred" => Outcome::Deferred {
            reason: word(attempt.reason.as_deref()).unwrap_or(Deferral::Other),
            scope: word(attempt.scope.as_deref()).unwrap_or(Scope::Message),
            cause,
            retry_after_ms: None,
        },
        _ => Outcome::Uncertain { upstream_id: None, cause },
    }
}

/// Whether another channel might have taken it. Where the message stood afterwards tells it, but for a code that had no other channel.
fn elsewhere(attempt: &RecordedAttempt, reason: Rejection, class: MessageClass) -> bool {
    let of_the_channel = matches!(reason, Rejection::BadSignName | Rejection::BadTemplate | Rejection::Unroutable);
    match attempt.after.as_deref() {
        Some("rejected") if class == MessageClass::Otp => of_the_channel,
        Some(after) => after != "rejected",
        None => of_the_channel,
    }
}

fn word<T: DeserializeOwned>(text: Option<&str>) -> Option<T> {
    T::deserialize(StrDeserializer::<WordError>::new(text?)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::examples::{Recorded, channel};
    use super::*;

    #[test]
    fn a_record_is_read_with_its_chances_and_what_stood_in_the_way() {
        let explanation = format!(
            r#"{{"version": 7, "candidates": [
                {{"channel": "{}", "tier": 0.0, "share": 1000, "chance": 750}},
                {{"channel": "{}", "chance": 250}},
                {{"channel": "{}", "excluded": "rule", "until": "1970-01-01T00:00:20.000Z"}},
                {{"channel": "{}", "excluded": "paused"}},
                {{"channel": "{}", "excluded": "suspended"}}]}}"#,
            channel(1),
            channel(2),
            channel(3),
            channel(4),
            channel(5)
        );
        let mut recorded = Recorded::at(10).through(1).delivered_after(3).message();
        recorded.attempts[0].explanation = Some(explanation);
        let text = Text::of(recorded).expect("a text");
        assert_eq!(text.tries[0].chances, [(channel(1), 0.75), (channel(2), 0.25)]);
        let until = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let barred =
            [(channel(3), Exclusion::Rule, until(20)), (channel(4), Exclusion::Paused, text.at() + UNKNOWN_END)];
        assert_eq!(text.tries[0].barred, barred, "what a suspension keeps out is decided again");
        let receipt = text.tries[0].fate.receipt.expect("a receipt");
        assert_eq!((receipt.delivered, receipt.after), (true, Duration::from_secs(3)));
    }

    #[test]
    fn a_refusal_is_of_the_message_or_of_the_channel() {
        let refused = |reason: &str, after: Option<&str>, class| {
            let mut recorded = Recorded::at(10).through(1).message();
            recorded.message.class = class;
            let attempt = &mut recorded.attempts[0];
            (attempt.outcome, attempt.reason) = ("rejected".to_owned(), Some(reason.to_owned()));
            attempt.after = after.map(str::to_owned);
            Text::of(recorded).expect("a text").tries[0].fate.end
        };
        use MessageClass::{Notice, Otp};
        assert_eq!(refused("bad-recipient", Some("rejected"), Notice), End::Refused);
        assert_eq!(refused("other", Some("queued"), Notice), End::Elsewhere);
        assert_eq!(refused("other", Some("parked"), Notice), End::Elsewhere);
        assert_eq!(refused("bad-recipient", Some("rejected"), Otp), End::Refused);
        assert_eq!(refused("bad-template", Some("rejected"), Otp), End::Elsewhere, "it had no other channel");
        assert_eq!(refused("unroutable", None, Notice), End::Elsewhere, "of an earlier version");
    }

    #[test]
    fn a_receipt_speaks_of_the_try_that_was_taken() {
        let recorded = Recorded::at(10).through(1).deferred().then(12).through(2).delivered_after(5).message();
        let text = Text::of(recorded).expect("a text");
        assert_eq!((text.tries[0].fate.end, text.tries[0].fate.receipt), (End::Deferred, None));
        assert_eq!(text.tries[0].fate.kind, Kind::Unreachable);
        assert!(text.tries[1].fate.receipt.is_some());
        assert_eq!(text.carried().map(|tried| tried.channel), Some(channel(2)));
    }
}
