//! What the tests of this plugin share.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::samples;
use jixinda_plugin_kit::types::Account;

pub fn gateway() -> FakeGateway {
    FakeGateway::at(samples::NOW).secret("token", "exampleToken0001")
}

/// The generic API of the simulator, with more settings (`,"name":value`; a later one of the same name is an error).
pub fn account(more: &str) -> Account {
    let status_path = if more.contains("receipt_status_path") { "" } else { r#","receipt_status_path":"status""# };
    samples::account(&format!(
        r#"{{"send_url":"https://sms.example.com/generic/send",
            "headers":{{"Authorization":"Bearer {{{{secret.token}}}}","X-Account":"acct01"}},
            "body":{{"to":"{{{{to}}}}","text":"{{{{signed_text}}}}","reference":"{{{{id}}}}"}},
            "success_path":"ok","id_path":"id","error_path":"error","retry_after_path":"retry_after",
            "errors":[{{"code":"rate_limited","outcome":"rate-limited"}}],
            "receipt_id_path":"id","receipt_to_path":"to","receipt_error_path":"error"{status_path}{more}}}"#
    ))
}
