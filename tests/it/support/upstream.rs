//! [`Upstream`]: a provider's server that answers as a test scripts it, wrongly if need be. Raw sockets, since the wrong
//! answers are those that no HTTP library would give.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a request is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 200 and two bytes.
    Ok,
    /// After a while, 200.
    Late(Duration),
    /// 302 to there.
    Redirect(&'static str),
    /// Nothing, for ever.
    Hang,
    /// The connection is closed without a word.
    Close,
    /// Two MiB.
    Huge,
    /// A byte now and then, for ever.
    Drip,
}

/// A listening server.
pub struct Upstream {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Upstream {
    /// Gives every request the same answer.
    pub async fn start(answer: Answer) -> Self {
        Self::scripted(move |_| answer.clone()).await
    }

    /// Answers by what the request says.
    pub async fn scripted(script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (requests, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, opened, script) = (requests.clone(), open.clone(), Arc::new(script));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (counted, opened, script) = (counted.clone(), opened.clone(), script.clone());
                tokio::spawn(async move {
                    opened.fetch_add(1, SeqCst);
                    serve(stream, &counted, &*script).await;
                    opened.fetch_sub(1, SeqCst);
                });
            }
        });
        Self { address, requests, open, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Requests that were read so far.
    pub fn requests(&self) -> usize {
        self.requests.load(SeqCst)
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.open.load(SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A port that nobody listens on.
pub async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

async fn serve(mut stream: TcpStream, requests: &AtomicUsize, script: &(dyn Fn(&str) -> Answer + Send + Sync)) {
    while let Some(request) = read(&mut stream).await {
        requests.fetch_add(1, SeqCst);
        let answer = script(&request);
        if matches!(answer, Answer::Hang) {
            gone(&mut stream).await;
            return;
        }
        if respond(&mut stream, answer).await.is_none() {
            return;
        }
    }
}

/// `None` where the connection is of no more use.
async fn respond(stream: &mut TcpStream, answer: Answer) -> Option<()> {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    match answer {
        Answer::Ok => stream.write_all(OK).await.ok(),
        Answer::Late(pause) => {
            tokio::time::sleep(pause).await;
            stream.write_all(OK).await.ok()
        }
        Answer::Redirect(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()
        }
        Answer::Huge => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2097152\r\n\r\n").await.ok()?;
            stream.write_all(&vec![b'x'; 2 << 20]).await.ok()
        }
        Answer::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await.ok()?;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            None
        }
        Answer::Hang | Answer::Close => None,
    }
}

/// Until the client goes away.
async fn gone(stream: &mut TcpStream) {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// A request, head and body.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .to_ascii_lowercase()
                .split_once("content-length: ")
                .map_or(0, |(_, rest)| rest.split("\r\n").next().and_then(|digits| digits.parse().ok()).unwrap_or(0));
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
    }
}
