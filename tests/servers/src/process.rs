//! A server's process, its port, and waiting for it.

use anyhow::Context as _;
use std::fs::File;
use std::future::Future;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server(Child);

impl Server {
    /// Starts a program in a folder; its output goes to `log.txt` there. `package` is the Debian package that has it.
    ///
    /// # Errors
    /// Where the program is missing or cannot be started.
    pub fn start(program: &str, package: &str, arguments: &[String], folder: &Path) -> anyhow::Result<Self> {
        // A path of its own is joined as it is.
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
        anyhow::ensure!(found, "{program} is missing: install the Debian package {package}");
        let log = File::options().create(true).append(true).open(folder.join("log.txt"))?;
        // The kernel kills the server when the thread that started it ends; a test's runtime may move between threads,
        // so servers are started by a thread that lasts as long as the process.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", program]).args(arguments).current_dir(folder);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = spawn(command).context("setpriv is missing: install the Debian package util-linux")?;
        Ok(Self(child))
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Sends it a signal, for example `STOP`.
    ///
    /// # Errors
    /// Where it is gone already.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let told = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status()?;
        anyhow::ensure!(told.success(), "the server is gone already");
        Ok(())
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Kills it and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// On a thread of its own that never ends, since the death signal is the starting thread's.
fn spawn(command: Command) -> std::io::Result<Child> {
    use std::sync::OnceLock;
    use std::sync::mpsc::{Sender, channel};
    type Order = (Command, Sender<std::io::Result<Child>>);
    static STARTER: OnceLock<Sender<Order>> = OnceLock::new();

    let starter = STARTER.get_or_init(|| {
        let (orders, taken) = channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, answer) in taken {
                let _ = answer.send(command.spawn());
            }
        });
        orders
    });
    let (answer, started) = channel();
    let gone = || std::io::Error::other("the thread that starts servers is gone");
    starter.send((command, answer)).map_err(|_| gone())?;
    started.recv().map_err(|_| gone())?
}

/// A port that nobody listens on now. Below the range that the kernel gives to outgoing connections, so that none of
/// those takes it before the server does, and different for each caller in this process and mostly for other processes.
///
/// # Panics
/// Where no port is free.
pub fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Cluster nodes also listen 10 000 ports higher; together they stay below 32 768.
    const FIRST: u32 = 12_000;
    const COUNT: u32 = 9_000;
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + start.wrapping_add(step) % COUNT).unwrap_or(u16::MAX);
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 10_000) {
            return port;
        }
    }
    panic!("no free port from {FIRST} on");
}

/// Looks again and again until `look` answers something.
///
/// # Errors
/// Where the patience ends first; `what` says what was waited for.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> F,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        anyhow::ensure!(Instant::now() < deadline, "waited {patience:?} in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
