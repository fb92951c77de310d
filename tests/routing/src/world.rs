//! The world: texts come, the router picks, channels answer, receipts and conversions return. All in simulated time.

use crate::channel::{Fault, Meter, SimChannel};
use crate::measure::Measures;
use crate::scenario::Scenario;
use jixinda_domain::{Carrier, ChannelId, Destination, MessageClass, Timestamp};
use jixinda_routing::evidence::{Kind, Tally};
use jixinda_routing::pace::{Felt, Pace, Start};
use jixinda_routing::{
    CallReport, Candidate, ChannelFacts, Conversion, Heard, Question, Reason, Router, Snapshot, Tried, select,
};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// One step of the world.
const STEP: Duration = Duration::from_millis(2);
/// A provider's time-out, as the gateway's.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Of the codes that arrive, so many are used.
const USED: f64 = 0.7;
/// Of the texts that are taken, so many arrive.
const ARRIVE: f64 = 0.97;

/// A text on its way.
#[derive(Clone, Debug)]
struct Text {
    class: MessageClass,
    destination: Destination,
    born: Timestamp,
    tried: Vec<ChannelId>,
}

/// What will happen.
enum Later {
    Ends { channel: usize, started: Timestamp, text: Text, kind: Kind },
    Heard { channel: usize, text: Text, delivered: bool, arrived: bool, taken: Timestamp },
    Used { channel: usize, text: Text },
    Again(Text),
}

/// The gateway's side of a channel.
struct Lane {
    pace: Pace,
    otp: VecDeque<Text>,
    bulk: VecDeque<Text>,
    meter: Meter,
}

/// A running scenario.
pub struct World<'a> {
    scenario: &'a Scenario,
    router: Router,
    snapshot: Arc<Snapshot>,
    lanes: Vec<Lane>,
    later: BinaryHeap<Reverse<(Timestamp, u64)>>,
    events: std::collections::HashMap<u64, Later>,
    next_event: u64,
    random: SmallRng,
    now: Timestamp,
    known: usize,
    owed: f64,
    /// What was measured.
    pub measures: Measures,
}

impl<'a> World<'a> {
    /// Plays a scenario to its end.
    pub fn play(scenario: &'a Scenario, seed: u64) -> Self {
        let channels = &scenario.channels;
        let lane = |channel: &SimChannel| Lane {
            pace: Pace::new(channel.configured, 2000),
            otp: VecDeque::new(),
            bulk: VecDeque::new(),
            meter: Meter::default(),
        };
        let mut world = World {
            router: Router::new(scenario.settings.clone(), 0),
            snapshot: Arc::default(),
            lanes: channels.iter().map(lane).collect(),
            later: BinaryHeap::new(),
            events: std::collections::HashMap::new(),
            next_event: 0,
            random: SmallRng::seed_from_u64(seed),
            now: Timestamp::from_millis(0),
            known: 0,
            owed: 0.0,
            measures: Measures::new(channels.len()),
            scenario,
        };
        while world.now.as_seconds() < i64::try_from(scenario.seconds).unwrap_or(i64::MAX) {
            world.step();
        }
        world.measures.unsettled = world.lanes.iter().map(|lane| lane.otp.len() + lane.bulk.len()).sum();
        world
    }

    fn step(&mut self) {
        self.now = self.now + STEP;
        self.introduce();
        while let Some(Reverse((at, number))) = self.later.peek().copied() {
            if at > self.now {
                break;
            }
            self.later.pop();
            if let Some(event) = self.events.remove(&number) {
                self.happen(event);
            }
        }
        if self.now.as_millis() % 100 == 0 {
            self.router.tick(self.now);
            self.follow();
            self.measures.shares(&self.snapshot, self.now);
        }
        self.owed += self.scenario.rate * STEP.as_secs_f64();
        while self.owed >= 1.0 {
            self.owed -= 1.0;
            let text = self.text();
            self.measures.born += 1;
            self.place(text);
        }
        for channel in 0..self.lanes.len() {
            self.send(channel);
        }
    }

    /// Tells the router of channels that have appeared.
    fn introduce(&mut self) {
        let second = u64::try_from(self.now.as_seconds()).unwrap_or(0);
        let present = |channel: &SimChannel| channel.appears <= second;
        let known = self.scenario.channels.iter().filter(|channel| present(channel)).count();
        if known == self.known {
            return;
        }
        self.known = known;
        let ids: Vec<usize> = (0..self.lanes.len()).filter(|index| present(&self.scenario.channels[*index])).collect();
        let facts = ids.iter().map(|index| ChannelFacts {
            id: SimChannel::id(*index),
            account_id: jixinda_domain::AccountId::new(Timestamp::default(), *index as u128),
            changed_at: Timestamp::default(),
            price: None,
            rivals: ids.iter().filter(|other| *other != index).map(|other| SimChannel::id(*other)).collect(),
        });
        self.router.set_channels(facts.collect(), self.now);
        self.follow();
    }

