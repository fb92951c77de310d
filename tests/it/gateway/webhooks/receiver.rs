//! An application's side of webhooks: hears what is posted, keeps it, and answers as it is told.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use jixinda_test_support::until;
use serde_json::Value;
use standardwebhooks::Webhook;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// How a request is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// With this status.
    Status(u16),
    /// With a redirect to this address.
    Redirect(String),
    /// With success, and more words than anybody wants.
    Flood,
    /// Never.
    Hang,
}

/// A request that was heard.
#[derive(Clone, Debug)]
pub struct Heard {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Heard {
    pub fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().expect("a text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// What the official library says to it.
    pub fn verifies(&self, secret: &str) -> bool {
        Webhook::new(secret).expect("a secret").verify(&self.body, &self.headers).is_ok()
    }
}

#[derive(Debug)]
struct State {
    heard: Vec<Heard>,
    script: VecDeque<Reply>,
    usual: Reply,
}

/// A server on a port of its own.
pub struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Answers so, always.
    pub async fn start(usual: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State { heard: Vec::new(), script: VecDeque::new(), usual }));
        tokio::spawn(accept(listener, state.clone()));
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The next requests are answered so, and those after them as usual.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state().script.extend(replies);
    }

    pub fn usually(&self, reply: Reply) {
        self.state().usual = reply;
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.state().heard.clone()
    }

    /// Waits until so many requests about a status were heard; answers them.
    pub async fn hears(&self, status: &str, count: usize) -> Vec<Heard> {
        let what = format!("{count} events {status}");
        let found = until(&what, super::PATIENCE, || {
            let of_status: Vec<Heard> =
                self.heard().into_iter().filter(|heard| heard.json()["data"]["status"] == status).collect();
            std::future::ready((of_status.len() >= count).then_some(of_status))
        });
        found.await.unwrap_or_else(|error| panic!("{error}: {:?}", self.heard()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        let service = service_fn(move |request| answer(state.clone(), request));
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let reply = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.heard.push(Heard { headers: parts.headers, body });
        state.script.pop_front().unwrap_or_else(|| state.usual.clone())
    };
    let mut words = Bytes::from_static(b"read a little way and thrown away");
    let response = match reply {
        Reply::Flood => {
            words = vec![b'x'; 8 << 20].into();
            Response::builder().status(200)
        }
        Reply::Status(status) => Response::builder().status(status),
        Reply::Redirect(target) => Response::builder().status(302).header("location", target),
        Reply::Hang => std::future::pending().await,
    };
    Ok(response.body(Full::new(words)).expect("a response"))
}
