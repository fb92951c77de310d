//! Calls of Tencent's API: signed, sent all at once, and read as far as whether the request as such was refused.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{Gateway, json, request};
use serde_json::Value;

use crate::auth::{Credentials, authorization};
use crate::config::Config;
use crate::errors;

const VERSION: &str = "2021-01-11";
const CONTENT_TYPE: &str = "application/json";

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    credentials: Credentials,
}

/// One operation to call.
pub struct Operation {
    pub action: &'static str,
    pub body: Value,
    /// Which messages it hands over, by their index in the batch.
    pub carries: Vec<u32>,
}

/// What came back.
pub enum Reply {
    /// The operation's `Response`.
    Done(Value),
    /// The request as such was refused.
    Refused { code: String, message: String },
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

    /// Calls all at once; the replies come in the order of the operations.
    pub fn call_all(&self, operations: &[Operation]) -> Vec<Reply> {
        if operations.is_empty() {
            return Vec::new();
        }
        let requests: Vec<Request> = operations.iter().map(|operation| self.sign(operation)).collect();
        self.gateway.send_all(&requests).into_iter().map(read).collect()
    }

    /// Asks something that hands no message over.
    pub fn ask(&self, action: &'static str, body: Value) -> Result<Value, Failure> {
        match self.call_all(&[Operation { action, body, carries: Vec::new() }]).pop() {
            Some(Reply::Done(response)) => Ok(response),
            Some(other) => Err(Failure::Upstream(errors::cause_of(&other))),
            None => Err(Failure::Internal("a request without an answer".into())),
        }
    }

    fn sign(&self, operation: &Operation) -> Request {
        let (endpoint, now) = (self.config.endpoint(), self.gateway.now());
        let body = operation.body.to_string();
        let authorization = authorization(&self.credentials, endpoint, CONTENT_TYPE, &body, now);
        let request = request::post(format!("{endpoint}/"), body)
            .header("content-type", CONTENT_TYPE)
            .header("authorization", authorization)
            .header("x-tc-action", operation.action)
            .header("x-tc-version", VERSION)
            .header("x-tc-region", &self.config.region)
            .header("x-tc-timestamp", (now / 1000).to_string())
            .timeout(self.config.request_timeout_ms)
            .carries(operation.carries.clone());
        match &self.credentials.token {
            Some(token) => request.header("x-tc-token", token),
            None => request,
        }
    }
}

/// An answer is the vendor's where it has a `Response`, whatever the HTTP status.
fn read(result: Result<Response, SendError>) -> Reply {
    let response = match result {
        Ok(response) => response,
        Err(error) => return Reply::Failed(error),
    };
    let body = response.json();
    match body.get("Response").filter(|inner| inner.is_object()) {
        Some(inner) => match inner.get("Error") {
            Some(error) => Reply::Refused {
                code: json::text(error, "Code").unwrap_or_default(),
                message: json::text(error, "Message").unwrap_or_default(),
            },
            None => Reply::Done(inner.clone()),
        },
        None => Reply::Unreadable(response),
    }
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::{account as sample, header};
    use serde_json::json;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn a_request_bears_all_headers() {
        let gateway = gateway().secret("token", "TOKEN").answer(200, r#"{"Response":{"RequestId":"r"}}"#);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert!(client.ask("SendSms", json!({})).is_ok());
        let request = &gateway.requests()[0];
        assert_eq!((request.url.as_str(), request.carries.clone()), ("https://sms.tencentcloudapi.com/", Some(vec![])));
        for (name, value) in [
            ("X-TC-Action", "SendSms"),
            ("X-TC-Version", "2021-01-11"),
            ("X-TC-Region", "ap-guangzhou"),
            ("X-TC-Timestamp", "1704164645"),
            ("X-TC-Token", "TOKEN"),
            ("Content-Type", "application/json"),
        ] {
            assert_eq!(header(request, name), Some(value), "{name}");
        }
    }

    #[test]
    fn answers_are_told_apart() {
        let read = |body: &str| read(Ok(Response { status: 200, headers: vec![], body: body.into() }));
        assert!(matches!(read(r#"{"Response":{"Error":{"Code":"AuthFailure"},"RequestId":"r"}}"#),
                         Reply::Refused { code, .. } if code == "AuthFailure"));
        for rubbish in ["", "{", "{}", r#"{"Response":7}"#, "[]", "<html>"] {
            assert!(matches!(read(rubbish), Reply::Unreadable(_)), "{rubbish}");
        }
    }

    #[test]
    fn without_a_secret_nothing_opens() {
        let gateway = jixinda_plugin_kit::fake::FakeGateway::default();
        assert!(matches!(Client::open(&gateway, &account("")), Err(Failure::BadConfig(_))));
        assert!(matches!(Client::open(&gateway, &sample("{}")), Err(Failure::BadConfig(_))));
    }
}
