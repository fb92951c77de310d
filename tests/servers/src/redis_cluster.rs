//! Three masters, each with a replica, as a Redis Cluster.

use crate::process::until;
use crate::redis::{Options, Redis, command};
use anyhow::Context as _;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const NODES: usize = 6;

/// The running whole. A master that does not answer for a second is replaced.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
    password: Option<String>,
}

impl RedisCluster {
    /// Answers when every node says that the cluster is whole.
    ///
    /// # Errors
    /// Where something cannot be started.
    pub async fn start(password: Option<&str>) -> anyhow::Result<Self> {
        let extra =
            ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-config-file", "nodes.conf"];
        let extra: Vec<_> = extra.map(str::to_owned).into();
        let password = password.map(str::to_owned);
        let mut nodes = Vec::new();
        for _ in 0..NODES {
            let options = Options { password: password.clone(), extra: extra.clone(), ..Options::default() };
            nodes.push(Redis::start_with(options).await?);
        }
        let cluster = Self { nodes, password };
        cluster.create().await?;
        Ok(cluster)
    }

    /// Where it is: the first three nodes, with the password.
    pub fn url(&self) -> String {
        let login = self.password.as_ref().map(|password| format!(":{password}@")).unwrap_or_default();
        let hosts: Vec<_> = self.nodes.iter().take(3).map(|node| format!("127.0.0.1:{}", node.port())).collect();
        format!("redis+cluster://{login}{}", hosts.join(","))
    }

    /// All nodes, dead ones too.
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// The port of the master that holds a key.
    ///
    /// # Errors
    /// Where no node knows.
    pub async fn master_of(&self, key: &str) -> anyhow::Result<u16> {
        for node in self.nodes.iter().filter(|node| node.pid().is_some()) {
            let Ok(answer) = node.command(&["XLEN", key]).await else { continue };
            // The holder answers a number; the others say where it is: "-MOVED 42 127.0.0.1:7000".
            let Some(moved) = answer.strip_prefix("-MOVED") else {
                if answer.starts_with(':') {
                    return Ok(node.port());
                }
                continue;
            };
            return moved.trim_end().rsplit(':').next().and_then(|port| port.parse().ok()).context("odd answer");
        }
        anyhow::bail!("no node knows who holds {key}")
    }

    /// Kills the master of a key and waits until its replica has its place. Answers the new one's port.
    ///
    /// # Errors
    /// Where that does not happen in time.
    pub async fn kill_master_of(&mut self, key: &str) -> anyhow::Result<u16> {
        let old = self.master_of(key).await?;
        let node = self.nodes.iter_mut().find(|node| node.port() == old).context("the master is none of ours")?;
        node.kill();
        let cluster = &*self;
        until("the replica to take its master's place", PATIENCE, || async {
            let port = cluster.master_of(key).await.ok().filter(|port| *port != old)?;
            let role = command(port, cluster.password.as_deref(), &["ROLE"]).await.ok()?;
            role.contains("master").then_some(port)
        })
        .await
    }

    /// Loses everything on every node that runs and is a master.
    ///
    /// # Errors
    /// Where a node does not answer.
    pub async fn flush(&self) -> anyhow::Result<()> {
        for node in self.nodes.iter().filter(|node| node.pid().is_some()) {
            node.flush().await?;
        }
        Ok(())
    }

    async fn create(&self) -> anyhow::Result<()> {
        let mut create = tokio::process::Command::new("redis-cli");
        if let Some(password) = &self.password {
            create.args(["-a", password, "--no-auth-warning"]);
        }
        create.args(["--cluster", "create"]).args(self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())));
        create.args(["--cluster-replicas", "1", "--cluster-yes"]).kill_on_drop(true);
        let output = create.output().await.context("redis-cli is missing: install the Debian package redis-tools")?;
        let said = || String::from_utf8_lossy(&output.stdout).into_owned();
        anyhow::ensure!(output.status.success(), "the cluster could not be made: {}", said());
        for node in &self.nodes {
            until("the cluster to be whole", PATIENCE, || async {
                let info = node.command(&["CLUSTER", "INFO"]).await.ok()?;
                let replication = node.command(&["INFO", "replication"]).await.ok()?;
                let whole = info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:6");
                // A replica that is not yet in step cannot be promoted.
                let in_step = replication.contains("state=online") || replication.contains("master_link_status:up");
                (whole && in_step).then_some(())
            })
            .await?;
        }
        Ok(())
    }
}
