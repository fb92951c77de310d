//! What nodes learn, they tell each other through Redis: calls that ended, receipts, conversions, what providers' limits counted, and
//! what providers asked to be left alone with.
//!
//! Each node decides by itself from what all of them saw, so there is no leader to lose; what one sees, the others know a tenth of a second
//! and a moment later. Without Redis each knows what it saw itself.

use super::pauses::Paused;
use crate::gateway::Gateway;
use jixinda_coordination::{Told, Topic};
use jixinda_routing::rule::Counted;
use jixinda_routing::{CallReport, Conversion, Heard};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Pieces of one kind that are told at a time; beyond that they are not told: whoever learns has enough.
const AT_A_TIME: usize = 2000;
/// How often others are told: as often as the router ticks.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What this node has seen and not told yet.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Evidence {
    #[serde(default)]
    calls: Vec<CallReport>,
    #[serde(default)]
    heard: Vec<Heard>,
    #[serde(default)]
    converted: Vec<Conversion>,
}

impl Evidence {
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.heard.is_empty() && self.converted.is_empty()
    }

    pub fn add_call(&mut self, report: CallReport) {
        add(&mut self.calls, report);
    }

    pub fn add_heard(&mut self, heard: Heard) {
        add(&mut self.heard, heard);
    }

    pub fn add_converted(&mut self, conversion: Conversion) {
        add(&mut self.converted, conversion);
    }
}

fn add<T>(pieces: &mut Vec<T>, piece: T) {
    if pieces.len() < AT_A_TIME {
        pieces.push(piece);
    }
}

/// Tells the others what was seen since it was last called.
fn tell(gateway: &Gateway) {
    let Some(exchange) = &gateway.exchange else { return };
    let (evidence, counted) = gateway.routing.take_shared();
    if !evidence.is_empty() {
        exchange.tell(Topic::Evidence, serde_json::to_vec(&evidence).unwrap_or_default());
    }
    for counted in counted.chunks(AT_A_TIME) {
        exchange.tell(Topic::Sent, serde_json::to_vec(counted).unwrap_or_default());
    }
    for paused in gateway.routing.pauses.take_news().chunks(AT_A_TIME) {
        exchange.tell(Topic::Paused, serde_json::to_vec(paused).unwrap_or_default());
    }
}

/// Tells the others what is seen here and hears what they saw, until it is stopped.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let Some(exchange) = &gateway.exchange else { return };
    let mut told = exchange.subscribe();
    let mut ticks = tokio::time::interval(TELL_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let heard = tokio::select! {
            heard = told.recv() => heard,
            _ = ticks.tick() => {
                tell(&gateway);
                continue;
            }
            () = stop.cancelled() => return,
        };
        match heard {
            Ok(told) => hear(&gateway, &told),
            // What was missed is evidence among much.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn hear(gateway: &Gateway, told: &Told) {
    let done = match told.topic {
        Topic::Evidence => serde_json::from_slice(&told.body).map(|evidence| learn(gateway, evidence)),
        Topic::Sent => {
            serde_json::from_slice(&told.body).map(|counted: Vec<Counted>| gateway.routing.hear_counted(&counted))
        }
        Topic::Paused => serde_json::from_slice(&told.body)
            .map(|paused: Vec<Paused>| gateway.routing.pauses.hear(&paused, gateway.clock.now())),
    };
    if let Err(error) = done {
        tracing::debug!(%error, node.id = %told.from, "another node told what this one does not understand");
    }
}

fn learn(gateway: &Gateway, evidence: Evidence) {
    gateway.routing.with(|router, now| {
        for report in &evidence.calls {
            router.learn(report);
        }
        for heard in &evidence.heard {
            router.heard(heard, now);
        }
        for conversion in &evidence.converted {
            router.converted(conversion);
        }
    });
}
