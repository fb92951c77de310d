//! [`Outcome`]: what became of one try, and the words it is told in. They are those of the provider interface (`wit/provider.wit`).

use serde::{Deserialize, Serialize};

/// What became of one message in one provider call. The gateway has one duty for each case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// The provider took it: wait for the receipt.
    Accepted {
        /// What receipts will carry.
        upstream_id: Option<String>,
        /// Billed parts, as the provider counts.
        segments: Option<u32>,
        /// What it costs, as the provider says.
        price: Option<Amount>,
    },
    /// Refused for good.
    Rejected {
        /// Why.
        reason: Rejection,
        /// True where another channel may still succeed.
        elsewhere: bool,
        /// The provider's own words.
        cause: Cause,
    },
    /// Certainly not taken: safe to retry or to fail over.
    Deferred {
        /// Why.
        reason: Deferral,
        /// Whom it concerns.
        scope: Scope,
        /// The provider's own words.
        cause: Cause,
        /// When to try again at the earliest.
        retry_after_ms: Option<u32>,
    },
    /// May have been taken: never resend blindly.
    Uncertain {
        /// What receipts will carry, where known.
        upstream_id: Option<String>,
        /// What is known.
        cause: Cause,
    },
}

impl Outcome {
    /// Its word in attempts and metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Deferred { .. } => "deferred",
            Self::Uncertain { .. } => "uncertain",
        }
    }

    /// What the provider, or the gateway in its place, said; `None` for an acceptance.
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Accepted { .. } => None,
            Self::Rejected { cause, .. } | Self::Deferred { cause, .. } | Self::Uncertain { cause, .. } => Some(cause),
        }
    }

    /// What receipts will carry, where known.
    pub fn upstream_id(&self) -> Option<&str> {
        match self {
            Self::Accepted { upstream_id, .. } | Self::Uncertain { upstream_id, .. } => upstream_id.as_deref(),
            Self::Rejected { .. } | Self::Deferred { .. } => None,
        }
    }
}

/// A code and words, shown to people and never parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The provider's code, or one of ours.
    pub code: String,
    /// The same in words.
    pub detail: String,
}

impl Cause {
    /// A cause from its two halves.
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into() }
    }
}

/// A decimal as text ("0.045"), with its unit: an ISO 4217 code, or "message".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The number.
    pub value: String,
    /// Of what.
    pub unit: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$case_doc])* #[serde(rename = $word)] $case,)+
        }

        impl $name {
            /// Its word in the API, the store and the provider interface.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word,)+ }
            }
        }
    };
}

words!(
    /// Why a provider refuses a message for good.
    Rejection {
        /// No such number, or not a mobile one.
        BadRecipient = "bad-recipient",
        /// The provider or the person blocks it.
        RecipientBlocked = "recipient-blocked",
        /// The words are not allowed.
        ContentRefused = "content-refused",
        /// The sign name is unknown, unapproved or unusable there.
        BadSignName = "bad-sign-name",
        /// The template is unknown, unapproved or does not fit.
        BadTemplate = "bad-template",
        /// That destination cannot be reached there.
        Unroutable = "unroutable",
        /// Longer than the provider takes.
        TooLong = "too-long",
        /// Too late.
        Expired = "expired",
        /// The provider has it already.
        Duplicate = "duplicate",
        /// Something else.
        Other = "other",
    }
);

words!(
    /// Why a message was not taken now.
    Deferral {
        /// Too fast.
        RateLimited = "rate-limited",
        /// The provider is busy.
        UpstreamBusy = "upstream-busy",
        /// No connection.
        Unreachable = "unreachable",
        /// The account is empty.
        NoBalance = "no-balance",
        /// The credentials are refused.
        AuthFailed = "auth-failed",
        /// Something else.
        Other = "other",
    }
);

words!(
    /// Whom a deferral concerns.
    Scope {
        /// This message.
        Message = "message",
        /// This number.
        Recipient = "recipient",
        /// One of the batch spoilt the request: try them one by one.
        Batch = "batch",
        /// This sign name.
        SignName = "sign-name",
        /// This template.
        Template = "template",
        /// The whole account.
        Account = "account",
    }
);
