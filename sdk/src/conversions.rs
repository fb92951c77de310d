//! [`Conversions`]: what came of saying that codes were used.

use serde::Deserialize;

/// 转化: the answer to a list of messages whose codes were used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Conversions {
    /// How many were said for the first time.
    pub new: u64,
    /// Ids that are none of yours.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// Ids of messages that no provider has had.
    #[serde(default)]
    pub not_sent: Vec<String>,
}
