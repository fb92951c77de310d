//! How an account is set up at Huawei.

use serde::Deserialize;

use crate::template::Templates;

/// The keys of an account's `options`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HuaweiOptions {
    pub(super) auth: Auth,
    pub(super) digest: Digest,
    pub(super) push: PushShape,
    /// Pushes carry a request MAC of the scheme `sdk`.
    pub(super) signed_push: bool,
    /// The channel number that inbound texts come to.
    pub(super) sender: String,
    pub(super) templates: Templates,
}

/// How requests prove who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Auth {
    /// The header `X-WSSE`.
    #[default]
    Wsse,
    /// `SDK-HMAC-SHA256`.
    Sdk,
}

/// Which form of the hash `X-WSSE` carries. Both are seen in use, and which is the normative one is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Digest {
    /// Base64 of its hexadecimal text.
    #[default]
    Hex,
    /// Base64 of its bytes.
    Raw,
}

/// How receipts are pushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PushShape {
    /// One part of one text a call.
    #[default]
    Form,
    /// A list of up to fifty.
    Json,
}

impl Default for HuaweiOptions {
    fn default() -> Self {
        Self {
            auth: Auth::default(),
            digest: Digest::default(),
            push: PushShape::default(),
            signed_push: false,
            sender: "8820000000000".to_owned(),
            templates: Templates::default(),
        }
    }
}
