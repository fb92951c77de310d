//! [`Suspicion`]: is a channel slow, or do its receipts lie? Such a channel works, in a way, so its success rates do not show it.

use crate::evidence::{Digest, Evidence, Kind, Window, seconds_between};
use crate::ranking::Demotion;
use crate::rating::RANGE;
use crate::settings::Settings;
use jixinda_domain::{MessageClass, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Calls of the last ten seconds that say whether a channel is slow.
const CALLS: f64 = 3.0;
/// It counts as fast again when half of its calls take less than this part of what is slow.
const WELL: f64 = 0.7;
/// Ripe deliveries that say whether receipts lie.
const RIPE: f64 = 20.0;
/// Below this rate of use nothing can be told: perhaps the application reports only some.
const LEAST_RATE: f64 = 0.05;
/// Receipts lie where less than this part of what is usual is used.
const UNUSUAL: f64 = 0.5;
/// How much longer than for a worse channel the trickle lasts.
const LONGER: f64 = 10.0;
const MOST_STRIKES: u32 = 5;

/// What is suspected of one class on one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Suspicion {
    flag: Option<(Demotion, Timestamp)>,
    strikes: u32,
    /// Deliveries by second that are too young for their codes to have been used.
    ripening: VecDeque<(Timestamp, f32)>,
}

/// What there is to judge by.
pub struct Signs<'a> {
    /// Of this class on this channel.
    pub evidence: &'a Evidence,
    /// How long its calls took in the last ten seconds.
    pub calls_now: &'a Digest,
    /// The same of all classes: what the others show clears a class that gets no texts for being slow.
    pub calls_of_all: &'a Digest,
    /// Calls in flight that have taken too long already.
    pub overdue: u32,
    /// Used and ripe on the sound rivals, in the last minute.
    pub rivals: (f64, f64),
    /// The class.
    pub class: MessageClass,
}

impl Signs<'_> {
    fn shown_calls(&self) -> &Digest {
        if self.calls_now.count() >= CALLS { self.calls_now } else { self.calls_of_all }
    }
}

impl Suspicion {
    /// What the channel is suspected of.
    pub fn flag(&self) -> Option<Demotion> {
        self.flag.map(|(flag, _)| flag)
    }

    /// A receipt told of a delivery.
    pub fn delivered(&mut self, now: Timestamp) {
        match self.ripening.back_mut() {
            Some((second, count)) if second.as_seconds() == now.as_seconds() => *count += 1.0,
            _ => self.ripening.push_back((now, 1.0)),
        }
    }

    /// Deliveries that have become old enough.
    pub fn ripen(&mut self, settings: &Settings, now: Timestamp) -> f32 {
        let mut ripe = 0.0;
        while let Some((since, count)) = self.ripening.front().copied() {
            // Of the future: the clock was set back.
            if since <= now && seconds_between(since, now) < settings.conversion_lag_s {
                break;
            }
            ripe += count;
            self.ripening.pop_front();
        }
        ripe
    }

    /// Looks at the signs; answers the figures where something new is suspected.
    pub fn look(&mut self, signs: &Signs<'_>, settings: &Settings, now: Timestamp) -> Option<String> {
        let slow = self.looks_slow(signs, settings);
        let lying = settings.conversion.then(|| looks_lying(signs)).flatten();
        match self.flag {
            None => {
                let (flag, figures) =
                    slow.map(|figures| (Demotion::Slow, figures)).or(lying.map(|figures| (Demotion::Lying, figures)))?;
                self.flag = Some((flag, now));
                self.strikes = (self.strikes + 1).min(MOST_STRIKES);
                Some(figures)
            }
            Some((flag, since)) => {
                let hold = settings.demotion_s * LONGER * 2_f64.powi(self.strikes.saturating_sub(1).cast_signed());
                let held = seconds_between(since, now) >= hold || since > now;
                let (still, shown) = match flag {
                    Demotion::Slow => (slow.is_some(), signs.shown_calls().count() >= CALLS),
                    _ => (lying.is_some(), ripe(signs.evidence, Window::Minute) >= RIPE),
                };
                // Either it shows that it is well, or it had its time and gets another chance.
                if (shown && !still) || (held && !shown) {
                    self.flag = None;
                }
                None
            }
        }
    }

    fn looks_slow(&self, signs: &Signs<'_>, settings: &Settings) -> Option<String> {
        let slow = *settings.slow_call_ms.of(signs.class);
        let limit = if self.flag() == Some(Demotion::Slow) { slow * WELL } else { slow };
        if f64::from(signs.overdue) >= CALLS {
            return Some(format!("{} calls have been waiting for more than {slow:.0} ms", signs.overdue));
        }
        let calls = if self.flag() == Some(Demotion::Slow) { signs.shown_calls() } else { signs.calls_now };
        let median = calls.quantile(0.5).filter(|_| calls.count() >= CALLS)?;
        (median > limit).then(|| format!("half of the calls of the last ten seconds took more than {median:.0} ms"))
    }
}

