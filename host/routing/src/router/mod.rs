//! [`Router`]: what is known of all channels, kept up to date. It is told what happened and what time it is, and publishes a [`Snapshot`].

mod publish;
mod rank;
mod tracked;

use crate::event::{Event, EventKind};
use crate::evidence::{Kind, Tally, seconds_between};
use crate::health::{Cause, Change, Health, State};
use crate::ranking::{Demotion, Turn};
use crate::rating::Rating;
use crate::settings::Settings;
use crate::snapshot::{Snapshot, Standing};
use jixinda_domain::{AccountId, ChannelId, Destination, MessageClass, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tracked::Tracked;

/// How often windows are folded and channels are ranked.
const RANK_EVERY: Duration = Duration::from_secs(1);
/// Destinations of one channel that are looked at apart.
const DESTINATIONS: usize = 32;
/// Tries within a quarter of an hour before a destination is judged by itself.
const ENOUGH: f32 = 30.0;
/// Texts within an hour after which a channel is known.
const KNOWN: f32 = 50.0;
/// A change of a score that is worth a new version of the ranking.
const NOTABLE: f64 = 0.02;
/// Ratings older than this are not read back after a restart: nothing of them is left.
const TOO_OLD: Duration = Duration::from_secs(4 * 3600);

/// What the operator says of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelFacts {
    /// Which.
    pub id: ChannelId,
    /// Its account: what is wrong with that is wrong with all its channels.
    pub account_id: AccountId,
    /// When the account or the channel was last changed by a person, who may have mended it.
    pub changed_at: Timestamp,
    /// What a segment costs, in a unit that all prices share.
    pub price: Option<f64>,
    /// Channels that can carry some of the same texts.
    pub rivals: Vec<ChannelId>,
}

/// One provider call that ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallReport {
    /// Through which channel.
    pub channel_id: ChannelId,
    /// Of which class its texts were.
    pub class: MessageClass,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What became of its texts, by destination.
    pub outcomes: Vec<(Destination, Tally)>,
}

/// A receipt for one text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Heard {
    /// Through which channel it went.
    pub channel_id: ChannelId,
    /// Its class.
    pub class: MessageClass,
    /// Where it went.
    pub destination: Destination,
    /// Whether it arrived.
    pub delivered: bool,
    /// From the provider's acceptance to the receipt, where both are known.
    pub delay: Option<Duration>,
}

/// The code in a text was used.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Conversion {
    /// Through which channel it went.
    pub channel_id: ChannelId,
    /// Its class.
    pub class: MessageClass,
    /// Where it went.
    pub destination: Destination,
}

/// What is kept of a channel over a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedChannel {
    /// Which.
    pub id: ChannelId,
    /// When.
    pub saved_at: Timestamp,
    tracked: Tracked,
}

/// A standing that is another from a version on.
#[derive(Clone, Debug)]
pub struct Changed {
    /// From which version on.
    pub version: u64,
    /// Since when.
    pub at: Timestamp,
    /// Whose.
    pub channel_id: ChannelId,
    /// What it is now.
    pub standing: Arc<Standing>,
}

/// What is known of all channels.
pub struct Router {
    settings: Settings,
    channels: BTreeMap<ChannelId, Tracked>,
    /// By quality, for each class.
    orders: [Vec<ChannelId>; 3],
    events: Vec<Event>,
    version: u64,
    ranked_at: Option<Timestamp>,
    snapshot: Arc<Snapshot>,
    /// Standings that are new since they were last taken.
    changed: Vec<Changed>,
    /// Channels whose rivals have to take over their load.
    fled: Vec<ChannelId>,
    /// Channels that were suspended and get texts again.
    returned: Vec<ChannelId>,
    /// Texts that wait may go now.
    woke: bool,
}

impl Router {
    /// Knows nothing yet. `version` is the last one that was published before.
    pub fn new(settings: Settings, version: u64) -> Self {
        Self {
            settings,
            channels: BTreeMap::new(),
            orders: Default::default(),
            events: Vec::new(),
            version,
            ranked_at: None,
            snapshot: Arc::default(),
            changed: Vec::new(),
            fled: Vec::new(),
            returned: Vec::new(),
            woke: false,
        }
    }

