//! What is left to spend: messages, or money where the account is charged so.

use jixinda_plugin_kit::json;
use jixinda_plugin_kit::outcome::cause;
use jixinda_plugin_kit::types::{Amount, Failure};

use crate::client::{Client, Fields};
use crate::config::Function;

/// `chargetype` of accounts that pay with money.
const BY_MONEY: &str = "1";

/// An account that is charged both ways is told by its messages, which run out first.
pub fn get(client: &Client) -> Result<Amount, Failure> {
    let body = client.ask(Function::Balance, Fields::new())?;
    let count = json::text(&body, "balance").map(|value| Amount { value, unit: "message".into() });
    let money = json::text(&body, "money").map(|value| Amount { value, unit: "CNY".into() });
    let amount = match json::text(&body, "chargetype").as_deref() {
        Some(BY_MONEY) => money.or(count),
        _ => count.or(money),
    };
    amount.ok_or_else(|| Failure::Upstream(cause("no-balance", "the answer has neither balance nor money")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn messages_or_money() {
        for (answer, value, unit) in [
            (r#"{"result":0,"desc":"ok","balance":123}"#, "123", "message"),
            (r#"{"result":0,"chargetype":1,"balance":0,"money":"9.350000"}"#, "9.350000", "CNY"),
            (r#"{"result":0,"chargetype":2,"balance":7,"money":"9.350000"}"#, "7", "message"),
        ] {
            let (gateway, account) = (gateway().answer(200, answer), account(""));
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            assert_eq!(get(&client), Ok(Amount { value: value.into(), unit: unit.into() }));
            assert!(gateway.requests()[0].url.ends_with("/get_balance"));
        }
        let (gateway, account) = (gateway().answer(200, r#"{"result":0}"#), account(""));
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert!(matches!(get(&client), Err(Failure::Upstream(_))));
    }
}
