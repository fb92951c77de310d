//! The gateway's end of a push: keeps every request as it came, and answers as it is told to.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::PATIENCE;

/// One push.
#[derive(Clone, Debug)]
pub struct Pushed {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Status and body of the nth answer, from 0, to this push.
type Answering = Box<dyn Fn(usize, &Pushed) -> (u16, String) + Send + Sync>;

/// A listening callback; it ends when it is dropped.
pub struct Listener {
    pub url: String,
    state: Arc<State>,
    server: AbortHandle,
}

struct State {
    pushed: Mutex<Vec<Pushed>>,
    changed: tokio::sync::Notify,
    answer: Answering,
}

impl Listener {
    /// Answers every push with 200 and nothing.
    pub async fn start() -> Self {
        Self::answering(|_, _| (200, String::new())).await
    }

    pub async fn answering(answer: impl Fn(usize, &Pushed) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/callbacks/acc_1/token", listener.local_addr().expect("an address"));
        let (pushed, changed) = (Mutex::default(), tokio::sync::Notify::new());
        let state = Arc::new(State { pushed, changed, answer: Box::new(answer) });
        let server = tokio::spawn(serve(listener, state.clone())).abort_handle();
        Self { url, state, server }
    }

    /// Waits until so many pushes have arrived, and tells them all.
    pub async fn pushes(&self, count: usize) -> Vec<Pushed> {
        self.wait(|pushed| pushed.len() >= count).await
    }

    /// What has arrived by now.
    pub fn so_far(&self) -> Vec<Pushed> {
        self.state.pushed.lock().expect("no panic").clone()
    }

    pub async fn wait(&self, is_enough: impl Fn(&[Pushed]) -> bool) -> Vec<Pushed> {
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

impl Pushed {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// A field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body).find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("ASCII")
    }
}

impl Drop for Listener {
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
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let push = Pushed { headers: head.headers, body };
    let (status, body) = {
        let mut pushed = state.pushed.lock().expect("no panic");
        pushed.push(push.clone());
        (state.answer)(pushed.len() - 1, &push)
    };
    state.changed.notify_waiters();
    Ok(Response::builder().status(status).body(Full::new(body.into())).expect("an answer"))
}
