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

/// A callback of a case, as the provider really makes it.
struct Known {
    case: String,
    call: CallbackCall,
    proof: Option<String>,
    account: jixinda_runtime::AccountAccess,
}

fn callbacks(subject: &Subject<'_>) -> Vec<Known> {
    let known = |case: &Case| {
        let Ask::Callback(input) = &case.input.ask else { return None };
        let settled = example::overlaid(subject.bench.plugin(), &case.input.config).ok()?;
        let account = example::account(subject.bench.plugin(), settled, Some(example::CALLBACK_URL.to_owned())).ok()?;
        Some(Known {
            case: case.name.clone(),
            call: crate::author::case::callback(input),
            proof: input.proof.clone(),
            account,
        })
    };
    subject.cases.iter().filter_map(known).collect()
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
    for Known { case: name, call, account, .. } in calls {
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

/// Each case that names its proof must not be believed with another one, nor without it.
async fn forged(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_callbacks() {
        return without("callbacks");
    }
    let mut seen = false;
    for known in callbacks(subject) {
        let Some(proof) = &known.proof else { continue };
        seen = true;
        for other in ["", "AAAA"] {
            let Some(forged) = with_proof(&known.call, proof, other) else {
                return Finding::Failed(format!("case {}: its callback has no header or field {proof}", known.case));
            };
            subject.bench.script.answer_by(silent(Problem::Connect, false));
            match subject.bench.callback(&known.account, &forged).await.0 {
                Ok((Err(_), _)) => {}
                Ok((Ok(_), _)) => {
                    return Finding::Failed(format!("case {} is believed with another {proof}", known.case));
                }
                Err(error) => return Finding::Failed(format!("case {} with another {proof}: {error}", known.case)),
            }
        }
    }
    if seen {
        Finding::Passed
    } else {
        Finding::Skipped(
            "no case of a callback names its proof: this provider's calls are known by their address alone".to_owned(),
        )
    }
}

/// The same call with another value of a header, or of a field of its form.
fn with_proof(call: &CallbackCall, proof: &str, value: &str) -> Option<CallbackCall> {
    let mut forged = call.clone();
    if let Some(header) = forged.headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(proof)) {
        header.1 = value.to_owned();
        return Some(forged);
    }
    let body = String::from_utf8(call.body.clone()).ok()?;
    let field = format!("{proof}=");
    let place = body.split('&').position(|part| part.starts_with(&field))?;
    let parts: Vec<String> = body
        .split('&')
        .enumerate()
        .map(|(index, part)| if index == place { format!("{field}{value}") } else { part.to_owned() })
        .collect();
    forged.body = parts.join("&").into_bytes();
    Some(forged)
}

/// Every letter run of the body is a word that the provider may add one day.
async fn unknown_words(subject: &Subject<'_>) -> Finding {
    if !subject.bench.plugin().has_callbacks() {
        return without("callbacks");
    }
    for Known { case: name, call, account, .. } in callbacks(subject) {
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
