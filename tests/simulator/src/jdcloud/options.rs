//! How an account is set up at JD Cloud.

use serde::Deserialize;

use crate::template::Templates;

/// The keys of an account's `options`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct JdcloudOptions {
    /// The version of the request MAC that is taken: 2 or 3.
    pub(super) signature: Version,
    pub(super) region: String,
    /// The application and the sign name that inbound texts belong to.
    pub(super) app_id: String,
    pub(super) sign_id: String,
    pub(super) statuses: Statuses,
    pub(super) templates: Templates,
}

/// A version of the request MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub(super) enum Version {
    Two,
    Three,
}

/// What `status` is in a status report. The real numbers are not known.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Statuses {
    pub(super) pending: i32,
    pub(super) delivered: i32,
    pub(super) failed: i32,
}

impl TryFrom<u8> for Version {
    type Error = String;

    fn try_from(version: u8) -> Result<Self, String> {
        match version {
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            _ => Err(format!("signature is {version}; 2 and 3 are possible")),
        }
    }
}

impl Default for Statuses {
    fn default() -> Self {
        Self { pending: 0, delivered: 1, failed: 2 }
    }
}

impl Default for JdcloudOptions {
    fn default() -> Self {
        Self {
            signature: Version::Two,
            region: "cn-north-1".to_owned(),
            app_id: "app0001".to_owned(),
            sign_id: "qm_00000000000000000000000000000000".to_owned(),
            statuses: Statuses::default(),
            templates: Templates::default(),
        }
    }
}
