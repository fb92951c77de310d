//! What the tests of this plugin share.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::samples;
use jixinda_plugin_kit::types::{Account, Message};

pub fn gateway() -> FakeGateway {
    FakeGateway::at(samples::NOW).secret("access_key_secret", "JDSKexample0001")
}

/// The account of the worked examples, with more settings (`,"name":value`).
pub fn account(more: &str) -> Account {
    samples::account(&format!(
        r#"{{"access_key_id":"JDAKexample0001","sign_id":"qm_00000000000000000000000000000000","app_id":"app0001"{more}}}"#
    ))
}

/// A sample with a template of JD Cloud's.
pub fn message(n: u32) -> Message {
    Message { template_code: Some("mb_00000000000000000000000000000000".into()), ..samples::message(n) }
}
