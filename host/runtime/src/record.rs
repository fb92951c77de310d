//! The gateway's own record of what left during one `send`: it outranks the plugin's word.

use jixinda_domain::{Cause, Deferral, Outcome, Scope};

/// What is known of one message, from the requests that carried it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Carried {
    /// Requests that are on their way.
    open: u32,
    /// Some request left and brought no answer.
    unanswered: bool,
    /// Some request was answered.
    answered: bool,
}

/// What left, message by message.
#[derive(Debug)]
pub(crate) struct SendRecord {
    carried: Vec<Carried>,
}

/// How a request that carried messages ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The provider answered.
    Answered,
    /// It left, and nothing came back.
    Unanswered,
    /// No byte of it left.
    NeverLeft,
}

impl SendRecord {
    /// For a call with this many messages.
    pub(crate) fn new(messages: usize) -> Self {
        Self { carried: vec![Carried::default(); messages] }
    }

    /// The messages that a request names; `None` names all. Indexes beyond the call are ignored.
    pub(crate) fn named(&self, carries: Option<&[u32]>) -> Vec<usize> {
        match carries {
            None => (0..self.carried.len()).collect(),
            Some(indexes) => {
                indexes.iter().map(|index| *index as usize).filter(|index| *index < self.carried.len()).collect()
            }
        }
    }

    /// A request is about to be made. Until it ends, its messages count as sent.
    pub(crate) fn depart(&mut self, named: &[usize]) {
        for index in named {
            self.carried[*index].open += 1;
        }
    }

    /// A request has ended.
    pub(crate) fn end(&mut self, named: &[usize], ending: Ending) {
        for index in named {
            let carried = &mut self.carried[*index];
            carried.open = carried.open.saturating_sub(1);
            match ending {
                Ending::Answered => carried.answered = true,
                Ending::Unanswered => carried.unanswered = true,
                Ending::NeverLeft => {}
            }
        }
    }

    /// What the plugin says, corrected by what is known.
    pub(crate) fn judge(&self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        outcomes.into_iter().zip(&self.carried).map(|(outcome, carried)| carried.judge(outcome)).collect()
    }

    /// Whether a request that carried any message was answered.
    pub(crate) fn anything_answered(&self) -> bool {
        self.carried.iter().any(|carried| carried.answered)
    }

    /// What is certain when the plugin gave no usable answer at all.
    pub(crate) fn without_answer(&self, cause: &Cause) -> Vec<Outcome> {
        self.carried.iter().map(|carried| carried.without_answer(cause)).collect()
    }
}

impl Carried {
    fn may_be_taken(self) -> bool {
        self.open > 0 || self.unanswered
    }

    fn judge(self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Uncertain { .. } => outcome,
            _ if self.may_be_taken() => Outcome::Uncertain {
                upstream_id: outcome.upstream_id().map(str::to_owned),
                cause: Cause::new("unanswered-request", "a request that carried it left and was not answered"),
            },
            Outcome::Accepted { .. } if !self.answered => Outcome::Deferred {
                reason: Deferral::Other,
                scope: Scope::Message,
                cause: Cause::new(
                    "never-sent",
                    "the plugin reported an acceptance, but no request carried the message",
                ),
                retry_after_ms: None,
            },
            _ => outcome,
        }
    }

    fn without_answer(self, cause: &Cause) -> Outcome {
        if self.may_be_taken() || self.answered {
            Outcome::Uncertain { upstream_id: None, cause: cause.clone() }
        } else {
            Outcome::Deferred {
                reason: Deferral::Other,
                scope: Scope::Message,
                cause: cause.clone(),
                retry_after_ms: None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted() -> Outcome {
        Outcome::Accepted { upstream_id: Some("1".to_owned()), segments: None, price: None }
    }

    fn rejected() -> Outcome {
        Outcome::Rejected { reason: jixinda_domain::Rejection::Other, elsewhere: true, cause: Cause::default() }
    }

    fn after(ending: Option<Ending>, outcome: Outcome) -> &'static str {
        let mut record = SendRecord::new(1);
        let named = record.named(None);
        record.depart(&named);
        if let Some(ending) = ending {
            record.end(&named, ending);
        }
        record.judge(vec![outcome])[0].kind()
    }

    #[test]
    fn an_unanswered_request_outranks_the_plugin() {
        assert_eq!(after(Some(Ending::Answered), accepted()), "accepted");
        assert_eq!(after(Some(Ending::Unanswered), accepted()), "uncertain");
        assert_eq!(after(Some(Ending::Unanswered), rejected()), "uncertain");
        assert_eq!(after(None, rejected()), "uncertain");
        assert_eq!(after(Some(Ending::NeverLeft), rejected()), "rejected");
        assert_eq!(after(Some(Ending::NeverLeft), accepted()), "deferred");
    }

    #[test]
    fn a_later_answer_does_not_undo_an_earlier_silence() {
        let mut record = SendRecord::new(1);
        let named = record.named(None);
        for ending in [Ending::Unanswered, Ending::Answered] {
            record.depart(&named);
            record.end(&named, ending);
        }
        assert_eq!(record.judge(vec![accepted()])[0].kind(), "uncertain");
    }

    #[test]
    fn only_named_messages_are_concerned() {
        let mut record = SendRecord::new(3);
        let named = record.named(Some(&[1, 7]));
        assert_eq!(named, [1]);
        record.depart(&named);
        record.end(&named, Ending::Unanswered);
        let kinds: Vec<_> = record.without_answer(&Cause::default()).iter().map(Outcome::kind).collect();
        assert_eq!(kinds, ["deferred", "uncertain", "deferred"]);
        assert!(record.named(Some(&[])).is_empty());
    }
}
