//! Calls of Lexin's functions: forms there, JSON or plain text back.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::outcome::{cause, send_error_cause};
use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{Gateway, request, settings};

use crate::auth;
use crate::config::{Config, Family};

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    password: String,
}

/// A function of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Send,
    Receipts,
    Inbound,
    Balance,
}

/// One request to make.
pub struct Operation {
    pub function: Function,
    pub fields: Vec<(&'static str, String)>,
    /// Which messages it hands over, by their index in the batch.
    pub carries: Vec<u32>,
}

impl<'a> Client<'a> {
    pub fn open(gateway: &'a dyn Gateway, account: &Account) -> Result<Self, Failure> {
        let config = Config::read(account)?;
        let password = settings::secret(gateway, "password")?;
        Ok(Self { gateway, config, password })
    }

    /// Calls all at once; the answers come in the order of the operations.
    pub fn call_all(&self, operations: &[Operation]) -> Vec<Result<Response, SendError>> {
        if operations.is_empty() {
            return Vec::new();
        }
        self.gateway.send_all(&operations.iter().map(|operation| self.request(operation)).collect::<Vec<_>>())
    }

    /// Asks something that hands no message over; the answer is for the caller to read.
    pub fn ask(&self, function: Function, fields: Vec<(&'static str, String)>) -> Result<Response, Failure> {
        match self.call_all(&[Operation { function, fields, carries: Vec::new() }]).pop() {
            Some(Ok(response)) if response.status == 200 => Ok(response),
            Some(Ok(response)) => Err(unreadable(&response)),
            Some(Err(error)) => Err(Failure::Upstream(send_error_cause(&error))),
            None => Err(Failure::Internal("a request without an answer".into())),
        }
    }

    fn request(&self, operation: &Operation) -> Request {
        let (name, family) = match (operation.function, self.config.family) {
            (Function::Send, Family::One) => ("send", Family::One),
            (Function::Send, Family::Two) => ("send2", Family::Two),
            (Function::Receipts, Family::One) => ("qryReport", Family::One),
            (Function::Receipts, Family::Two) => ("qryReport2", Family::Two),
            (Function::Inbound, Family::One) => ("receiveSms", Family::One),
            (Function::Inbound, Family::Two) => ("receiveSms2", Family::Two),
            (Function::Balance, _) => ("qryBalance", Family::One),
        };
        let mut fields = auth::fields(&self.config, &self.password, family, self.gateway.now());
        fields.extend(operation.fields.iter().cloned());
        request::post_form(self.config.url_of(name), fields)
            .timeout(self.config.request_timeout_ms)
            .carries(operation.carries.clone())
    }
}

/// The answer is in no form that Lexin is known to use; its words stay out, for they may hold texts of people.
pub fn unreadable(response: &Response) -> Failure {
    Failure::Upstream(cause(response.status.to_string(), "the answer is not Lexin's"))
}
