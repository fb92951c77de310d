//! [`Settings`]: every figure that routing decides by. The defaults are those of `config.default.toml`, which explains them.

use jixinda_domain::MessageClass;
use jixinda_domain::routing_policy::Strategy;
use serde::{Deserialize, Serialize};

/// No figure is more: times in milliseconds must fit where they are used.
const MOST: f64 = 1e8;

/// A figure for each class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByClass<T> {
    /// 验证码.
    pub otp: T,
    /// 通知.
    pub notice: T,
    /// 营销.
    pub marketing: T,
}

impl<T> ByClass<T> {
    /// That of one class.
    pub const fn of(&self, class: MessageClass) -> &T {
        match class {
            MessageClass::Otp => &self.otp,
            MessageClass::Notice => &self.notice,
            MessageClass::Marketing => &self.marketing,
        }
    }
}

/// How much each part of a rating counts. Only their proportions matter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PartWeights {
    /// Of what was handed over, what the provider took.
    pub acceptance: f64,
    /// Of what it took and told about, what arrived.
    pub delivery: f64,
    /// How fast it answers and delivers.
    pub speed: f64,
    /// Of the codes that it delivered, those that were used. Needs `conversion = true`.
    pub conversion: f64,
    /// How cheap it is beside the cheapest.
    pub cost: f64,
}

impl Default for PartWeights {
    fn default() -> Self {
        Self { acceptance: 4.0, delivery: 4.0, speed: 2.0, conversion: 0.0, cost: 0.0 }
    }
}

/// Every figure that routing decides by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How channels are ordered where no policy says otherwise.
    pub strategy: Strategy,
    /// Whether conversions are looked at.
    pub conversion: bool,
    /// How long after its delivery a code should have been used, in seconds.
    pub conversion_lag_s: f64,
    /// How much each part of a rating counts.
    pub parts: PartWeights,
    /// How many tries the assumption about an unknown channel is worth.
    pub prior_strength: f64,
    /// The rate of success that an unknown channel is assumed to have.
    pub prior_rate: f64,
    /// How much better another channel's score must be before load leaves one.
    pub margin: f64,
    /// How much of its share a demoted channel loses in a second.
    pub step_down: f64,
    /// How much of its share a channel regains in a second.
    pub step_up: f64,
    /// How long a demoted channel waits before it drifts back, in seconds. One that is slow or lying ten times as long, doubled each
    /// time that it comes again.
    pub demotion_s: f64,
    /// The share of `notice` and `marketing` texts that a demoted channel keeps, so that it can show that it is well again.
    pub trickle: f64,
    /// What a provider call should take at most, in milliseconds.
    pub call_target_ms: ByClass<f64>,
    /// What a receipt should take at most, in milliseconds.
    pub receipt_target_ms: ByClass<f64>,
    /// A provider call that takes longer is slow: half of them, and the channel is demoted.
    pub slow_call_ms: ByClass<f64>,
    /// Calls that fail one after another before a channel is suspended, where the provider cannot be reached.
    pub unreachable_calls: u32,
    /// The same where it answers with errors, or not at all.
    pub failing_calls: u32,
    /// The share of failures within ten seconds that suspends a channel.
    pub failing_share: f64,
    /// Tries within ten seconds before that share counts.
    pub failing_tries: f64,
    /// First and longest suspension in seconds where the provider cannot be reached.
    pub unreachable_s: [f64; 2],
    /// The same where it fails.
    pub failing_s: [f64; 2],
    /// The same where its account is empty or its credentials are refused: a person has to act.
    pub account_s: [f64; 2],
    /// The same where its plugin fails.
    pub fault_s: [f64; 2],
    /// The longest suspension while no other channel that could carry its texts is active, in seconds: waiting longer helps nobody.
    /// Not where a person has to act.
    pub alone_s: f64,
    /// How long after its last suspension a channel's past is forgiven, in seconds.
    pub forgiven_after_s: f64,
    /// Good calls that each step of probing takes.
    pub probe_calls: [u32; 4],
    /// The share that a channel has in each step after the first, in which it gets one text at a time.
    pub probe_shares: [f64; 3],
    /// After this time without a failure, and with one good call, a step of probing ends too. Seconds.
    pub probe_step_s: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strategy: Strategy::Priority,
            conversion: false,
            conversion_lag_s: 15.0,
            parts: PartWeights::default(),
            prior_strength: 20.0,
            prior_rate: 0.95,
            margin: 0.03,
            step_down: 0.25,
            step_up: 0.05,
            demotion_s: 30.0,
            trickle: 0.02,
            call_target_ms: ByClass { otp: 1500.0, notice: 3000.0, marketing: 6000.0 },
            receipt_target_ms: ByClass { otp: 15_000.0, notice: 60_000.0, marketing: 300_000.0 },
            slow_call_ms: ByClass { otp: 4000.0, notice: 8000.0, marketing: 15_000.0 },
            unreachable_calls: 2,
            failing_calls: 5,
            failing_share: 0.5,
            failing_tries: 20.0,
            unreachable_s: [1.0, 30.0],
            failing_s: [5.0, 300.0],
            account_s: [60.0, 900.0],
            fault_s: [5.0, 300.0],
            alone_s: 5.0,
            forgiven_after_s: 600.0,
            probe_calls: [3, 10, 20, 40],
            probe_shares: [0.05, 0.25, 0.5],
            probe_step_s: 15.0,
        }
    }
}

