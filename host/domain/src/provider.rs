//! What crosses the border to a provider's plugin, in the gateway's own words: the runtime translates them to the frozen interface.

use crate::attempt::{Amount, Cause};
use crate::clock::Timestamp;
use crate::inbound::InboundMessage;
use crate::receipt::DeliveryReceipt;
use serde::{Deserialize, Serialize};

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Descriptor {
    /// Stable key, for example `aliyun`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// JSON Schema of an account's settings, as text.
    pub config_schema: String,
    /// Hosts that it wants to reach.
    pub hosts: Vec<String>,
    /// What one call may carry.
    pub limits: BatchLimits,
    /// What polling can ask for.
    pub feeds: Vec<String>,
    /// Open words on what it can do.
    pub features: Vec<String>,
}

/// What one call of `send` may carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BatchLimits {
    /// Messages at most; at least 1.
    pub max_batch: u32,
    /// Fields of a message that must be equal within one call.
    pub same: Vec<String>,
    /// Characters of a text at most.
    pub max_text_chars: Option<u32>,
    /// JSON: what the provider is known to refuse.
    pub rules: String,
}

/// One provider call: what the interface calls a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRef {
    /// Its id (`cal_…`).
    pub id: String,
    /// Its digits-only id.
    pub serial: String,
}

/// One message as a plugin sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The gateway's id.
    pub id: String,
    /// Its digits-only id.
    pub serial: String,
    /// E.164.
    pub recipient: String,
    /// Country calling code.
    pub country_code: u32,
    /// Class word.
    pub category: &'static str,
    /// Sign name without brackets.
    pub sign_name: String,
    /// The provider's code for the sign name.
    pub sign_code: Option<String>,
    /// Rendered text without the sign name.
    pub text: String,
    /// The provider's code for the template.
    pub template_code: Option<String>,
    /// Named and ordered as the provider's copy wants them.
    pub params: Vec<(String, String)>,
    /// Tries on this channel, this one included.
    pub attempt: u32,
    /// An earlier try may have reached a provider.
    pub maybe_sent: bool,
    /// How long it is still worth delivering.
    pub validity_seconds: Option<u32>,
}

/// A message whose fate is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMessage {
    /// The gateway's id.
    pub id: String,
    /// Its digits-only id.
    pub serial: String,
    /// The call that carried it.
    pub call: CallRef,
    /// The provider's id, where known.
    pub upstream_id: Option<String>,
    /// E.164.
    pub recipient: String,
    /// When the call began.
    pub at: Timestamp,
}

/// What a provider knows of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It has it.
    Known(Box<DeliveryReceipt>),
    /// It never had it.
    Absent,
    /// It cannot say yet.
    Unsettled(Cause),
}

/// An HTTP call of a provider to us.
#[derive(Clone, Debug, Default)]
pub struct CallbackCall {
    /// HTTP method.
    pub method: String,
    /// Below the account's callback address.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// As received.
    pub headers: Vec<(String, String)>,
    /// As received.
    pub body: Vec<u8>,
    /// Who called.
    pub remote_address: String,
}

/// What a plugin made of a provider's call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallbackEvents {
    /// 回执.
    pub receipts: Vec<DeliveryReceipt>,
    /// 上行.
    pub inbound: Vec<InboundMessage>,
}

/// What the provider is to be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackReply {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// One page of what a provider has for us when we ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedPage {
    /// Receipts and inbound texts.
    pub events: CallbackEvents,
    /// Given back at the next poll, once this page is stored.
    pub cursor: Option<String>,
    /// There is more at once.
    pub more: bool,
    /// Not to be asked again before this many milliseconds.
    pub wait_ms: Option<u32>,
}

/// A balance, as `balance.get` answers it.
pub type Balance = Amount;
