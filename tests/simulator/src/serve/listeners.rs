//! Listening ports that can be closed and opened again while the simulator runs.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::{Doors, connection};
use crate::shards::lock;
use crate::world::World;

/// Accepting fails only where the process is out of sockets; a pause lets some end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// All listeners by port.
pub(crate) struct Listeners {
    world: Arc<World>,
    /// A closed port keeps its place, so that it is opened again as it was.
    ports: Mutex<BTreeMap<u16, Port>>,
}

struct Port {
    address: SocketAddr,
    doors: Doors,
    open: Option<Open>,
}

struct Open {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Listeners {
    pub(crate) fn new(world: Arc<World>) -> Arc<Self> {
        Arc::new(Self { world, ports: Mutex::default() })
    }

    /// Opens a port and serves it.
    pub(crate) async fn open(self: &Arc<Self>, address: SocketAddr, doors: Doors) -> Result<SocketAddr> {
        let socket = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let address = socket.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(socket, doors, self.world.clone(), self.clone(), stopped));
        lock(&self.ports).insert(address.port(), Port { address, doors, open: Some(Open { stop, task }) });
        Ok(address)
    }

    /// Opens one more port for providers' requests.
    pub(crate) async fn open_another(self: &Arc<Self>) -> Result<SocketAddr> {
        self.open(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Doors::Providers).await
    }

    /// Closes a port: when this returns, new connections are refused and the old ones are gone.
    pub(crate) async fn close(&self, port: u16) -> Result<()> {
        let open = lock(&self.ports).get_mut(&port).with_context(|| unknown(port))?.open.take();
        let Some(Open { stop, task }) = open else { bail!("the listener on port {port} is closed already") };
        let _ = stop.send(());
        task.await.with_context(|| format!("the listener on port {port} ended badly"))
    }

    /// Like `close`, for callers who come in through the main listener and would lock themselves out.
    pub(crate) async fn close_another(&self, port: u16) -> Result<()> {
        let is_main = lock(&self.ports).get(&port).is_some_and(|port| port.doors == Doors::All);
        ensure!(!is_main, "port {port} also carries the control API; open another with POST /control/listeners");
        self.close(port).await
    }

    /// Opens a closed port again.
    pub(crate) async fn reopen(self: &Arc<Self>, port: u16) -> Result<SocketAddr> {
        let (address, doors, is_open) = {
            let ports = lock(&self.ports);
            let port = ports.get(&port).with_context(|| unknown(port))?;
            (port.address, port.doors, port.open.is_some())
        };
        ensure!(!is_open, "the listener on port {port} is open already");
        self.open(address, doors).await
    }

    /// Every port, and whether it is open.
    pub(crate) fn list(&self) -> Vec<(u16, bool)> {
        lock(&self.ports).iter().map(|(number, port)| (*number, port.open.is_some())).collect()
    }

    /// Ends all listeners and their connections.
    pub(crate) fn stop(&self) {
        let ports = std::mem::take(&mut *lock(&self.ports));
        ports.into_values().filter_map(|port| port.open).for_each(|open| open.task.abort());
    }
}

fn unknown(port: u16) -> String {
    format!("no listener was ever opened on port {port}")
}

async fn accept(
    socket: TcpListener,
    doors: Doors,
    world: Arc<World>,
    listeners: Arc<Listeners>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection::serve(stream, doors, world.clone(), listeners.clone()));
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(socket);
    connections.shutdown().await;
}
