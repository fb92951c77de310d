//! One newtype for each kind of id: a ULID with a prefix that says what it names (`msg_01J…`).
//!
//! Ids are made from a moment and random bits that the caller brings, so they sort by age and tests can fix them.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use ulid::Ulid;

/// The text was not an id of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with {prefix} followed by 26 letters and digits")]
pub struct InvalidId {
    /// What the id should have started with.
    pub prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// What the text form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id for this moment; `random` supplies its 80 random bits (the upper 48 are ignored).
            pub fn new(now: Timestamp, random: u128) -> Self {
                let millis = u64::try_from(now.as_millis()).unwrap_or(0);
                Self(Ulid::from_parts(millis, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut buffer = [0; ulid::ULID_LEN];
                f.write_str($prefix)?;
                f.write_str(self.0.array_to_str(&mut buffer))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix)
                    .and_then(|rest| Ulid::from_string(rest).ok())
                    .map(Self)
                    .ok_or(InvalidId { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/// Names an [`Application`](crate::Application) (应用).
    ApplicationId, "app_");
id!(/// Names an [`AccessKey`](crate::AccessKey): the public half of an application's credentials.
    AccessKeyId, "key_");
id!(/// Names an [`Account`](crate::Account) (账号) at a provider.
    AccountId, "acc_");
id!(/// Names a [`Channel`](crate::Channel) (通道).
    ChannelId, "chn_");
id!(/// Names a [`Template`](crate::Template) (模板).
    TemplateId, "tpl_");
id!(/// Names a [`SignName`](crate::SignName) (短信签名).
    SignNameId, "sgn_");
id!(/// Names a [`Message`](crate::Message) (短信).
    MessageId, "msg_");
id!(/// Names the messages of one batch submission.
    BatchId, "bat_");
id!(/// Names one call to a provider: what the interface calls a batch. Providers carry it back.
    CallId, "cal_");
id!(/// Names a stored [`DeliveryReceipt`](crate::DeliveryReceipt) (回执).
    ReceiptId, "rcp_");
id!(/// Names a stored [`InboundMessage`](crate::InboundMessage) (上行).
    InboundId, "inb_");
id!(/// Names an [`InboundRoute`](crate::InboundRoute) (上行路由).
    InboundRouteId, "inr_");
id!(/// Names a [`RoutingPolicy`](crate::RoutingPolicy) (路由策略).
    RoutingPolicyId, "rpo_");
id!(/// Names a change of a channel's health or ranking.
    RoutingEventId, "rev_");
id!(/// Names a [`WebhookEndpoint`](crate::WebhookEndpoint).
    WebhookEndpointId, "whk_");
id!(/// Names a token of the admin API.
    AdminTokenId, "adm_");
id!(/// Names a running gateway process; a new one at each start.
    NodeId, "nod_");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_through_text() {
        let id = MessageId::new(Timestamp::from_millis(1_700_000_000_000), 42);
        let text = id.to_string();
        assert!(text.starts_with("msg_"));
        assert_eq!(text.len(), 30);
        assert_eq!(text.parse(), Ok(id));
    }

    #[test]
    fn refuses_another_kind() {
        let channel = ChannelId::new(Timestamp::from_millis(1), 1).to_string();
        assert_eq!(channel.parse::<MessageId>(), Err(InvalidId { prefix: "msg_" }));
        assert!("msg_short".parse::<MessageId>().is_err());
    }

    #[test]
    fn sorts_by_age() {
        let older = MessageId::new(Timestamp::from_millis(1), u128::MAX);
        let newer = MessageId::new(Timestamp::from_millis(2), 0);
        assert!(older < newer && older.to_string() < newer.to_string());
    }
}