    /// Takes up what was saved before a restart, aged by the time since. Before [`Router::set_channels`].
    pub fn restore(&mut self, saved: Vec<SavedChannel>, now: Timestamp) {
        for SavedChannel { id, saved_at, mut tracked } in saved {
            if now.since(saved_at) < TOO_OLD {
                tracked.fold(seconds_between(saved_at, now));
                self.channels.insert(id, tracked);
            }
        }
    }

    /// What is to be kept over a restart.
    pub fn save(&self, now: Timestamp) -> Vec<SavedChannel> {
        let saved =
            |(id, tracked): (&ChannelId, &Tracked)| SavedChannel { id: *id, saved_at: now, tracked: tracked.clone() };
        self.channels.iter().map(saved).collect()
    }

    /// The figures that it decides by.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Learns which channels there are. One that is new beside known ones begins with a few texts; one that a person changed is given
    /// another chance.
    pub fn set_channels(&mut self, facts: Vec<ChannelFacts>, now: Timestamp) {
        let ids: Vec<ChannelId> = facts.iter().map(|facts| facts.id).collect();
        self.channels.retain(|id, _| ids.contains(id));
        for facts in facts {
            let has_known_rival =
                facts.rivals.iter().any(|rival| self.channels.get(rival).is_some_and(Tracked::is_known));
            let tracked = self.channels.entry(facts.id).or_default();
            // A channel is made first, and bound to what it may carry later.
            if !tracked.introduced && !facts.rivals.is_empty() {
                tracked.introduced = true;
                if has_known_rival && !tracked.is_known() {
                    tracked.health = Health::newcomer(now);
                    let evidence = "the channels beside it are known: it begins with one text at a time".to_owned();
                    self.note(now, facts.id, None, None, EventKind::Introduced, "new", evidence);
                }
            }
            let tracked = self.channels.entry(facts.id).or_default();
            let mended = tracked.facts.as_ref().is_some_and(|before| before.changed_at != facts.changed_at);
            tracked.facts = Some(facts.clone());
            if mended && let Some(change) = tracked.health.probe_now(now) {
                self.note_health(now, facts.id, &change);
            }
        }
        for class in MessageClass::ALL {
            let mut order = std::mem::take(&mut self.orders[class as usize]);
            order.retain(|id| ids.contains(id));
            let mut new: Vec<ChannelId> = ids.iter().filter(|id| !order.contains(id)).copied().collect();
            // After a restart all of them.
            new.sort_by(|one, other| self.rate(*other, class).score.total_cmp(&self.rate(*one, class).score));
            order.extend(new);
            self.orders[class as usize] = order;
        }
        self.rank(0.0, now);
    }

    /// A provider call begins: as long as it lasts, it shows how slow the channel is.
    pub fn begin(&mut self, channel: ChannelId, class: MessageClass, now: Timestamp) {
        if let Some(tracked) = self.channels.get_mut(&channel) {
            *tracked.open.entry((now, class)).or_default() += 1;
        }
    }

    /// A provider call of this node ended.
    pub fn call(&mut self, report: &CallReport) {
        if let Some(tracked) = self.channels.get_mut(&report.channel_id) {
            tracked.close(report);
        }
        self.learn(report);
    }

    /// A provider call ended, of this node or another.
    pub fn learn(&mut self, report: &CallReport) {
        let alone = !self.has_active_rival(report.channel_id);
        let Some(tracked) = self.channels.get_mut(&report.channel_id) else { return };
        let mut whole = Tally::default();
        for (destination, tally) in &report.outcomes {
            whole.add_all(tally);
            if let Some(spot) = tracked.spot(*destination) {
                spot.evidence[report.class as usize].add_all(tally);
            }
        }
        let lane = &mut tracked.lanes[report.class as usize];
        lane.evidence.add_all(&whole);
        lane.speed.add_call(report.ended_at.since(report.started_at).as_secs_f64() * 1000.0);
        let now = report.ended_at;
        if !tracked.health.heeds(report.started_at, now) {
            return;
        }
        if matches!(tracked.health.state(), State::Probing { .. }) {
            tracked.probe.free();
        }
        let evidence = tracked.overall();
        let change = tracked.health.call(&whole, &evidence, alone, &self.settings, now);
        // The next of those that wait may go; after a bad answer nobody may.
        self.woke |= matches!(tracked.health.state(), State::Probing { step: 0, .. });
        if let Some(change) = change {
            self.note_health(now, report.channel_id, &change);
            self.share_trouble(report.channel_id, now);
            self.publish(now);
        }
    }

