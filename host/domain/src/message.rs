//! [`Message`] (短信): one text to one number, from the moment it is accepted; [`Submission`] (提交): what an application asks for.

use crate::clock::Timestamp;
use crate::ids::{AccountId, ApplicationId, BatchId, CallId, ChannelId, MessageId, SignNameId, TemplateId};
use crate::phone::PhoneNumber;
use crate::segment::Encoding;
use crate::status::MessageStatus;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Template class: decides what overtakes what, how long a text is worth sending and whether a double is tolerable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageClass {
    /// 验证码: overtakes everything; may be resent without an answer.
    Otp,
    /// 通知.
    Notice,
    /// 营销: waits for the others.
    Marketing,
}

impl MessageClass {
    /// All classes, most urgent first.
    pub const ALL: [Self; 3] = [Self::Otp, Self::Notice, Self::Marketing];

    /// Its word in the API, the store and the provider interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Notice => "notice",
            Self::Marketing => "marketing",
        }
    }

    /// How long a text is worth sending where the application does not say.
    pub const fn default_expiry(self) -> Duration {
        match self {
            Self::Otp => Duration::from_secs(300),
            Self::Notice | Self::Marketing => Duration::from_secs(24 * 3600),
        }
    }

    /// Whether a text of this class may be sent again while the first try's fate is unknown.
    pub const fn tolerates_doubles(self) -> bool {
        matches!(self, Self::Otp)
    }
}

impl fmt::Display for MessageClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no class.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown message class {0:?}: expected otp, notice or marketing")]
pub struct UnknownClass(pub String);

impl FromStr for MessageClass {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.as_str() == text).ok_or_else(|| UnknownClass(text.to_owned()))
    }
}

/// 提交: one text that an application asks for, as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The recipient as written.
    pub to: String,
    /// The template's code or id.
    pub template: String,
    /// The sign name's code, text or id.
    pub sign_name: String,
    /// Values for the template's blanks.
    pub params: BTreeMap<String, String>,
    /// Not before this moment.
    pub send_at: Option<Timestamp>,
    /// The application's own word for it.
    pub reference: Option<String>,
    /// How long it is worth sending, counted from `send_at` or else from acceptance.
    pub expires_in: Option<Duration>,
}

/// 短信: one text to one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The gateway's id, the same on every try.
    pub id: MessageId,
    /// Its digits-only name, at most 15 of them, unique: for providers that carry back nothing else.
    pub serial: u64,
    /// Who sends it.
    pub application_id: ApplicationId,
    /// The batch submission it came in.
    pub batch_id: Option<BatchId>,
    /// The application's own word for it.
    pub reference: Option<String>,
    /// To whom.
    pub recipient: PhoneNumber,
    /// The class of its template when it was accepted.
    pub class: MessageClass,
    /// Which template.
    pub template_id: TemplateId,
    /// Which sign name.
    pub sign_name_id: SignNameId,
    /// Values for the template's blanks.
    pub params: BTreeMap<String, String>,
    /// The rendered text without the sign name.
    pub text: String,
    /// How it travels.
    pub encoding: Encoding,
    /// Billed parts.
    pub segments: u16,
    /// True where it came with a test key: no person is ever reached.
    pub test: bool,
    /// Where it stands.
    pub status: MessageStatus,
    /// Counts claims; with `status` it is what a claim compares and sets.
    pub epoch: u32,
    /// Attempts that were made.
    pub attempts: u16,
    /// Attempts after this one count when a channel is picked: a person who sends it off again gives it a fresh start.
    pub tries_from: u16,
    /// True where some try may have reached a provider.
    pub maybe_sent: bool,
    /// How often it was sent again although nobody knew what became of the try before (`otp` only).
    pub resends: u16,
    /// The channel that a person chose for it.
    pub pinned_channel_id: Option<ChannelId>,
    /// When it is to be looked at next: the send time, a retry or a lookup.
    pub due_at: Timestamp,
    /// When it is no longer worth sending.
    pub expires_at: Timestamp,
    /// The send time that the application asked for.
    pub send_at: Option<Timestamp>,
    /// The provider call that has or last had it.
    pub call_id: Option<CallId>,
    /// The channel of that call.
    pub channel_id: Option<ChannelId>,
    /// The account of that call.
    pub account_id: Option<AccountId>,
    /// What receipts of that call will carry.
    pub upstream_id: Option<String>,
    /// Why it stands where it stands, in a code for machines.
    pub cause_code: Option<String>,
    /// The same in words for people.
    pub cause_detail: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
}