    /// Does what the gateway does after the router was told something.
    fn follow(&mut self) {
        self.snapshot = self.router.snapshot();
        for event in self.router.take_events() {
            self.measures.events.push(event);
        }
        for returned in self.router.take_returned() {
            for index in (0..self.lanes.len()).filter(|index| SimChannel::id(*index) == returned) {
                self.lanes[index].pace.brace(self.now);
            }
        }
        for fled in self.router.take_fled() {
            for index in 0..self.lanes.len() {
                if SimChannel::id(index) != fled {
                    self.lanes[index].pace.brace(self.now);
                }
            }
            let Some(index) = (0..self.lanes.len()).find(|index| SimChannel::id(*index) == fled) else { continue };
            let lane = &mut self.lanes[index];
            let waiting: Vec<Text> = lane.otp.drain(..).chain(lane.bulk.drain(..)).collect();
            for text in waiting {
                self.at(self.now, Later::Again(text));
            }
        }
    }

    fn at(&mut self, at: Timestamp, event: Later) {
        self.next_event += 1;
        self.events.insert(self.next_event, event);
        self.later.push(Reverse((at, self.next_event)));
    }

    fn text(&mut self) -> Text {
        let class = match self.random.random::<f64>() {
            dice if dice < self.scenario.otp => MessageClass::Otp,
            dice if dice < self.scenario.otp + (1.0 - self.scenario.otp) * 0.75 => MessageClass::Notice,
            _ => MessageClass::Marketing,
        };
        let carrier = match self.random.random::<f64>() {
            dice if dice < 0.55 => Carrier::Mobile,
            dice if dice < 0.8 => Carrier::Unicom,
            _ => Carrier::Telecom,
        };
        let destination = Destination { country_code: 86, carrier: Some(carrier) };
        Text { class, destination, born: self.now, tried: Vec::new() }
    }

