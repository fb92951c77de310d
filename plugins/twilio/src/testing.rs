//! What the tests of this plugin share.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::samples;
use jixinda_plugin_kit::types::Account;

/// The sheet's status callback.
pub const STATUS: &str = "AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01&From=%2B15550000001&\
    MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered&SmsSid=SM00000000000000000000000000000001&\
    SmsStatus=delivered&To=%2B8613800000000";

/// The sheet's answer to a message that was made.
pub const CREATED: &str = r#"{"sid":"SM00000000000000000000000000000001","account_sid":"AC00000000000000000000000000000001","to":"+8613800000000","from":"+15550000001","body":"…","status":"queued","num_segments":"1","price":null,"price_unit":"USD","error_code":null,"error_message":null,"date_created":"Tue, 02 Jan 2024 03:04:05 +0000"}"#;

pub fn gateway() -> FakeGateway {
    FakeGateway::at(samples::NOW).secret("auth_token", "twilioAuthTokenExample")
}

/// The account of the worked examples, with more settings (`,"name":value`).
pub fn account(more: &str) -> Account {
    samples::account(&format!(r#"{{"account_sid":"AC00000000000000000000000000000001","from":"+15550000001"{more}}}"#))
}
