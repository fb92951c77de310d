//! What the tests of this plugin share.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::samples;
use jixinda_plugin_kit::types::Account;

pub fn gateway() -> FakeGateway {
    FakeGateway::at(samples::NOW).secret("password", "123456")
}

/// The account of the worked examples, with more settings (`,"name":value`).
pub fn account(more: &str) -> Account {
    samples::account(&format!(r#"{{"account":"acct01"{more}}}"#))
}
