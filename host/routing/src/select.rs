//! Picks the channel of one attempt: a pure function of the candidates, what was tried before, the time and one random number.
//!
//! The operator's strategy puts the candidates into tiers. A tier takes a text with the probability of its best member's share, and within
//! it members stand for their weight times their share; what a tier does not take goes to the next. What nobody takes, the first takes.

use crate::chance::Draws;
use crate::health::State;
use crate::snapshot::Standing;
use jixinda_domain::routing_policy::Strategy;
use jixinda_domain::{ChannelId, Destination, MessageClass, Timestamp};
use serde::Serialize;
use std::time::Duration;

/// A channel bound to the template and the sign name, with what is known of it now.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Which.
    pub id: ChannelId,
    /// What its evidence says; `None` where it is not known yet: it counts as active with its full share.
    pub standing: Option<&'a Standing>,
    /// The operator's level, lower first.
    pub position: i32,
    /// The operator's weight.
    pub weight: u32,
    /// What a segment costs, in the smallest unit that all have in common.
    pub price: Option<f64>,
    /// Why it cannot carry this text at all, or not now, and until when.
    pub barred: Option<(Exclusion, Option<Timestamp>)>,
    /// More waits for it than it can send soon.
    pub full: bool,
    /// Its slot for a probing text is free.
    pub probe_is_free: bool,
}

/// An earlier attempt of the same message.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// Through which channel.
    pub channel: ChannelId,
    /// It refused the message for good.
    pub rejected: bool,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The ranking that the standings are of.
    pub version: u64,
    /// The message's class.
    pub class: MessageClass,
    /// Where it goes.
    pub destination: Destination,
    /// How the operator orders channels.
    pub strategy: Strategy,
    /// Earlier attempts.
    pub tried: &'a [Tried],
    /// The time.
    pub now: Timestamp,
    /// In [0, 1).
    pub random: f64,
}

/// Why a candidate was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// A person chose another channel for this message.
    NotChosen,
    /// A routing policy keeps it out.
    Policy,
    /// It refused this very message.
    RejectedBefore,
    /// Its provider refused the template or the sign name.
    BindingRefused,
    /// It does not reach that country or carrier, or its sign name is not registered there.
    Destination,
    /// Switched off by a person.
    Disabled,
    /// No plugin serves its provider now.
    ProviderMissing,
    /// Its health suspends it.
    Suspended,
    /// It probes, and this text is not to be the one.
    Probing,
    /// Its provider would refuse this text by its own limits.
    Rule,
    /// Its account is paused.
    Paused,
    /// It takes nothing for this number now.
    NumberPaused,
    /// It takes nothing under this sign name now.
    SignNamePaused,
    /// It takes nothing of this template now.
    TemplatePaused,
    /// Another was tried less often.
    TriedMore,
    /// More waits for it than it can send soon.
    Full,
}

impl Exclusion {
    /// Whether it may pass by itself.
    const fn is_passing(self) -> bool {
        !matches!(
            self,
            Self::NotChosen | Self::Policy | Self::RejectedBefore | Self::BindingRefused | Self::Destination
        )
    }
}

/// Why the picked one was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is the only one that can carry it now.
    OnlyOne,
    /// First in the order, or drawn by the chances that are given.
    Drawn,
    /// The text shows whether a channel is well again.
    Probe,
}

/// A candidate after the decision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Candidature {
    /// Which.
    pub channel: ChannelId,
    /// Why it was passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
    /// Until when, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Which tier the strategy put it into: the operator's level, or its place by price or quality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<f64>,
    /// How much of its load it gets, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<u16>,
    /// How likely it was to be picked, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance: Option<u16>,
}

/// The decision, with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Selection {
    /// The ranking that it was made by.
    pub version: u64,
    /// The channel that carries the next attempt.
    pub picked: Option<ChannelId>,
    /// Why.
    pub reason: Option<Reason>,
    /// How the operator orders channels.
    pub strategy: Strategy,
    /// All candidates in their order.
    pub candidates: Vec<Candidature>,
    /// When to look again where nothing was picked but something may become usable; `None` where nothing will.
    #[serde(skip)]
    pub look_again: Option<Timestamp>,
}

/// How long to wait for a channel that gives no time of its own.
const UNKNOWN_WAIT: Duration = Duration::from_secs(1);
/// How long to wait for the answer to a probing text. Its end wakes those that wait; this is for a lost one.
const PROBE_WAIT: Duration = Duration::from_secs(2);

