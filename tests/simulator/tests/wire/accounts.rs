//! What may be registered.

use provider_simulator::Account;
use serde_json::json;

use crate::support::{KEY, SECRET, start};

#[tokio::test]
async fn a_wrong_account_is_refused_with_a_sentence() {
    let (simulator, _client) = start().await;
    let account = || Account::aliyun(KEY, SECRET);
    for (account, sentence) in [
        (Account { key: String::new(), ..account() }, "an account needs a key"),
        (account().polled(), "Aliyun cannot be polled; receipts.mode is push"),
        (
            account().with_options(json!({ "charset": "gbk" })),
            "account LTAIexampleKeyId has options, but this provider knows none",
        ),
        (
            account().with_callback("https://127.0.0.1/"),
            "callback_url https://127.0.0.1/ must be an http:// address; the simulator pushes without TLS",
        ),
    ] {
        assert_eq!(simulator.register(account).expect_err("a refusal").to_string(), sentence);
    }
}
