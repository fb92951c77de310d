//! [`Message`]: a text as the gateway has it, and [`Story`]: the same with what happened to it. What one asks for is in `new_message`.

use crate::phone::PhoneNumber;
use crate::status::{Actor, MessageStatus};
use crate::words::words;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

words!(
    /// 类别: what a text is for. It decides its place in the queue and how long it is worth sending.
    MessageClass {
        /// 验证码: a code, worth nothing after minutes.
        Otp = "otp",
        /// 通知: what a person waits for.
        Notice = "notice",
        /// 营销: what a person did not ask for.
        Marketing = "marketing",
    }
);

/// Why something is as it is: a code, the provider's own where it comes from there, and words for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cause {
    /// For programs; open-ended.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// 提交结果: the answer to a text that was accepted. It is on the gateway's disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accepted {
    /// The message's id, `msg_…`.
    pub id: String,
    /// `queued`, or `scheduled` where it waits.
    pub status: MessageStatus,
    /// 条: how many segments are billed.
    pub segments: u16,
    /// When it goes, where the gateway makes it wait.
    #[serde(default, with = "rfc3339::option")]
    pub due_at: Option<OffsetDateTime>,
    /// Why it waits.
    pub cause: Option<Cause>,
}

/// 短信: one text to one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// `msg_…`.
    pub id: String,
    /// Where it stands.
    pub status: MessageStatus,
    /// To whom.
    pub to: PhoneNumber,
    /// What it is for.
    pub class: MessageClass,
    /// The template's id, `tpl_…`.
    pub template: String,
    /// The sign name's id, `sgn_…`.
    pub sign_name: String,
    /// 条: how many segments are billed.
    pub segments: u16,
    /// Made with a test key: it reached nobody.
    pub test: bool,
    /// The application's own word for it.
    pub reference: Option<String>,
    /// The batch it came in, `bat_…`.
    pub batch_id: Option<String>,
    /// Why it stands where it stands.
    pub cause: Option<Cause>,
    /// Sent, and its receipt should have come long ago.
    pub receipt_overdue: bool,
    /// How often it was sent again without an answer to the try before.
    pub resends: u16,
    /// Not before this time.
    #[serde(default, with = "rfc3339::option")]
    pub send_at: Option<OffsetDateTime>,
    /// When the gateway looks at it again, where it waits.
    #[serde(default, with = "rfc3339::option")]
    pub next_look_at: Option<OffsetDateTime>,
    /// After this it is not worth sending.
    #[serde(with = "rfc3339")]
    pub expires_at: OffsetDateTime,
    /// When it was accepted.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When anything last changed.
    #[serde(with = "rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// A message with what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Story {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// Every move, oldest first.
    #[serde(default)]
    pub history: Vec<HistoryEntry>,
    /// Every try to send it.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// What providers told of it.
    #[serde(default)]
    pub receipts: Vec<Receipt>,
}

/// One move of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// When.
    #[serde(with = "rfc3339")]
    pub at: OffsetDateTime,
    /// Where the message stood from then on.
    pub status: MessageStatus,
    /// Who moved it.
    pub by: Actor,
    /// Why, for people.
    pub what: String,
}

words!(
    /// What became of an attempt.
    AttemptOutcome {
        /// The provider took it.
        Accepted = "accepted",
        /// The provider refused it for good.
        Rejected = "rejected",
        /// The provider did not take it now.
        Deferred = "deferred",
        /// Nobody knows whether the provider took it.
        Uncertain = "uncertain",
    }
);

/// 发送尝试: one message through one channel once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Counted from 1.
    pub no: u16,
    /// The channel's id, `chn_…`.
    pub channel: String,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// Why it was refused or put off, such as `rate-limited`; open-ended.
    pub reason: Option<String>,
    /// The provider's own code and words.
    pub cause: Option<Cause>,
    /// When the provider was called.
    #[serde(with = "rfc3339")]
    pub started_at: OffsetDateTime,
    /// How long that took, in milliseconds.
    pub duration_ms: u32,
}

words!(
    /// What a receipt says.
    ReceiptStatus {
        /// On its way.
        Enroute = "enroute",
        /// On the person's phone.
        Delivered = "delivered",
        /// Given up.
        Undelivered = "undelivered",
        /// Its validity ran out.
        Expired = "expired",
        /// Refused after it had been taken.
        Rejected = "rejected",
        /// The provider does not know.
        Unknown = "unknown",
    }
);

/// 回执: what a provider told of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// What it says.
    pub status: ReceiptStatus,
    /// The provider's own code and words.
    pub cause: Option<Cause>,
    /// When it happened, where the provider says so.
    #[serde(default, with = "rfc3339::option")]
    pub occurred_at: Option<OffsetDateTime>,
    /// When the gateway heard of it.
    #[serde(with = "rfc3339")]
    pub received_at: OffsetDateTime,
}
