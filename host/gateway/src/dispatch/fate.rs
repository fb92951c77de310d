//! What follows from what a provider says, or does not say, of an uncertain message: a pure decision.
//!
//! "Known" is a receipt and is applied as one. "Absent" counts after the provider's settling time: it was certainly not sent, and is
//! queued again. Where nobody knows, an `otp` is sent again once, because a code that comes late is worth nothing and one that comes
//! twice does no harm; any other message waits for its receipt and then for a person.

use crate::config::DispatchConfig;
use jixinda_domain::provider::Fate;
use jixinda_domain::{Cause, DeliveryReceipt, Message, MessageClass, MessageStatus, Timestamp};
use jixinda_store::Changes;
use std::time::Duration;

/// How often a message is sent again without knowing what became of the try before.
const RESENDS: u16 = 1;

/// What a look at an uncertain message found.
pub(super) enum Answer {
    /// The provider was asked and said this.
    Told(Fate),
    /// It can be asked, and could not be reached.
    Silent,
    /// It cannot be asked: only a receipt will tell.
    Mute,
}

/// What the decision is made from.
pub(super) struct Doubt<'a> {
    pub message: &'a Message,
    /// When the call began that may have sent it.
    pub called_at: Timestamp,
    pub now: Timestamp,
    /// When "absent" may be believed, counted from the call.
    pub settling: Duration,
    /// How long an answer is waited for, counted from the call.
    pub wait: Duration,
    /// Pause between two questions.
    pub every: Duration,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The receipt decides.
    Hear(Box<DeliveryReceipt>),
    /// It goes there, for this reason.
    Move(MessageStatus, Cause, Changes),
    /// It is looked at again.
    LookAgain(Timestamp),
}

pub(super) fn decide(doubt: &Doubt<'_>, answer: Answer) -> Verdict {
    let Doubt { message, now, .. } = *doubt;
    let unknown = match answer {
        Answer::Told(Fate::Known(receipt)) => return Verdict::Hear(receipt),
        Answer::Told(Fate::Absent) if now >= doubt.called_at + doubt.settling => {
            let cause = Cause::new("absent", "the provider says that it never had this try: it is sent again");
            let changes = Changes { certainly_unsent: true, ..Changes::default() };
            return Verdict::Move(MessageStatus::Queued, cause, changes);
        }
        Answer::Told(Fate::Absent) => "the provider does not know it yet",
        Answer::Told(Fate::Unsettled(_)) => "the provider cannot say yet",
        Answer::Silent => "the provider could not be asked",
        Answer::Mute => "the provider cannot be asked, and no receipt came",
    };
    let gives_up = doubt.called_at + doubt.wait;
    if now < gives_up {
        return Verdict::LookAgain(doubt.next_look());
    }
    let waited = now.since(doubt.called_at).as_secs();
    if !message.class.tolerates_doubles() {
        let detail = format!(
            "it may have been sent: {unknown}, {waited} s after the request; it is not sent again without a person's word"
        );
        return Verdict::Move(MessageStatus::Parked, Cause::new("uncertain", detail), Changes::default());
    }
    if message.resends < RESENDS && now < message.expires_at {
        let detail = format!("{unknown}, {waited} s after the request: it is sent once more, and may arrive twice");
        let changes = Changes { resent: true, ..Changes::default() };
        return Verdict::Move(MessageStatus::Queued, Cause::new("resent", detail), changes);
    }
    if now < message.expires_at {
        return Verdict::LookAgain(doubt.next_look());
    }
    let detail = format!("it may have been sent: {unknown}, and now it is too late to matter");
    Verdict::Move(MessageStatus::Expired, Cause::new("uncertain", detail), Changes::default())
}

impl Doubt<'_> {
    /// The next question, or the moment at which something else is decided, whichever comes first.
    fn next_look(&self) -> Timestamp {
        let milestones = [self.called_at + self.settling, self.called_at + self.wait, self.message.expires_at];
        let milestone = milestones.into_iter().filter(|at| *at > self.now).min();
        let asked = self.now + self.every;
        milestone.map_or(asked, |milestone| milestone.min(asked))
    }
}

/// When a message that has just become uncertain is looked at first.
pub(super) fn first_look(
    settings: &DispatchConfig,
    class: MessageClass,
    called_at: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let asked = called_at + Duration::from_millis(settings.lookup_after_ms);
    asked.min(called_at + settings.uncertain_wait(class)).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::message;

    const SECOND: u64 = 1000;

    fn look(message: &Message, at_ms: u64, answer: Answer) -> String {
        let doubt = Doubt {
            message,
            called_at: Timestamp::default(),
            now: Timestamp::default() + Duration::from_millis(at_ms),
            settling: Duration::from_secs(30),
            wait: Duration::from_secs(45),
            every: Duration::from_secs(60),
        };
        match decide(&doubt, answer) {
            Verdict::Hear(_) => "hear".to_owned(),
            Verdict::Move(status, cause, _) => format!("{status}: {}", cause.code),
            Verdict::LookAgain(at) => format!("again at {} s", at.as_seconds()),
        }
    }

    fn absent() -> Answer {
        Answer::Told(Fate::Absent)
    }

    #[test]
    fn absent_counts_only_after_the_settling_time() {
        let notice = message(MessageClass::Notice);
        assert_eq!(look(&notice, 10 * SECOND, absent()), "again at 30 s");
        assert_eq!(look(&notice, 30 * SECOND, absent()), "queued: absent");
    }

    #[test]
    fn nothing_but_an_otp_is_sent_again_without_an_answer() {
        for class in [MessageClass::Notice, MessageClass::Marketing] {
            let message = message(class);
            assert_eq!(look(&message, 20 * SECOND, Answer::Mute), "again at 30 s");
            assert_eq!(look(&message, 45 * SECOND, Answer::Mute), "parked: uncertain");
            assert_eq!(look(&message, 45 * SECOND, Answer::Silent), "parked: uncertain");
        }
    }

    #[test]
    fn an_otp_is_sent_again_once_and_then_ends() {
        let mut otp = message(MessageClass::Otp);
        assert_eq!(look(&otp, 44 * SECOND, Answer::Mute), "again at 45 s");
        assert_eq!(look(&otp, 45 * SECOND, Answer::Mute), "queued: resent");
        otp.resends = 1;
        assert_eq!(look(&otp, 45 * SECOND, Answer::Mute), "again at 60 s");
        assert_eq!(look(&otp, 60 * SECOND, Answer::Mute), "expired: uncertain");
        // Too late for a second try: it is not resent at all.
        otp.resends = 0;
        assert_eq!(look(&otp, 61 * SECOND, Answer::Mute), "expired: uncertain");
    }

    #[test]
    fn an_answer_outranks_all_waiting() {
        let notice = message(MessageClass::Notice);
        assert_eq!(look(&notice, 999 * SECOND, absent()), "queued: absent");
        assert_eq!(look(&notice, 20 * SECOND, Answer::Silent), "again at 30 s");
    }
}
