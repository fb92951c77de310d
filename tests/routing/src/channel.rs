//! A provider's side of a channel: how fast it answers, what it bears, and what goes wrong with it when.

use jixinda_domain::{Carrier, ChannelId, MessageClass, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;

/// What a channel does to the texts it gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nothing: it is well.
    None,
    /// Connections are refused.
    Dead,
    /// It takes texts, and takes this long for it.
    Slow(Duration),
    /// It takes texts and never answers: a time-out.
    Hanging(Duration),
    /// This share of the calls is answered with an error.
    Errors(f64),
    /// Dead and well by turns of this length.
    Flapping(Duration),
    /// Its account is empty.
    NoBalance,
    /// Its credentials are refused.
    AuthFailed,
    /// Its plugin fails.
    Faulty,
    /// Receipts tell of deliveries, and nothing arrives.
    Lying,
    /// This share of the texts to one carrier is not delivered.
    Undelivered(Carrier, f64),
}

/// A fault and its time.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// What.
    pub fault: Fault,
    /// From this second on.
    pub from: u64,
    /// Until this second.
    pub until: u64,
}

/// One channel of a scenario.
#[derive(Clone, Debug)]
pub struct SimChannel {
    /// For the table.
    pub name: &'static str,
    /// The operator's level.
    pub position: i32,
    /// The operator's weight.
    pub weight: u32,
    /// What it bears, in texts a second; more is throttled.
    pub bears: f64,
    /// What the operator says that it bears.
    pub configured: Option<u32>,
    /// How long a call takes when it is well.
    pub latency: Duration,
    /// What goes wrong.
    pub behaviours: Vec<Behaviour>,
    /// The second in which it is added.
    pub appears: u64,
    /// The only class that it is bound for.
    pub only: Option<MessageClass>,
}

impl SimChannel {
    /// A channel that is well and bears a lot.
    pub fn well(name: &'static str, position: i32) -> Self {
        Self {
            name,
            position,
            weight: 100,
            bears: 5000.0,
            configured: None,
            latency: Duration::from_millis(60),
            behaviours: Vec::new(),
            appears: 0,
            only: None,
        }
    }

    /// With a fault between two seconds.
    #[must_use]
    pub fn with(mut self, fault: Fault, from: u64, until: u64) -> Self {
        self.behaviours.push(Behaviour { fault, from, until });
        self
    }

    /// Its fault at a moment.
    pub fn fault(&self, now: Timestamp) -> Fault {
        let second = u64::try_from(now.as_seconds()).unwrap_or(0);
        let active = self.behaviours.iter().find(|behaviour| (behaviour.from..behaviour.until).contains(&second));
        match active.map(|behaviour| (behaviour.fault, behaviour.from)) {
            Some((Fault::Flapping(turn), from)) => {
                let phase = (second - from) / turn.as_secs().max(1);
                if phase.is_multiple_of(2) { Fault::Dead } else { Fault::None }
            }
            Some((fault, _)) => fault,
            None => Fault::None,
        }
    }

    /// Its id in the world.
    pub fn id(index: usize) -> ChannelId {
        ChannelId::new(Timestamp::default(), index as u128 + 1)
    }
}

/// The last second's texts, by which a provider throttles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    recent: VecDeque<i64>,
}

impl Meter {
    /// One more text; answers how many there were within the last second, this one included.
    pub(crate) fn count(&mut self, now: Timestamp) -> usize {
        let now = now.as_millis();
        self.recent.push_back(now);
        while self.recent.front().is_some_and(|first| *first <= now - 1000) {
            self.recent.pop_front();
        }
        self.recent.len()
    }
}
