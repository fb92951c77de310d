//! [`Plan`]: what happens in one run, and when. The same seed and the same kinds give the same plan.

use super::dice::Dice;
use super::weather::Weather;
use std::fmt;
use std::time::Duration;

/// What is done to a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Kind {
    /// SIGKILL, then a new start.
    Kill,
    /// SIGSTOP, then SIGCONT.
    Stop,
    /// Its data folder has no room left.
    DiskFull,
    /// Another connection holds the write lock of its database.
    Locked,
    /// The provider takes every text and resets the connection.
    Reset,
    /// Its wall clock jumps, and jumps back.
    Clock,
}

impl Kind {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] = [Self::Kill, Self::Stop, Self::DiskFull, Self::Locked, Self::Reset, Self::Clock];

    /// Its word on the command line and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::DiskFull => "disk-full",
            Self::Locked => "locked",
            Self::Reset => "reset",
            Self::Clock => "clock",
        }
    }
}

/// One thing that is done to a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disturbance {
    /// Which.
    pub kind: Kind,
    /// How long it lasts; for a kill, how long the gateway stays down.
    pub hold: Duration,
    /// How far the clock jumps, in seconds.
    pub jump: i64,
}

/// A disturbance and its moment: after so many more texts were accepted. Counting texts, not seconds, a plan is the same on a slow
/// machine as on a fast one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Texts that are accepted before it begins.
    pub after_texts: u64,
    /// What happens then.
    pub disturbance: Disturbance,
}

/// A run before it is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Where all that is random comes from.
    pub seed: u64,
    /// The provider's ordinary faults.
    pub weather: Weather,
    /// Texts a second that clients try to send.
    pub texts_per_second: u64,
    /// What happens.
    pub steps: Vec<Step>,
    /// Texts that are accepted after the last disturbance.
    pub texts_after: u64,
}

const HOUR: i64 = 3600;
const TWO_DAYS: i64 = 48 * HOUR;

impl Plan {
    /// Draws one with one to three disturbances of these kinds. Neighbouring seeds begin with different kinds, so that a few runs see
    /// all of them.
    pub fn draw(seed: u64, kinds: &[Kind]) -> Self {
        let mut dice = Dice::new(seed).fork(0);
        let weather = Weather::draw(&mut dice);
        let first = kinds[(seed % kinds.len() as u64) as usize];
        let more = dice.between(0, 3);
        let kinds: Vec<Kind> = std::iter::once(first).chain((0..more).map(|_| dice.pick(kinds))).collect();
        // Idempotency keys live for a day: a request that is repeated on the far side of two days is another one, and only these two
        // leave requests unanswered.
        let repeats = kinds.iter().any(|kind| matches!(kind, Kind::Kill | Kind::Stop));
        let steps = kinds.iter().map(|kind| step(&mut dice, *kind, repeats)).collect();
        Self { seed, weather, texts_per_second: dice.between(200, 500), steps, texts_after: dice.between(50, 300) }
    }

    /// Whether this happens in it.
    pub fn has(&self, kind: Kind) -> bool {
        self.steps.iter().any(|step| step.disturbance.kind == kind)
    }
}

fn step(dice: &mut Dice, kind: Kind, repeats: bool) -> Step {
    let hold = match kind {
        Kind::Kill => dice.between(0, 400),
        Kind::Stop => 20_000,
        Kind::DiskFull => dice.between(2000, 6000),
        Kind::Locked => dice.between(6000, 12_000),
        Kind::Reset => dice.between(200, 2000),
        Kind::Clock => dice.between(1500, 5000),
    };
    let jumps: &[i64] = if repeats { &[HOUR, -HOUR, 30, -30] } else { &[HOUR, -HOUR, 30, -30, TWO_DAYS] };
    let jump = dice.pick(jumps);
    let jump = if kind == Kind::Clock { jump } else { 0 };
    Step {
        after_texts: dice.between(100, 900),
        disturbance: Disturbance { kind, hold: Duration::from_millis(hold), jump },
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.1}s", self.kind.as_str(), self.hold.as_secs_f64())?;
        if self.jump == 0 { Ok(()) } else { write!(f, " {:+}s", self.jump) }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<String> =
            self.steps.iter().map(|step| format!("{} @+{}", step.disturbance, step.after_texts)).collect();
        f.write_str(&steps.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_plan() {
        for seed in 0..50 {
            assert_eq!(Plan::draw(seed, &Kind::ALL), Plan::draw(seed, &Kind::ALL));
            assert!((1..=3).contains(&Plan::draw(seed, &Kind::ALL).steps.len()));
        }
        assert_ne!(Plan::draw(1, &Kind::ALL), Plan::draw(7, &Kind::ALL));
    }

    #[test]
    fn neighbouring_seeds_see_all_kinds() {
        let begun: Vec<Kind> = (60..66).map(|seed| Plan::draw(seed, &Kind::ALL).steps[0].disturbance.kind).collect();
        assert_eq!(begun, Kind::ALL);
    }

    #[test]
    fn two_days_pass_only_where_no_request_goes_unanswered() {
        let plans = (0..500).map(|seed| Plan::draw(seed, &Kind::ALL));
        let far = |plan: &Plan| plan.steps.iter().any(|step| step.disturbance.jump == TWO_DAYS);
        let plans: Vec<Plan> = plans.filter(far).collect();
        assert!(!plans.is_empty() && plans.iter().all(|plan| !plan.has(Kind::Kill) && !plan.has(Kind::Stop)));
    }
}
