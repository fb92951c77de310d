//! How an account is set up at the plain API.

use serde::Deserialize;

/// The keys of an account's `options`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct GenericOptions {
    pub(super) token: Place,
    pub(super) shape: Shape,
}

/// Where a request carries its token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    #[default]
    Any,
    /// `Authorization: Bearer …`.
    Header,
    /// `token` among the fields.
    Field,
}

/// The format of a send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Shape {
    #[default]
    Any,
    Json,
    Form,
}