fn ripe(evidence: &Evidence, window: Window) -> f64 {
    f64::from(evidence.within(window).of(Kind::Ripe))
}

/// Beside its rivals where they have enough; otherwise beside itself a while ago.
fn looks_lying(signs: &Signs<'_>) -> Option<String> {
    let window = if ripe(signs.evidence, Window::Now) >= RIPE { Window::Now } else { Window::Minute };
    let tally = signs.evidence.within(window);
    let (used, all) = (f64::from(tally.of(Kind::Converted)), f64::from(tally.of(Kind::Ripe)));
    let past = signs.evidence.within(Window::Quarter);
    let (usual_used, usual_all) = if signs.rivals.1 >= RIPE {
        signs.rivals
    } else {
        (f64::from(past.of(Kind::Converted)), f64::from(past.of(Kind::Ripe)))
    };
    if all < RIPE || usual_all < RIPE {
        return None;
    }
    let (rate, usual) = (used / all, usual_used / usual_all);
    // Agresti and Coull: two of each are added, so that nothing of few is not taken for never.
    let mean = (used + 2.0) / (all + 4.0);
    let upper = mean + RANGE * (mean * (1.0 - mean) / (all + 4.0)).max(0.0).sqrt();
    (usual >= LEAST_RATE && upper < usual * UNUSUAL).then(|| {
        format!("{:.0} % of {all:.0} delivered codes were used, where {:.0} % are usual", rate * 100.0, usual * 100.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn signs<'a>(evidence: &'a Evidence, calls_now: &'a Digest, rivals: (f64, f64)) -> Signs<'a> {
        Signs { evidence, calls_now, calls_of_all: calls_now, overdue: 0, rivals, class: MessageClass::Otp }
    }

    fn digest(millis: f64) -> Digest {
        let mut digest = Digest::default();
        (0..5).for_each(|_| digest.add(millis));
        digest
    }

    #[test]
    fn slow_calls_are_suspected_until_they_are_fast_again() {
        let (settings, evidence, mut suspicion) = (Settings::default(), Evidence::default(), Suspicion::default());
        let mut look = |calls: &Digest, now| {
            suspicion.look(&signs(&evidence, calls, (0.0, 0.0)), &settings, now);
            suspicion.flag()
        };
        assert_eq!(look(&digest(1000.0), NOW), None);
        assert_eq!(look(&digest(6000.0), NOW), Some(Demotion::Slow));
        assert_eq!(look(&Digest::default(), NOW + Duration::from_secs(299)), Some(Demotion::Slow), "nothing was shown");
        assert_eq!(look(&digest(100.0), NOW + Duration::from_secs(299)), None);
        assert_eq!(look(&digest(6000.0), NOW), Some(Demotion::Slow));
        assert_eq!(look(&Digest::default(), NOW + Duration::from_secs(599)), Some(Demotion::Slow), "longer this time");
        assert_eq!(look(&Digest::default(), NOW + Duration::from_secs(600)), None);
    }

    #[test]
    fn receipts_lie_where_rivals_see_their_codes_used() {
        let settings = Settings { conversion: true, ..Settings::default() };
        let judge = |used: f32, rivals| {
            let mut evidence = Evidence::default();
            evidence.add(Kind::Ripe, 60.0);
            evidence.add(Kind::Converted, used);
            let mut suspicion = Suspicion::default();
            suspicion.look(&signs(&evidence, &Digest::default(), rivals), &settings, NOW);
            suspicion.flag()
        };
        assert_eq!(judge(3.0, (60.0, 100.0)), Some(Demotion::Lying));
        assert_eq!(judge(36.0, (60.0, 100.0)), None);
        assert_eq!(judge(3.0, (5.0, 100.0)), None, "nobody's codes are used: the application's page is down");
        assert_eq!(judge(3.0, (1.0, 1.0)), None, "its own past is no better");
    }

    #[test]
    fn deliveries_ripen() {
        let (settings, mut suspicion) = (Settings::default(), Suspicion::default());
        suspicion.delivered(NOW);
        suspicion.delivered(NOW);
        suspicion.delivered(NOW + Duration::from_secs(5));
        assert_eq!(suspicion.ripen(&settings, NOW + Duration::from_secs(14)), 0.0);
        assert_eq!(suspicion.ripen(&settings, NOW + Duration::from_secs(15)), 2.0);
        assert_eq!(suspicion.ripen(&settings, NOW + Duration::from_secs(20)), 1.0);
    }
}
