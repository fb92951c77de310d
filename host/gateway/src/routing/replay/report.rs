//! [`Books`] count while a replay runs; a [`Report`] is what comes of them.

use super::Plan;
use super::decide::Present;
use super::outcome::{Basis, Cost, End, Fate};
use super::record::Text;
use jixinda_domain::{ChannelId, MessageId, Strategy, Timestamp};
use jixinda_routing::{Event, Reason, Selection};
use jixinda_store::RoutingEvent;
use serde::Serialize;
use std::collections::BTreeMap;

/// Decisions that differ are told one by one up to this many.
const EXAMPLES: usize = 20;
/// Events are told one by one up to this many.
const EVENTS: usize = 200;

/// What is counted.
#[derive(Default)]
pub struct Books {
    texts: u64,
    recorded: Side,
    replayed: Side,
    basis: BTreeMap<&'static str, u64>,
    different: u64,
    examples: Vec<Difference>,
    unsent: u64,
    given_up: u64,
    pub events: Vec<Event>,
}

/// One side of the comparison.
#[derive(Default)]
struct Side {
    first: BTreeMap<ChannelId, u64>,
    carried: BTreeMap<ChannelId, u64>,
    tries: u64,
    accepted: u64,
    delivered: u64,
    undelivered: u64,
    costs: BTreeMap<[u8; 3], u64>,
    unpriced: u64,
}

/// What would have been, beside what was.
#[derive(Debug, PartialEq, Serialize)]
pub struct Report {
    pub from: Timestamp,
    pub to: Timestamp,
    pub seed: u64,
    /// Where no policy says otherwise.
    pub strategy: Strategy,
    /// First tried in the window.
    pub texts: u64,
    pub channels: Vec<ChannelShares>,
    /// Of all texts, those that a provider took.
    pub acceptance: Beside<Option<f64>>,
    /// Of those that a receipt told about, those that arrived.
    pub delivery: Beside<Option<f64>>,
    /// Provider calls made for a text, on average.
    pub tries: Beside<Option<f64>>,
    pub costs: Vec<CurrencyCost>,
    /// Taken by a channel of which nobody says what it costs.
    pub unpriced: Beside<u64>,
    /// Waited in vain for a channel, or could not have any.
    pub unsent: u64,
    /// Turned away by all channels.
    pub given_up: u64,
    pub basis: Foundation,
    pub differences: Differences,
    pub events: Events,
}

