//! Picks the next channel for one attempt: a pure function of the candidates, their state and what was tried before.

use jixinda_domain::{ChannelId, Timestamp};
use serde::Serialize;

/// A channel bound to the template and the sign name, with what is known of it now. In the operator's order.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: ChannelId,
    pub enabled: bool,
    pub reaches: bool,
    pub provider_present: bool,
    pub refused_binding: bool,
    pub paused_until: Option<Timestamp>,
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
}

impl Exclusion {
    /// Whether it may pass by itself.
    const fn is_passing(self) -> bool {
        matches!(self, Self::ProviderMissing | Self::Paused | Self::Disabled)
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
        (rejected, Exclusion::RejectedBefore),
        (candidate.refused_binding, Exclusion::BindingRefused),
        (!candidate.reaches, Exclusion::Destination),
        (!candidate.enabled, Exclusion::Disabled),
        (!candidate.provider_present, Exclusion::ProviderMissing),
        (candidate.paused_until.is_some_and(|until| until > now), Exclusion::Paused),
    ];
    judgements.into_iter().find(|(applies, _)| *applies).map(|(_, exclusion)| exclusion)
}

fn next_look(candidates: &[Candidate], judged: &[(ChannelId, Option<Exclusion>)], now: Timestamp) -> Option<Timestamp> {
    let passing =
        candidates.iter().zip(judged).filter(|(_, (_, exclusion))| exclusion.is_some_and(Exclusion::is_passing));
    passing
        .map(|(candidate, (_, exclusion))| match (exclusion, candidate.paused_until) {
            (Some(Exclusion::Paused), Some(until)) => until,
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
            enabled: true,
            reaches: true,
            provider_present: true,
            refused_binding: false,
            paused_until: None,
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
    fn what_is_down_for_the_moment_is_waited_for() {
        let paused = Candidate { paused_until: Some(Timestamp::from_millis(1500)), ..usable(1) };
        assert_eq!(select(std::slice::from_ref(&paused), &[], NOW).look_again, Some(Timestamp::from_millis(1500)));
        assert_eq!(select(&[paused], &[], Timestamp::from_millis(1500)).picked, Some(channel(1)));
        let gone = Candidate { provider_present: false, ..usable(1) };
        assert_eq!(select(&[gone], &[], NOW).look_again, Some(Timestamp::from_millis(2000)));
    }
}