    /// What is wrong with an account is wrong with all its channels.
    fn share_trouble(&mut self, channel: ChannelId, now: Timestamp) {
        let Some(tracked) = self.channels.get(&channel) else { return };
        let (State::Suspended { cause, until }, Some(facts)) = (tracked.health.state(), &tracked.facts) else { return };
        if !cause.is_of_account() {
            return;
        }
        let account = facts.account_id;
        let siblings: Vec<ChannelId> = self
            .channels
            .iter()
            .filter(|(id, tracked)| {
                **id != channel && tracked.facts.as_ref().is_some_and(|facts| facts.account_id == account)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in siblings {
            let Some(change) =
                self.channels.get_mut(&id).and_then(|tracked| tracked.health.suspend_too(cause, until, now))
            else {
                continue;
            };
            self.note_health(now, id, &change);
        }
    }

    /// A receipt told how a text ended.
    pub fn heard(&mut self, heard: &Heard, now: Timestamp) {
        let Some(tracked) = self.channels.get_mut(&heard.channel_id) else { return };
        let kind = if heard.delivered { Kind::Delivered } else { Kind::Undelivered };
        if let Some(spot) = tracked.spot(heard.destination) {
            spot.evidence[heard.class as usize].add(kind, 1.0);
        }
        let lane = &mut tracked.lanes[heard.class as usize];
        lane.evidence.add(kind, 1.0);
        if let Some(delay) = heard.delay.filter(|_| heard.delivered) {
            lane.speed.receipts.add(delay.as_secs_f64() * 1000.0);
        }
        if heard.delivered && self.settings.conversion {
            lane.suspicion.delivered(now);
        }
    }

    /// The code in a text was used.
    pub fn converted(&mut self, conversion: &Conversion) {
        if let Some(tracked) = self.channels.get_mut(&conversion.channel_id) {
            tracked.lanes[conversion.class as usize].evidence.add(Kind::Converted, 1.0);
        }
    }

    /// Lets time pass: pauses end, windows fade, load moves. To be called several times a second.
    pub fn tick(&mut self, now: Timestamp) {
        let mut changed = false;
        let ids: Vec<ChannelId> = self.channels.keys().copied().collect();
        for id in ids {
            if !self.has_active_rival(id)
                && let Some(tracked) = self.channels.get_mut(&id)
            {
                tracked.health.hurry(&self.settings, now);
            }
            let change = self.channels.get_mut(&id).and_then(|tracked| tracked.health.tick(&self.settings, now));
            if let Some(change) = change {
                self.note_health(now, id, &change);
                changed = true;
            }
        }
        let ranked_at = *self.ranked_at.get_or_insert(now);
        if ranked_at > now || now.since(ranked_at) >= RANK_EVERY {
            self.rank(seconds_between(ranked_at, now).min(10.0), now);
        } else if changed {
            self.publish(now);
        }
    }

    fn has_active_rival(&self, id: ChannelId) -> bool {
        let mut rivals = self.rival_ids(id).filter_map(|rival| self.channels.get(rival));
        rivals.any(|rival| rival.health.state() == State::Active)
    }

    /// Channels that are suspended for want of balance and whose pause is about to end: the balance can be asked for instead of a text.
    pub fn wants_balance(&self, now: Timestamp) -> Vec<ChannelId> {
        let soon = |tracked: &Tracked| match tracked.health.state() {
            State::Suspended { cause: Cause::NoBalance, until } => until <= now + RANK_EVERY,
            _ => false,
        };
        self.channels.iter().filter(|(_, tracked)| soon(tracked)).map(|(id, _)| *id).collect()
    }

    /// The balance of a channel's account was asked for: whether there is any.
    pub fn balance(&mut self, channel: ChannelId, positive: bool, now: Timestamp) {
        let Some(tracked) = self.channels.get_mut(&channel) else { return };
        if !matches!(tracked.health.state(), State::Suspended { cause: Cause::NoBalance, .. }) {
            return;
        }
        if !positive {
            tracked.health.extend(&self.settings, now);
        } else if let Some(change) = tracked.health.probe_now(now) {
            self.note_health(now, channel, &change);
        }
        self.publish(now);
    }

    /// The ranking as it is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.clone()
    }

    /// What happened since it was last asked.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Standings that changed since it was last asked.
    pub fn take_changed(&mut self) -> Vec<Changed> {
        std::mem::take(&mut self.changed)
    }

    /// Channels that lost their load since it was last asked; their rivals take it over, in steps.
    pub fn take_fled(&mut self) -> Vec<ChannelId> {
        std::mem::take(&mut self.fled)
    }

    /// Channels that get texts again after a suspension, since it was last asked: a backlog may wait for them.
    pub fn take_returned(&mut self) -> Vec<ChannelId> {
        std::mem::take(&mut self.returned)
    }

    /// Whether texts that wait for a channel may go now, since it was last asked.
    pub fn take_woke(&mut self) -> bool {
        std::mem::take(&mut self.woke)
    }

    /// Channels that can carry some of the same texts.
    pub fn rivals_of(&self, channel: ChannelId) -> Vec<ChannelId> {
        self.rival_ids(channel).copied().collect()
    }

    /// A person says that what suspended a channel is over; false where it is not suspended.
    pub fn probe_now(&mut self, channel: ChannelId, now: Timestamp) -> bool {
        let Some(change) = self.channels.get_mut(&channel).and_then(|tracked| tracked.health.probe_now(now)) else {
            return false;
        };
        self.note_health(now, channel, &change);
        self.publish(now);
        true
    }

    fn note_health(&mut self, now: Timestamp, id: ChannelId, change: &Change) {
        let kind = match change.state {
            State::Active => EventKind::Active,
            State::Suspended { .. } => EventKind::Suspended,
            State::Probing { step: 0, .. } => EventKind::Probing,
            State::Probing { .. } => EventKind::Advanced,
        };
        match kind {
            EventKind::Suspended => self.fled.push(id),
            EventKind::Probing => {
                self.returned.push(id);
                self.woke = true;
                // Whoever holds the old slot took it by an old ranking.
                if let Some(tracked) = self.channels.get_mut(&id) {
                    tracked.probe = Arc::default();
                }
            }
            EventKind::Advanced => self.woke = true,
            EventKind::Active => {
                self.woke = true;
                if let Some(tracked) = self.channels.get_mut(&id) {
                    tracked.forgive();
                }
            }
            _ => {}
        }
        self.note(now, id, None, None, kind, change.cause, change.evidence.clone());
    }

    fn note_turn(
        &mut self,
        now: Timestamp,
        id: ChannelId,
        class: Option<MessageClass>,
        destination: Option<Destination>,
        rating: &Rating,
        turn: &Turn,
    ) {
        let own = format!("its score is {:.3} (± {:.3})", rating.score, rating.deviation);
        let evidence = match turn.rival {
            Some((rival, score)) => format!("{own}, the best beside it is {rival} with {score:.3}"),
            None => own,
        };
        match turn.demotion {
            // It was told when it was suspected, with the figures of that.
            Some(Demotion::Slow | Demotion::Lying) => self.fled.push(id),
            Some(demotion) => {
                self.fled.push(id);
                self.note(now, id, class, destination, EventKind::Demoted, demotion.as_str(), evidence);
            }
            None => self.note(now, id, class, destination, EventKind::Restored, "recovered", evidence),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one for each column of an event")]
    fn note(
        &mut self,
        at: Timestamp,
        channel_id: ChannelId,
        class: Option<MessageClass>,
        destination: Option<Destination>,
        kind: EventKind,
        cause: &str,
        evidence: String,
    ) {
        let destination = destination.map(|destination| destination.to_string());
        // That of the ranking which is published next.
        let version = 0;
        self.events.push(Event {
            at,
            version,
            channel_id,
            class,
            destination,
            kind,
            cause: cause.to_owned(),
            evidence,
        });
    }
}
