//! A master, its replicas and three sentinels.

use crate::process::{Server, free_port, until};
use crate::redis::{self, Options, Redis};
use anyhow::Context as _;
use std::time::Duration;
use tempfile::TempDir;

const PACKAGE: &str = "redis-sentinel";
const PATIENCE: Duration = Duration::from_secs(30);
const SENTINELS: usize = 3;

/// The name that the sentinels know the master by.
pub const MASTER: &str = "mymaster";

/// How the servers and sentinels are started.
#[derive(Clone, Debug)]
pub struct SentinelOptions {
    /// Of the servers.
    pub password: Option<String>,
    /// Of the sentinels.
    pub sentinel_password: Option<String>,
    /// How many servers follow the master.
    pub replicas: usize,
}

impl Default for SentinelOptions {
    fn default() -> Self {
        Self { password: None, sentinel_password: None, replicas: 1 }
    }
}

/// The running whole. A master that does not answer for half a second is replaced.
#[derive(Debug)]
pub struct Sentinels {
    options: SentinelOptions,
    servers: Vec<Redis>,
    sentinels: Vec<(u16, TempDir, Server)>,
}

impl Sentinels {
    /// Answers when all sentinels know each other and every replica.
    ///
    /// # Errors
    /// Where something cannot be started.
    pub async fn start(options: SentinelOptions) -> anyhow::Result<Self> {
        let server = |replica_of| {
            let extra = Vec::new();
            Redis::start_with(Options { password: options.password.clone(), replica_of, extra, tls: false })
        };
        let mut servers = vec![server(None).await?];
        let master = servers[0].port();
        for _ in 0..options.replicas {
            servers.push(server(Some(master)).await?);
        }
        let mut all = Self { options, servers, sentinels: Vec::new() };
        for _ in 0..SENTINELS {
            all.start_sentinel(master)?;
        }
        all.wait_until_complete().await?;
        Ok(all)
    }

    /// Where it is, with its passwords.
    pub fn url(&self) -> String {
        let login = self.options.password.as_ref().map(|password| format!(":{password}@")).unwrap_or_default();
        let hosts: Vec<_> = self.sentinels.iter().map(|(port, ..)| format!("127.0.0.1:{port}")).collect();
        let option = self.options.sentinel_password.as_ref();
        let option = option.map(|password| format!("?sentinel_password={password}")).unwrap_or_default();
        format!("redis+sentinel://{login}{}/{MASTER}{option}", hosts.join(","))
    }

    /// The port of the master that the first sentinel names now.
    pub async fn master_port(&self) -> Option<u16> {
        let (port, ..) = self.sentinels.first()?;
        let answer = self.ask(*port, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER]).await.ok()?;
        answer.trim_end().rsplit("\r\n").next()?.parse().ok()
    }

    /// Kills the master and waits until the sentinels name another, which takes writes. Answers the new one's port.
    ///
    /// # Errors
    /// Where no other is named in time.
    pub async fn kill_master(&mut self) -> anyhow::Result<u16> {
        let old = self.master_port().await.context("no sentinel answers")?;
        self.server(old).context("the master is none of ours")?.kill();
        self.wait_for_other_master(old).await
    }

    /// Has the sentinels promote a replica while the master lives on, as its replica.
    ///
    /// # Errors
    /// Where no other is named in time.
    pub async fn promote(&self) -> anyhow::Result<u16> {
        let old = self.master_port().await.context("no sentinel answers")?;
        let (port, ..) = &self.sentinels[0];
        until("the sentinels to agree to a failover", PATIENCE, || async {
            self.ask(*port, &["SENTINEL", "FAILOVER", MASTER]).await.ok().filter(|answer| answer.starts_with("+OK"))
        })
        .await?;
        self.wait_for_other_master(old).await
    }

    /// Ends one sentinel; the other two still decide.
    pub fn kill_sentinel(&mut self) {
        // Its port stays in the URL.
        if let Some((_, _, server)) = self.sentinels.last_mut() {
            server.kill();
        }
    }

    /// The server on this port.
    pub fn server(&mut self, port: u16) -> Option<&mut Redis> {
        self.servers.iter_mut().find(|server| server.port() == port)
    }

    async fn wait_for_other_master(&self, old: u16) -> anyhow::Result<u16> {
        until("another master", PATIENCE, || async {
            let port = self.master_port().await.filter(|port| *port != old)?;
            let role = redis::command(port, self.options.password.as_deref(), &["ROLE"]).await.ok()?;
            role.contains("master").then_some(port)
        })
        .await
    }

    fn start_sentinel(&mut self, master: u16) -> anyhow::Result<()> {
        let (port, folder) = (free_port(), TempDir::new()?);
        let mut lines = vec![
            format!("port {port}"),
            "bind 127.0.0.1".to_owned(),
            format!("sentinel monitor {MASTER} 127.0.0.1 {master} 2"),
            format!("sentinel down-after-milliseconds {MASTER} 500"),
            format!("sentinel failover-timeout {MASTER} 3000"),
        ];
        if let Some(password) = &self.options.password {
            lines.push(format!("sentinel auth-pass {MASTER} {password}"));
        }
        if let Some(password) = &self.options.sentinel_password {
            lines.push(format!("requirepass {password}"));
            lines.push(format!("sentinel sentinel-pass {password}"));
        }
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, lines.join("\n") + "\n")?;
        let arguments = [file.display().to_string(), "--sentinel".to_owned()];
        // The same program; Debian packs the sentinel's own name apart.
        let server = Server::start("redis-server", PACKAGE, &arguments, folder.path())?;
        self.sentinels.push((port, folder, server));
        Ok(())
    }

    async fn wait_until_complete(&self) -> anyhow::Result<()> {
        let wanted = [("num-other-sentinels", SENTINELS - 1), ("num-slaves", self.options.replicas)];
        for (port, folder, _) in &self.sentinels {
            until("the sentinels to know each other", PATIENCE, || async {
                let answer = self.ask(*port, &["SENTINEL", "MASTER", MASTER]).await.ok()?;
                let lines: Vec<_> = answer.split("\r\n").filter(|line| !line.starts_with('$')).collect();
                let is = |name: &str, count: usize| {
                    lines.windows(2).any(|two| two[0] == name && two[1] == count.to_string())
                };
                wanted.iter().all(|(name, count)| is(name, *count)).then_some(())
            })
            .await
            .with_context(|| redis::log(folder.path()))?;
        }
        // A replica that is not yet in step cannot be promoted.
        until("the replicas to follow", PATIENCE, || async {
            let info = self.servers[0].command(&["INFO", "replication"]).await.ok()?;
            (info.matches("state=online").count() == self.options.replicas).then_some(())
        })
        .await
    }

    async fn ask(&self, port: u16, words: &[&str]) -> anyhow::Result<String> {
        redis::command(port, self.options.sentinel_password.as_deref(), words).await
    }
}
