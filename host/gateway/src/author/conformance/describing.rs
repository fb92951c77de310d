//! What a plugin says of itself.

use super::{Finding, Report};
use crate::account_settings::{is_secret, properties};
use crate::author::bench::{Bench, NOON};
use std::time::Duration;

pub async fn check(bench: &Bench, report: &mut Report) {
    report.add("describe is pure and stable", stable(bench).await);
    report.add("features tell what the exports offer", features(bench));
    report.add("secrets have no default and no other example", secrets(bench));
}

async fn stable(bench: &Bench) -> Finding {
    let first = bench.plugin().descriptor();
    bench.clock.set(NOON + Duration::from_secs(86_400));
    let again = bench.workbench.describe_again().await;
    bench.clock.set(NOON);
    match again {
        Ok(again) => Finding::when(again == *first, || "a day later it describes itself otherwise".to_owned()),
        Err(refusal) => Finding::Failed(refusal.to_string()),
    }
}

fn features(bench: &Bench) -> Finding {
    let (plugin, descriptor) = (bench.plugin(), bench.plugin().descriptor());
    let says = |word: &str| descriptor.features.iter().any(|feature| feature == word);
    let mut wrong = Vec::new();
    if !says("text") && !says("template") {
        wrong.push("neither \"text\" nor \"template\": it must say what it needs to send");
    }
    if says("receipts-by-lookup") && !plugin.has_lookup() {
        wrong.push("\"receipts-by-lookup\" without the interface lookup");
    }
    if says("receipts") && !plugin.has_callbacks() && plugin.feeds().is_empty() && !plugin.has_lookup() {
        wrong.push("\"receipts\", but nothing to hear them by");
    }
    if plugin.has_polling() == descriptor.feeds.is_empty() {
        wrong.push("polling and feeds: one without the other");
    }
    if descriptor.limits.max_batch == 0 {
        wrong.push("limits.max-batch is 0");
    }
    Finding::when(wrong.is_empty(), || wrong.join("; "))
}

fn secrets(bench: &Bench) -> Finding {
    let told: Vec<String> = properties(bench.plugin())
        .into_iter()
        .filter(|(_, property)| is_secret(property) && property.get("default").is_some())
        .map(|(name, _)| name)
        .collect();
    Finding::when(told.is_empty(), || format!("a default for a secret is no secret: {}", told.join(", ")))
}
