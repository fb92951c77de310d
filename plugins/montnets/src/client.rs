//! Calls of Montnets's API in JSON. The spare addresses are for connections that could not be made: what may have been
//! read at one address is never repeated at another.

use jixinda_plugin_kit::http::{Problem, Request, Response, SendError};
use jixinda_plugin_kit::outcome::{cause, send_error_cause};
use jixinda_plugin_kit::types::{Account, Cause, Failure};
use jixinda_plugin_kit::{Gateway, json, request};
use serde_json::{Map, Value};

use crate::auth::Credentials;
use crate::config::{Config, Function};

/// What a request says besides who sends it.
pub type Fields = Map<String, Value>;

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    credentials: Credentials,
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
        let credentials = Credentials::of(&config, gateway)?;
        Ok(Self { gateway, config, credentials })
    }

    /// Calls all at once; the answers come in the order of the operations.
    pub fn call_all(&self, operations: &[Operation]) -> Vec<Result<Response, SendError>> {
        let mut answers: Vec<Option<Result<Response, SendError>>> = operations.iter().map(|_| None).collect();
        for host in self.config.hosts() {
            let open: Vec<usize> = (0..operations.len()).filter(|&index| is_open(answers[index].as_ref())).collect();
            if open.is_empty() {
                break;
            }
            let requests: Vec<Request> = open.iter().map(|&index| self.request(host, &operations[index])).collect();
            for (index, answer) in open.into_iter().zip(self.gateway.send_all(&requests)) {
                answers[index] = Some(answer);
            }
        }
        answers.into_iter().flatten().collect()
    }

    /// Asks something that hands no message over; an answer other than zero is a failure.
    pub fn ask(&self, function: Function, fields: Fields) -> Result<Value, Failure> {
        let operation = Operation { function, fields, carries: Vec::new() };
        let Some(answer) = self.call_all(&[operation]).pop() else {
            return Err(Failure::Internal("a request without an answer".into()));
        };
        let response = answer.map_err(|error| Failure::Upstream(send_error_cause(&error)))?;
        let body = response.json();
        match json::text(&body, "result").as_deref() {
            Some("0") => Ok(body),
            Some(code) => Err(Failure::Upstream(self.cause_of(code, &body))),
            None => Err(Failure::Upstream(cause(response.status.to_string(), "the answer is not Montnets's"))),
        }
    }

    /// The provider's own words, which travel encoded.
    pub fn cause_of(&self, code: &str, body: &Value) -> Cause {
        cause(code, self.config.charset().decode(&json::text(body, "desc").unwrap_or_default()))
    }

    fn request(&self, host: &str, operation: &Operation) -> Request {
        let mut fields = operation.fields.clone();
        for (name, value) in self.credentials.fields(self.gateway.now(), self.config.zone()) {
            fields.insert(name.to_owned(), value.into());
        }
        let url = format!("{host}{}", self.config.path_of(operation.function));
        request::post_json(url, Value::Object(fields).to_string())
            .timeout(self.config.request_timeout_ms)
            .carries(operation.carries.clone())
    }
}

/// Not asked yet, or asked at an address that could not be reached.
fn is_open(answer: Option<&Result<Response, SendError>>) -> bool {
    match answer {
        None => true,
        Some(Ok(_)) => false,
        Some(Err(error)) => !error.sent && !matches!(error.problem, Problem::InvalidRequest | Problem::BudgetExceeded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, gateway};

    const SPARE: &str = r#","spare_hosts":["http://b.example.com:1","http://c.example.com:1"]"#;

    fn operation(index: u32) -> Operation {
        Operation { function: Function::Single, fields: Fields::new(), carries: vec![index] }
    }

    #[test]
    fn a_spare_address_is_for_connections_that_were_not_made() {
        let gateway =
            gateway().fail(Problem::Connect, false).answer(200, "a").fail(Problem::Dns, false).answer(200, "b");
        let account = account(SPARE);
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let answers = client.call_all(&[operation(0), operation(1)]);
        assert!(answers.iter().all(Result::is_ok));
        let urls: Vec<_> =
            gateway.requests().iter().map(|request| (request.url.clone(), request.carries.clone())).collect();
        let at = |host: &str, index| (format!("{host}/sms/v2/std/send_single"), Some(vec![index]));
        assert_eq!(
            urls,
            [
                at("http://api01.monyun.cn:7901", 0),
                at("http://api01.monyun.cn:7901", 1),
                at("http://b.example.com:1", 0),
                at("http://c.example.com:1", 0),
            ]
        );
    }

    #[test]
    fn what_was_sent_is_never_repeated() {
        let gateway = gateway().fail(Problem::Timeout, true);
        let account = account(SPARE);
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert!(client.call_all(&[operation(0)])[0].is_err());
        assert_eq!(gateway.requests().len(), 1);
        assert!(gateway.is_exhausted());
    }

    #[test]
    fn a_question_that_is_refused_is_a_failure_in_the_vendors_words() {
        let gateway = gateway().answer(200, r#"{"result":"-100002","desc":"%D1%E9%D6%A4"}"#).answer(502, "<html>");
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let failed = |code: &str, detail: &str| Err(Failure::Upstream(cause(code, detail)));
        assert_eq!(client.ask(Function::Balance, Fields::new()), failed("-100002", "验证"));
        assert_eq!(client.ask(Function::Balance, Fields::new()), failed("502", "the answer is not Montnets's"));
    }
}
