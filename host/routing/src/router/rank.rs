//! Once a second: windows fade, channels are rated, load moves.

use super::tracked::{Spot, Tracked};
use super::{ENOUGH, Router};
use crate::event::EventKind;
use crate::evidence::{Digest, Kind, Speed, Window};
use crate::health::State;
use crate::ranking::{Demotion, Rival, reorder};
use crate::rating::{Basis, Rating, rate};
use crate::settings::{PartWeights, Settings};
use crate::suspicion::Signs;
use jixinda_domain::{ChannelId, Destination, MessageClass, Timestamp};
use std::cell::RefCell;
use std::collections::HashMap;

/// Tries that are left of what a demotion was decided by.
const SOFT: f32 = 100.0;

impl Router {
    /// Folds windows, rates, moves shares, publishes.
    pub(super) fn rank(&mut self, passed_s: f64, now: Timestamp) {
        self.ranked_at = Some(now);
        for tracked in self.channels.values_mut() {
            tracked.ripen(&self.settings, now);
            tracked.fold(passed_s);
        }
        // First, so that what is bad at one place is not held against the rest.
        self.rank_destinations(passed_s, now);
        for class in MessageClass::ALL {
            self.rank_class(class, passed_s, now);
        }
        self.publish(now);
    }

    fn rank_class(&mut self, class: MessageClass, passed_s: f64, now: Timestamp) {
        let ratings: HashMap<ChannelId, Rating> = self.channels.keys().map(|id| (*id, self.rate(*id, class))).collect();
        self.suspect(class, now);
        let mut turns = Vec::new();
        for id in self.channels.keys().copied().collect::<Vec<_>>() {
            let rivals = self.rivals(id, class, |rival| ratings.get(&rival).copied());
            let Some(tracked) = self.channels.get_mut(&id) else { continue };
            let Some(rating) = ratings.get(&id) else { continue };
            let lane = &mut tracked.lanes[class as usize];
            lane.lead = (lane.lead + self.settings.step_down * passed_s).min(1.0);
            let flag = lane.suspicion.flag();
            // What is suspended has nothing to lose, and nothing to show.
            if tracked.health.state() != State::Active {
                continue;
            }
            if let Some(turn) = lane.share.step(rating, flag, &rivals, passed_s, &self.settings, now) {
                if turn.demotion == Some(Demotion::Worse) {
                    lane.evidence.soften(SOFT);
                }
                turns.push((id, *rating, turn));
            }
        }
        for (id, rating, turn) in turns {
            self.note_turn(now, id, Some(class), None, &rating, &turn);
        }
        let mut order = std::mem::take(&mut self.orders[class as usize]);
        for id in reorder(&mut order, |id| ratings.get(&id).copied(), self.settings.margin) {
            if let Some(tracked) = self.channels.get_mut(&id) {
                tracked.lanes[class as usize].lead = self.settings.step_down;
            }
            let score = ratings.get(&id).map_or(0.0, |rating| rating.score);
            self.note(now, id, Some(class), None, EventKind::Reordered, "better", format!("its score is {score:.3}"));
        }
        self.orders[class as usize] = order;
    }

    /// Looks whether channels are slow or lying.
    fn suspect(&mut self, class: MessageClass, now: Timestamp) {
        for id in self.channels.keys().copied().collect::<Vec<_>>() {
            let used = self.used_at_rivals(id, class);
            let slow_after = *self.settings.slow_call_ms.of(class);
            let Some(tracked) = self.channels.get_mut(&id) else { continue };
            let overdue = tracked.overdue(class, slow_after, now);
            let everywhere = tracked.calls_now();
            let lane = &mut tracked.lanes[class as usize];
            let signs = Signs {
                evidence: &lane.evidence,
                calls_now: &lane.speed.calls_now,
                calls_of_all: &everywhere,
                overdue,
                rivals: used,
                class,
            };
            if let Some(figures) = lane.suspicion.look(&signs, &self.settings, now)
                && let Some(flag) = lane.suspicion.flag()
            {
                self.note(now, id, Some(class), None, EventKind::Demoted, flag.as_str(), figures);
            }
        }
    }

    fn used_at_rivals(&self, id: ChannelId, class: MessageClass) -> (f64, f64) {
        // Nobody looks at it then.
        if !self.settings.conversion {
            return (0.0, 0.0);
        }
        let sound =
            self.rival_ids(id).filter_map(|rival| self.channels.get(rival)).filter(|rival| rival.is_sound(class));
        sound.fold((0.0, 0.0), |(used, all), rival| {
            let tally = rival.lanes[class as usize].evidence.within(Window::Minute);
            (used + f64::from(tally.of(Kind::Converted)), all + f64::from(tally.of(Kind::Ripe)))
        })
    }