/// One that may be picked.
struct Usable {
    index: usize,
    tier: f64,
    weight: f64,
    share: f64,
    chance: f64,
}

/// Decides.
pub fn select(question: &Question<'_>, candidates: &[Candidate<'_>]) -> Selection {
    let mut judged: Vec<Candidature> = candidates.iter().map(|candidate| judge(question, candidate)).collect();
    if let Some(index) = probe(question, candidates, &judged) {
        return answer(question, judged, index, Reason::Probe);
    }
    for (candidature, candidate) in judged.iter_mut().zip(candidates) {
        if candidature.excluded.is_none() && is_first_step(candidate) {
            candidature.excluded = Some(Exclusion::Probing);
            candidature.until = Some(question.now + PROBE_WAIT);
        }
    }
    prefer(&mut judged, Exclusion::TriedMore, |index| tries(question.tried, candidates[index].id));
    prefer(&mut judged, Exclusion::Full, |index| usize::from(candidates[index].full));
    let mut usable: Vec<Usable> = judged
        .iter()
        .enumerate()
        .filter(|(_, candidature)| candidature.excluded.is_none())
        .map(|(index, _)| usable(question, index, &candidates[index]))
        .collect();
    if usable.is_empty() {
        let look_again = next_look(&judged, question.now);
        let (version, strategy) = (question.version, question.strategy);
        return Selection { version, picked: None, reason: None, strategy, candidates: judged, look_again };
    }
    give_chances(&mut usable);
    for one in &usable {
        let candidature = &mut judged[one.index];
        candidature.tier = one.tier.is_finite().then_some(one.tier);
        candidature.share = Some(thousandths(one.share));
        candidature.chance = Some(thousandths(one.chance));
    }
    let reason = if usable.len() == 1 { Reason::OnlyOne } else { Reason::Drawn };
    let picked = draw(&usable, question.random);
    answer(question, judged, picked, reason)
}

fn answer(question: &Question<'_>, candidates: Vec<Candidature>, picked: usize, reason: Reason) -> Selection {
    Selection {
        version: question.version,
        picked: candidates.get(picked).map(|candidature| candidature.channel),
        reason: Some(reason),
        strategy: question.strategy,
        candidates,
        look_again: None,
    }
}

fn judge(question: &Question<'_>, candidate: &Candidate<'_>) -> Candidature {
    let rejected = question.tried.iter().any(|try_| try_.channel == candidate.id && try_.rejected);
    let lasting = candidate.barred.filter(|(exclusion, _)| !exclusion.is_passing());
    let health = match candidate.standing.map(|standing| standing.state) {
        Some(State::Suspended { until, .. }) => Some((Exclusion::Suspended, Some(until))),
        _ => None,
    };
    let verdict = lasting
        .or(rejected.then_some((Exclusion::RejectedBefore, None)))
        // A pause that is over is none. The end of a suspension is for the router to declare.
        .or(candidate.barred.filter(|(_, until)| until.is_none_or(|until| until > question.now)))
        .or(health);
    Candidature {
        channel: candidate.id,
        excluded: verdict.map(|(exclusion, _)| exclusion),
        until: verdict.and_then(|(_, until)| until),
        tier: None,
        share: None,
        chance: None,
    }
}

fn is_first_step(candidate: &Candidate<'_>) -> bool {
    candidate.standing.is_some_and(|standing| matches!(standing.state, State::Probing { step: 0, .. }))
}

/// A channel in the first step of probing takes the next text that suits, one at a time; in later steps where its share brings it none.
/// It spares `otp` where other texts come along and another channel is there, and texts that failed elsewhere already.
fn probe(question: &Question<'_>, candidates: &[Candidate<'_>], judged: &[Candidature]) -> Option<usize> {
    let open = |index: &usize| judged[*index].excluded.is_none();
    let steady = (0..candidates.len()).filter(open).any(|index| !is_first_step(&candidates[index]));
    (0..candidates.len()).filter(open).find(|index| {
        let candidate = &candidates[*index];
        let spared =
            question.class == MessageClass::Otp && candidate.standing.is_some_and(|standing| standing.spares_otp);
        let waits = is_first_step(candidate) || candidate.standing.is_some_and(|standing| standing.starved);
        waits && candidate.probe_is_free && !(steady && (spared || !question.tried.is_empty()))
    })
}

fn tries(tried: &[Tried], id: ChannelId) -> usize {
    tried.iter().filter(|try_| try_.channel == id).count()
}

