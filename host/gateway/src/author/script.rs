//! Stand-ins for providers: one that plays recorded exchanges, one that answers by rule, one that records the real world.

use super::exchange::{Answer, Exchange, RecordedRequest};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jixinda_runtime::HostGrant;
use jixinda_runtime::egress::{Egress, Problem, Request, Response, SendError, check_request};
use jixinda_runtime::upstream::Upstream;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a provider answers.
pub type Reply = Result<Response, SendError>;

/// Decides the answer to a request; the number counts the requests of the call from 0.
pub type Rule = Arc<dyn Fn(&Request, usize) -> Reply + Send + Sync>;

/// A stand-in that is scripted anew for each call, and keeps what it was asked.
#[derive(Default)]
pub struct Script(Mutex<State>);

#[derive(Default)]
struct State {
    play: Play,
    heard: Vec<Exchange>,
    /// What went against the script.
    objections: Vec<String>,
}

enum Play {
    /// In this order.
    Exchanges(VecDeque<Exchange>),
    Rule(Rule),
}

impl Default for Play {
    fn default() -> Self {
        Self::Exchanges(VecDeque::new())
    }
}

/// What a call did.
#[derive(Debug, Default)]
pub struct Heard {
    pub exchanges: Vec<Exchange>,
    pub objections: Vec<String>,
}

impl Script {
    /// The next call must make exactly these requests.
    pub fn expect(&self, exchanges: Vec<Exchange>) {
        *self.lock() = State { play: Play::Exchanges(exchanges.into()), ..State::default() };
    }

    /// Every request of the next call is answered by a rule.
    pub fn answer_by(&self, rule: Rule) {
        *self.lock() = State { play: Play::Rule(rule), ..State::default() };
    }

    /// What the call asked for, and what of it was not in the script.
    pub fn heard(&self) -> Heard {
        let mut state = std::mem::take(&mut *self.lock());
        if let Play::Exchanges(left) = &state.play
            && let Some(next) = left.front()
        {
            let missing = format!("it did not make the request {} {}", next.request.method, next.request.url);
            state.objections.push(missing);
        }
        Heard { exchanges: state.heard, objections: state.objections }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request, grants: &[HostGrant]) -> Reply {
        let mut state = self.lock();
        let made = RecordedRequest::from(request);
        let reply = match check_request(request, grants) {
            Err(refused) => {
                state.objections.push(format!("the gateway refuses its request: {}", refused.detail));
                Err(refused)
            }
            Ok(()) => state.next(request, &made),
        };
        state.heard.push(Exchange { request: made, answer: Answer::from(&reply) });
        reply
    }
}

impl State {
    fn next(&mut self, request: &Request, made: &RecordedRequest) -> Reply {
        let number = self.heard.len();
        match &mut self.play {
            Play::Rule(rule) => rule(request, number),
            Play::Exchanges(exchanges) => match exchanges.pop_front() {
                Some(expected) => {
                    self.objections.extend(differences(&expected.request, made));
                    (&expected.answer).into()
                }
                None => {
                    self.objections.push(format!("it made a request too many: {} {}", made.method, made.url));
                    let detail = "the case has no such request".to_owned();
                    Err(SendError { problem: Problem::Other, sent: false, detail })
                }
            },
        }
    }
}

/// Headers are compared where the case names them: a case may leave out what does not matter.
fn differences(expected: &RecordedRequest, made: &RecordedRequest) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differ = |what: &str, expected: &str, made: &str| {
        if expected != made {
            differences.push(format!("{what}\n  expected {expected}\n  but it is {made}"));
        }
    };
    differ("the request's method", &expected.method, &made.method);
    differ("the request's URL", &expected.url, &made.url);
    differ("the request's body", &shown(&expected.body.bytes()), &shown(&made.body.bytes()));
    for (name, value) in &expected.headers {
        let found = made.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        differ(&format!("the request's header {name}"), value, found.map_or("missing", |(_, value)| value));
    }
    differences
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The upstream of a script.
pub struct Scripted(pub Arc<Script>);

impl Upstream for Scripted {
    fn send(&self, request: Request, grants: Arc<[HostGrant]>, _: Duration) -> BoxFuture<'static, Reply> {
        std::future::ready(self.0.answer(&request, &grants)).boxed()
    }
}

/// The real world, remembered.
pub struct Recorder {
    egress: Egress,
    heard: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    /// Goes out by `egress`.
    pub fn new(egress: Egress) -> Self {
        Self { egress, heard: Arc::default() }
    }

    /// Takes what was exchanged so far, in the order of the answers.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Upstream for Recorder {
    fn send(&self, request: Request, grants: Arc<[HostGrant]>, left: Duration) -> BoxFuture<'static, Reply> {
        let (egress, heard) = (self.egress.clone(), self.heard.clone());
        async move {
            let made = RecordedRequest::from(&request);
            let reply = egress.send(request, &grants, left).await;
            let exchange = Exchange { request: made, answer: Answer::from(&reply) };
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
            reply
        }
        .boxed()
    }
}
