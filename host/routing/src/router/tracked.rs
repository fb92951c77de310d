//! What is known of one channel.

use super::{CallReport, ChannelFacts, DESTINATIONS, KNOWN};
use crate::evidence::{Digest, Evidence, Kind, Speed, Window};
use crate::health::{Health, State};
use crate::ranking::Share;
use crate::rating::Assumed;
use crate::settings::Settings;
use crate::snapshot::Probe;
use crate::suspicion::Suspicion;
use jixinda_domain::{Destination, MessageClass, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One class of one channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lane {
    pub(super) evidence: Evidence,
    pub(super) speed: Speed,
    pub(super) share: Share,
    pub(super) suspicion: Suspicion,
    pub(super) lead: f64,
}

/// One destination of one channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Spot {
    /// By class.
    pub(super) evidence: [Evidence; 3],
    pub(super) share: Share,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tracked {
    pub(super) health: Health,
    pub(super) lanes: [Lane; 3],
    pub(super) destinations: BTreeMap<Destination, Spot>,
    /// It has had rivals before.
    #[serde(default)]
    pub(super) introduced: bool,
    /// Calls in flight: when they began.
    #[serde(skip)]
    pub(super) open: BTreeMap<(Timestamp, MessageClass), u32>,
    #[serde(skip)]
    pub(super) facts: Option<ChannelFacts>,
    #[serde(skip)]
    pub(super) probe: Arc<Probe>,
}

impl Spot {
    /// Of all classes.
    pub(super) fn overall(&self) -> Evidence {
        let mut whole = self.evidence[0].clone();
        whole.merge(&self.evidence[1]);
        whole.merge(&self.evidence[2]);
        whole
    }
}

impl Tracked {
    pub(super) fn fold(&mut self, passed_s: f64) {
        for lane in &mut self.lanes {
            lane.evidence.fold(passed_s);
            lane.speed.fold(passed_s);
        }
        self.destinations.retain(|_, spot| {
            spot.evidence.iter_mut().for_each(|evidence| evidence.fold(passed_s));
            !spot.evidence.iter().all(Evidence::is_faint) || spot.share.value < 1.0
        });
    }

    pub(super) fn ripen(&mut self, settings: &Settings, now: Timestamp) {
        for lane in &mut self.lanes {
            let ripe = lane.suspicion.ripen(settings, now);
            lane.evidence.add(Kind::Ripe, ripe);
        }
    }

    pub(super) fn close(&mut self, report: &CallReport) {
        let key = (report.started_at, report.class);
        if let Some(count) = self.open.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(&key);
            }
        }
    }

    /// Calls of a class that have taken longer than this, and have not ended.
    pub(super) fn overdue(&self, class: MessageClass, slow_ms: f64, now: Timestamp) -> u32 {
        let before = now - Duration::from_secs_f64(slow_ms / 1000.0);
        let late = self.open.iter().take_while(|((began, _), _)| *began <= before);
        late.filter(|((_, of), _)| *of == class).map(|(_, count)| count).sum()
    }

    pub(super) fn spot(&mut self, destination: Destination) -> Option<&mut Spot> {
        // What is one of very many is one of the few that matter only where it comes again later.
        let room = self.destinations.len() < DESTINATIONS || self.destinations.contains_key(&destination);
        room.then(|| self.destinations.entry(destination).or_default())
    }

    pub(super) fn overall(&self) -> Evidence {
        let mut whole = self.lanes[0].evidence.clone();
        whole.merge(&self.lanes[1].evidence);
        whole.merge(&self.lanes[2].evidence);
        whole
    }

    /// What a class is rated by: without destinations where the channel is weak, since those are taken care of.
    pub(super) fn rated(&self, class: MessageClass) -> Evidence {
        let mut evidence = self.lanes[class as usize].evidence.clone();
        for spot in self.destinations.values().filter(|spot| spot.share.demotion.is_some()) {
            evidence.without(&spot.evidence[class as usize]);
        }
        evidence
    }

    /// The same of all classes.
    pub(super) fn rated_overall(&self) -> Evidence {
        let mut whole = self.rated(MessageClass::Otp);
        whole.merge(&self.rated(MessageClass::Notice));
        whole.merge(&self.rated(MessageClass::Marketing));
        whole
    }

    /// How long its calls of all classes took in the last ten seconds.
    pub(super) fn calls_now(&self) -> Digest {
        let mut calls = Digest::default();
        self.lanes.iter().for_each(|lane| calls.merge(&lane.speed.calls_now));
        calls
    }

    /// It came back step by step: what went wrong before is over.
    pub(super) fn forgive(&mut self) {
        for lane in &mut self.lanes {
            lane.evidence.forgive();
            lane.speed.calls = lane.speed.calls_now.clone();
        }
        for spot in self.destinations.values_mut() {
            spot.evidence.iter_mut().for_each(Evidence::forgive);
        }
    }

    /// What its whole traffic lets one expect of a part of it.
    pub(super) fn assumed(&self, settings: &Settings) -> Assumed {
        let tally = self.overall().within(Window::Quarter);
        let mean = |good: f32, all: f32| {
            (settings.prior_rate * settings.prior_strength + f64::from(good))
                / (settings.prior_strength + f64::from(all))
        };
        Assumed {
            acceptance: mean(tally.of(Kind::Accepted), tally.tries()),
            delivery: mean(tally.of(Kind::Delivered), tally.receipts()),
            conversion: 0.5,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.overall().within(Window::Hour).of(Kind::Accepted) >= KNOWN
    }

    /// Fit to be compared with.
    pub(super) fn is_sound(&self, class: MessageClass) -> bool {
        self.health.state() == State::Active && self.lanes[class as usize].suspicion.flag().is_none()
    }

    pub(super) fn has_bulk(&self) -> bool {
        let minute = |class: MessageClass| self.lanes[class as usize].evidence.within(Window::Minute).sum();
        minute(MessageClass::Notice) + minute(MessageClass::Marketing) >= 1.0
    }
}
