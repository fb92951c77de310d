//! How an account is set up at Tencent.

use serde::Deserialize;

use crate::template::Templates;

/// The keys of an account's `options`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TencentOptions {
    /// The application (SmsSdkAppId) that the account has.
    pub(super) app_id: String,
    /// Pushed receipts carry the session text as `ext`.
    pub(super) ext: bool,
    /// The sign name that inbound texts answer.
    pub(super) sign_name: String,
    pub(super) templates: Templates,
}

impl Default for TencentOptions {
    fn default() -> Self {
        let (app_id, sign_name) = ("1400000000".to_owned(), "示例签名".to_owned());
        Self { app_id, ext: false, sign_name, templates: Templates::default() }
    }
}
