//! [`Move`]: one step in the life of a message, legal because it exists.
//!
//! Who wants to change a status asks for the move first; an illegal one is refused with its reason before anything is written.
//! What a provider call may end in is narrower still, and a type of its own: [`AfterCall`].

use crate::status::MessageStatus;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A legal step from one status to another. Only [`MessageStatus::step`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    from: MessageStatus,
    to: MessageStatus,
}

/// The step is not one that a message may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message that is {from} cannot become {to}: {}", reason(*.from))]
pub struct IllegalMove {
    /// Where it stands.
    pub from: MessageStatus,
    /// Where somebody wanted it.
    pub to: MessageStatus,
}

impl Move {
    /// Where the message stands before.
    pub const fn from(self) -> MessageStatus {
        self.from
    }

    /// Where it stands after.
    pub const fn to(self) -> MessageStatus {
        self.to
    }
}

impl MessageStatus {
    /// The step to `next`.
    ///
    /// # Errors
    /// Where a message may not take it; the words say why.
    pub const fn step(self, next: Self) -> Result<Move, IllegalMove> {
        if self.may_become(next) {
            Ok(Move { from: self, to: next })
        } else {
            Err(IllegalMove { from: self, to: next })
        }
    }
}

const fn reason(from: MessageStatus) -> &'static str {
    use MessageStatus as S;
    match from {
        S::Delivered => "it reached the person, and nothing undoes that",
        S::Undelivered | S::Expired | S::Rejected | S::Cancelled => {
            "its story is over; only a late receipt corrects it"
        }
        S::Sending => "a provider is being called with it, and the outcome decides",
        S::Sent => "a provider has it, and only its receipt decides",
        S::Uncertain => "it may have been sent, and that must be known first",
        S::Scheduled | S::Queued | S::Parked => "that is not a step from there",
    }
}

/// What one provider call leaves a message as. A call cannot deliver, cancel or schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AfterCall {
    /// The provider took it.
    Sent,
    /// It may have been taken.
    Uncertain,
    /// It is tried again, here or elsewhere.
    Queued,
    /// Refused for good.
    Rejected,
    /// 人工处理: a person decides.
    Parked,
    /// There is no time for another try.
    Expired,
}

impl From<AfterCall> for MessageStatus {
    fn from(after: AfterCall) -> Self {
        match after {
            AfterCall::Sent => Self::Sent,
            AfterCall::Uncertain => Self::Uncertain,
            AfterCall::Queued => Self::Queued,
            AfterCall::Rejected => Self::Rejected,
            AfterCall::Parked => Self::Parked,
            AfterCall::Expired => Self::Expired,
        }
    }
}

/// Who moved a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// We, by a rule.
    Gateway,
    /// Its application.
    Application,
    /// A person at the console or the command line.
    Operator,
    /// The provider, by an outcome or a receipt.
    Provider,
}

impl Actor {
    /// Its word in the API and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Application => "application",
            Self::Operator => "operator",
            Self::Provider => "provider",
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_exists_exactly_where_it_is_legal() {
        for from in MessageStatus::ALL {
            for to in MessageStatus::ALL {
                assert_eq!(from.step(to).is_ok(), from.may_become(to), "{from} → {to}");
            }
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let refused = MessageStatus::Sent.step(MessageStatus::Queued).expect_err("a provider has it");
        let words = "a message that is sent cannot become queued: a provider has it, and only its receipt decides";
        assert_eq!(refused.to_string(), words);
    }

    #[test]
    fn whatever_a_call_ends_in_is_a_legal_step() {
        use AfterCall as A;
        for after in [A::Sent, A::Uncertain, A::Queued, A::Rejected, A::Parked, A::Expired] {
            assert!(MessageStatus::Sending.step(after.into()).is_ok(), "{after:?}");
        }
    }
}
