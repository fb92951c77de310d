//! What is published: the standings, in versions that change only where something matters.

use super::tracked::Tracked;
use super::{Changed, NOTABLE, Router};
use crate::health::State;
use crate::snapshot::{Place, Snapshot, Standing, Weakness};
use jixinda_domain::{ChannelId, Destination, MessageClass, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

impl Router {
    /// Makes a new version, where anything that matters is another.
    pub(super) fn publish(&mut self, now: Timestamp) {
        let standings: Vec<(ChannelId, Standing)> =
            self.channels.keys().map(|id| (*id, self.standing(*id, now))).collect();
        let mut next = HashMap::with_capacity(standings.len());
        let mut changed = Vec::new();
        for (id, standing) in standings {
            let kept = self.snapshot.standings.get(&id).filter(|before| !differs(before, &standing));
            let standing = match kept {
                Some(before) => before.clone(),
                None => {
                    let standing = Arc::new(standing);
                    changed.push((id, standing.clone()));
                    standing
                }
            };
            next.insert(id, standing);
        }
        if !changed.is_empty() || next.len() != self.snapshot.standings.len() {
            // The time, so that no version comes twice, not even where the last ones were not written before a crash.
            self.version = (self.version + 1).max(now.as_millis().try_into().unwrap_or(0));
            self.snapshot = Arc::new(Snapshot { version: self.version, standings: next });
            let version = self.version;
            let named = |(channel_id, standing)| Changed { version, at: now, channel_id, standing };
            self.changed.extend(changed.into_iter().map(named));
        }
        for event in self.events.iter_mut().rev().take_while(|event| event.version == 0) {
            event.version = self.version;
        }
    }

    fn standing(&self, id: ChannelId, now: Timestamp) -> Standing {
        let nothing = Tracked::default();
        let tracked = self.channels.get(&id).unwrap_or(&nothing);
        let cap = tracked.health.cap(&self.settings);
        let places = MessageClass::ALL.map(|class| {
            let lane = &tracked.lanes[class as usize];
            let rank = self.orders[class as usize].iter().position(|other| *other == id).unwrap_or(0);
            // An `otp` is no probe where other texts can be.
            let spared = class == MessageClass::Otp && lane.share.demotion.is_some() && self.sees_bulk(id, tracked);
            let share = if spared && lane.share.value <= self.settings.trickle { 0.0 } else { lane.share.value };
            Place {
                share: share * cap,
                demotion: lane.share.demotion.map(|(demotion, _)| demotion),
                rank: u32::try_from(rank).unwrap_or(u32::MAX),
                lead: lane.lead,
                rating: self.rate(id, class),
            }
        });
        let weak = tracked.destinations.iter().filter(|(_, spot)| spot.share.value < 1.0).map(|(destination, spot)| {
            (
                *destination,
                Weakness {
                    share: spot.share.value * cap,
                    demoted: spot.share.demotion.is_some(),
                    rating: self.rate_at(id, *destination),
                },
            )
        });
        let starved = tracked.health.is_starved(&self.settings, now);
        Standing {
            state: tracked.health.state(),
            places,
            weak: weak.collect(),
            // Those that come along may not be for this one.
            spares_otp: !starved && self.sees_bulk(id, tracked),
            starved,
            probe: tracked.probe.clone(),
        }
    }

    /// Whether texts other than `otp` come along that could show what a channel is like.
    fn sees_bulk(&self, id: ChannelId, tracked: &Tracked) -> bool {
        tracked.has_bulk() || self.rival_ids(id).filter_map(|rival| self.channels.get(rival)).any(Tracked::has_bulk)
    }
}

/// Whether it is worth a new version: anything that decides, or a score that has moved.
fn differs(before: &Standing, after: &Standing) -> bool {
    let weak = |standing: &Standing| -> Vec<(Destination, i64)> {
        standing.weak.iter().map(|(place, weakness)| (*place, percent(weakness.share))).collect()
    };
    let place = |(before, after): (&Place, &Place)| {
        percent(before.share) != percent(after.share)
            || percent(before.lead) != percent(after.lead)
            || (before.rank, before.demotion) != (after.rank, after.demotion)
            || (before.rating.score - after.rating.score).abs() > NOTABLE
    };
    phase(before.state) != phase(after.state)
        || (before.spares_otp, before.starved) != (after.spares_otp, after.starved)
        || weak(before) != weak(after)
        || before.places.iter().zip(&after.places).any(place)
}

/// The state without what changes with every call.
fn phase(state: State) -> State {
    match state {
        State::Probing { step, since, .. } => State::Probing { step, since, good: 0, bad: 0 },
        other => other,
    }
}

fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}
