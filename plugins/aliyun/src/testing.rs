//! What the tests of this plugin share.

use jixinda_plugin_kit::encoding::parse_form;
use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Request;
use jixinda_plugin_kit::types::{Account, Batch, Message};

/// 2024-01-02T03:04:05Z, 11:04:05 in Beijing.
pub const NOW: u64 = 1_704_164_645_000;

pub fn gateway() -> FakeGateway {
    FakeGateway::at(NOW).secret("access_key_secret", "exampleKeySecret")
}

pub fn account(config: &str) -> Account {
    Account { id: "acc_1".into(), config: config.into(), callback_url: None }
}

pub fn usual_account() -> Account {
    account(r#"{"access_key_id":"LTAIexampleKeyId"}"#)
}

pub fn batch() -> Batch {
    Batch { id: "cal_1".into(), serial: "1".into() }
}

/// Message `msg_<n>` to 1380000000<n>.
pub fn message(n: u32, category: &str) -> Message {
    Message {
        id: format!("msg_{n}"),
        serial: n.to_string(),
        recipient: format!("+861380000000{n}"),
        country_code: 86,
        category: category.into(),
        sign_name: "示例签名".into(),
        sign_code: None,
        text: "您的验证码是 1234".into(),
        template_code: Some("SMS_000000".into()),
        params: vec![("code".into(), format!("{n}234"))],
        extension: None,
        attempt: 1,
        maybe_sent: false,
        validity_seconds: None,
        extra: Vec::new(),
    }
}

/// A parameter of a request's form.
pub fn param(request: &Request, name: &str) -> Option<String> {
    let form = parse_form(std::str::from_utf8(&request.body).unwrap());
    form.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}
