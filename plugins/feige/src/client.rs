//! Calls of Feige's API: key and secret travel in the body, which is why its answers are all that is ever logged.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::outcome::{cause, send_error_cause};
use jixinda_plugin_kit::types::{Account, Cause, Failure};
use jixinda_plugin_kit::{Gateway, json, request, settings};
use serde_json::Value;

use crate::api::{self, Field, Fields, Function};
use crate::config::{Config, Version};

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    secret: String,
}

/// One request to make.
pub struct Operation {
    pub function: Function,
    pub fields: Fields,
    /// Which messages it hands over, by their index in the batch.
    pub carries: Vec<u32>,
}

impl<'a> Client<'a> {
    pub fn open(gateway: &'a dyn Gateway, account: &Account) -> Result<Self, Failure> {
        let config = Config::read(account)?;
        let secret = settings::secret(gateway, "secret")?;
        Ok(Self { gateway, config, secret })
    }

    /// Calls all at once; the answers come in the order of the operations.
    pub fn call_all(&self, operations: &[Operation]) -> Vec<Result<Response, SendError>> {
        if operations.is_empty() {
            return Vec::new();
        }
        self.gateway.send_all(&operations.iter().map(|operation| self.request(operation)).collect::<Vec<_>>())
    }

    /// Asks something that hands no message over. The code is for the caller to judge; one there must be.
    pub fn ask(&self, function: Function, fields: Fields) -> Result<(String, Value), Failure> {
        let Some(answer) = self.call_all(&[Operation { function, fields, carries: Vec::new() }]).pop() else {
            return Err(Failure::Internal("a request without an answer".into()));
        };
        let response = answer.map_err(|error| Failure::Upstream(send_error_cause(&error)))?;
        let body = response.json();
        match self.code(&body) {
            Some(code) => Ok((code, body)),
            None => Err(Failure::Upstream(cause(response.status.to_string(), "the answer is not Feige's"))),
        }
    }

    pub fn code(&self, body: &Value) -> Option<String> {
        json::text(body, self.either("Code", "code"))
    }

    /// The provider's own words.
    pub fn cause_of(&self, code: &str, body: &Value) -> Cause {
        cause(code, json::text(body, self.either("Message", "msg")).unwrap_or_default())
    }

    /// What something is called in the account's generation.
    pub fn either<'b>(&self, v1: &'b str, v2: &'b str) -> &'b str {
        match self.config.api_version {
            Version::V1 => v1,
            Version::V2 => v2,
        }
    }

    fn request(&self, operation: &Operation) -> Request {
        let mut fields = vec![(Field::Key, self.config.key.clone()), (Field::Secret, self.secret.clone())];
        fields.extend(operation.fields.iter().cloned());
        let (content_type, body) = api::body(self.config.api_version, fields);
        request::post(operation.function.url(&self.config), body)
            .header("content-type", content_type)
            .timeout(self.config.request_timeout_ms)
            .carries(operation.carries.clone())
    }
}
