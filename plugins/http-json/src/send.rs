//! Handing messages over: one request each, all at once; an answer is a success only where status and mark say so.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::outcome;
use jixinda_plugin_kit::types::{Batch, Failure, Message, Outcome, Rejection};

use crate::client::{Answer, Client};
use crate::config::Config;
use crate::errors;
use crate::template::Problem;

/// Fails as a whole where the settings are wrong: no message would ever be sent by them.
pub fn send(client: &Client, batch: &Batch, messages: &[Message]) -> Result<Vec<Outcome>, Failure> {
    let mut requests: Vec<Request> = Vec::with_capacity(messages.len());
    let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(messages.len());
    for (index, message) in (0..).zip(messages) {
        match client.sending(batch, message, index) {
            Ok(request) => {
                requests.push(request);
                outcomes.push(None);
            }
            Err(Problem::Unknown(name)) => return Err(Failure::BadConfig(format!("a template names {name}"))),
            Err(problem) => outcomes.push(Some(unsendable(&problem))),
        }
    }
    let answers = if requests.is_empty() { Vec::new() } else { client.gateway.send_all(&requests) };
    let mut answers = answers.iter().map(|answer| read(&client.config, answer));
    let of_answer = |told: Option<Outcome>| told.or_else(|| answers.next()).unwrap_or_else(errors::not_asked);
    Ok(outcomes.into_iter().map(of_answer).collect())
}

/// What the described API asks for and this message does not have, or cannot have there.
fn unsendable(problem: &Problem) -> Outcome {
    let (reason, code, name) = match problem {
        Problem::Missing(name) if name == "sign_code" => (Rejection::BadSignName, "missing-value", name),
        Problem::Missing(name) => (Rejection::BadTemplate, "missing-value", name),
        Problem::Unknown(name) | Problem::Unfit(name) => (Rejection::Other, "unfit-value", name),
    };
    outcome::rejected(reason, true, outcome::cause(code, name))
}

fn read(config: &Config, answer: &Result<Response, SendError>) -> Outcome {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return outcome::from_send_error(error),
    };
    let answer = Answer::of(response);
    if is_success(config, response, &answer) {
        outcome::accepted(answer.at(&config.id_path))
    } else {
        errors::outcome(config, response, &answer)
    }
}

fn is_success(config: &Config, response: &Response, answer: &Answer) -> bool {
    let is_marked = || match answer.at(&config.success_path) {
        Some(mark) => config.success_values.iter().any(|value| value.fits(&mark)),
        None => config.success_path.is_empty(),
    };
    config.success_statuses.contains(&response.status) && is_marked()
}

#[cfg(test)]
mod tests;