/// Passes over those that are not among the least by `measure`.
fn prefer(judged: &mut [Candidature], exclusion: Exclusion, measure: impl Fn(usize) -> usize) {
    let open = |candidature: &Candidature| candidature.excluded.is_none();
    let least = judged.iter().enumerate().filter(|(_, one)| open(one)).map(|(index, _)| measure(index)).min();
    let Some(least) = least else { return };
    for (index, candidature) in judged.iter_mut().enumerate() {
        if open(candidature) && measure(index) > least {
            candidature.excluded = Some(exclusion);
        }
    }
}

fn usable(question: &Question<'_>, index: usize, candidate: &Candidate<'_>) -> Usable {
    let class = question.class as usize;
    let place = candidate.standing.map(|standing| standing.places[class]);
    let share = candidate.standing.map_or(1.0, |standing| standing.share(question.class, question.destination));
    let (tier, lead) = match question.strategy {
        Strategy::Priority => (f64::from(candidate.position), 1.0),
        Strategy::Weighted => (0.0, 1.0),
        Strategy::Cheapest => (candidate.price.unwrap_or(f64::INFINITY), 1.0),
        Strategy::Quality => place.map_or((0.0, 1.0), |place| (f64::from(place.rank), place.lead)),
    };
    Usable { index, tier, weight: f64::from(candidate.weight), share: share * lead, chance: 0.0 }
}

fn give_chances(usable: &mut [Usable]) {
    usable.sort_by(|one, other| one.tier.total_cmp(&other.tier).then(one.index.cmp(&other.index)));
    let mut left = 1.0;
    for tier in usable.chunk_by_mut(|one, other| one.tier.total_cmp(&other.tier).is_eq()) {
        let takes = tier.iter().map(|one| one.share).fold(0.0, f64::max).min(1.0);
        let pull: f64 = tier.iter().map(|one| one.weight * one.share).sum();
        if pull > 0.0 {
            for one in tier.iter_mut() {
                one.chance = left * takes * one.weight * one.share / pull;
            }
            left *= 1.0 - takes;
        }
    }
    // What nobody takes goes to the largest share, the first of them where they are equal.
    let best = usable.iter().map(|one| one.share).fold(0.0, f64::max);
    if let Some(first) = usable.iter_mut().find(|one| one.share >= best) {
        first.chance += left;
    }
}

fn draw(usable: &[Usable], random: f64) -> usize {
    let mut point = Draws::new(random).next();
    let drawn = usable.iter().find(|one| {
        point -= one.chance;
        point < 0.0
    });
    // Rounding may leave a crumb.
    drawn.or_else(|| usable.iter().rfind(|one| one.chance > 0.0)).map_or(0, |one| one.index)
}

fn thousandths(share: f64) -> u16 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u16
}

