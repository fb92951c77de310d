//! What is left to spend.

use jixinda_plugin_kit::json;
use jixinda_plugin_kit::outcome::{cause, send_error_cause};
use jixinda_plugin_kit::types::{Amount, Failure};

use crate::client::Client;

pub fn get(client: &Client) -> Result<Amount, Failure> {
    let answer = client.gateway.send(&client.fetch("Balance.json"));
    let response = answer.map_err(|error| Failure::Upstream(send_error_cause(&error)))?;
    let body = response.json();
    match (json::text(&body, "balance"), json::text(&body, "currency")) {
        (Some(value), Some(unit)) => Ok(Amount { value, unit }),
        _ => {
            let code = json::text(&body, "code").unwrap_or_else(|| response.status.to_string());
            Err(Failure::Upstream(cause(code, json::text(&body, "message").unwrap_or_default())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn the_balance_has_its_currency() {
        let answer = r#"{"account_sid":"AC1","balance":"12.5","currency":"USD"}"#;
        let gateway = gateway().answer(200, answer).answer(401, r#"{"code":20003,"message":"m"}"#).answer(502, "");
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(get(&client), Ok(Amount { value: "12.5".into(), unit: "USD".into() }));
        assert_eq!(get(&client), Err(Failure::Upstream(cause("20003", "m"))));
        assert_eq!(get(&client), Err(Failure::Upstream(cause("502", ""))));
    }
}
