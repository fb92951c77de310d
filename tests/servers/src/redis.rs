//! A `redis-server` of its own.

use crate::authority::Authority;
use crate::process::{Server, free_port, until};
use anyhow::Context as _;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PACKAGE: &str = "redis-server";
const PATIENCE: Duration = Duration::from_secs(20);

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What clients, and replicas, have to say to get in.
    pub password: Option<String>,
    /// The port of the master whose replica it is; with the same password.
    pub replica_of: Option<u16>,
    /// Whether it also listens for TLS, with a certificate of an authority of its own.
    pub tls: bool,
    /// More of the command line, for example `["--maxmemory", "100mb"]`.
    pub extra: Vec<String>,
}

/// A running server that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    tls: Option<(u16, Authority)>,
    options: Options,
    folder: TempDir,
    server: Option<Server>,
}

impl Redis {
    /// A server with nothing special.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// A server with options; answers when it takes commands.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub async fn start_with(options: Options) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let tls = if options.tls { Some((free_port(), Authority::make(folder.path())?)) } else { None };
        let mut redis = Self { port: free_port(), tls, options, folder, server: None };
        redis.start_again().await?;
        Ok(redis)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it is, with its password.
    pub fn url(&self) -> String {
        url(self.port, self.options.password.as_deref())
    }

    /// The port of 127.0.0.1 where it listens for TLS; nothing where it does not.
    pub fn tls_port(&self) -> Option<u16> {
        self.tls.as_ref().map(|(port, _)| *port)
    }

    /// Where it listens for TLS, with its password and the authority that it is known by; nothing where it does not.
    pub fn tls_url(&self) -> Option<String> {
        let (port, authority) = self.tls.as_ref()?;
        let login = login(self.options.password.as_deref());
        Some(format!("rediss://{login}127.0.0.1:{port}?ca={}", authority.certificate.display()))
    }

    /// The id of its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Server::pid)
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        self.server = None;
    }

    /// Starts it on the same port, empty; answers when it takes commands.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.kill();
        let arguments = self.arguments();
        self.server = Some(Server::start("redis-server", PACKAGE, &arguments, self.folder.path())?);
        until("redis-server to answer", PATIENCE, || async {
            self.command(&["PING"]).await.ok().filter(|answer| answer.contains("PONG"))
        })
        .await
        .with_context(|| log(self.folder.path()))?;
        Ok(())
    }

    /// Loses everything.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn flush(&self) -> anyhow::Result<()> {
        self.command(&["FLUSHALL"]).await.map(drop)
    }

    /// Sends a command and answers the reply as it came over the wire.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn command(&self, words: &[&str]) -> anyhow::Result<String> {
        command(self.port, self.options.password.as_deref(), words).await
    }

    fn arguments(&self) -> Vec<String> {
        let port = self.port.to_string();
        let mut arguments = vec!["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        // A replica then starts with an empty memory without first waiting for more replicas.
        arguments.extend(["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"]);
        let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        if let Some(password) = &self.options.password {
            arguments.extend(["--requirepass", password, "--masterauth", password].map(str::to_owned));
        }
        if let Some(master) = self.options.replica_of {
            arguments.extend(["--replicaof".to_owned(), "127.0.0.1".to_owned(), master.to_string()]);
        }
        if let Some((port, authority)) = &self.tls {
            let file = |path: &Path| path.display().to_string();
            arguments.extend(["--tls-port".to_owned(), port.to_string()]);
            arguments.extend(["--tls-cert-file".to_owned(), file(&authority.server_certificate)]);
            arguments.extend(["--tls-key-file".to_owned(), file(&authority.server_key)]);
            arguments.extend(["--tls-ca-cert-file".to_owned(), file(&authority.certificate)]);
            arguments.extend(["--tls-auth-clients", "no"].map(str::to_owned));
        }
        arguments.extend(self.options.extra.iter().cloned());
        arguments
    }
}

/// Sends one command to a port of this machine and answers the reply as it came over the wire, errors too.
///
/// # Errors
/// Where there is no answer within two seconds.
pub async fn command(port: u16, password: Option<&str>, words: &[&str]) -> anyhow::Result<String> {
    let conversation = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        if let Some(password) = password {
            ask(&mut stream, &["AUTH", password]).await?;
        }
        ask(&mut stream, words).await
    };
    tokio::time::timeout(Duration::from_secs(2), conversation).await.context("no answer in two seconds")?
}

async fn ask(stream: &mut TcpStream, words: &[&str]) -> anyhow::Result<String> {
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while !is_whole(&answer) {
        let count = stream.read(&mut buffer).await?;
        anyhow::ensure!(count > 0, "the server hung up");
        answer.extend_from_slice(&buffer[..count]);
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether one whole reply is there.
fn is_whole(answer: &[u8]) -> bool {
    end(answer, 0).is_some()
}

/// Where the reply that starts at `from` ends.
fn end(answer: &[u8], from: usize) -> Option<usize> {
    let line_end = from + answer.get(from..)?.windows(2).position(|two| two == b"\r\n")?;
    let number = || std::str::from_utf8(&answer[from + 1..line_end]).ok()?.parse::<i64>().ok();
    let after = line_end + 2;
    match answer[from] {
        b'$' => {
            let after = usize::try_from(number()?).map_or(after, |length| after + length + 2);
            (answer.len() >= after).then_some(after)
        }
        b'*' => (0..number()?).try_fold(after, |from, _| end(answer, from)),
        _ => Some(after),
    }
}

pub(crate) fn url(port: u16, password: Option<&str>) -> String {
    format!("redis://{}127.0.0.1:{port}", login(password))
}

fn login(password: Option<&str>) -> String {
    password.map(|password| format!(":{password}@")).unwrap_or_default()
}

/// What a server wrote, for the message of a failure.
pub(crate) fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log.txt")).unwrap_or_default()
}