/// What was, and what would have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Beside<T> {
    pub recorded: T,
    pub replayed: T,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct ChannelShares {
    pub id: ChannelId,
    pub name: String,
    /// Texts that it was the first choice for.
    pub first: Beside<u64>,
    /// The same as a share of all.
    pub first_share: Beside<f64>,
    /// Texts that it took in the end.
    pub carried: Beside<u64>,
    pub carried_share: Beside<f64>,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct CurrencyCost {
    pub currency: String,
    pub recorded: String,
    pub replayed: String,
}

/// What the replayed side rests on, counted in tries.
#[derive(Debug, PartialEq, Serialize)]
pub struct Foundation {
    pub tries: u64,
    pub recorded: u64,
    pub drawn_nearby: u64,
    pub drawn_window: u64,
    pub assumed: u64,
    /// `recorded` as a share.
    pub recorded_share: Option<f64>,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct Differences {
    pub count: u64,
    pub share: f64,
    /// The first of them.
    pub examples: Vec<Difference>,
}

/// A text whose first choice is another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    pub message: MessageId,
    pub at: Timestamp,
    pub recorded: String,
    pub replayed: String,
    pub reason: String,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct Events {
    pub counts: BTreeMap<String, Beside<u64>>,
    /// Those of the replay, the first of them.
    pub replayed: Vec<ToldEvent>,
}

#[derive(Debug, PartialEq, Serialize)]
pub struct ToldEvent {
    pub at: Timestamp,
    pub channel: String,
    pub class: Option<&'static str>,
    pub destination: Option<String>,
    pub kind: &'static str,
    pub cause: String,
    pub evidence: String,
}

impl Books {
    /// A text of the record.
    pub(super) fn recorded(&mut self, text: &Text, price: impl Fn(ChannelId) -> Option<Cost>) {
        self.texts += 1;
        let side = &mut self.recorded;
        *side.first.entry(text.tries[0].channel).or_default() += 1;
        let carried = text.carried().map(|tried| tried.channel);
        for tried in &text.tries {
            let fate = &tried.fate;
            let cost = fate.cost.or_else(|| Some(price(tried.channel)?.times(fate.segments)));
            // A text that was taken twice is one that was taken, and paid twice.
            side.ended(tried.channel, fate, cost, carried == Some(tried.channel));
        }
        side.accepted += u64::from(carried.is_some());
    }

    /// A first choice.
    pub(super) fn decided(&mut self, text: &Text, channel: ChannelId, selection: &Selection, present: &dyn Present) {
        *self.replayed.first.entry(channel).or_default() += 1;
        let recorded = text.tries[0].channel;
        if recorded == channel {
            return;
        }
        self.different += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(Difference {
                message: text.message.id,
                at: text.at(),
                recorded: present.name(recorded),
                replayed: present.name(channel),
                reason: reason(selection, recorded, channel),
            });
        }
    }

    pub(super) fn tried(&mut self, basis: Basis) {
        let word = match basis {
            Basis::Recorded => "recorded",
            Basis::Nearby => "nearby",
            Basis::Window => "window",
            Basis::Assumed => "assumed",
        };
        *self.basis.entry(word).or_default() += 1;
    }

    /// A replayed try ended.
    pub(super) fn ended(&mut self, channel: ChannelId, fate: &Fate, cost: Option<Cost>) {
        self.replayed.ended(channel, fate, cost, true);
        self.replayed.accepted += u64::from(fate.end == End::Accepted);
    }

    pub(super) const fn unsent(&mut self) {
        self.unsent += 1;
    }

    pub(super) const fn given_up(&mut self) {
        self.given_up += 1;
    }

    /// Texts that were counted.
    pub const fn texts(&self) -> u64 {
        self.texts
    }

    /// Draws the conclusion. `recorded` are the events of the window that the store has.
    pub fn report(self, plan: &Plan, present: &dyn Present, recorded: &[RoutingEvent]) -> Report {
        let Self { texts, recorded: was, replayed, mut basis, different, examples, unsent, given_up, events } = self;
        let events: Vec<Event> = events.into_iter().filter(|event| event.at < plan.to).collect();
        let mut take = |word| basis.remove(word).unwrap_or(0);
        let mut foundation = Foundation {
            tries: 0,
            recorded: take("recorded"),
            drawn_nearby: take("nearby"),
            drawn_window: take("window"),
            assumed: take("assumed"),
            recorded_share: None,
        };
        let Foundation { recorded: repeated, drawn_nearby, drawn_window, assumed, .. } = foundation;
        foundation.tries = repeated + drawn_nearby + drawn_window + assumed;
        foundation.recorded_share = share(repeated, foundation.tries);
        let beside = |measure: fn(&Side) -> (u64, u64)| Beside {
            recorded: share(measure(&was).0, measure(&was).1),
            replayed: share(measure(&replayed).0, measure(&replayed).1),
        };
        let of_texts = |count: fn(&Side) -> u64| Beside {
            recorded: share(count(&was), texts),
            replayed: share(count(&replayed), texts),
        };
        Report {
            from: plan.from,
            to: plan.to,
            seed: plan.seed,
            strategy: plan.settings.strategy,
            texts,
            channels: channels(&was, &replayed, texts, present),
            acceptance: of_texts(|side| side.accepted),
            delivery: beside(|side| (side.delivered, side.delivered + side.undelivered)),
            tries: of_texts(|side| side.tries),
            costs: costs(&was, &replayed),
            unpriced: Beside { recorded: was.unpriced, replayed: replayed.unpriced },
            unsent,
            given_up,
            basis: foundation,
            differences: Differences { count: different, share: share(different, texts).unwrap_or(0.0), examples },
            events: told(events, recorded, present),
        }
    }
}

impl Side {
    fn ended(&mut self, channel: ChannelId, fate: &Fate, cost: Option<Cost>, carries: bool) {
        self.tries += 1;
        if fate.end == End::Accepted {
            *self.carried.entry(channel).or_default() += u64::from(carries);
            match cost {
                Some(cost) => *self.costs.entry(cost.currency).or_default() += cost.micros,
                None => self.unpriced += 1,
            }
        }
        match fate.receipt {
            Some(receipt) if receipt.delivered => self.delivered += 1,
            Some(_) => self.undelivered += 1,
            None => {}
        }
    }
}

/// Why not the recorded one.
fn reason(selection: &Selection, recorded: ChannelId, replayed: ChannelId) -> String {
    let found = |channel| selection.candidates.iter().find(|one| one.channel == channel);
    let Some(passed) = found(recorded) else { return "the recorded channel is not bound to it any more".to_owned() };
    if let Some(excluded) = passed.excluded {
        let word = serde_json::to_value(excluded).unwrap_or_default();
        return format!("the recorded channel is passed over: {}", word.as_str().unwrap_or_default());
    }
    let chance = |channel| found(channel).and_then(|one| one.chance).unwrap_or(0);
    if selection.reason == Some(Reason::Probe) {
        return "a text that shows whether the channel is well again".to_owned();
    }
    let percent = |channel| f64::from(chance(channel)) / 10.0;
    format!("drawn: it had {:.1} %, the recorded channel {:.1} %", percent(replayed), percent(recorded))
}

fn channels(was: &Side, replayed: &Side, texts: u64, present: &dyn Present) -> Vec<ChannelShares> {
    let mut ids: Vec<ChannelId> = was.first.keys().chain(replayed.first.keys()).copied().collect();
    ids.extend(was.carried.keys().chain(replayed.carried.keys()));
    ids.sort_unstable();
    ids.dedup();
    let count = |counts: &BTreeMap<ChannelId, u64>, id: &ChannelId| counts.get(id).copied().unwrap_or(0);
    let shares = |both: Beside<u64>| Beside {
        recorded: share(both.recorded, texts).unwrap_or(0.0),
        replayed: share(both.replayed, texts).unwrap_or(0.0),
    };
    let row = |id: &ChannelId| {
        let first = Beside { recorded: count(&was.first, id), replayed: count(&replayed.first, id) };
        let carried = Beside { recorded: count(&was.carried, id), replayed: count(&replayed.carried, id) };
        let (first_share, carried_share) = (shares(first), shares(carried));
        ChannelShares { id: *id, name: present.name(*id), first, first_share, carried, carried_share }
    };
    ids.iter().map(row).collect()
}

fn costs(was: &Side, replayed: &Side) -> Vec<CurrencyCost> {
    let mut currencies: Vec<[u8; 3]> = was.costs.keys().chain(replayed.costs.keys()).copied().collect();
    currencies.sort_unstable();
    currencies.dedup();
    let of = |side: &Side, currency: &[u8; 3]| decimal(side.costs.get(currency).copied().unwrap_or(0));
    let row = |currency: &[u8; 3]| CurrencyCost {
        currency: String::from_utf8_lossy(currency).into_owned(),
        recorded: of(was, currency),
        replayed: of(replayed, currency),
    };
    currencies.iter().map(row).collect()
}

fn decimal(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn told(events: Vec<Event>, recorded: &[RoutingEvent], present: &dyn Present) -> Events {
    let mut counts: BTreeMap<String, Beside<u64>> = BTreeMap::new();
    for event in &events {
        counts.entry(event.kind.as_str().to_owned()).or_default().replayed += 1;
    }
    for event in recorded {
        counts.entry(event.kind.clone()).or_default().recorded += 1;
    }
    let told = |event: Event| ToldEvent {
        at: event.at,
        channel: present.name(event.channel_id),
        class: event.class.map(jixinda_domain::MessageClass::as_str),
        destination: event.destination,
        kind: event.kind.as_str(),
        cause: event.cause,
        evidence: event.evidence,
    };
    Events { counts, replayed: events.into_iter().take(EVENTS).map(told).collect() }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
