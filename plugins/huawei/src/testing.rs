//! What the tests of this plugin share.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::samples;
use jixinda_plugin_kit::types::{Account, Message};

pub fn gateway() -> FakeGateway {
    FakeGateway::at(samples::NOW).secret("app_secret", "appsecretEXAMPLE0001")
}

/// The account of the worked examples, with more settings (`,"name":value`).
pub fn account(more: &str) -> Account {
    samples::account(&format!(
        r#"{{"endpoint":"https://smsapi.cn-north-4.myhuaweicloud.com:443","app_key":"appkeyEXAMPLE0001",
            "sender":"8820000000000"{more}}}"#
    ))
}

/// A sample with a template of Huawei's.
pub fn message(n: u32) -> Message {
    Message {
        template_code: Some("00000000000000000000000000000000".into()),
        params: vec![("code".into(), "369751".into())],
        ..samples::message(n)
    }
}
