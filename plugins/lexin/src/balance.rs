//! What is left to spend. The provider counts in 厘, thousandths of a yuan; the answer's form is UNCONFIRMED, so both a
//! member `balance` and bare digits are read.

use jixinda_plugin_kit::types::{Amount, Failure};
use jixinda_plugin_kit::{json, outcome};

use crate::client::{Client, Function, unreadable};

pub fn get(client: &Client) -> Result<Amount, Failure> {
    let response = client.ask(Function::Balance, vec![("dataType", "json".to_owned())])?;
    let text = String::from_utf8_lossy(&response.body);
    let answer = response.json();
    if json::integer(&answer, "replyCode") == Some(0) {
        let words = json::text(&answer, "replyMsg").unwrap_or_default();
        return Err(Failure::Upstream(outcome::cause("0", words)));
    }
    let li = json::integer(&answer, "balance").or_else(|| text.trim().parse().ok());
    let li = li.ok_or_else(|| unreadable(&response))?;
    Ok(Amount { value: money(li), unit: "CNY".into() })
}

/// 厘 as yuan.
pub fn money(li: u64) -> String {
    format!("{}.{:03}", li / 1000, li % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn thousandths_become_yuan() {
        for answer in [r#"{"balance":"12882680"}"#, r#"{"balance":12882680}"#, " 12882680 "] {
            let (gateway, account) = (gateway().answer(200, answer), account(r#","family":"2""#));
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            assert_eq!(get(&client), Ok(Amount { value: "12882.680".into(), unit: "CNY".into() }));
            assert_eq!(gateway.requests()[0].url, "https://www.lx598.com/sdk/qryBalance");
        }
        assert_eq!((money(0).as_str(), money(7).as_str()), ("0.000", "0.007"));
    }

    #[test]
    fn rubbish_is_a_failure() {
        for answer in
            ["", "密码错误", "{}", "-1", r#"{"balance":"x"}"#, r#"{"balance":"0","replyCode":0,"replyMsg":"密码错误"}"#]
        {
            let (gateway, account) = (gateway().answer(200, answer), account(""));
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            assert!(matches!(get(&client), Err(Failure::Upstream(_))), "{answer}");
        }
    }
}
