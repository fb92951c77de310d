//! What placeholders stand for: the message, its call, the account and its secrets.

use jixinda_plugin_kit::json::Object;
use jixinda_plugin_kit::sign_name::signed;
use jixinda_plugin_kit::types::{Batch, Message};
use jixinda_plugin_kit::{number, settings};
use serde_json::Value;

use crate::client::Client;
use crate::template::{Problem, Values};

/// Secrets that a template may name. The callbacks' own is none of them.
const SECRETS: [&str; 4] = ["token", "api_key", "api_secret", "password"];

/// What holds for the account, whatever is asked.
pub struct OfAccount<'a>(pub &'a Client<'a>);

/// What holds for one message.
pub struct OfMessage<'a> {
    pub client: &'a Client<'a>,
    pub batch: &'a Batch,
    pub message: &'a Message,
}

impl Values for OfAccount<'_> {
    fn text(&self, name: &str) -> Result<String, Problem> {
        if let Some(secret) = name.strip_prefix("secret.").filter(|secret| SECRETS.contains(secret)) {
            return settings::optional_secret(self.0.gateway, secret)
                .ok_or_else(|| Problem::Unknown(format!("secret.{secret}, which is not set")));
        }
        match name {
            "callback_url" => Ok(self.0.callback_url.clone().unwrap_or_default()),
            "now" => Ok((self.0.gateway.now() / 1000).to_string()),
            "now_ms" => Ok(self.0.gateway.now().to_string()),
            _ => Err(Problem::Unknown(name.to_owned())),
        }
    }

    fn json(&self, _: &str) -> Option<Value> {
        None
    }
}

impl Values for OfMessage<'_> {
    fn text(&self, name: &str) -> Result<String, Problem> {
        let message = self.message;
        let missing = |name: &str| Problem::Missing(name.to_owned());
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(param) = name.strip_prefix("params.") {
            let found = message.params.iter().find(|(key, _)| key == param);
            return found.map(|(_, value)| value.clone()).ok_or_else(|| missing(name));
        }
        Ok(match name {
            "id" => message.id.clone(),
            "serial" => message.serial.clone(),
            "batch_id" => self.batch.id.clone(),
            "to" => message.recipient.clone(),
            "to_digits" => message.recipient.trim_start_matches('+').to_owned(),
            "to_national" => number::domestic(&message.recipient).to_owned(),
            "country_code" => message.country_code.to_string(),
            "category" => message.category.clone(),
            "text" => message.text.clone(),
            "sign_name" => message.sign_name.clone(),
            "signed_text" => signed(&message.text, &message.sign_name, self.client.config.sign_name_place),
            "sign_code" => filled(&message.sign_code).ok_or_else(|| missing(name))?,
            "template_code" => filled(&message.template_code).ok_or_else(|| missing(name))?,
            "params" => serde_json::to_string(&Object(&message.params)).unwrap_or_default(),
            "param_values" => {
                let values: Vec<&str> = message.params.iter().map(|(_, value)| value.as_str()).collect();
                values.join(&self.client.config.param_separator)
            }
            "extension" => message.extension.clone().unwrap_or_default(),
            "validity_seconds" => message.validity_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
            other => return OfAccount(self.client).text(other),
        })
    }

    fn json(&self, name: &str) -> Option<Value> {
        let params = &self.message.params;
        match name {
            "params" => Some(params.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()),
            "param_values" => Some(params.iter().map(|(_, value)| Value::from(value.as_str())).collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::{batch, message};
    use serde_json::json;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn every_name_stands_for_something() {
        let (gateway, account) = (gateway(), account(""));
        let client = Client::open(&gateway, &account).unwrap();
        let message = Message {
            sign_code: Some("sig1".into()),
            extension: Some("07".into()),
            validity_seconds: Some(300),
            ..message(0)
        };
        let batch = batch();
        let values = OfMessage { client: &client, batch: &batch, message: &message };
        for (name, expected) in [
            ("id", "msg_0"),
            ("serial", "0"),
            ("batch_id", "cal_1"),
            ("to", "+8613800000000"),
            ("to_digits", "8613800000000"),
            ("to_national", "13800000000"),
            ("country_code", "86"),
            ("category", "notice"),
            ("text", "验证码：6666"),
            ("sign_name", "示例签名"),
            ("signed_text", "【示例签名】验证码：6666"),
            ("sign_code", "sig1"),
            ("template_code", "000001"),
            ("params.code", "369751"),
            ("params", r#"{"code":"369751","minutes":"5"}"#),
            ("param_values", "369751,5"),
            ("extension", "07"),
            ("validity_seconds", "300"),
            ("callback_url", "https://gw.example.com/cb/acc_1/token"),
            ("now", "1704164645"),
            ("now_ms", "1704164645000"),
            ("secret.token", "exampleToken0001"),
        ] {
            assert_eq!(values.text(name).as_deref(), Ok(expected), "{name}");
        }
        assert_eq!(values.json("params"), Some(json!({"code": "369751", "minutes": "5"})));
        assert_eq!(values.json("param_values"), Some(json!(["369751", "5"])));
    }

    #[test]
    fn what_is_missing_is_the_messages_and_what_is_unknown_the_settings() {
        let (gateway, account) = (gateway().secret("callback_secret", "s"), account(""));
        let client = Client::open(&gateway, &account).unwrap();
        let (batch, message) = (batch(), Message { template_code: None, ..message(0) });
        let values = OfMessage { client: &client, batch: &batch, message: &message };
        for missing in ["template_code", "sign_code", "params.none"] {
            assert_eq!(values.text(missing), Err(Problem::Missing(missing.into())));
        }
        for unknown in ["novelty", "secret.callback_secret", "secret.api_key", "secret.", ""] {
            assert!(matches!(values.text(unknown), Err(Problem::Unknown(_))), "{unknown}");
        }
        assert!(matches!(OfAccount(&client).text("to"), Err(Problem::Unknown(_))));
    }
}
