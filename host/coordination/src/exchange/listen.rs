//! The hearing half of the exchange, on a connection of its own.

use super::{Told, decode};
use crate::client::{Live, Redis};
use crate::connect::{PATIENCE, within};
use crate::error::RedisError;
use futures_util::StreamExt as _;
use jixinda_domain::NodeId;
use redis::Client;
use redis::aio::PubSub;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::MissedTickBehavior;

/// A connection that went silent is found in this time and one patience.
const PING_EVERY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(200);

/// Subscribes as often as it takes. The keeper says when Redis is lost and back, so nothing is logged here.
pub(super) async fn listen(redis: Redis, node: NodeId, heard: broadcast::Sender<Told>) {
    let mut lives = redis.shared.live.subscribe();
    loop {
        let live = match lives.wait_for(Option::is_some).await {
            Ok(live) => live.clone(),
            Err(_) => return,
        };
        let Some(live) = live else { continue };
        let end = tokio::select! {
            end = listen_at(&redis, &live, node, &heard) => end,
            () = redis.shared.gone(live.generation) => continue,
        };
        redis.shared.report(live.generation, &end, true);
        tracing::debug!(error = %end, "subscribing anew to the news of other nodes");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hears until something breaks, and says what.
async fn listen_at(redis: &Redis, live: &Live, node: NodeId, heard: &broadcast::Sender<Told>) -> RedisError {
    let (mut sink, mut letters) = match subscribe(redis, live).await {
        Ok(connection) => connection.split(),
        Err(error) => return error,
    };
    let mut pings = tokio::time::interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            letter = letters.next() => {
                let Some(letter) = letter else { return RedisError::Broken("the subscription ended".to_owned()) };
                if let Some(told) = decode(letter.get_payload_bytes()).filter(|told| told.from != node) {
                    // Nobody may be subscribed.
                    let _ = heard.send(told);
                }
            }
            _ = pings.tick() => {
                if let Err(error) = within(PATIENCE, sink.ping::<redis::Value>()).await {
                    return error;
                }
            }
        }
    }
}

/// At the first place that takes it; only one node of a cluster needs to.
async fn subscribe(redis: &Redis, live: &Live) -> Result<PubSub, RedisError> {
    let mut trouble = RedisError::Away;
    for client in live.place.listeners()? {
        match subscribe_at(&client, &redis.shared.keys.news()).await {
            Ok(connection) => return Ok(connection),
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

async fn subscribe_at(client: &Client, channel: &str) -> Result<PubSub, RedisError> {
    let connected = async {
        let mut connection = client.get_async_pubsub().await?;
        connection.subscribe(channel).await?;
        Ok(connection)
    };
    within(PATIENCE, connected).await
}