    fn rank_destinations(&mut self, passed_s: f64, now: Timestamp) {
        let mut turns = Vec::new();
        // Each is compared with all its rivals, and each of them with it: nobody is rated twice.
        let known: RefCell<HashMap<(ChannelId, Destination), Rating>> = RefCell::default();
        for id in self.channels.keys().copied().collect::<Vec<_>>() {
            let Some(tracked) = self.channels.get(&id) else { continue };
            let judged = |spot: &Spot| {
                spot.overall().within(Window::Quarter).tries() >= ENOUGH
                    || spot.share.demotion.is_some()
                    || spot.share.value < 1.0
            };
            let destinations: Vec<Destination> =
                tracked.destinations.iter().filter(|(_, spot)| judged(spot)).map(|(place, _)| *place).collect();
            for destination in destinations {
                let rate =
                    |id| *known.borrow_mut().entry((id, destination)).or_insert_with(|| self.rate_at(id, destination));
                let rating = rate(id);
                let rivals = self.rivals(id, MessageClass::Notice, |rival| Some(rate(rival)));
                let settings = &self.settings;
                let Some(spot) =
                    self.channels.get_mut(&id).and_then(|tracked| tracked.destinations.get_mut(&destination))
                else {
                    continue;
                };
                if let Some(turn) = spot.share.step(&rating, None, &rivals, passed_s, settings, now) {
                    spot.evidence.iter_mut().for_each(|evidence| evidence.soften(SOFT));
                    turns.push((id, destination, rating, turn));
                }
            }
        }
        for (id, destination, rating, turn) in turns {
            self.note_turn(now, id, None, Some(destination), &rating, &turn);
        }
    }

    pub(super) fn rival_ids(&self, id: ChannelId) -> impl Iterator<Item = &ChannelId> {
        self.channels.get(&id).and_then(|tracked| tracked.facts.as_ref()).map_or(&[][..], |facts| &facts.rivals).iter()
    }

    fn rivals(&self, id: ChannelId, class: MessageClass, rating: impl Fn(ChannelId) -> Option<Rating>) -> Vec<Rival> {
        let rival = |rival: &ChannelId| {
            let sound = self.channels.get(rival)?.is_sound(class);
            Some(Rival { id: *rival, rating: rating(*rival)?, sound })
        };
        self.rival_ids(id).filter_map(rival).collect()
    }

    pub(super) fn rate(&self, id: ChannelId, class: MessageClass) -> Rating {
        let nothing = Tracked::default();
        let tracked = self.channels.get(&id).unwrap_or(&nothing);
        let lane = &tracked.lanes[class as usize];
        let (used, all) = self.used_at_rivals(id, class);
        let mut assumed = tracked.assumed(&self.settings);
        assumed.conversion = (used + 0.5 * self.settings.prior_strength) / (all + self.settings.prior_strength);
        let basis = Basis {
            evidence: &tracked.rated(class),
            overall: Some(&tracked.rated_overall()),
            speed: &lane.speed,
            calls_of_all: &tracked.calls_now(),
            assumed,
            class,
            price_ratio: self.price_ratio(id, tracked),
        };
        rate(&basis, &self.settings)
    }

    /// At one destination, over all classes; like anywhere where nothing is known of it.
    pub(super) fn rate_at(&self, id: ChannelId, destination: Destination) -> Rating {
        let nothing = Tracked::default();
        let tracked = self.channels.get(&id).unwrap_or(&nothing);
        let nowhere = Spot::default();
        let spot = tracked.destinations.get(&destination).unwrap_or(&nowhere);
        let basis = Basis {
            evidence: &spot.overall(),
            overall: None,
            speed: &Speed::default(),
            calls_of_all: &Digest::default(),
            assumed: tracked.assumed(&self.settings),
            class: MessageClass::Notice,
            price_ratio: None,
        };
        let parts = PartWeights { conversion: 0.0, ..self.settings.parts };
        rate(&basis, &Settings { conversion: false, parts, ..self.settings.clone() })
    }

    fn price_ratio(&self, id: ChannelId, tracked: &Tracked) -> Option<f64> {
        let price = tracked.facts.as_ref()?.price?;
        let prices = self.rival_ids(id).filter_map(|rival| self.channels.get(rival)?.facts.as_ref()?.price);
        let cheapest = prices.fold(price, f64::min);
        (cheapest > 0.0).then_some(price / cheapest)
    }
}
