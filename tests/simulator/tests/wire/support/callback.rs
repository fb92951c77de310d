//! The gateway's end of a push: keeps what arrives, and answers badly as often as it is told to.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::PATIENCE;

type Pushed = Vec<Vec<Value>>;

/// A listening callback; it ends when it is dropped.
pub struct Callback {
    pub url: String,
    state: Arc<State>,
    server: AbortHandle,
}

#[derive(Default)]
struct State {
    /// The array of every push, in order.
    pushed: Mutex<Pushed>,
    bad_answers: Mutex<Vec<(u16, &'static str)>>,
    changed: tokio::sync::Notify,
}

impl Callback {
    /// Gives the `bad_answers` first, then good ones.
    pub async fn start(bad_answers: &[(u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/callbacks/acc_1/token", listener.local_addr().expect("an address"));
        let state = Arc::new(State { bad_answers: Mutex::new(bad_answers.to_vec()), ..State::default() });
        let server = tokio::spawn(serve(listener, state.clone())).abort_handle();
        Self { url, state, server }
    }

    /// Waits until so many pushes have arrived, and tells them all.
    pub async fn pushes(&self, count: usize) -> Pushed {
        self.wait(|pushed| pushed.len() >= count).await
    }

    /// Waits until so many entries have arrived, however they were spread over pushes.
    pub async fn entries(&self, count: usize) -> Vec<Value> {
        let entries = |pushed: &Pushed| pushed.iter().map(Vec::len).sum::<usize>();
        self.wait(|pushed| entries(pushed) >= count).await.concat()
    }

    /// What has arrived by now.
    pub fn so_far(&self) -> Pushed {
        self.state.pushed.lock().expect("no panic").clone()
    }

    async fn wait(&self, is_enough: impl Fn(&Pushed) -> bool) -> Pushed {
        let waiting = async {
            loop {
                let changed = self.state.changed.notified();
                let pushed = self.so_far();
                if is_enough(&pushed) {
                    return pushed;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| panic!("not enough was pushed: {:?}", self.so_far()))
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        let service = service_fn(move |request| answer(state.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    state.pushed.lock().expect("no panic").push(serde_json::from_slice(&body).expect("an array"));
    let mut bad_answers = state.bad_answers.lock().expect("no panic");
    let (status, body) = if bad_answers.is_empty() { (200, r#"{"code":0,"msg":"ok"}"#) } else { bad_answers.remove(0) };
    state.changed.notify_waiters();
    Ok(Response::builder().status(status).body(Full::new(body.into())).expect("an answer"))
}
