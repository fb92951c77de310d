//! Decides a recorded text again: the same question, asked of other settings.
//!
//! A decision by chance is coupled with the recorded one: the recorded channel keeps the text as often as its new chance allows, and what
//! it loses goes to those that gained. Each channel has exactly its new share, while as few texts as possible change their way, and
//! nothing is drawn that is on record. The same settings repeat the record.

use super::record::{Text, Try};
use jixinda_domain::{AccountId, ChannelId, Message, Strategy, Timestamp};
use jixinda_routing::rule::{Book, Rules, Sent};
use jixinda_routing::{
    Candidate, ChannelFacts, Exclusion, Question, Reason, Selection, Settings, Snapshot, Tried, select,
};
use rand::RngExt as _;
use rand::rngs::SmallRng;

use super::outcome::Cost;

/// Channels, bindings and policies as they are now.
pub trait Present {
    /// The channels bound to a message's template and sign name.
    fn ways(&self, message: &Message) -> Ways;
    /// What the router is to know of all channels.
    fn facts(&self) -> Vec<ChannelFacts>;
    /// The operator's own limits of a channel.
    fn rules(&self, channel: ChannelId) -> Option<&Rules>;
    /// What a segment costs there.
    fn price(&self, channel: ChannelId) -> Option<Cost>;
    /// Its name, for people.
    fn name(&self, channel: ChannelId) -> String;
}

/// The channels that a message may have.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    /// What the policies say; `None` leaves it to the settings.
    pub strategy: Option<Strategy>,
    pub ways: Vec<Way>,
}

/// A channel bound to template and sign name.
#[derive(Clone, Debug)]
pub struct Way {
    pub channel: ChannelId,
    pub account: AccountId,
    pub position: i32,
    pub weight: u32,
    pub price: Option<f64>,
    /// Why it cannot carry the message at all.
    pub barred: Option<Exclusion>,
}

/// One question.
pub struct Again<'a> {
    pub text: &'a Text,
    /// The recorded try that went ahead from the same point; `None` where the replay has left the record.
    pub recorded: Option<&'a Try>,
    pub tried: &'a [Tried],
    pub ways: &'a Ways,
    pub now: Timestamp,
}

/// Decides. Takes the slot of a probing channel where it picks one.
pub fn decide(
    again: &Again<'_>,
    present: &dyn Present,
    snapshot: &Snapshot,
    book: &Book,
    settings: &Settings,
    random: &mut SmallRng,
) -> Selection {
    let message = &again.text.message;
    let candidate = |way: &Way| {
        let standing = snapshot.standings.get(&way.channel).map(AsRef::as_ref);
        Candidate {
            id: way.channel,
            standing,
            position: way.position,
            weight: way.weight,
            price: way.price,
            barred: bar(again, way, present, book),
            full: false,
            probe_is_free: standing.is_some_and(|standing| standing.probe.is_free(again.now)),
        }
    };
    let candidates: Vec<Candidate<'_>> = again.ways.ways.iter().map(candidate).collect();
    let question = Question {
        version: snapshot.version,
        class: message.class,
        destination: again.text.destination,
        strategy: again.ways.strategy.unwrap_or(settings.strategy),
        tried: again.tried,
        now: again.now,
        random: random.random(),
    };
    let mut selection = select(&question, &candidates);
    match selection.reason {
        Some(Reason::Drawn) => couple(&mut selection, again.recorded, random),
        Some(Reason::Probe) => {
            let probing = candidates.iter().find(|candidate| Some(candidate.id) == selection.picked);
            if let Some(standing) = probing.and_then(|candidate| candidate.standing) {
                standing.probe.take(again.now);
            }
        }
        _ => {}
    }
    selection
}

fn bar(again: &Again<'_>, way: &Way, present: &dyn Present, book: &Book) -> Option<(Exclusion, Option<Timestamp>)> {
    if let Some(barred) = way.barred {
        return Some((barred, None));
    }
    let message = &again.text.message;
    if let Some(rules) = present.rules(way.channel) {
        let sent = Sent { account: way.account, message };
        let until = rules.closed_until(message.class, again.now).max(book.full_until(rules, &sent, again.now));
        if let Some(until) = until {
            return Some((Exclusion::Rule, Some(until)));
        }
    }
    let held = again.recorded?.barred.iter().find(|(channel, ..)| *channel == way.channel);
    held.map(|(_, exclusion, until)| (*exclusion, Some(*until)))
}