    /// As the gateway's feeder does.
    fn place(&mut self, text: Text) {
        let tried: Vec<Tried> = text.tried.iter().map(|channel| Tried { channel: *channel, rejected: false }).collect();
        let snapshot = self.snapshot.clone();
        let mut candidates: Vec<(usize, Candidate<'_>)> = Vec::new();
        for (index, channel) in self.scenario.channels.iter().enumerate() {
            let Some(standing) = snapshot.standings.get(&SimChannel::id(index)) else { continue };
            if channel.only.is_some_and(|only| only != text.class) {
                continue;
            }
            let lane = &self.lanes[index];
            let candidate = Candidate {
                id: SimChannel::id(index),
                standing: Some(standing.as_ref()),
                position: channel.position,
                weight: channel.weight,
                price: None,
                barred: None,
                full: lane.pace.soon().is_some_and(|soon| lane.otp.len() + lane.bulk.len() > soon),
                probe_is_free: standing.probe.is_free(self.now),
            };
            candidates.push((index, candidate));
        }
        let question = Question {
            version: snapshot.version,
            class: text.class,
            destination: text.destination,
            strategy: self.scenario.settings.strategy,
            tried: &tried,
            now: self.now,
            random: self.random.random(),
        };
        let plain: Vec<Candidate<'_>> = candidates.iter().map(|(_, candidate)| candidate.clone()).collect();
        let selection = select(&question, &plain);
        match selection.picked.and_then(|picked| candidates.iter().find(|(_, candidate)| candidate.id == picked)) {
            Some((index, candidate)) => {
                let probes = selection.reason == Some(Reason::Probe);
                if probes && let Some(standing) = candidate.standing {
                    standing.probe.take(self.now);
                }
                let index = *index;
                self.measures.picked(index, &text.destination, probes, self.now);
                let lane = &mut self.lanes[index];
                if text.class == MessageClass::Otp { lane.otp.push_back(text) } else { lane.bulk.push_back(text) }
            }
            None => {
                let again = selection.look_again.unwrap_or(self.now + Duration::from_secs(1));
                self.at(again.max(self.now + STEP), Later::Again(text));
            }
        }
    }

    fn send(&mut self, channel: usize) {
        for is_otp in [true, false] {
            loop {
                let lane = &mut self.lanes[channel];
                let queue = if is_otp { &mut lane.otp } else { &mut lane.bulk };
                if queue.is_empty() || lane.pace.begin(is_otp, self.now) != Start::Now {
                    break;
                }
                let queue = if is_otp { &mut lane.otp } else { &mut lane.bulk };
                let Some(text) = queue.pop_front() else { break };
                lane.pace.carries(is_otp, 1, self.now);
                self.call(channel, text);
            }
        }
    }

    /// What the provider does with it, and when it answers.
    fn call(&mut self, channel: usize, text: Text) {
        let provider = &self.scenario.channels[channel];
        let seen = self.lanes[channel].meter.count(self.now);
        self.measures.called(channel, seen as f64 / provider.bears, self.now);
        let dice: f64 = self.random.random();
        let jitter = provider.latency.mul_f64(0.5 + self.random.random::<f64>());
        let quick = Duration::from_millis(3);
        let (took, kind) = match provider.fault(self.now) {
            Fault::Dead => (quick, Kind::Unreachable),
            Fault::NoBalance => (jitter, Kind::NoBalance),
            Fault::AuthFailed => (jitter, Kind::AuthFailed),
            Fault::Faulty => (quick, Kind::Fault),
            _ if seen as f64 > provider.bears => (jitter, Kind::Throttled),
            Fault::Slow(took) => (took, Kind::Accepted),
            Fault::Hanging(took) => (took.min(TIMEOUT), Kind::Uncertain),
            Fault::Errors(share) if dice < share => (jitter, Kind::Busy),
            _ => (jitter, Kind::Accepted),
        };
        self.router.begin(SimChannel::id(channel), text.class, self.now);
        let started = self.now;
        self.at(started + took, Later::Ends { channel, started, text, kind });
    }

    fn happen(&mut self, event: Later) {
        match event {
            Later::Again(text) => self.place(text),
            Later::Ends { channel, started, text, kind } => self.ended(channel, started, text, kind),
            Later::Heard { channel, text, delivered, arrived, taken } => {
                let heard = Heard {
                    channel_id: SimChannel::id(channel),
                    class: text.class,
                    destination: text.destination,
                    delivered,
                    delay: Some(self.now.since(taken)),
                };
                self.router.heard(&heard, self.now);
                if arrived && text.class == MessageClass::Otp && self.random.random::<f64>() < USED {
                    let typing = Duration::from_secs_f64(4.0 + 10.0 * self.random.random::<f64>());
                    self.at(self.now + typing, Later::Used { channel, text });
                }
            }
            Later::Used { channel, text } => self.router.converted(&Conversion {
                channel_id: SimChannel::id(channel),
                class: text.class,
                destination: text.destination,
            }),
        }
    }

    fn ended(&mut self, channel: usize, started: Timestamp, mut text: Text, kind: Kind) {
        let mut tally = Tally::default();
        tally.add(kind, 1.0);
        self.router.call(&CallReport {
            channel_id: SimChannel::id(channel),
            class: text.class,
            started_at: started,
            ended_at: self.now,
            outcomes: vec![(text.destination, tally)],
        });
        let felt = Felt { throttled: kind == Kind::Throttled, congested: matches!(kind, Kind::Busy | Kind::Uncertain) };
        self.lanes[channel].pace.end(text.class == MessageClass::Otp, felt, self.now);
        self.follow();
        match kind {
            Kind::Accepted => {
                self.measures.accepted(self.now.since(text.born));
                let fault = self.scenario.channels[channel].fault(self.now);
                let lost = match fault {
                    Fault::Undelivered(carrier, share) if text.destination.carrier == Some(carrier) => {
                        self.random.random::<f64>() < share
                    }
                    _ => self.random.random::<f64>() > ARRIVE,
                };
                let arrived = !lost && fault != Fault::Lying;
                let receipt = Duration::from_secs_f64(1.0 + 3.0 * self.random.random::<f64>());
                let delivered = arrived || fault == Fault::Lying;
                self.at(self.now + receipt, Later::Heard { channel, text, delivered, arrived, taken: started });
            }
            // The gateway asks, or waits for a receipt: not routing's business.
            Kind::Uncertain | Kind::Fault => self.measures.uncertain += 1,
            _ => {
                self.measures.failed_over += 1;
                text.tried.push(SimChannel::id(channel));
                // Where every channel has had its turn, the text backs off.
                let turns = text.tried.len() / self.known.max(1);
                let pause = if text.tried.len() < self.known {
                    Duration::ZERO
                } else {
                    Duration::from_millis(500 << turns.min(6))
                };
                self.at(self.now + pause, Later::Again(text));
            }
        }
    }
}
