//! What is left to spend: money. The old generation's names are UNCONFIRMED; either spelling is read.

use jixinda_plugin_kit::json;
use jixinda_plugin_kit::outcome::cause;
use jixinda_plugin_kit::types::{Amount, Failure};

use crate::api::Function;
use crate::client::Client;

pub fn get(client: &Client) -> Result<Amount, Failure> {
    let (code, body) = client.ask(Function::Balance, Vec::new())?;
    if code != "0" {
        return Err(Failure::Upstream(client.cause_of(&code, &body)));
    }
    let value = json::text(&body, "balance").or_else(|| json::text(&body, "Balance"));
    let value = value.ok_or_else(|| Failure::Upstream(cause("no-balance", "the answer has no balance")))?;
    Ok(Amount { value, unit: "CNY".into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{gateway, v1, v2};

    #[test]
    fn the_digits_are_kept() {
        for (account, answer, path) in [
            (v2(""), r#"{"code":0,"msg":"OK","balance":10000.025}"#, "/balance/balance"),
            (v1(""), r#"{"Code":0,"Message":"OK","Balance":"10000.025"}"#, "/Account/Balance"),
        ] {
            let gateway = gateway().answer(200, answer);
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            assert_eq!(get(&client), Ok(Amount { value: "10000.025".into(), unit: "CNY".into() }));
            assert!(gateway.requests()[0].url.ends_with(path));
        }
    }

    #[test]
    fn refusals_and_rubbish_are_failures() {
        for (answer, code) in [(r#"{"code":1,"msg":"m"}"#, "1"), (r#"{"code":0}"#, "no-balance"), ("<html>", "200")] {
            let (gateway, account) = (gateway().answer(200, answer), v2(""));
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            assert!(matches!(get(&client), Err(Failure::Upstream(cause)) if cause.code == code), "{answer}");
        }
    }
}
