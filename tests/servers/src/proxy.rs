//! A TCP proxy that stands for the network, and can be cut.

use crate::process::free_port;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything gets through.
    Pass,
    /// Connections break and new ones are refused.
    Cut,
    /// Connections stay and new ones come about, but nothing gets through; what was sent meanwhile gets through later.
    Blackhole,
    /// Everything takes this much longer, in each direction.
    Delay(Duration),
}

/// Passes connections on to one port of this machine.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    mode: watch::Sender<Mode>,
    taken: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Passes on to `target`.
    pub fn start(target: u16) -> Self {
        let port = free_port();
        let mode = watch::Sender::new(Mode::Pass);
        let taken = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(serve(port, target, Arc::new(mode.clone()), Arc::clone(&taken)));
        Self { port, mode, taken, task }
    }

    /// How many connections it has taken so far.
    pub fn connections(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Where to connect, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes the network at once.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens while the network is not cut; a closed port refuses as a dead machine's does.
async fn serve(port: u16, target: u16, mode: Arc<watch::Sender<Mode>>, taken: Arc<AtomicU64>) {
    let mut modes = mode.subscribe();
    loop {
        if modes.wait_for(|mode| *mode != Mode::Cut).await.is_err() {
            return;
        }
        let Some(listener) = listen(port) else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = modes.wait_for(|mode| *mode == Mode::Cut) => break,
                Ok((inbound, _)) = listener.accept() => {
                    taken.fetch_add(1, Ordering::Relaxed);
                    connections.spawn(carry(inbound, target, mode.subscribe()));
                }
            }
        }
        // With the listener, all connections end.
    }
}

fn listen(port: u16) -> Option<TcpListener> {
    let socket = TcpSocket::new_v4().ok()?;
    // Connections that were cut a moment ago may still linger.
    socket.set_reuseaddr(true).ok()?;
    socket.bind(([127, 0, 0, 1], port).into()).ok()?;
    socket.listen(64).ok()
}

async fn carry(inbound: TcpStream, target: u16, modes: watch::Receiver<Mode>) {
    let Ok(outbound) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    let _ = (inbound.set_nodelay(true), outbound.set_nodelay(true));
    let (from_client, to_client) = inbound.into_split();
    let (from_server, to_server) = outbound.into_split();
    tokio::select! {
        () = pump(from_client, to_server, modes.clone()) => {}
        () = pump(from_server, to_client, modes) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut modes: watch::Receiver<Mode>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        let mode = *modes.borrow();
        if let Mode::Delay(span) = mode {
            tokio::time::sleep(span).await;
        }
        if modes.wait_for(|mode| *mode != Mode::Blackhole).await.is_err()
            || to.write_all(&buffer[..count]).await.is_err()
        {
            return;
        }
    }
}
