//! What the tests of this plugin share.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::samples;
use jixinda_plugin_kit::types::Account;

pub fn gateway() -> FakeGateway {
    FakeGateway::at(samples::NOW).secret("password", "111111").secret("apikey", "0123456789abcdef0123456789abcdef")
}

/// The account of the worked examples, with more settings (`,"name":value`).
pub fn account(more: &str) -> Account {
    samples::account(&format!(r#"{{"host":"http://api01.monyun.cn:7901","user_id":"j10003"{more}}}"#))
}
