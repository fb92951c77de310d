//! Hearing: callbacks, polls, lookups and balances, on good days and bad ones.

use super::upstreams::{answers, rubbish, silent};
use super::{Finding, Report, Subject};
use crate::author::bench::NOON;
use crate::author::case::{Ask, Case};
use crate::author::example;
use jixinda_domain::provider::{CallbackCall, Fate, SentMessage};
use jixinda_runtime::CallError;
use jixinda_runtime::egress::Problem;

pub async fn check(subject: &Subject<'_>, report: &mut Report) {
    report.add("callbacks: rubbish is never a trap", called_with_rubbish(subject).await);
    report.add("callbacks: the same call twice tells the same", called_twice(subject).await);
    report.add("callbacks: a forged signature is refused", forged(subject).await);
    report.add("callbacks: unknown words are never a trap", unknown_words(subject).await);
    report.add("polling: rubbish is a failure or an empty page, never a trap", polled(subject).await);
    report.add("lookup: one fate a message, and nothing invented", looked_up(subject).await);
    report.add("balance: rubbish is a failure, never a trap", balance(subject).await);
}

fn without(interface: &str) -> Finding {
    Finding::Skipped(format!("it does not export {interface}"))
}

/// The callbacks of the cases, as the provider really makes them.
fn callbacks(subject: &Subject<'_>) -> Vec<(String, CallbackCall, serde_json::Map<String, serde_json::Value>)> {
    let callback = |case: &Case| match &case.input.ask {
        Ask::Callback(call) => {
            Some((case.name.clone(), crate::author::case::callback(call), case.input.config.clone()))
        }
        _ => None,
    };
    subject.cases.iter().filter_map(callback).collect()
}

async fn called_with_rubbish(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_callbacks() {
        return without("callbacks");
    }
    for (what, body) in rubbish() {
        for content_type in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
            let headers = vec![("content-type".to_owned(), content_type.to_owned())];
            let call =
                CallbackCall { method: "POST".to_owned(), headers, body: body.clone(), ..CallbackCall::default() };
            subject.bench.script.answer_by(silent(Problem::Connect, false));
            if let (Err(error), _) = subject.bench.callback(&subject.account, &call).await {
                return Finding::Failed(format!("{what} as {content_type}: {error}"));
            }
        }
    }
    Finding::Passed
}

async fn called_twice(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_callbacks() {
        return without("callbacks");
    }
    let calls = callbacks(subject);
    if calls.is_empty() {
        return Finding::Failed("no case shows a callback: add one (--cases DIR)".to_owned());
    }
    for (name, call, config) in calls {
        let Ok(account) = account(subject, &config) else { continue };
        let mut told = Vec::new();
        for _ in 0..2 {
            subject.bench.script.answer_by(silent(Problem::Connect, false));
            told.push(subject.bench.callback(&account, &call).await.0.map_err(|error| error.to_string()));
        }
        if told[0] != told[1] {
            return Finding::Failed(format!("the callback of case {name}, repeated, tells something else"));
        }
    }
    Finding::Passed
}

/// A case whose callback is refused shows that forgeries are; one with a signature header must not pass without it.
async fn forged(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_callbacks() {
        return without("callbacks");
    }
    let is_proof = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["signature", "authorization", "x-sign", "-sign", "mac"].iter().any(|word| name.contains(word))
    };
    let mut seen = false;
    for (name, call, config) in callbacks(subject) {
        let Some(position) = call.headers.iter().position(|(header, _)| is_proof(header)) else { continue };
        let Ok(account) = account(subject, &config) else { continue };
        seen = true;
        for change in ["", "AAAA"] {
            let mut forged = call.clone();
            forged.headers[position].1 = change.to_owned();
            subject.bench.script.answer_by(silent(Problem::Connect, false));
            match subject.bench.callback(&account, &forged).await.0 {
                Ok((Err(_), _)) => {}
                Ok((Ok(_), _)) => return Finding::Failed(format!("case {name} is believed with another signature")),
                Err(error) => return Finding::Failed(format!("case {name} with another signature: {error}")),
            }
        }
    }
    if seen {
        Finding::Passed
    } else {
        Finding::Skipped("no case has a callback with a signature in its headers".to_owned())
    }
}

