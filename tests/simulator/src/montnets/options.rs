//! How an account is set up at Montnets.

use serde::Deserialize;

use super::charset::Charset;
use crate::template::Templates;

/// The keys of an account's `options`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MontnetsOptions {
    pub(super) auth: Auth,
    /// Of texts; by default GBK for functions of the old names and UTF-8 for the new ones.
    pub(super) charset: Option<Charset>,
    pub(super) names: Names,
    pub(super) ids: Ids,
    /// The number that texts come from and inbound texts come to.
    pub(super) sender: String,
    pub(super) templates: Templates,
}

/// How requests and pushes prove who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Auth {
    #[default]
    Md5,
    Sha256,
    /// The password as it is.
    Plain,
    /// The account's secret is the apikey, and no other name is told.
    Apikey,
}

/// Which function names an account may call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Names {
    #[default]
    Any,
    /// `send_single` and its like.
    New,
    /// `single_send` and its like.
    Old,
}

/// How the 64 bits of a message's id are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ids {
    #[default]
    Unsigned,
    /// The same bits come out negative.
    Signed,
}

impl Default for MontnetsOptions {
    fn default() -> Self {
        Self {
            auth: Auth::default(),
            charset: None,
            names: Names::default(),
            ids: Ids::default(),
            sender: "1069000000".to_owned(),
            templates: Templates::default(),
        }
    }
}
