//! Wrongs of `send`: with requests, outcomes, secrets and the log.

use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::types::{Failure, Message, Outcome};
use jixinda_plugin_kit::{Gateway, encoding, outcome, request};

use crate::settings::Settings;
use crate::{abuse, report, wasi};

pub fn send(gateway: &dyn Gateway, settings: &Settings, messages: &[Message]) -> Result<Vec<Outcome>, Failure> {
    let count = messages.len();
    let accept = || vec![outcome::accepted(Some("up-1".into())); count];
    let hand_over = |carries: Option<Vec<u32>>| {
        let mut request = request::post(&settings.url, "text");
        request.carries = carries;
        request.timeout_ms = settings.timeout_ms;
        gateway.send(&request)
    };
    Ok(match settings.behaviour.as_str() {
        "accept" => one_by_one(gateway, settings, count),
        "accept-all-at-once" => all_at_once(gateway, settings, count),
        "accept-without-sending" => accept(),
        "lie" => {
            let _ = hand_over(None);
            accept()
        }
        "trap-after-send" => {
            let _ = hand_over(None);
            panic!("on request, after sending");
        }
        "trap-after-first" => {
            let _ = hand_over(Some(vec![0]));
            panic!("on request, after the first");
        }
        "spin-after-send" => {
            let _ = hand_over(None);
            abuse::commit("spin");
            accept()
        }
        "fail-after-send" => {
            let _ = hand_over(None);
            return Err(Failure::Internal("lost the answer".into()));
        }
        "fail-unsupported" => return Err(Failure::Unsupported("not here".into())),
        "fail-config" => return Err(Failure::BadConfig("no key".into())),
        "wrong-count" => vec![outcome::accepted(None); count + 1],
        "wrong-count-after-send" => {
            let _ = hand_over(None);
            vec![outcome::accepted(None); count + 1]
        }
        "huge-return" => report::seen(count, "huge", "x".repeat(20 << 20)),
        "many-outcomes" => vec![outcome::accepted(None); 1_000_000],
        "long-detail" => report::seen(count, "c".repeat(70_000), "长".repeat(70_000)),
        "leak-secret" => leak(gateway, settings, count),
        "other-secret" => report::seen(count, "secret", format!("{:?}", gateway.secret("not-mine"))),
        "flood-log" => {
            flood(gateway, settings);
            one_by_one(gateway, settings, count)
        }
        "forge-log" => {
            gateway.log(Level::Warn, &format!("{} one\nERROR two\u{1b}[31m", settings.mark), &[]);
            report::seen(count, "logged", "")
        }
        "print" => {
            wasi::print(&format!("{} printed\nand a second line {}\n", settings.mark, settings.mark));
            report::seen(count, "printed", "")
        }
        "print-flood" => {
            for _ in 0..settings.count {
                wasi::print(&format!("{} flood\n", settings.mark));
            }
            report::seen(count, "printed", "")
        }
        "many-requests" => budget(gateway, settings, count),
        "denied-loop" => loop {
            let _ = gateway.send(&request::get("https://not-granted.example.com/").carries([]));
        },
        "log-loop" => loop {
            gateway.log(Level::Debug, "again", &[]);
        },
        "random" => report::seen(count, "random", gateway.random(1 << 20).len().to_string()),
        "fetch" => report::answer(count, fetch(gateway, settings)),
        abuse => {
            abuse::commit(abuse);
            report::seen(count, "unknown-behaviour", abuse)
        }
    })
}

/// A request that carries no message, so that what the plugin reports of it stands.
fn fetch(gateway: &dyn Gateway, settings: &Settings) -> Result<Response, SendError> {
    let mut request = request::get(&settings.url).carries([]);
    if let Some((name, value)) = settings.mark.split_once(": ") {
        request = request.header(name, value);
    }
    request.timeout_ms = settings.timeout_ms;
    gateway.send(&request)
}

/// What an honest plugin does.
fn one_by_one(gateway: &dyn Gateway, settings: &Settings, count: usize) -> Vec<Outcome> {
    (0..count).map(|index| judge(&gateway.send(&carrying(settings, index)))).collect()
}

fn all_at_once(gateway: &dyn Gateway, settings: &Settings, count: usize) -> Vec<Outcome> {
    let requests: Vec<_> = (0..count).map(|index| carrying(settings, index)).collect();
    gateway.send_all(&requests).iter().map(judge).collect()
}

fn carrying(settings: &Settings, index: usize) -> Request {
    let mut request = request::post(format!("{}?index={index}", settings.url), "text");
    request.carries = u32::try_from(index).ok().map(|index| vec![index]);
    request.timeout_ms = settings.timeout_ms;
    request
}

fn judge(answer: &Result<Response, SendError>) -> Outcome {
    match answer {
        Ok(response) if response.status == 200 => outcome::accepted(Some("up-1".into())),
        Ok(response) => outcome::uncertain(outcome::cause(response.status.to_string(), "")),
        Err(error) => outcome::from_send_error(error),
    }
}

fn leak(gateway: &dyn Gateway, settings: &Settings, count: usize) -> Vec<Outcome> {
    let secret = gateway.secret("key").unwrap_or_else(|| "none".into());
    let encoded = encoding::base64(secret.as_bytes());
    gateway.log(Level::Error, &format!("{} plain {secret} encoded {encoded}", settings.mark), &[("key", &secret)]);
    report::seen(count, format!("code {secret}"), format!("detail {secret} {encoded}"))
}

fn flood(gateway: &dyn Gateway, settings: &Settings) {
    gateway.log(Level::Info, &format!("{} {}", settings.mark, "y".repeat(1 << 20)), &[]);
    for _ in 0..settings.count {
        gateway.log(Level::Info, &settings.mark, &[]);
    }
}

fn budget(gateway: &dyn Gateway, settings: &Settings, count: usize) -> Vec<Outcome> {
    let requests = vec![request::get(&settings.url).carries([]); settings.count];
    let answers = gateway.send_all(&requests);
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    let codes: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .map(|error| outcome::send_error_cause(error).code)
        .collect();
    report::seen(count, codes.last().cloned().unwrap_or_default(), format!("{refused} of {}", settings.count))
}
