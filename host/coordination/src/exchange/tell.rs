//! The sending half of the exchange.

use super::{Topic, encode};
use crate::client::Redis;
use jixinda_domain::NodeId;
use tokio::sync::mpsc;

/// How much goes out with one round trip.
const LETTERS_A_TRIP: usize = 64;

pub(super) async fn tell(redis: Redis, node: NodeId, mut letters: mpsc::Receiver<(Topic, Vec<u8>)>) {
    let channel = redis.shared.keys.news();
    let mut few = Vec::new();
    while letters.recv_many(&mut few, LETTERS_A_TRIP).await > 0 {
        let mut commands = redis::pipe();
        for (topic, body) in few.drain(..) {
            let publish = redis::cmd("PUBLISH").arg(&channel).arg(encode(node, topic, &body)).take();
            commands.add_command(publish).ignore();
        }
        // Best effort: what could not be told is old news by the time Redis is back.
        if let Err(error) = redis.ask_all::<()>(&commands).await {
            tracing::debug!(%error, "news for other nodes were dropped");
        }
    }
}
