//! Calls of Huawei's API: authenticated as the account is set, and sent all at once.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{Gateway, china_time, encoding, request};

use crate::auth::{Credentials, aksk, wsse};
use crate::config::{Auth, Config};

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    /// Where receipts shall go; without it the platform keeps none.
    pub callback_url: Option<String>,
    credentials: Credentials,
}

/// One request to make.
pub struct Operation {
    pub path: &'static str,
    pub content_type: &'static str,
    pub body: String,
    /// Which messages it hands over, by their index in the batch.
    pub carries: Vec<u32>,
}

impl<'a> Client<'a> {
    pub fn open(gateway: &'a dyn Gateway, account: &Account) -> Result<Self, Failure> {
        let config = Config::read(account)?;
        let credentials = config.credentials(gateway)?;
        Ok(Self { gateway, config, callback_url: account.callback_url.clone(), credentials })
    }

    /// Calls all at once; the answers come in the order of the operations.
    pub fn call_all(&self, operations: &[Operation]) -> Vec<Result<Response, SendError>> {
        if operations.is_empty() {
            return Vec::new();
        }
        self.gateway.send_all(&operations.iter().map(|operation| self.sign(operation)).collect::<Vec<_>>())
    }

    fn sign(&self, operation: &Operation) -> Request {
        let url = format!("{}{}", self.config.endpoint(), operation.path);
        let (now, body) = (self.gateway.now(), operation.body.as_bytes());
        let mut request =
            request::post(&*url, body).timeout(self.config.request_timeout_ms).carries(operation.carries.clone());
        request.headers = match self.config.auth {
            Auth::Aksk => {
                aksk::headers(&self.credentials, &url, operation.content_type, body, &china_time::basic_utc(now))
            }
            Auth::Wsse => {
                let nonce = encoding::hex(&self.gateway.random(16));
                let created = china_time::iso_utc(now);
                let mut headers = wsse::headers(&self.credentials, &nonce, &created, self.config.wsse_digest);
                headers.push(("content-type".into(), operation.content_type.into()));
                headers
            }
        };
        request.header("accept", "application/json")
    }
}
