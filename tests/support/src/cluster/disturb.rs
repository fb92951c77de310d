//! What is broken.

use super::scene::{Queue, Scene};
use crate::crash::Dice;
use anyhow::bail;
use jixinda_test_servers::proxy::Mode;
use jixinda_test_servers::redis;
use std::time::Duration;

/// A disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// SIGKILL of a node; some seconds later it is started again.
    NodeKilled,
    /// SIGSTOP of a node for longer than makes it dead, then SIGCONT.
    NodeStopped,
    /// SIGKILL of the Redis master; the Sentinels promote its replica.
    RedisKilled,
    /// FLUSHALL of Redis, three times.
    RedisEmptied,
    /// No connection between one node and Redis for some seconds.
    RedisCut,
    /// One node's Redis answers 300 ms later, each way.
    RedisSlow,
    /// SIGKILL of MariaDB; seconds later it is started again.
    DatabaseKilled,
    /// SIGSTOP of MariaDB, then SIGCONT: connections stay and nothing answers.
    DatabaseStopped,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NodeKilled,
        Self::NodeStopped,
        Self::RedisKilled,
        Self::RedisEmptied,
        Self::RedisCut,
        Self::RedisSlow,
        Self::DatabaseKilled,
        Self::DatabaseStopped,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NodeKilled => "node killed",
            Self::NodeStopped => "node stopped",
            Self::RedisKilled => "Redis master killed",
            Self::RedisEmptied => "Redis emptied",
            Self::RedisCut => "Redis cut off from a node",
            Self::RedisSlow => "Redis slow for a node",
            Self::DatabaseKilled => "MariaDB killed",
            Self::DatabaseStopped => "MariaDB stopped",
        }
    }

    pub(super) const fn needs_a_network(self) -> bool {
        matches!(self, Self::RedisCut | Self::RedisSlow)
    }
}

pub(super) async fn make(scene: &mut Scene, kind: Kind, dice: &mut Dice) -> anyhow::Result<()> {
    let hold = Duration::from_millis(dice.between(1000, 4000));
    match kind {
        Kind::NodeKilled => {
            let node = scene.node(dice.between(0, 3) as usize);
            node.kill()?;
            tokio::time::sleep(hold).await;
            node.start_again().await
        }
        Kind::NodeStopped => {
            let node = scene.node(dice.between(0, 3) as usize);
            node.signal("STOP")?;
            tokio::time::sleep(hold + Duration::from_secs(2)).await;
            node.signal("CONT")
        }
        Kind::DatabaseKilled => {
            scene.mariadb.kill();
            tokio::time::sleep(hold).await;
            tokio::task::block_in_place(|| scene.mariadb.start_again())
        }
        Kind::DatabaseStopped => {
            scene.mariadb.signal("STOP")?;
            // Longer than a beat may take, and than makes a node dead.
            tokio::time::sleep(hold + Duration::from_secs(2)).await;
            scene.mariadb.signal("CONT")
        }
        Kind::RedisKilled => match &mut scene.queue {
            Queue::Sentinel(sentinels) => sentinels.kill_master().await.map(drop),
            Queue::Alone { .. } => bail!("there is no replica"),
        },
        Kind::RedisEmptied => {
            for _ in 0..3 {
                empty(&scene.queue).await?;
                tokio::time::sleep(hold / 3).await;
            }
            Ok(())
        }
        Kind::RedisCut => network(scene, Mode::Cut, hold).await,
        Kind::RedisSlow => network(scene, Mode::Delay(Duration::from_millis(300)), hold).await,
    }
}

async fn empty(queue: &Queue) -> anyhow::Result<()> {
    match queue {
        Queue::Sentinel(sentinels) => {
            let Some(port) = sentinels.master_port().await else { bail!("there is no master") };
            redis::command(port, None, &["FLUSHALL"]).await.map(drop)
        }
        Queue::Alone { redis, .. } => redis.flush().await,
    }
}

async fn network(scene: &Scene, mode: Mode, hold: Duration) -> anyhow::Result<()> {
    let Queue::Alone { network, .. } = &scene.queue else { bail!("nothing lies between the nodes and Redis") };
    network.set(mode);
    tokio::time::sleep(hold).await;
    network.set(Mode::Pass);
    Ok(())
}
