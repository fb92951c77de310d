//! What a component can ask of the gateway: `http` and `host` of the provider interface.

use crate::egress;
use crate::limits::TICK;
use crate::record::Ending;
use crate::state::CallState;
use crate::wit_v0_1::jixinda::provider::{host, http, types};
use std::time::{Duration, Instant};

/// Requests of one `send-all` that are under way at once.
const CONCURRENT_REQUESTS: usize = 32;
/// With less of the call's time left, a request is not made: it could only end without an answer.
const LEAST_TIME: Duration = Duration::from_millis(20);
const MAX_RANDOM: u32 = 1024;

impl types::Host for CallState {}

impl http::Host for CallState {
    async fn send(&mut self, request: http::Request) -> wasmtime::Result<Result<http::Response, http::SendError>> {
        let mut answers = self.exchange(vec![request]).await;
        answers.pop().ok_or_else(|| wasmtime::format_err!("one request has one answer"))
    }

    async fn send_all(
        &mut self,
        requests: Vec<http::Request>,
    ) -> wasmtime::Result<Vec<Result<http::Response, http::SendError>>> {
        Ok(self.exchange(requests).await)
    }
}

impl CallState {
    /// Sends requests, some at a time, and keeps the record of what they carry. Answers come in the order of the requests.
    async fn exchange(&mut self, requests: Vec<http::Request>) -> Vec<Result<http::Response, http::SendError>> {
        let began = Instant::now();
        let answers = self.exchange_all(requests).await;
        // A request that is refused at once suspends nothing: a loop of them is the guest's own time.
        if began.elapsed() >= TICK {
            self.forgive_tick();
        }
        answers
    }

    async fn exchange_all(&mut self, requests: Vec<http::Request>) -> Vec<Result<http::Response, http::SendError>> {
        use futures_util::stream::{FuturesUnordered, StreamExt as _};
        let Some(way_out) = self.reach.way_out.clone() else {
            return requests
                .iter()
                .map(|_| Err(send_error(unmade(egress::Problem::Denied, "nothing can be sent while describing"))))
                .collect();
        };
        let grants = self.reach.grants.clone();
        let mut answers: Vec<Option<Result<http::Response, http::SendError>>> = requests.iter().map(|_| None).collect();
        let mut waiting = requests.into_iter().enumerate();
        let mut under_way = FuturesUnordered::new();
        loop {
            // A request departs when it is made, not when it is asked for: what still waits for its turn has not left.
            while under_way.len() < CONCURRENT_REQUESTS
                && let Some((position, request)) = waiting.next()
            {
                let left = self.left();
                let refused = match self.http_left {
                    0 => Some(unmade(egress::Problem::BudgetExceeded, "this call may make no more requests")),
                    _ if left < LEAST_TIME => Some(unmade(egress::Problem::Timeout, "this call has no time left")),
                    _ => None,
                };
                self.http_left = self.http_left.saturating_sub(1);
                if let Some(refused) = refused {
                    answers[position] = Some(Err(send_error(refused)));
                    continue;
                }
                let carried = self.record.named(request.carries.as_deref());
                self.record.depart(&carried);
                let (way_out, grants) = (way_out.clone(), grants.clone());
                under_way.push(async move {
                    let answer = way_out.send(translate(request), grants, left).await;
                    (position, carried, answer)
                });
            }
            let Some((position, carried, answer)) = under_way.next().await else { break };
            let ending = match &answer {
                Ok(_) => Ending::Answered,
                Err(error) if error.sent => Ending::Unanswered,
                Err(_) => Ending::NeverLeft,
            };
            self.record.end(&carried, ending);
            if let Err(error) = &answer
                && error.problem == egress::Problem::Denied
            {
                self.warn_of_denial(&error.detail);
            }
            answers[position] = Some(answer.map(response).map_err(send_error));
        }
        answers.into_iter().flatten().collect()
    }

    /// In the plugin's own share of the log: a loop of denied requests must not flood it.
    fn warn_of_denial(&self, detail: &str) {
        let said = format!("it asked for a host that is not granted: {detail}");
        self.reach.log.write(host::Level::Warn, &said, &[]);
    }
}

fn unmade(problem: egress::Problem, detail: &str) -> egress::SendError {
    egress::SendError { problem, sent: false, detail: detail.to_owned() }
}

fn translate(request: http::Request) -> egress::Request {
    egress::Request {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: request.body,
        timeout: request.timeout_ms.map(|millis| Duration::from_millis(millis.into())),
    }
}

fn response(response: egress::Response) -> http::Response {
    http::Response { status: response.status, headers: response.headers, body: response.body }
}

fn send_error(error: egress::SendError) -> http::SendError {
    let problem = match error.problem {
        egress::Problem::Denied => http::Problem::Denied,
        egress::Problem::InvalidRequest => http::Problem::InvalidRequest,
        egress::Problem::BudgetExceeded => http::Problem::BudgetExceeded,
        egress::Problem::Dns => http::Problem::Dns,
        egress::Problem::Connect => http::Problem::Connect,
        egress::Problem::Tls => http::Problem::Tls,
        egress::Problem::Timeout => http::Problem::Timeout,
        egress::Problem::ConnectionLost => http::Problem::ConnectionLost,
        egress::Problem::ResponseTooLarge => http::Problem::ResponseTooLarge,
        egress::Problem::Other => http::Problem::Other,
    };
    http::SendError { problem, sent: error.sent, detail: error.detail }
}

impl host::Host for CallState {
    async fn now(&mut self) -> wasmtime::Result<u64> {
        let now = self.reach.clock.as_ref().map_or(0, |clock| clock.now().as_millis());
        Ok(u64::try_from(now).unwrap_or(0))
    }

    async fn random(&mut self, len: u32) -> wasmtime::Result<Vec<u8>> {
        if self.reach.clock.is_none() {
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; len.min(MAX_RANDOM) as usize];
        self.reach.randomness.fill(&mut bytes);
        Ok(bytes)
    }

    async fn secret(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.reach.secrets.get(&name).cloned())
    }

    async fn log(
        &mut self,
        level: host::Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        self.reach.log.write(level, &message, &fields);
        Ok(())
    }
}
