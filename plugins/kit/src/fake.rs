//! A gateway for native tests: scripted answers in, recorded requests out.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use crate::Gateway;
use crate::host::Level;
use crate::http::{Problem, Request, Response, SendError};

/// Answers requests in the order they were scripted; time stands still unless it is moved.
#[derive(Default)]
pub struct FakeGateway {
    now: Cell<u64>,
    drawn: Cell<u8>,
    secrets: BTreeMap<String, String>,
    answers: RefCell<VecDeque<Result<Response, SendError>>>,
    requests: RefCell<Vec<Request>>,
    logs: RefCell<Vec<String>>,
}

impl FakeGateway {
    /// A gateway at this instant.
    #[must_use]
    pub fn at(now: u64) -> Self {
        Self { now: Cell::new(now), ..Self::default() }
    }

    /// Gives the account a secret.
    #[must_use]
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.insert(name.into(), value.into());
        self
    }

    /// Scripts the next answer.
    #[must_use]
    pub fn answer(self, status: u16, body: &str) -> Self {
        self.answers.borrow_mut().push_back(Ok(Response { status, headers: Vec::new(), body: body.into() }));
        self
    }

    /// Scripts the next answer, with one header.
    #[must_use]
    pub fn answer_with(self, status: u16, (name, value): (&str, &str), body: &str) -> Self {
        let headers = vec![(name.to_owned(), value.to_owned())];
        self.answers.borrow_mut().push_back(Ok(Response { status, headers, body: body.into() }));
        self
    }

    /// Scripts a request without an answer.
    #[must_use]
    pub fn fail(self, problem: Problem, sent: bool) -> Self {
        self.answers.borrow_mut().push_back(Err(SendError { problem, sent, detail: "scripted".into() }));
        self
    }

    /// Lets time pass.
    pub fn advance(&self, milliseconds: u64) {
        self.now.set(self.now.get() + milliseconds);
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// Every log line so far, fields included, for assertions on what must not be in them.
    #[must_use]
    pub fn logs(&self) -> Vec<String> {
        self.logs.borrow().clone()
    }

    /// Whether every scripted answer was asked for.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.answers.borrow().is_empty()
    }
}

impl Gateway for FakeGateway {
    fn now(&self) -> u64 {
        self.now.get()
    }

    /// Never the same bytes twice in a row: each call repeats the next number.
    fn random(&self, len: u32) -> Vec<u8> {
        self.drawn.set(self.drawn.get().wrapping_add(1));
        vec![self.drawn.get(); usize::try_from(len).unwrap_or_default()]
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name).cloned()
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        self.logs.borrow_mut().push(format!("{level:?} {message} {fields:?}"));
    }

    fn send(&self, request: &Request) -> Result<Response, SendError> {
        self.requests.borrow_mut().push(request.clone());
        self.answers.borrow_mut().pop_front().expect("a request that no answer was scripted for")
    }

    fn send_all(&self, requests: &[Request]) -> Vec<Result<Response, SendError>> {
        requests.iter().map(|request| self.send(request)).collect()
    }
}
