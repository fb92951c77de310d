//! The worked example of docs/ROUTING.md, recomputed: what the page says must be what the code does.

use jixinda_routing::Settings;
use jixinda_routing::rating::{CLEAR, combine, deviation, mean};

const PAGE: &str = include_str!("../../../docs/ROUTING.md");

/// (good, all) of the quarter of an hour, of the last minute of all classes, and of this class.
type Counts = [(f32, f32); 3];

const DELIVERY: Counts = [(7760.0, 8000.0), (970.0, 1000.0), (485.0, 500.0)];

/// The four means and the deviation of a rate.
fn learnt(settings: &Settings, counts: Counts) -> ([f64; 4], f64) {
    let mut means = [settings.prior_rate; 4];
    for (step, (good, all)) in counts.into_iter().enumerate() {
        means[step + 1] = mean(means[step], settings.prior_strength, good, all);
    }
    (means, deviation(means[3], settings.prior_strength, counts[2].1))
}

/// Score and deviation of a channel whose calls are fast and many.
fn score(settings: &Settings, acceptance: Counts) -> (f64, f64) {
    let (taken, taken_deviation) = learnt(settings, acceptance);
    let (arrived, arrived_deviation) = learnt(settings, DELIVERY);
    let weights = settings.parts;
    combine(&[
        (weights.acceptance, taken[3], taken_deviation),
        (weights.delivery, arrived[3], arrived_deviation),
        (weights.speed, 1.0, 0.0),
    ])
}

#[track_caller]
fn says(text: &str) {
    assert!(PAGE.contains(text), "docs/ROUTING.md does not say {text:?}");
}

#[test]
fn the_page_says_what_the_code_does() {
    let settings = Settings::default();
    let counts = [(8820.0, 9000.0), (1080.0, 1200.0), (540.0, 600.0)];
    let (taken, taken_deviation) = learnt(&settings, counts);
    let (arrived, arrived_deviation) = learnt(&settings, DELIVERY);
    says(&format!("| assumption | {:.4} | {:.4} |", taken[0], arrived[0]));
    says(&format!("(0.95·20 + 8820) / 9020 = {:.4} | {:.4} |", taken[1], arrived[1]));
    says(&format!("({:.4}·20 + 1080) / 1220 = {:.4} | {:.4} |", taken[1], taken[2], arrived[2]));
    says(&format!("({:.4}·20 + 540) / 620 = {:.4} | {:.4} |", taken[2], taken[3], arrived[3]));
    says(&format!("√(0.9·0.1 / 621) = {taken_deviation:.4} | {arrived_deviation:.4} |"));

    let (known, known_deviation) = score(&settings, counts);
    says(&format!("{:.4}^0.4 · {:.4}^0.4 · 1^0.2 = {known:.4}, deviation {known_deviation:.4}", taken[3], arrived[3]));

    let rate = settings.prior_rate;
    let spread = deviation(rate, settings.prior_strength, 0.0);
    let (unknown, unknown_deviation) = combine(&[
        (settings.parts.acceptance, rate, spread),
        (settings.parts.delivery, rate, spread),
        (settings.parts.speed, 1.0, 0.05),
    ]);
    says(&format!("deviations of {spread:.4},\nscore_B = {unknown:.4}, deviation {unknown_deviation:.4}"));
    says(&format!("B leads by {:.4}, which is within the margin", unknown - known));
    assert!(unknown - known < settings.margin);

    let (worse, worse_deviation) = score(&settings, [counts[0], (840.0, 1200.0), (420.0, 600.0)]);
    let chance = CLEAR * worse_deviation.hypot(unknown_deviation);
    says(&format!("its score would be {worse:.4}, B would lead by {:.4} > 0.03", unknown - worse));
    says(&format!("√({worse_deviation:.4}² + {unknown_deviation:.4}²) = {chance:.4}"));
    assert!(unknown - worse > settings.margin.max(chance));
}
