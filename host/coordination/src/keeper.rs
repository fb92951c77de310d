//! Keeps a connection: looks for one, watches it, and looks again when it breaks.

use crate::client::{Live, Shared, Trouble};
use crate::connect::{PATIENCE, Place, within};
use crate::error::RedisError;
use futures_util::future::try_join_all;
use jixinda_domain::MessageClass;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A cut that nobody runs into is found in this time and one patience.
const PROBE_EVERY: Duration = Duration::from_millis(500);
/// Every so many probes the sentinels are asked too: a master that was deposed behind a cut still answers.
const PROBES_A_LOOK: u32 = 4;

/// Never ends; aborted with the last handle.
pub(crate) async fn keep(shared: Arc<Shared>, mut troubles: mpsc::Receiver<Trouble>) {
    let mut generation = 0;
    let mut pause = FIRST_PAUSE;
    let mut episode = Episode::Start;
    loop {
        generation += 1;
        let error = match open(&shared, generation).await {
            Ok(live) => {
                shared.live.send_replace(Some(live.clone()));
                shared.up.send_replace(true);
                let error = watch(&shared, &live, &mut troubles, &mut episode).await;
                shared.live.send_replace(None);
                shared.up.send_replace(false);
                error
            }
            Err(error) => error,
        };
        if episode == Episode::Well {
            pause = FIRST_PAUSE;
        }
        episode.lost(&shared, &error);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn open(shared: &Shared, generation: u64) -> Result<Live, RedisError> {
    let place = Arc::new(Place::find(&shared.url).await?);
    let link = place.open().await?;
    let live = Live { generation, place, link };
    probe(shared, &live).await?;
    Ok(live)
}

/// Watches until something breaks, and says what.
async fn watch(
    shared: &Shared,
    live: &Live,
    troubles: &mut mpsc::Receiver<Trouble>,
    episode: &mut Episode,
) -> RedisError {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut probes = 0;
    loop {
        tokio::select! {
            Some(trouble) = troubles.recv() => {
                if trouble.generation != live.generation {
                    continue;
                }
                if !trouble.elsewhere {
                    return trouble.error;
                }
            }
            _ = ticks.tick() => probes += 1,
        }
        if let Err(error) = probe(shared, live).await {
            return error;
        }
        if probes > 0 {
            episode.well(shared);
        }
        if probes % PROBES_A_LOOK == PROBES_A_LOOK - 1 && live.place.has_moved(&shared.url).await {
            return RedisError::Broken("the sentinels name another master".to_owned());
        }
    }
}

/// Whether every queue's server answers and takes writes.
async fn probe(shared: &Shared, live: &Live) -> Result<(), RedisError> {
    match &*live.place {
        Place::Server { .. } => {
            let mut link = live.link.clone();
            let role = redis::cmd("ROLE");
            let answer: Result<redis::Value, _> = within(PATIENCE, role.query_async(&mut link)).await;
            match answer {
                // A user may lack the right to ask; a replica then refuses our writes.
                Err(error) if error.is("NOPERM") => Ok(()),
                Ok(redis::Value::Array(parts))
                    if parts.first() == Some(&redis::Value::BulkString(b"slave".to_vec())) =>
                {
                    Err(RedisError::refused("REPLICA", "this server is a replica, and the master is needed"))
                }
                answer => answer.map(drop),
            }
        }
        Place::Cluster { .. } => {
            let questions = MessageClass::ALL.map(|class| {
                let (mut link, key) = (live.link.clone(), shared.keys.server(class));
                async move {
                    let question = redis::cmd("EXISTS").arg(key).take();
                    within(PATIENCE, question.query_async::<bool>(&mut link)).await
                }
            });
            try_join_all(questions).await.map(drop)
        }
    }
}

/// One warning when Redis is lost and one line when it is back, however often it is tried in between.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Episode {
    Start,
    Well,
    Lost,
}

impl Episode {
    fn lost(&mut self, shared: &Shared, error: &RedisError) {
        let url = &shared.url;
        if *self == Self::Lost {
            tracing::debug!(%url, %error, "redis is still away");
        } else {
            tracing::warn!(
                %url,
                %error,
                "redis is away: until it is back this node takes its work from the store alone and hears no news of other nodes"
            );
        }
        *self = Self::Lost;
    }

    /// The connection has lasted for a probe: it does not only flicker.
    fn well(&mut self, shared: &Shared) {
        let url = &shared.url;
        match self {
            Self::Start => tracing::info!(%url, "connected to redis"),
            Self::Lost => tracing::info!(%url, "redis is back"),
            Self::Well => {}
        }
        *self = Self::Well;
    }
}
