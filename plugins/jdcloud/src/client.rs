//! Calls of JD Cloud's API: signed, sent all at once, and read as far as whether they worked.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{Gateway, china_time, encoding, json, request};
use serde_json::Value;

use crate::auth::{self, Credentials, Stamp};
use crate::config::Config;

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    credentials: Credentials,
}

/// One operation to call.
pub struct Operation {
    pub name: &'static str,
    pub body: Value,
    /// Which messages it hands over, by their index in the batch.
    pub carries: Vec<u32>,
}

/// What came back.
pub enum Reply {
    /// The operation did what was asked; this is its `result`.
    Done(Value),
    /// The operation refused, by its own code and words.
    Refused { code: String, message: String },
    /// The API's front refused: an HTTP status, its name and its words.
    Turned { response: Response, name: String, message: String },
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

    fn sign(&self, operation: &Operation) -> Request {
        let stamp = Stamp { date: china_time::basic_utc(self.gateway.now()), nonce: uuid(&self.gateway.random(16)) };
        let endpoint = self.config.endpoint();
        let path = format!("/v1/regions/{}/{}", self.config.region, operation.name);
        let body = operation.body.to_string();
        let headers = auth::headers(&self.credentials, endpoint, &path, &body, &stamp);
        let mut request = request::post(format!("{endpoint}{path}"), body)
            .timeout(self.config.request_timeout_ms)
            .carries(operation.carries.clone());
        request.headers = headers;
        request.header("accept", "application/json")
    }
}

/// An `error` is the front's; a `result` says by its `status` whether it worked.
fn read(result: Result<Response, SendError>) -> Reply {
    let response = match result {
        Ok(response) => response,
        Err(error) => return Reply::Failed(error),
    };
    let body = response.json();
    if let Some(error) = body.get("error").filter(|error| error.is_object()) {
        let word = |key: &str| json::text(error, key).unwrap_or_default();
        return Reply::Turned { name: word("status"), message: word("message"), response };
    }
    match body.get("result") {
        Some(result) if json::boolean(result, "status") == Some(true) => Reply::Done(result.clone()),
        Some(result) if json::boolean(result, "status") == Some(false) => Reply::Refused {
            code: json::text(result, "code").unwrap_or_default(),
            message: json::text(result, "message").unwrap_or_default(),
        },
        _ => Reply::Unreadable(response),
    }
}

/// Sixteen random bytes as a UUID of version 4.
fn uuid(random: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(random).for_each(|(byte, random)| *byte = *random);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = encoding::hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::header;
    use serde_json::json;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn a_nonce_is_a_uuid_and_never_the_same() {
        assert_eq!(uuid(&[0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let (gateway, account) = (gateway().answer(200, "").answer(200, ""), account(""));
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let operation = || Operation { name: "batchSend", body: json!({}), carries: vec![] };
        client.call_all(&[operation(), operation()]);
        let nonces: Vec<_> =
            gateway.requests().iter().map(|request| header(request, "x-jdcloud-nonce").unwrap().to_owned()).collect();
        assert_ne!(nonces[0], nonces[1]);
        assert_eq!(gateway.requests()[0].url, "https://sms.jdcloud-api.com/v1/regions/cn-north-1/batchSend");
    }

    #[test]
    fn answers_are_told_apart() {
        let read = |status, body: &str| read(Ok(Response { status, headers: vec![], body: body.into() }));
        assert!(matches!(read(200, r#"{"result":{"status":true,"code":"200"}}"#), Reply::Done(_)));
        assert!(matches!(read(200, r#"{"result":{"status":false,"code":11572106}}"#),
                         Reply::Refused { code, .. } if code == "11572106"));
        assert!(matches!(read(400, r#"{"error":{"code":400,"status":"INVALID_ARGUMENT"}}"#),
                         Reply::Turned { name, .. } if name == "INVALID_ARGUMENT"));
        for rubbish in ["", "{", "{}", r#"{"result":null}"#, r#"{"result":{}}"#, "[]"] {
            assert!(matches!(read(200, rubbish), Reply::Unreadable(_)), "{rubbish}");
        }
    }
}
