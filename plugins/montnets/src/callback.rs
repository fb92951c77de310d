//! What Montnets pushes, where that was agreed with it: receipts or inbound texts in a form, with the same proof that our
//! requests carry.

use jixinda_plugin_kit::callback::{Form, events, json as reply, refuse};
use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{Gateway, json};
use serde_json::Value;

use crate::config::Config;
use crate::{auth, inbound, receipt};

/// What the vendor's document shows as a failure.
const FAILED: &str = "100999";

pub fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
    let form = call.form();
    let seqid = form.get("seqid").unwrap_or("0").to_owned();
    let command = form.get("cmd").unwrap_or_default();
    let refusal =
        |status, reason: &str| refuse(reason, reply(status, answer(command.replace("_REQ", "_RESP"), &seqid, FAILED)));
    if !call.is_post() {
        return Err(refusal(405, "not a POST"));
    }
    let (list, kind) = match command {
        "RPT_REQ" => ("rpts", "RPT_RESP"),
        "MO_REQ" => ("mos", "MO_RESP"),
        _ => return Err(refusal(400, "the push has no command that is known")),
    };
    let config = Config::read(account).map_err(|_| refusal(500, "the account's config cannot be read"))?;
    if config.verify_callbacks {
        match is_genuine(&config, gateway, &form) {
            Ok(true) => {}
            Ok(false) => return Err(refusal(401, "the push's pwd does not fit the agreed password")),
            Err(_) => return Err(refusal(401, "there is no password to check the push with")),
        }
    }
    let Value::Array(items) = json::parse(form.get(list).unwrap_or_default().as_bytes()) else {
        return Err(refusal(400, "the push's list cannot be read"));
    };
    let mut events = events(reply(200, answer(kind.into(), &seqid, "0")));
    for item in &items {
        if kind == "RPT_RESP" {
            events.receipts.extend(receipt::read(item, &config));
        } else {
            events.inbound.extend(inbound::read(item, &config));
        }
    }
    if events.receipts.len() + events.inbound.len() < items.len() {
        gateway.log(Level::Warn, "skipped items of a push that are no reports on delivery and no texts", &[]);
    }
    Ok(events)
}

fn is_genuine(config: &Config, gateway: &dyn Gateway, form: &Form) -> Result<bool, Failure> {
    let field = |name: &str| form.get(name).unwrap_or_default();
    auth::is_genuine(config, gateway, (field("userid"), field("pwd"), field("timestamp")))
}

/// The sequence number goes back as it came: a number if it was one.
fn answer(command: String, seqid: &str, result: &str) -> String {
    let is_number = !seqid.is_empty() && seqid.len() < 20 && seqid.bytes().all(|byte| byte.is_ascii_digit());
    let seqid = if is_number { seqid.to_owned() } else { json::compact(&seqid) };
    format!(r#"{{"cmd":{},"seqid":{seqid},"result":{result}}}"#, json::compact(&command))
}

#[cfg(test)]
mod tests;
