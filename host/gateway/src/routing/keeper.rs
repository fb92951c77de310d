//! Lets time pass for the router, tells it what receipts told, and writes down what happened: events and standings at once,
//! what is known of each channel every ten seconds.

use super::recall;
use crate::gateway::Gateway;
use jixinda_domain::{ChannelId, RoutingEventId, Timestamp};
use jixinda_routing::event::EventKind;
use jixinda_routing::{Changed, Event, Heard};
use jixinda_runtime::CanaryEvent;
use jixinda_store::{RoutingEvent, RoutingRecord, StoredRoutingState, StoredStanding};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const TICK: Duration = Duration::from_millis(100);
const SAVE_EVERY: u32 = 100;
/// What could not be written is kept, up to this many rows.
const UNWRITTEN: usize = 10_000;

/// Runs until it is stopped; then what is known is saved once more.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let recalled = tokio::spawn({
        let (gateway, stop) = (gateway.clone(), stop.clone());
        async move {
            tokio::select! {
                () = recall::run(&gateway) => {}
                () = stop.cancelled() => {}
            }
        }
    });
    keep(&gateway, &stop).await;
    // It ends with the same word.
    let _ = recalled.await;
}

async fn keep(gateway: &Arc<Gateway>, stop: &CancellationToken) {
    let mut keeper = Keeper { unwritten: RoutingRecord::default(), asked: HashSet::new() };
    let mut canaries = gateway.runtime.canary_events();
    let mut plugins = gateway.runtime.changes();
    let mut views = gateway.nodes.views();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut count: u32 = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            Ok(()) = plugins.changed() => gateway.take_up_channels(),
            // What channels allow is divided anew, and the store has another part for this node.
            Ok(()) = views.changed() => {
                gateway.take_up_channels();
                gateway.queue.doubt();
            }
            Ok(event) = canaries.recv() => keeper.note_canary(gateway, &event),
            () = stop.cancelled() => {
                keeper.tick(gateway);
                keeper.write(gateway, true).await;
                return;
            }
        }
        keeper.tick(gateway);
        if gateway.routing.take_woke() {
            gateway.queue.wake();
        }
        keeper.ask_for_balances(gateway);
        count = count.wrapping_add(1);
        keeper.write(gateway, count.is_multiple_of(SAVE_EVERY)).await;
    }
}

struct Keeper {
    unwritten: RoutingRecord,
    /// Whose balance was asked for during this suspension, and until when that lasts.
    asked: HashSet<(ChannelId, Timestamp)>,
}

impl Keeper {
    fn tick(&mut self, gateway: &Gateway) {
        let effects = gateway.writer.take_effects();
        let heard: Vec<Heard> = effects
            .iter()
            .map(|effect| Heard {
                channel_id: effect.channel_id,
                class: effect.class,
                destination: effect.destination,
                delivered: effect.delivered,
                delay: effect.delay,
            })
            .collect();
        let events = gateway.routing.with(|router, now| {
            for heard in &heard {
                router.heard(heard, now);
            }
            router.tick(now);
            router.take_events()
        });
        for heard in heard {
            gateway.routing.note(|evidence| evidence.add_heard(heard));
        }
        for event in &events {
            log(gateway, event);
        }
        self.unwritten.events.extend(events.into_iter().map(stored_event));
        self.unwritten.standings.extend(gateway.routing.take_unwritten().iter().filter_map(stored_standing));
    }

    fn note_canary(&mut self, gateway: &Gateway, event: &CanaryEvent) {
        let evidence = serde_json::to_value(event).unwrap_or_default();
        let kind = evidence["kind"].as_str().or(evidence["kind"]["kind"].as_str()).unwrap_or("changed");
        self.unwritten.events.push(RoutingEvent {
            id: RoutingEventId::new(event.at, rand::random()),
            version: gateway.routing.snapshot().version,
            subject: event.provider.clone(),
            class: None,
            destination: None,
            kind: format!("canary_{kind}"),
            cause: event.cause.clone(),
            evidence: evidence.to_string(),
            occurred_at: event.at,
        });
    }

