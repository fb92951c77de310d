//! Calls of Aliyun's API: signed, sent, and read as far as the answer's code.

use jixinda_plugin_kit::Gateway;
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{json, request};
use serde_json::Value;

use crate::auth::{Credentials, Params, Stamp, v1, v3};
use crate::config::{Config, SignatureVersion};
use crate::errors;

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    credentials: Credentials,
}

/// One operation to call.
pub struct Operation {
    pub action: &'static str,
    pub params: Params,
    /// Which messages it hands over, by their index in the batch.
    pub carries: Vec<u32>,
}

/// What came back.
pub enum Reply {
    /// An answer in Aliyun's form, whatever the HTTP status: the code says what it means.
    Answered { code: String, message: String, body: Value },
    /// Something else, from whatever stands between.
    Unreadable(Response),
    /// No answer.
    Failed(SendError),
}

impl<'a> Client<'a> {
    pub fn open(gateway: &'a dyn Gateway, account: &Account) -> Result<Self, Failure> {
        let config = Config::read(account)?;
        let credentials = config.credentials(gateway)?;
        Ok(Self { gateway, config, credentials })
    }

    /// Calls all at once; the replies come in the order of the operations. A call that was refused for its
    /// time stamp or nonce was not taken, and is signed afresh and repeated once.
    pub fn call_all(&self, operations: &[Operation]) -> Vec<Reply> {
        let mut replies = self.try_all(&operations.iter().collect::<Vec<_>>());
        let stale: Vec<usize> = (0..replies.len()).filter(|&index| is_stale(&replies[index])).collect();
        if !stale.is_empty() {
            self.gateway.log(Level::Warn, "signed again after a stale time stamp or nonce", &[]);
            let again: Vec<_> = stale.iter().map(|&index| &operations[index]).collect();
            for (index, reply) in stale.into_iter().zip(self.try_all(&again)) {
                replies[index] = reply;
            }
        }
        replies
    }

    fn try_all(&self, operations: &[&Operation]) -> Vec<Reply> {
        if operations.is_empty() {
            return Vec::new();
        }
        let requests: Vec<Request> = operations.iter().map(|operation| self.sign(operation)).collect();
        self.gateway.send_all(&requests).into_iter().map(read).collect()
    }

    fn sign(&self, operation: &Operation) -> Request {
        let stamp = Stamp::fresh(self.gateway);
        let endpoint = self.config.endpoint();
        let (headers, body) = match self.config.signature_version {
            SignatureVersion::V3 => {
                let body = v3::body(&operation.params);
                let host = request::authority(endpoint);
                let unsigned = v3::Unsigned { host, action: operation.action, query: "", body: &body };
                (v3::headers(&unsigned, &self.credentials, &stamp), body)
            }
            SignatureVersion::V1 => {
                let region = &self.config.region;
                let body = v1::body(operation.action, region, &operation.params, &self.credentials, &stamp);
                (vec![("content-type".to_owned(), v3::FORM.to_owned())], body)
            }
        };
        let mut request = request::post(format!("{endpoint}/"), body)
            .timeout(self.config.request_timeout_ms)
            .carries(operation.carries.clone());
        request.headers = headers;
        request.header("accept", "application/json")
    }
}

fn read(result: Result<Response, SendError>) -> Reply {
    let response = match result {
        Ok(response) => response,
        Err(error) => return Reply::Failed(error),
    };
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    match json::text(&body, "Code") {
        Some(code) => Reply::Answered { code, message: json::text(&body, "Message").unwrap_or_default(), body },
        None => Reply::Unreadable(response),
    }
}

fn is_stale(reply: &Reply) -> bool {
    matches!(reply, Reply::Answered { code, .. } if errors::is_stale_signature(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, gateway};

    fn operation() -> Operation {
        Operation { action: "SendSms", params: vec![("OutId", "msg_1".into())], carries: vec![0] }
    }

    fn code(reply: &Reply) -> &str {
        match reply {
            Reply::Answered { code, .. } => code,
            _ => panic!("no answer"),
        }
    }

    #[test]
    fn a_stale_signature_is_made_anew_once() {
        for stale in ["InvalidTimeStamp.Expired", "SignatureNonceUsed"] {
            let body = format!(r#"{{"Code":"{stale}"}}"#);
            let gateway =
                gateway().answer(400, &body).answer(200, r#"{"Code":"OK"}"#).answer(400, &body).answer(400, &body);
            let account = account(r#"{"access_key_id":"LTAIexampleKeyId"}"#);
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            assert_eq!(code(&client.call_all(&[operation()])[0]), "OK");
            assert_eq!(code(&client.call_all(&[operation()])[0]), stale, "only once");

            let nonces: Vec<_> = gateway.requests().iter().map(nonce).collect();
            assert_eq!(nonces.len(), 4);
            assert_eq!(nonces[0].len(), 32);
            assert_ne!(nonces[0], nonces[1]);
        }
    }

    #[test]
    fn v1_signs_in_the_body() {
        let gateway = gateway().answer(200, r#"{"Code":"OK"}"#);
        let account = account(r#"{"access_key_id":"x","signature_version":"v1","endpoint":"http://127.0.0.1:9/"}"#);
        Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens")).call_all(&[operation()]);
        let request = &gateway.requests()[0];
        assert_eq!(request.url, "http://127.0.0.1:9/");
        assert!(String::from_utf8_lossy(&request.body).contains("&Signature="));
    }

    fn nonce(request: &Request) -> String {
        request
            .headers
            .iter()
            .find(|(name, _)| name == "x-acs-signature-nonce")
            .map(|(_, value)| value.clone())
            .unwrap()
    }
}
