//! What a message costs routing, and a tick: `cargo bench --workspace --bench selection`.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jixinda_domain::Carrier;
use jixinda_domain::routing_policy::Strategy;
use jixinda_routing::evidence::Kind;
use jixinda_routing_tests::Installation;
use std::hint::black_box;
use std::time::Duration;

fn selection(criterion: &mut Criterion) {
    for (name, with_rules) in [("select", false), ("select with rules", true)] {
        let installation = Installation::new(with_rules);
        let message = installation.message(1000);
        for strategy in Strategy::ALL {
            let name = format!("{name}/{}", strategy.as_str());
            let mut random = 0.0;
            criterion.bench_function(&name, |bencher| {
                bencher.iter(|| {
                    random = (random + 0.618_033_988_75) % 1.0;
                    black_box(installation.choose(black_box(&message), strategy, random))
                });
            });
        }
    }
}

fn explanation(criterion: &mut Criterion) {
    let installation = Installation::new(false);
    let selection = installation.choose(&installation.message(1000), Strategy::Priority, 0.5);
    criterion.bench_function("explanation", |bencher| {
        bencher.iter(|| serde_json::to_string(black_box(&selection)).expect("JSON"));
    });
}

fn router(criterion: &mut Criterion) {
    let mut installation = Installation::new(false);
    let report = installation.report(3, Carrier::Mobile, Kind::Accepted);
    criterion.bench_function("call", |bencher| bencher.iter(|| installation.router.call(black_box(&report))));
    let mut now = installation.now;
    criterion.bench_function("tick", |bencher| {
        // Each a second later: all channels are rated.
        bencher.iter_batched(
            || {
                now = now + Duration::from_secs(1);
                now
            },
            |now| installation.router.tick(now),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, selection, explanation, router);
criterion_main!(benches);