    /// Where an account was empty, asking for its balance costs no text.
    fn ask_for_balances(&mut self, gateway: &Arc<Gateway>) {
        let snapshot = gateway.routing.snapshot();
        let wanted = gateway.routing.with(|router, now| router.wants_balance(now));
        for id in wanted {
            let until = match snapshot.standings.get(&id).map(|standing| standing.state) {
                Some(jixinda_routing::health::State::Suspended { until, .. }) => until,
                _ => continue,
            };
            let Some(entry) = gateway.directory().channels.get(&id).cloned() else { continue };
            let plugin = gateway.runtime.plugin(&entry.account.account.provider).filter(|plugin| plugin.has_balance());
            let Some(plugin) = plugin.filter(|_| self.asked.insert((id, until))) else { continue };
            let gateway = gateway.clone();
            tokio::spawn(async move {
                // Who does not say is tried with a text.
                let Ok(balance) = gateway.runtime.balance(&plugin, &entry.account.access).await else { return };
                let positive = balance.value.parse::<f64>().is_ok_and(|value| value > 0.0);
                gateway.routing.with(|router, now| router.balance(id, positive, now));
            });
        }
        if self.asked.len() > 1000 {
            self.asked.clear();
        }
    }

    async fn write(&mut self, gateway: &Gateway, with_states: bool) {
        if with_states {
            let saved = gateway.routing.with(|router, now| router.save(now));
            let state = |saved: &jixinda_routing::SavedChannel| {
                let state = serde_json::to_string(saved).ok()?;
                Some(StoredRoutingState { channel_id: saved.id, state, saved_at: saved.saved_at })
            };
            self.unwritten.states = saved.iter().filter_map(state).collect();
        }
        let RoutingRecord { standings, events, states } = &self.unwritten;
        if standings.is_empty() && events.is_empty() && states.is_empty() {
            return;
        }
        match gateway.store.record_routing(&self.unwritten).await {
            Ok(()) => self.unwritten = RoutingRecord::default(),
            Err(error) => {
                tracing::warn!(%error, "what routing decided could not be written; it will be tried again");
                let RoutingRecord { standings, events, states } = &mut self.unwritten;
                states.clear();
                standings.drain(..standings.len().saturating_sub(UNWRITTEN));
                events.drain(..events.len().saturating_sub(UNWRITTEN));
            }
        }
    }
}

fn log(gateway: &Gateway, event: &Event) {
    let directory = gateway.directory();
    let name = directory.channels.get(&event.channel_id).map_or("", |entry| entry.channel.name.as_str());
    let class = event.class.map_or("all", jixinda_domain::MessageClass::as_str);
    let destination = event.destination.as_deref().unwrap_or("all");
    let (kind, cause, evidence) = (event.kind.as_str(), &event.cause, &event.evidence);
    if matches!(event.kind, EventKind::Suspended | EventKind::Demoted) {
        tracing::warn!(channel.id = %event.channel_id, channel.name = name, class, destination, cause, "{kind}: {evidence}");
    } else {
        tracing::info!(channel.id = %event.channel_id, channel.name = name, class, destination, cause, "{kind}: {evidence}");
    }
}

fn stored_event(event: Event) -> RoutingEvent {
    RoutingEvent {
        id: RoutingEventId::new(event.at, rand::random()),
        version: event.version,
        subject: event.channel_id.to_string(),
        class: event.class.map(|class| class.as_str().to_owned()),
        destination: event.destination,
        kind: event.kind.as_str().to_owned(),
        cause: event.cause,
        evidence: event.evidence,
        occurred_at: event.at,
    }
}

fn stored_standing(changed: &Changed) -> Option<StoredStanding> {
    let standing = serde_json::to_string(changed.standing.as_ref()).ok()?;
    Some(StoredStanding { channel_id: changed.channel_id, version: changed.version, changed_at: changed.at, standing })
}
