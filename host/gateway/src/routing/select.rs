//! Picks the next channel for one attempt: a pure function of the candidates, their state and what was tried before.

use jixinda_domain::{ChannelId, Timestamp};
use serde::Serialize;

/// A channel bound to the template and the sign name, with what is known of it now. In the operator's order.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: ChannelId,
    /// No person chose another one.
    pub allowed: bool,
    pub enabled: bool,
    pub reaches: bool,
    pub provider_present: bool,
    pub refused_binding: bool,
    /// Why it cannot take this message now, and until when.
    pub paused: Option<(Exclusion, Timestamp)>,
}

/// An earlier attempt of the same message.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    pub channel: ChannelId,
    /// It refused the message for good.
    pub rejected: bool,
}

/// Why a candidate was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Switched off by a person.
    Disabled,
    /// It does not reach that country.
    Destination,
    /// Its provider refused the template or the sign name.
    BindingRefused,
    /// It refused this very message.
    RejectedBefore,
    /// No plugin serves its provider now.
    ProviderMissing,
    /// Its account is paused.
    Paused,
    /// It takes nothing for this number now.
    NumberPaused,
    /// It takes nothing under this sign name now.
    SignNamePaused,
    /// It takes nothing of this template now.
    TemplatePaused,
    /// A person chose another channel for this message.
    NotChosen,
}

impl Exclusion {
    /// Whether it may pass by itself.
    const fn is_passing(self) -> bool {
        matches!(self, Self::ProviderMissing | Self::Disabled) || self.is_pause()
    }

    const fn is_pause(self) -> bool {
        matches!(self, Self::Paused | Self::NumberPaused | Self::SignNamePaused | Self::TemplatePaused)
    }
}

/// The decision, with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Selection {
    /// The channel that carries the next attempt.
    pub picked: Option<ChannelId>,
    /// All candidates in order, each with its exclusion or none.
    pub candidates: Vec<(ChannelId, Option<Exclusion>)>,
    /// When to look again where nothing was picked but something may become usable; `None` where nothing will.
    #[serde(skip)]
    pub look_again: Option<Timestamp>,
}

/// How long to wait for a channel that gives no time of its own.
const UNKNOWN_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

/// Of the usable candidates the one that was tried least, the operator's order deciding between equals: so a message that was
/// deferred moves on to the next channel, and comes back when all have been tried.
pub fn select(candidates: &[Candidate], tried: &[Tried], now: Timestamp) -> Selection {
    let judged: Vec<(ChannelId, Option<Exclusion>)> =
        candidates.iter().map(|candidate| (candidate.id, exclude(candidate, tried, now))).collect();
    let tries = |id: ChannelId| tried.iter().filter(|try_| try_.channel == id).count();
    let picked =
        judged.iter().filter(|(_, exclusion)| exclusion.is_none()).min_by_key(|(id, _)| tries(*id)).map(|(id, _)| *id);
    let look_again = if picked.is_some() { None } else { next_look(candidates, &judged, now) };
    Selection { picked, candidates: judged, look_again }
}

fn exclude(candidate: &Candidate, tried: &[Tried], now: Timestamp) -> Option<Exclusion> {
    let rejected = tried.iter().any(|try_| try_.channel == candidate.id && try_.rejected);
    let judgements = [
        (!candidate.allowed, Exclusion::NotChosen),
        (rejected, Exclusion::RejectedBefore),
        (candidate.refused_binding, Exclusion::BindingRefused),
        (!candidate.reaches, Exclusion::Destination),
        (!candidate.enabled, Exclusion::Disabled),
        (!candidate.provider_present, Exclusion::ProviderMissing),
    ];
    let lasting = judgements.into_iter().find(|(applies, _)| *applies).map(|(_, exclusion)| exclusion);
    lasting.or_else(|| candidate.paused.filter(|(_, until)| *until > now).map(|(exclusion, _)| exclusion))
}

fn next_look(candidates: &[Candidate], judged: &[(ChannelId, Option<Exclusion>)], now: Timestamp) -> Option<Timestamp> {
    let passing =
        candidates.iter().zip(judged).filter(|(_, (_, exclusion))| exclusion.is_some_and(Exclusion::is_passing));
    passing
        .map(|(candidate, (_, exclusion))| match (exclusion, candidate.paused) {
            (Some(exclusion), Some((_, until))) if exclusion.is_pause() => until,
            _ => now + UNKNOWN_WAIT,
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1000);

    fn channel(number: u128) -> ChannelId {
        ChannelId::new(Timestamp::default(), number)
    }

    fn usable(number: u128) -> Candidate {
        Candidate {
            id: channel(number),
            allowed: true,
            enabled: true,
            reaches: true,
            provider_present: true,
            refused_binding: false,
            paused: None,
        }
    }

    fn deferred(number: u128) -> Tried {
        Tried { channel: channel(number), rejected: false }
    }

    #[test]
    fn the_operators_order_decides_first() {
        assert_eq!(select(&[usable(2), usable(1)], &[], NOW).picked, Some(channel(2)));
    }

    #[test]
    fn a_deferred_message_moves_on_and_comes_back() {
        let both = [usable(1), usable(2)];
        assert_eq!(select(&both, &[deferred(1)], NOW).picked, Some(channel(2)));
        assert_eq!(select(&both, &[deferred(1), deferred(2)], NOW).picked, Some(channel(1)));
    }

    #[test]
    fn a_refusal_for_good_is_not_repeated() {
        let tried = [Tried { channel: channel(1), rejected: true }];
        let decision = select(&[usable(1)], &tried, NOW);
        assert_eq!((decision.picked, decision.look_again), (None, None));
        assert_eq!(decision.candidates, [(channel(1), Some(Exclusion::RejectedBefore))]);
    }

    #[test]
    fn a_channel_that_a_person_chose_is_the_only_one() {
        let passed_over = Candidate { allowed: false, ..usable(1) };
        let decision = select(&[passed_over.clone(), usable(2)], &[], NOW);
        assert_eq!(decision.picked, Some(channel(2)));
        assert_eq!(decision.candidates[0].1, Some(Exclusion::NotChosen));
        assert_eq!(select(&[passed_over], &[], NOW).look_again, None, "the others are not waited for");
    }

    #[test]
    fn what_is_down_for_the_moment_is_waited_for() {
        let paused = Candidate { paused: Some((Exclusion::Paused, Timestamp::from_millis(1500))), ..usable(1) };
        assert_eq!(select(std::slice::from_ref(&paused), &[], NOW).look_again, Some(Timestamp::from_millis(1500)));
        assert_eq!(select(&[paused], &[], Timestamp::from_millis(1500)).picked, Some(channel(1)));
        let gone = Candidate { provider_present: false, ..usable(1) };
        assert_eq!(select(&[gone], &[], NOW).look_again, Some(Timestamp::from_millis(2000)));
    }
}
