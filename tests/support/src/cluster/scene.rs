//! Three nodes, their database, their Redis and the provider.

use super::disturb::Kind;
use crate::client::Client;
use crate::gateway::{Gateway, GatewayOptions};
use crate::stage::{Stage, StageOptions};
use crate::wait::until;
use jixinda_test_servers::proxy::Proxy;
use jixinda_test_servers::redis::Redis;
use jixinda_test_servers::sentinel::{SentinelOptions, Sentinels};
use jixinda_test_servers::{MariaDb, MariaDbOptions};
use provider_simulator::{Faults, Latency, ReceiptFaults, ResetFault, ResetWhen};
use std::path::Path;
use std::time::Duration;

/// Redis as the run needs it.
pub(super) enum Queue {
    /// A master with one replica and three Sentinels.
    Sentinel(Sentinels),
    /// One server, which the second node reaches through a network that can be cut.
    Alone { redis: Redis, network: Proxy },
}

pub(super) struct Scene {
    pub(super) stage: Stage,
    /// The nodes beside that of the stage.
    pub(super) others: Vec<Gateway>,
    pub(super) mariadb: MariaDb,
    pub(super) queue: Queue,
}

impl Scene {
    pub(super) async fn set(component: &Path, kind: Kind) -> anyhow::Result<Self> {
        let mariadb = tokio::task::spawn_blocking(|| MariaDb::start(MariaDbOptions::default())).await??;
        let (queue, url, cut_url) = if kind.needs_a_network() {
            let redis = Redis::start().await?;
            let network = Proxy::start(redis.port());
            let (url, cut_url) = (redis.url(), format!("redis://127.0.0.1:{}", network.port()));
            (Queue::Alone { redis, network }, url, cut_url)
        } else {
            let sentinels = Sentinels::start(SentinelOptions::default()).await?;
            let url = sentinels.url();
            (Queue::Sentinel(sentinels), url.clone(), url)
        };
        let settings = [
            ("STORE__URL", mariadb.database("jixinda")?),
            ("QUEUE__URL", url),
            ("NODE__BEAT_MS", "200".to_owned()),
            ("NODE__DEAD_AFTER_MS", "2000".to_owned()),
            ("DISPATCH__LOOKUP_AFTER_MS", "1000".to_owned()),
            ("DISPATCH__LOOKUP_EVERY_MS", "500".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let gateway = GatewayOptions { settings, ..GatewayOptions::default() };
        let stage = StageOptions { gateway, component: component.to_owned(), ..StageOptions::default() };
        let stage = Stage::set(stage).await?;
        let second = stage.gateway.join(None, &[("QUEUE__URL".to_owned(), cut_url)]).await?;
        let third = stage.gateway.join(None, &[]).await?;
        let scene = Self { stage, others: vec![second, third], mariadb, queue };
        scene.wait_for_nodes(3).await?;
        scene.stage.simulator.set_faults(crate::stage::ACCESS_KEY_ID, weather())?;
        Ok(scene)
    }

    /// Where applications come in.
    pub(super) fn doors(&self) -> Vec<Client> {
        let nodes = std::iter::once(&self.stage.gateway).chain(&self.others);
        nodes.map(|node| node.api(&self.stage.key)).collect()
    }

    /// One of the three.
    pub(super) fn node(&mut self, index: usize) -> &mut Gateway {
        match index.checked_sub(1) {
            Some(other) => &mut self.others[other],
            None => &mut self.stage.gateway,
        }
    }

    /// Nodes that do not run. At the end of a run all have to: who was killed was started again, and nothing else may end a node.
    pub(super) fn ended(&mut self) -> Vec<String> {
        let nodes = std::iter::once(&mut self.stage.gateway).chain(&mut self.others).enumerate();
        nodes
            .filter_map(|(index, node)| (!node.is_running()).then(|| format!("node {index} ended by itself")))
            .collect()
    }

    pub(super) fn keep_logs(&self, folder: &Path, seed: u64) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        for (index, node) in std::iter::once(&self.stage.gateway).chain(&self.others).enumerate() {
            std::fs::write(folder.join(format!("{seed}-node-{index}.log")), node.log())?;
        }
        Ok(())
    }

    async fn wait_for_nodes(&self, count: usize) -> anyhow::Result<()> {
        let admin = self.stage.gateway.admin();
        until("the nodes to see each other", Duration::from_secs(60), || {
            let admin = admin.clone();
            async move {
                let answer = admin.get("/nodes").await.ok()?;
                (answer.json["nodes"].as_array()?.len() == count).then_some(())
            }
        })
        .await
    }
}

/// As slow as providers are, so that there is always a call to break off; and now and then one takes texts and does not say so, or
/// forgets a receipt.
fn weather() -> Faults {
    Faults {
        latency: Some(Latency::UniformMs(20, 200)),
        reset: Some(ResetFault { when: ResetWhen::AfterRead, share: 0.02, times: None }),
        receipts: ReceiptFaults { lost_share: 0.02, ..ReceiptFaults::default() },
        ..Faults::default()
    }
}