/// Every letter run of the body is a word that the provider may add one day.
async fn unknown_words(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_callbacks() {
        return without("callbacks");
    }
    for (name, call, config) in callbacks(subject) {
        let Ok(account) = account(subject, &config) else { continue };
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let words: std::collections::BTreeSet<&str> = body
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .filter(|word| word.len() > 1)
            .collect();
        for word in words {
            let call = CallbackCall { body: body.replace(word, "ZZZ").into_bytes(), ..call.clone() };
            subject.bench.script.answer_by(silent(Problem::Connect, false));
            if let (Err(error), _) = subject.bench.callback(&account, &call).await {
                return Finding::Failed(format!("case {name} with ZZZ for {word}: {error}"));
            }
        }
    }
    Finding::Passed
}

async fn polled(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_polling() {
        return without("polling");
    }
    for feed in subject.bench.plugin().feeds() {
        for (what, body) in rubbish() {
            for status in [200, 500] {
                subject.bench.script.answer_by(answers(status, &[], &body));
                match subject.bench.poll(&subject.account, feed, None).await.0 {
                    Ok(page) if !page.events.receipts.is_empty() || !page.events.inbound.is_empty() => {
                        return Finding::Failed(format!("feed {feed} makes events of {what}"));
                    }
                    Ok(_) | Err(CallError::Failure(_)) => {}
                    Err(error) => return Finding::Failed(format!("feed {feed} with {what}: {error}")),
                }
            }
        }
        subject.bench.script.answer_by(silent(Problem::Timeout, true));
        if !matches!(subject.bench.poll(&subject.account, feed, None).await.0, Err(CallError::Failure(_))) {
            return Finding::Failed(format!("feed {feed}: no answer must be a failure, so that people see it"));
        }
    }
    Finding::Passed
}

async fn looked_up(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_lookup() {
        return without("lookup");
    }
    let sent: Vec<SentMessage> = (0..3)
        .map(|number| {
            let message = example::message(number);
            SentMessage {
                id: message.id,
                serial: message.serial,
                call: example::call(),
                upstream_id: Some(format!("upstream-{number}")),
                recipient: message.recipient,
                at: NOON,
            }
        })
        .collect();
    let mut rules =
        vec![("no answer", silent(Problem::Timeout, true)), ("no connection", silent(Problem::Connect, false))];
    rules.extend(rubbish().into_iter().map(|(what, body)| (what, answers(200, &[], &body))));
    for (what, rule) in rules {
        subject.bench.script.answer_by(rule);
        match subject.bench.lookup(&subject.account, &sent).await.0 {
            Ok(fates) => {
                if fates.iter().any(|fate| !matches!(fate, Fate::Unsettled(_))) {
                    return Finding::Failed(format!("after {what} it claims to know: {fates:?}"));
                }
            }
            Err(CallError::Failure(_)) => {}
            Err(error) => return Finding::Failed(format!("{what}: {error}")),
        }
    }
    Finding::Passed
}

async fn balance(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_balance() {
        return without("balance");
    }
    for (what, body) in rubbish() {
        subject.bench.script.answer_by(answers(200, &[], &body));
        match subject.bench.balance(&subject.account).await.0 {
            Err(CallError::Failure(_)) => {}
            Ok(amount) => {
                return Finding::Failed(format!("{what} became a balance of {} {}", amount.value, amount.unit));
            }
            Err(error) => return Finding::Failed(format!("{what}: {error}")),
        }
    }
    Finding::Passed
}

fn account(
    subject: &Subject<'_>,
    config: &serde_json::Map<String, serde_json::Value>,
) -> anyhow::Result<jixinda_runtime::AccountAccess> {
    let settled = example::overlaid(subject.bench.plugin(), config)?;
    example::account(subject.bench.plugin(), settled, Some(example::CALLBACK_URL.to_owned()))
}
