//! What is left to spend, where the account says how to ask.

use jixinda_plugin_kit::outcome::{cause, send_error_cause};
use jixinda_plugin_kit::types::{Amount, Failure};

use crate::client::{Answer, Client};
use crate::template::Problem;

pub fn get(client: &Client) -> Result<Amount, Failure> {
    let config = &client.config;
    if config.balance_url.is_empty() {
        return Err(Failure::Unsupported("the account has no balance_url".into()));
    }
    let request = client.asking(&config.balance_url).map_err(|problem| match problem {
        Problem::Unknown(name) | Problem::Missing(name) | Problem::Unfit(name) => {
            Failure::BadConfig(format!("a template of the balance's request names {name}"))
        }
    })?;
    let answer = client.gateway.send(&request);
    let response = answer.map_err(|error| Failure::Upstream(send_error_cause(&error)))?;
    let answer = Answer::of(&response);
    let value = answer.at(&config.balance_path).filter(|value| is_decimal(value) && response.status == 200);
    let Some(value) = value else {
        let code = answer.at(&config.error_path).unwrap_or_else(|| format!("http-{}", response.status));
        return Err(Failure::Upstream(cause(code, answer.at(&config.error_text_path).unwrap_or_default())));
    };
    let unit = answer.at(&config.balance_unit_path).unwrap_or_else(|| config.balance_unit.clone());
    Ok(Amount { value, unit })
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(part)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::{account as sample, header};

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn the_generic_apis_balance() {
        let gateway = gateway().answer(200, r#"{"balance":"12.50","currency":"CNY"}"#);
        let account = account(
            r#","balance_url":"https://sms.example.com/generic/balance?t={{now}}","balance_unit_path":"currency""#,
        );
        let client = Client::open(&gateway, &account).unwrap();
        assert_eq!(get(&client), Ok(Amount { value: "12.50".into(), unit: "CNY".into() }));
        let request = &gateway.requests()[0];
        assert_eq!((request.method.as_str(), request.carries.clone()), ("GET", Some(vec![])));
        assert_eq!(request.url, "https://sms.example.com/generic/balance?t=1704164645");
        assert_eq!(header(request, "authorization"), Some("Bearer exampleToken0001"));
    }

    #[test]
    fn rubbish_refusals_and_silence_are_failures() {
        for (status, answer, code) in [
            (200, r#"{"balance":"much"}"#, "http-200"),
            (401, r#"{"error":"unauthorized","balance":"1"}"#, "unauthorized"),
            (200, "", "http-200"),
        ] {
            let gateway = gateway().answer(status, answer);
            let account = account(r#","balance_url":"https://sms.example.com/generic/balance""#);
            let client = Client::open(&gateway, &account).unwrap();
            assert!(matches!(get(&client), Err(Failure::Upstream(cause)) if cause.code == code), "{answer}");
        }
        let (gateway, without) = (gateway(), sample(r#"{"send_url":"https://a.example.com"}"#));
        let client = Client::open(&gateway, &without).unwrap();
        assert!(matches!(get(&client), Err(Failure::Unsupported(_))));
    }

    #[test]
    fn a_message_has_no_place_in_the_question() {
        let account = sample(r#"{"send_url":"https://a.example.com","balance_url":"https://a.example.com/{{to}}"}"#);
        let gateway = gateway();
        assert!(matches!(get(&Client::open(&gateway, &account).unwrap()), Err(Failure::BadConfig(_))));
    }
}
