//! Sending: honest outcomes on bad days, one a message, and no trap whatever comes back.

use super::upstreams::{answers, rubbish, silent};
use super::{Finding, Report, Subject};
use crate::author::case;
use crate::author::example;
use crate::author::exchange::{Answer, Body};
use crate::author::script::{Heard, Rule};
use jixinda_domain::provider::OutgoingMessage;
use jixinda_domain::{Deferral, Outcome};
use jixinda_runtime::egress::Problem;

/// A batch of more is tried with as many.
const MOST: usize = 100;
/// The words of the gateway's own judgements.
const CORRECTIONS: [&str; 5] =
    ["unanswered-request", "never-sent", "wrong-outcome-count", "plugin-fault", "plugin-internal"];

pub async fn check(subject: &Subject<'_>, report: &mut Report) {
    report.add("each outcome is reachable", reachable(subject));
    let lost = uniform(subject, silent(Problem::Timeout, true), |outcome| matches!(outcome, Outcome::Uncertain { .. }));
    report.add("no answer after sending is uncertain", lost.await);
    let refused =
        uniform(subject, silent(Problem::Connect, false), |outcome| matches!(outcome, Outcome::Deferred { .. }));
    report.add("no connection is deferred", refused.await);
    report.add("HTTP 429 is deferred as rate limited, for as long as Retry-After says", throttled(subject).await);
    let busy = uniform(subject, answers(503, &[], b"busy"), |outcome| {
        !matches!(outcome, Outcome::Accepted { .. } | Outcome::Rejected { .. })
    });
    report.add("HTTP 503 is neither an acceptance nor a rejection", busy.await);
    report.add("an empty batch is answered by nothing", empty(subject).await);
    report.add("a full batch has one outcome a message", full(subject).await);
    report.add("rubbish is never an acceptance and never a trap", survives(subject, rubbish()).await);
    report.add("half an answer is never a trap", survives(subject, halves(subject)).await);
    report.add("odd messages are never a trap", odd(subject).await);
    report.add("the same call makes the same requests", repeats(subject).await);
    report.add("requests go only to hosts that are declared or set", hosts(subject).await);
}

async fn send(subject: &Subject<'_>, rule: Rule, messages: &[OutgoingMessage]) -> (Vec<Outcome>, Heard) {
    subject.bench.script.answer_by(rule);
    subject.bench.send(&subject.account, &example::call(), messages).await
}

/// The plugin's own word, not the gateway's correction of it.
fn is_its_own(outcome: &Outcome) -> bool {
    outcome.cause().is_none_or(|cause| !CORRECTIONS.contains(&cause.code.as_str()))
}

fn told(outcome: &Outcome) -> String {
    let cause = outcome.cause().map(|cause| format!(" ({}: {})", cause.code, cause.detail)).unwrap_or_default();
    format!("{}{cause}", outcome.kind())
}

fn reachable(subject: &Subject<'_>) -> Finding {
    let shown = case::kinds(subject.cases);
    let missing: Vec<&str> =
        ["accepted", "rejected", "deferred", "uncertain"].into_iter().filter(|kind| !shown.contains(kind)).collect();
    Finding::when(missing.is_empty(), || {
        format!(
            "no case of `send` expects {}: add one (--cases DIR), with the provider's real answer",
            missing.join(", ")
        )
    })
}

/// One message and a few, all to be answered alike, in the plugin's own words.
async fn uniform(subject: &Subject<'_>, rule: Rule, good: fn(&Outcome) -> bool) -> Finding {
    for count in [1, batch_size(subject).min(3)] {
        let (outcomes, heard) = send(subject, rule.clone(), &messages(count)).await;
        if heard.exchanges.is_empty() {
            return Finding::Failed(
                "it made no request for the example message: can the example account send?".to_owned(),
            );
        }
        if let Some(bad) = outcomes.iter().find(|outcome| !good(outcome) || !is_its_own(outcome)) {
            return Finding::Failed(format!("it answered {}", told(bad)));
        }
    }
    Finding::Passed
}

async fn throttled(subject: &Subject<'_>) -> Finding {
    let rule = answers(429, &[("retry-after", "7")], b"Too Many Requests");
    let (outcomes, _) = send(subject, rule, &messages(1)).await;
    match outcomes.first() {
        Some(Outcome::Deferred { reason: Deferral::RateLimited, retry_after_ms: Some(wait), .. }) if *wait >= 7_000 => {
            Finding::Passed
        }
        Some(Outcome::Deferred { reason: Deferral::RateLimited, retry_after_ms, .. }) => {
            Finding::Failed(format!("Retry-After: 7 became retry-after-ms {retry_after_ms:?}"))
        }
        other => Finding::Failed(format!("it answered {}", other.map_or_else(|| "nothing".to_owned(), told))),
    }
}