/// Keeps the recorded pick as often as the new chances allow.
fn couple(selection: &mut Selection, recorded: Option<&Try>, random: &mut SmallRng) {
    let Some(recorded) = recorded else { return };
    let before = |channel: ChannelId| {
        recorded.chances.iter().find(|(known, _)| *known == channel).map_or(0.0, |(_, chance)| *chance)
    };
    let now = |channel: ChannelId| {
        let found = selection.candidates.iter().find(|one| one.channel == channel);
        found.and_then(|one| one.chance).map_or(0.0, |chance| f64::from(chance) / 1000.0)
    };
    let (had, has) = (before(recorded.channel), now(recorded.channel));
    if had <= 0.0 {
        // A probe, or of an earlier version: it was not drawn by chances that are known.
        return;
    }
    let gains: Vec<(ChannelId, f64)> = selection
        .candidates
        .iter()
        .map(|one| (one.channel, (now(one.channel) - before(one.channel)).max(0.0)))
        .filter(|(_, gain)| *gain > 0.0)
        .collect();
    let total: f64 = gains.iter().map(|(_, gain)| gain).sum();
    if random.random::<f64>() * had < has || total <= 0.0 {
        if has > 0.0 {
            selection.picked = Some(recorded.channel);
        }
        return;
    }
    let mut point = random.random::<f64>() * total;
    let gained = gains.iter().find(|(_, gain)| {
        point -= gain;
        point < 0.0
    });
    selection.picked = gained.or(gains.last()).map(|(channel, _)| *channel);
}

#[cfg(test)]
mod tests {
    use super::super::examples::{Recorded, Table, channel};
    use super::*;
    use rand::SeedableRng as _;
    use std::collections::BTreeMap;

    /// How often each of two channels is picked again for texts that were drawn with these chances for the first, when its weight
    /// is now such that it should get `now` of them; and how many changed their way.
    fn again(before: f64, now: f64) -> (BTreeMap<ChannelId, usize>, usize) {
        let mut table = Table::of(2);
        table.ways[0].weight = (now * 1000.0) as u32;
        table.ways[1].weight = 1000 - table.ways[0].weight;
        let settings = Settings { strategy: Strategy::Weighted, ..Settings::default() };
        let mut random = SmallRng::seed_from_u64(7);
        let (mut picked, mut changed) = (BTreeMap::new(), 0);
        for number in 0..4000 {
            let first = f64::from(number) < before * 4000.0;
            let mut text = Recorded::at(5).through(if first { 1 } else { 2 }).text();
            text.tries[0].chances = vec![(channel(1), before), (channel(2), 1.0 - before)];
            let ways = table.ways(&text.message);
            let recorded = Some(&text.tries[0]);
            let question = Again { text: &text, recorded, tried: &[], ways: &ways, now: text.at() };
            let (snapshot, book) = (Snapshot::default(), Book::default());
            let selection = decide(&question, &table, &snapshot, &book, &settings, &mut random);
            let channel = selection.picked.expect("one");
            *picked.entry(channel).or_insert(0) += 1;
            changed += usize::from(channel != text.tries[0].channel);
        }
        (picked, changed)
    }

    #[test]
    fn the_same_chances_repeat_the_record() {
        assert_eq!(again(0.25, 0.25), (BTreeMap::from([(channel(1), 1000), (channel(2), 3000)]), 0));
    }

    #[test]
    fn other_chances_have_their_shares_and_change_no_more_than_they_must() {
        let (picked, changed) = again(0.8, 0.5);
        assert!((1900..=2100).contains(&picked[&channel(1)]), "{picked:?}");
        assert!((1100..=1300).contains(&changed), "three in ten texts have to go another way: {changed}");
    }

    #[test]
    fn what_was_in_the_way_then_is_in_the_way_again() {
        let table = Table::of(2);
        let mut text = Recorded::at(5).through(2).text();
        text.tries[0].barred = vec![(channel(1), Exclusion::NumberPaused, Timestamp::from_millis(9000))];
        let ways = table.ways(&text.message);
        let mut random = SmallRng::seed_from_u64(7);
        let mut picked = |now: i64| {
            let (recorded, now) = (Some(&text.tries[0]), Timestamp::from_millis(now));
            let question = Again { text: &text, recorded, tried: &[], ways: &ways, now };
            let (snapshot, book) = (Snapshot::default(), Book::default());
            decide(&question, &table, &snapshot, &book, &Settings::default(), &mut random).picked
        };
        assert_eq!((picked(5000), picked(9000)), (Some(channel(2)), Some(channel(1))));
    }
}
