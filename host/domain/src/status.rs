//! [`MessageStatus`]: where a message stands, and which moves are legal.

use crate::receipt::ReceiptStatus;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where a message stands.
///
/// `scheduled → queued → sending → sent → delivered | undelivered | expired`, or `uncertain`, `rejected`, `parked`, `cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Waits for its `send_at`.
    Scheduled,
    /// Waits for a channel.
    Queued,
    /// An intent to call a provider is on record; the outcome is not.
    Sending,
    /// The provider took it; its receipt is awaited.
    Sent,
    /// It may have been sent: nobody resends it before that is known.
    Uncertain,
    /// It reached the person.
    Delivered,
    /// The provider took it and the person did not get it.
    Undelivered,
    /// Too late to be worth sending, or to be delivered.
    Expired,
    /// No provider will take it.
    Rejected,
    /// 人工处理: waits for a person's decision.
    Parked,
    /// The application called it back before it was handed over.
    Cancelled,
}

/// The text names no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown message status {0:?}")]
pub struct UnknownStatus(pub String);

impl MessageStatus {
    /// All of them, in the order of a message's life.
    pub const ALL: [Self; 11] = [
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Uncertain,
        Self::Delivered,
        Self::Undelivered,
        Self::Expired,
        Self::Rejected,
        Self::Parked,
        Self::Cancelled,
    ];

    /// Its word in the API and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Uncertain => "uncertain",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Parked => "parked",
            Self::Cancelled => "cancelled",
        }
    }

    /// True where the gateway does nothing more with the message; only a late receipt may still correct it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Undelivered | Self::Expired | Self::Rejected | Self::Cancelled)
    }

    /// True where an application may still cancel: nothing has been handed to a provider.
    pub const fn is_cancellable(self) -> bool {
        matches!(self, Self::Scheduled | Self::Queued | Self::Parked)
    }

    /// Whether a message may move from here to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        use MessageStatus as S;
        match self {
            S::Scheduled => matches!(next, S::Queued | S::Cancelled | S::Expired | S::Delivered),
            S::Queued => matches!(
                next,
                S::Sending
                    | S::Scheduled
                    | S::Expired
                    | S::Rejected
                    | S::Parked
                    | S::Cancelled
                    | S::Delivered
                    | S::Undelivered
            ),
            S::Sending => {
                matches!(
                    next,
                    S::Sent
                        | S::Uncertain
                        | S::Queued
                        | S::Rejected
                        | S::Parked
                        | S::Expired
                        | S::Delivered
                        | S::Undelivered
                )
            }
            S::Sent => matches!(next, S::Delivered | S::Undelivered | S::Expired),
            S::Uncertain => {
                matches!(
                    next,
                    S::Sent | S::Queued | S::Parked | S::Delivered | S::Undelivered | S::Expired | S::Rejected
                )
            }
            S::Parked => {
                matches!(next, S::Queued | S::Cancelled | S::Rejected | S::Expired | S::Delivered | S::Undelivered)
            }
            S::Undelivered | S::Expired | S::Rejected => matches!(next, S::Delivered | S::Undelivered),
            S::Cancelled => matches!(next, S::Delivered),
            S::Delivered => false,
        }
    }

    /// What a receipt makes of a message in this status; `None` where it changes nothing.
    ///
    /// "Delivered" outranks every other word. `earlier_tries` tells whether attempts came before the present one: then a
    /// failure report may concern one of those and says nothing of a message that is queued or being sent again.
    pub fn after_receipt(self, receipt: ReceiptStatus, earlier_tries: bool) -> Option<Self> {
        let next = match receipt {
            ReceiptStatus::Delivered => Self::Delivered,
            ReceiptStatus::Undelivered | ReceiptStatus::Rejected => Self::Undelivered,
            ReceiptStatus::Expired if self == Self::Undelivered => return None,
            ReceiptStatus::Expired => Self::Expired,
            ReceiptStatus::Enroute if self == Self::Uncertain => Self::Sent,
            ReceiptStatus::Enroute | ReceiptStatus::Unknown => return None,
        };
        let waits_for_another_try = match self {
            Self::Queued | Self::Scheduled => true,
            Self::Sending => earlier_tries,
            _ => false,
        };
        if next != Self::Delivered && waits_for_another_try {
            return None;
        }
        (next != self && self.may_become(next)).then_some(next)
    }
}

impl fmt::Display for MessageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MessageStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for status in MessageStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert!("lost".parse::<MessageStatus>().is_err());
    }

    #[test]
    fn nothing_undoes_a_delivery() {
        for next in MessageStatus::ALL {
            assert!(!MessageStatus::Delivered.may_become(next), "{next}");
        }
    }

    #[test]
    fn a_final_status_only_yields_to_receipts() {
        for from in MessageStatus::ALL.into_iter().filter(|status| status.is_final()) {
            for to in MessageStatus::ALL {
                let legal = from.may_become(to);
                assert!(!legal || matches!(to, MessageStatus::Delivered | MessageStatus::Undelivered), "{from} → {to}");
            }
        }
    }

    #[test]
    fn receipts_move_what_they_can_prove() {
        use MessageStatus as S;
        use ReceiptStatus as R;
        assert_eq!(S::Sent.after_receipt(R::Delivered, false), Some(S::Delivered));
        assert_eq!(S::Sending.after_receipt(R::Delivered, false), Some(S::Delivered));
        assert_eq!(S::Sending.after_receipt(R::Undelivered, false), Some(S::Undelivered));
        assert_eq!(S::Sending.after_receipt(R::Undelivered, true), None);
        assert_eq!(S::Queued.after_receipt(R::Undelivered, true), None);
        assert_eq!(S::Queued.after_receipt(R::Delivered, true), Some(S::Delivered));
        assert_eq!(S::Uncertain.after_receipt(R::Enroute, false), Some(S::Sent));
        assert_eq!(S::Sent.after_receipt(R::Enroute, false), None);
        assert_eq!(S::Undelivered.after_receipt(R::Delivered, false), Some(S::Delivered));
        assert_eq!(S::Delivered.after_receipt(R::Undelivered, false), None);
        assert_eq!(S::Expired.after_receipt(R::Delivered, false), Some(S::Delivered));
        assert_eq!(S::Parked.after_receipt(R::Delivered, false), Some(S::Delivered));
    }
}