async fn empty(subject: &Subject<'_>) -> Finding {
    let (outcomes, heard) = send(subject, answers(200, &[], b"{}"), &[]).await;
    Finding::when(outcomes.is_empty() && heard.exchanges.is_empty(), || "it made a request for no message".to_owned())
}

async fn full(subject: &Subject<'_>) -> Finding {
    let messages = messages(batch_size(subject));
    let (outcomes, _) = send(subject, silent(Problem::Connect, false), &messages).await;
    let own = outcomes.iter().filter(|outcome| is_its_own(outcome)).count();
    Finding::when(own == messages.len(), || {
        let words = outcomes.iter().find(|outcome| !is_its_own(outcome)).map(told).unwrap_or_default();
        format!("{own} outcomes of its own for {} messages: {words}", messages.len())
    })
}

async fn survives(subject: &Subject<'_>, bodies: Vec<(&'static str, Vec<u8>)>) -> Finding {
    if bodies.is_empty() {
        return Finding::Skipped("there are no cases with answers to cut".to_owned());
    }
    for (what, body) in bodies {
        for status in [200, 400, 500] {
            let (outcomes, _) = send(subject, answers(status, &[], &body), &messages(1)).await;
            for outcome in outcomes {
                if matches!(outcome, Outcome::Accepted { .. }) || !is_its_own(&outcome) {
                    return Finding::Failed(format!("HTTP {status} with {what}: it answered {}", told(&outcome)));
                }
            }
        }
    }
    Finding::Passed
}

/// The cases' answers, cut in the middle and shortly before the end.
fn halves(subject: &Subject<'_>) -> Vec<(&'static str, Vec<u8>)> {
    let exchanges = subject.cases.iter().filter_map(|case| case.exchanges().ok()).flatten();
    let bodies = exchanges.filter_map(|exchange| match exchange.answer {
        Answer::Response { status: 200..300, body, .. } => Some(Body::bytes(&body)),
        _ => None,
    });
    bodies
        .filter(|body| body.len() > 8)
        .flat_map(|body| {
            let (half, nearly) = (body[..body.len() / 2].to_vec(), body[..body.len() - 2].to_vec());
            [("half of a real answer", half), ("a real answer without its end", nearly)]
        })
        .collect()
}

async fn odd(subject: &Subject<'_>) -> Finding {
    let change = |change: fn(&mut OutgoingMessage)| {
        let mut message = example::message(0);
        change(&mut message);
        message
    };
    let odd = [
        (
            "a number abroad",
            change(|message| (message.recipient, message.country_code) = ("+12025550123".to_owned(), 1)),
        ),
        ("a number that is none", change(|message| message.recipient = "not a number".to_owned())),
        ("no template code", change(|message| message.template_code = None)),
        ("no sign name", change(|message| (message.sign_name, message.sign_code) = (String::new(), None))),
        ("no parameters", change(|message| message.params.clear())),
        ("an empty text", change(|message| message.text.clear())),
        ("a text of 5,000 characters", change(|message| message.text = "字".repeat(5_000))),
        (
            "emoji and quotes",
            change(|message| {
                message.text = "👍 \"quoted\" \\ & = % + \u{1}".to_owned();
                message.params = vec![("order".to_owned(), "👍\"\\&=%+||#@#".to_owned())];
            }),
        ),
        ("a class unknown to it", change(|message| message.category = "survey")),
        ("a later attempt", change(|message| (message.attempt, message.maybe_sent) = (3, true))),
    ];
    for (what, message) in odd {
        let (outcomes, _) = send(subject, answers(200, &[], b"{}"), &[message]).await;
        if let Some(bad) = outcomes.iter().find(|outcome| !is_its_own(outcome)) {
            return Finding::Failed(format!("{what}: {}", told(bad)));
        }
    }
    Finding::Passed
}

async fn repeats(subject: &Subject<'_>) -> Finding {
    let rule = || silent(Problem::Connect, false);
    let (_, first) = send(subject, rule(), &messages(1)).await;
    let (_, second) = send(subject, rule(), &messages(1)).await;
    let same = first
        .exchanges
        .iter()
        .map(|exchange| &exchange.request)
        .eq(second.exchanges.iter().map(|exchange| &exchange.request));
    Finding::when(same, || "with time and randomness standing still, its requests differ".to_owned())
}

async fn hosts(subject: &Subject<'_>) -> Finding {
    let (_, heard) = send(subject, silent(Problem::Connect, false), &messages(1)).await;
    Finding::when(heard.objections.is_empty(), || heard.objections.join("; "))
}

fn batch_size(subject: &Subject<'_>) -> usize {
    (subject.bench.plugin().descriptor().limits.max_batch as usize).clamp(1, MOST)
}

fn messages(count: usize) -> Vec<OutgoingMessage> {
    (0..count).map(example::message).collect()
}