impl Settings {
    /// What is wrong with these figures, in one sentence each; empty where they make sense.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |name: &str, ok: bool, wanted: &str| {
            if !ok {
                problems.push(format!("routing.{name}: {wanted}"));
            }
        };
        let figures = [
            self.conversion_lag_s,
            self.prior_strength,
            self.prior_rate,
            self.margin,
            self.step_down,
            self.step_up,
            self.demotion_s,
            self.trickle,
            self.failing_share,
            self.failing_tries,
            self.alone_s,
            self.forgiven_after_s,
            self.probe_step_s,
        ];
        let pauses = [self.unreachable_s, self.failing_s, self.account_s, self.fault_s].concat();
        let by_class = [self.call_target_ms, self.receipt_target_ms, self.slow_call_ms];
        let times = by_class.iter().flat_map(|times| [times.otp, times.notice, times.marketing]);
        let mut all = figures.into_iter().chain(pauses).chain(times).chain(self.probe_shares);
        let finite = all.all(|figure| figure.is_finite() && figure <= MOST);
        check("*", finite, "finite numbers, none above a hundred million");
        check("forgiven_after_s", self.forgiven_after_s >= 0.0, "0 or more");
        check("probe_shares", self.probe_shares.is_sorted(), "rising");
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let parts = self.parts;
        let weights = [parts.acceptance, parts.delivery, parts.speed, parts.conversion, parts.cost];
        let sound = |weight: &f64| (0.0..=1e6).contains(weight);
        check("parts", weights.iter().all(sound), "0 to 1000000 each");
        let counted = parts.acceptance + parts.delivery + parts.speed + parts.cost;
        check("parts", counted > 0.0, "at least one beside conversion above 0");
        check(
            "parts.conversion",
            self.conversion || parts.conversion == 0.0,
            "0 as long as routing.conversion is false: nothing is counted for it",
        );
        check("prior_strength", (1.0..=10_000.0).contains(&self.prior_strength), "1 to 10000");
        check("prior_rate", self.prior_rate > 0.0 && self.prior_rate < 1.0, "between 0 and 1");
        check("margin", self.margin > 0.0 && self.margin < 1.0, "between 0 and 1");
        check("step_down", self.step_down >= 0.001 && share(self.step_down), "0.001 to 1");
        check("step_up", self.step_up >= 0.001 && share(self.step_up), "0.001 to 1");
        check("trickle", self.trickle > 0.0 && self.trickle <= 0.2, "above 0, to 0.2");
        check("conversion_lag_s", (0.0..=600.0).contains(&self.conversion_lag_s), "0 to 600");
        check("demotion_s", (0.0..=86_400.0).contains(&self.demotion_s), "0 to 86400");
        check("failing_share", self.failing_share > 0.0 && share(self.failing_share), "above 0, to 1");
        check("failing_tries", self.failing_tries >= 1.0, "1 or more");
        check("unreachable_calls", self.unreachable_calls >= 1, "1 or more");
        check("failing_calls", self.failing_calls >= 1, "1 or more");
        for (name, [first, longest]) in [
            ("unreachable_s", self.unreachable_s),
            ("failing_s", self.failing_s),
            ("account_s", self.account_s),
            ("fault_s", self.fault_s),
        ] {
            check(
                name,
                first > 0.0 && first <= longest && longest <= 86_400.0,
                "two rising numbers of seconds, to a day",
            );
        }
        check("alone_s", (1.0..=86_400.0).contains(&self.alone_s), "1 to 86400");
        check("probe_shares", self.probe_shares.iter().all(|value| *value > 0.0 && share(*value)), "above 0, to 1");
        check("probe_calls", self.probe_calls.iter().all(|calls| *calls >= 1), "1 or more");
        check("probe_step_s", self.probe_step_s >= 1.0, "1 or more");
        for (name, targets) in [
            ("call_target_ms", self.call_target_ms),
            ("receipt_target_ms", self.receipt_target_ms),
            ("slow_call_ms", self.slow_call_ms),
        ] {
            let ok = MessageClass::ALL.iter().all(|class| *targets.of(*class) >= 1.0);
            check(name, ok, "1 or more for each class");
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_make_sense_and_nonsense_is_named() {
        assert_eq!(Settings::default().problems(), Vec::<String>::new());
        let parts = PartWeights { conversion: 2.0, ..PartWeights::default() };
        let nonsense = Settings { parts, margin: 2.0, unreachable_s: [9.0, 1.0], ..Settings::default() };
        let problems = nonsense.problems().join("\n");
        for name in ["parts.conversion", "margin", "unreachable_s"] {
            assert!(problems.contains(&format!("routing.{name}: ")), "{problems}");
        }
    }
}
