//! What the tests of this plugin share.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::samples;
use jixinda_plugin_kit::types::Account;

pub fn gateway() -> FakeGateway {
    FakeGateway::at(samples::NOW).secret("secret", "secret0001")
}

/// An account of the new generation, with more settings (`,"name":value`).
pub fn v2(more: &str) -> Account {
    samples::account(&format!(r#"{{"key":"key0001"{more}}}"#))
}

/// An account of the old generation, with more settings.
pub fn v1(more: &str) -> Account {
    v2(&format!(r#","api_version":"v1"{more}"#))
}
