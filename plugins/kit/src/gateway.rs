//! The seam between a plugin's logic and the gateway that runs it.

use crate::host::{self, Level};
use crate::http::{self, Request, Response, SendError};

/// What the gateway offers a plugin. The real one calls the imports; tests script one of their own.
pub trait Gateway {
    /// Milliseconds since the Unix epoch, UTC.
    fn now(&self) -> u64;
    /// Random bytes, at most 1024 a call.
    fn random(&self, len: u32) -> Vec<u8>;
    /// The value of a `writeOnly` property of the account's config.
    fn secret(&self, name: &str) -> Option<String>;
    /// Tell the operator. Never numbers of persons, texts or secrets.
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]);
    /// One HTTP request.
    fn send(&self, request: &Request) -> Result<Response, SendError>;
    /// All at once; the answers come in the order of the requests.
    fn send_all(&self, requests: &[Request]) -> Vec<Result<Response, SendError>>;
}

/// The gateway as a component sees it: through its imports, which work only inside one.
pub struct Imports;

impl Gateway for Imports {
    fn now(&self) -> u64 {
        host::now()
    }

    fn random(&self, len: u32) -> Vec<u8> {
        host::random(len)
    }

    fn secret(&self, name: &str) -> Option<String> {
        host::secret(name)
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        host::log(level, message, &fields);
    }

    fn send(&self, request: &Request) -> Result<Response, SendError> {
        http::send(request)
    }

    fn send_all(&self, requests: &[Request]) -> Vec<Result<Response, SendError>> {
        http::send_all(requests)
    }
}