fn next_look(judged: &[Candidature], now: Timestamp) -> Option<Timestamp> {
    let passing = judged.iter().filter(|one| one.excluded.is_some_and(Exclusion::is_passing));
    let wait = |one: &Candidature| if one.excluded == Some(Exclusion::Suspended) { PROBE_WAIT } else { UNKNOWN_WAIT };
    passing.map(|one| one.until.filter(|until| *until > now).unwrap_or(now + wait(one))).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating::{Part, Rating};
    use crate::snapshot::Place;
    use std::sync::Arc;

    const NOW: Timestamp = Timestamp::from_millis(1000);

    fn channel(number: u128) -> ChannelId {
        ChannelId::new(Timestamp::default(), number)
    }

    fn usable(number: u128, position: i32) -> Candidate<'static> {
        Candidate {
            id: channel(number),
            standing: None,
            position,
            weight: 100,
            price: None,
            barred: None,
            full: false,
            probe_is_free: false,
        }
    }

    fn deferred(number: u128) -> Tried {
        Tried { channel: channel(number), rejected: false }
    }

    fn decide(candidates: &[Candidate<'_>], tried: &[Tried], strategy: Strategy, now: Timestamp) -> Selection {
        let destination = Destination { country_code: 86, carrier: None };
        let class = MessageClass::Notice;
        select(&Question { version: 7, class, destination, strategy, tried, now, random: 0.3 }, candidates)
    }

    fn priority(candidates: &[Candidate<'_>], tried: &[Tried], now: Timestamp) -> Selection {
        decide(candidates, tried, Strategy::Priority, now)
    }

    #[test]
    fn the_operators_order_decides_first() {
        assert_eq!(priority(&[usable(1, 5), usable(2, 3)], &[], NOW).picked, Some(channel(2)));
    }

    #[test]
    fn a_deferred_message_moves_on_and_comes_back() {
        let both = [usable(1, 0), usable(2, 1)];
        assert_eq!(priority(&both, &[deferred(1)], NOW).picked, Some(channel(2)));
        assert_eq!(priority(&both, &[deferred(1), deferred(2)], NOW).picked, Some(channel(1)));
    }

    #[test]
    fn a_refusal_for_good_is_not_repeated() {
        let tried = [Tried { channel: channel(1), rejected: true }];
        let decision = priority(&[usable(1, 0)], &tried, NOW);
        assert_eq!((decision.picked, decision.look_again), (None, None));
        assert_eq!(decision.candidates[0].excluded, Some(Exclusion::RejectedBefore));
    }

    #[test]
    fn a_later_step_that_its_share_brings_no_text_takes_the_next() {
        let state = State::Probing { step: 1, since: Timestamp::default(), good: 0, bad: 0 };
        let part = Part { value: 0.9, deviation: 0.1, samples: 0.0 };
        let (acceptance, delivery, speed) = (part, part, part);
        let rating = Rating { score: 0.9, deviation: 0.1, acceptance, delivery, speed, conversion: None, cost: None };
        let place = Place { share: 0.05, demotion: None, rank: 1, lead: 1.0, rating };
        let (weak, probe) = (Vec::new(), Arc::default());
        let patient = Standing { state, places: [place; 3], weak, spares_otp: true, starved: false, probe };
        fn second(standing: &Standing) -> Candidate<'_> {
            Candidate { standing: Some(standing), probe_is_free: true, ..usable(2, 1) }
        }
        assert_eq!(priority(&[usable(1, 0), second(&patient)], &[], NOW).picked, Some(channel(1)));
        let standing = Standing { starved: true, ..patient.clone() };
        let decision = priority(&[usable(1, 0), second(&standing)], &[], NOW);
        assert_eq!((decision.picked, decision.reason), (Some(channel(2)), Some(Reason::Probe)));
        let taken = Candidate { probe_is_free: false, ..second(&standing) };
        assert_eq!(priority(&[usable(1, 0), taken], &[], NOW).picked, Some(channel(1)), "one at a time");
    }

    #[test]
    fn a_pause_is_waited_for_and_ends() {
        let until = Timestamp::from_millis(1500);
        let paused = Candidate { barred: Some((Exclusion::Paused, Some(until))), ..usable(1, 0) };
        assert_eq!(priority(std::slice::from_ref(&paused), &[], NOW).look_again, Some(until));
        assert_eq!(priority(&[paused], &[], until).picked, Some(channel(1)));
        let gone = Candidate { barred: Some((Exclusion::ProviderMissing, None)), ..usable(1, 0) };
        assert_eq!(priority(&[gone], &[], NOW).look_again, Some(NOW + UNKNOWN_WAIT));
        let unregistered = Candidate { barred: Some((Exclusion::Destination, None)), ..usable(1, 0) };
        assert_eq!(priority(&[unregistered], &[], NOW).look_again, None, "nothing will change");
    }

    #[test]
    fn a_full_channel_gives_way_while_another_is_there() {
        let full = Candidate { full: true, ..usable(1, 0) };
        let decision = priority(&[full.clone(), usable(2, 1)], &[], NOW);
        assert_eq!((decision.picked, decision.candidates[0].excluded), (Some(channel(2)), Some(Exclusion::Full)));
        assert_eq!(priority(&[full], &[], NOW).picked, Some(channel(1)));
    }

    #[test]
    fn the_cheapest_known_price_goes_first() {
        let priced = |number, price| Candidate { price: Some(price), ..usable(number, 0) };
        let candidates = [usable(1, 0), priced(2, 0.05), priced(3, 0.04)];
        assert_eq!(decide(&candidates, &[], Strategy::Cheapest, NOW).picked, Some(channel(3)));
    }

    #[test]
    fn an_explanation_says_who_and_why() {
        let heavy = Candidate { weight: 300, ..usable(2, 0) };
        let off = Candidate { barred: Some((Exclusion::Disabled, None)), ..usable(3, 0) };
        let decision = decide(&[usable(1, 0), heavy, off], &[], Strategy::Weighted, NOW);
        let told = serde_json::to_value(&decision).expect("JSON");
        assert_eq!(told["version"], 7);
        assert_eq!(told["reason"], "drawn");
        assert_eq!(told["strategy"], "weighted");
        assert_eq!(told["candidates"][0]["chance"], 250);
        assert_eq!(told["candidates"][1]["chance"], 750);
        assert_eq!(told["candidates"][2]["excluded"], "disabled");
    }
}
