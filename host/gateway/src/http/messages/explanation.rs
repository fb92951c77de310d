//! Why a channel carried an attempt, and why the others did not: what was kept with the attempt, and the standings of the ranking that
//! it was decided by, in words and figures. For operators only.

use crate::gateway::Gateway;
use jixinda_domain::{ChannelId, MessageClass};
use jixinda_store::{Result, StoredAttempt};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The explanation of one attempt; `None` where nothing was kept.
pub async fn of_attempt(gateway: &Gateway, attempt: &StoredAttempt, class: MessageClass) -> Result<Option<Value>> {
    let Some(kept) = attempt.explanation.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return Ok(None);
    };
    let (Some(version), Some(candidates)) = (kept["version"].as_u64(), kept["candidates"].as_array()) else {
        // Of an earlier version of the gateway: in its own words.
        return Ok(Some(kept));
    };
    let id = |candidate: &Value| candidate["channel"].as_str().and_then(|id| id.parse::<ChannelId>().ok());
    let ids: Vec<ChannelId> = candidates.iter().filter_map(id).collect();
    let standings: HashMap<ChannelId, Value> = gateway
        .store
        .standings_at(version, &ids)
        .await?
        .into_iter()
        .filter_map(|stored| Some((stored.channel_id, serde_json::from_str(&stored.standing).ok()?)))
        .collect();
    // What was decided a moment ago may not be written yet.
    let latest = |id| {
        let recent = gateway.routing.recent_standing(id, version)?;
        serde_json::to_value(recent.standing.as_ref()).ok()
    };
    let directory = gateway.directory();
    let told = candidates.iter().map(|candidate| {
        let id = id(candidate);
        let standing = id.and_then(|id| latest(id).or_else(|| standings.get(&id).cloned()));
        let standing = standing.map_or(Value::Null, |standing| of_class(standing, class));
        let name = id.and_then(|id| directory.channels.get(&id)).map(|entry| entry.channel.name.clone());
        let picked = candidate["channel"] == kept["picked"];
        let mut view = candidate.clone();
        view["name"] = name.into();
        view["why"] = why(candidate, &standing, &kept, picked).into();
        view["standing"] = standing;
        view
    });
    let candidates: Vec<Value> = told.collect();
    Ok(Some(json!({
        "ranking": version,
        "strategy": kept["strategy"],
        "picked": kept["picked"],
        "reason": kept["reason"],
        "candidates": candidates,
    })))
}

/// State, place and rating for the class that was asked about.
fn of_class(mut view: Value, class: MessageClass) -> Value {
    let place = view["places"][class as usize].take();
    if let Some(object) = view.as_object_mut() {
        object.remove("places");
        object.insert("place".to_owned(), place);
    }
    view
}

fn why(candidate: &Value, standing: &Value, kept: &Value, picked: bool) -> String {
    if let Some(exclusion) = candidate["excluded"].as_str() {
        let until = candidate["until"].as_str().map_or_else(String::new, |until| format!(", until {until} at least"));
        return format!("{}{until}", excluded(exclusion, standing));
    }
    if picked && kept["reason"] == "probe" {
        return "picked: it was suspended, and this text shows whether it is well again".to_owned();
    }
    let share = candidate["share"].as_f64().unwrap_or(1000.0) / 10.0;
    let chance = candidate["chance"].as_f64().unwrap_or(0.0) / 10.0;
    let place = tier(candidate, kept);
    let lowered = match standing["place"]["demotion"].as_str() {
        Some(demotion) => format!(", since it is {demotion}{}", score(standing)),
        None if share < 100.0 && standing["state"] == "probing" => ", since it comes back step by step".to_owned(),
        None if share < 100.0 => ", on its way to all of it".to_owned(),
        None => score(standing),
    };
    let verdict = match (picked, kept["reason"].as_str()) {
        (true, Some("only_one")) => "picked: the only one that could carry it".to_owned(),
        (true, _) => format!("picked, with a chance of {chance:.1} %"),
        (false, _) if chance == 0.0 => "not picked: those before it take everything".to_owned(),
        (false, _) => format!("not picked, with a chance of {chance:.1} %"),
    };
    format!("{verdict}: {place}, it gets {share:.1} % of its load{lowered}")
}

fn tier(candidate: &Value, kept: &Value) -> String {
    let tier = candidate["tier"].as_f64();
    match (kept["strategy"].as_str(), tier) {
        (Some("priority"), Some(level)) => format!("level {level}"),
        (Some("weighted"), _) => "by weight".to_owned(),
        (Some("cheapest"), Some(price)) => format!("at a price of {} a segment", price / 1e6),
        (Some("cheapest"), None) => "at no known price".to_owned(),
        (Some("quality"), Some(rank)) => format!("rank {} by quality", rank + 1.0),
        _ => "in its place".to_owned(),
    }
}

fn score(standing: &Value) -> String {
    let rating = &standing["place"]["rating"];
    match (rating["score"].as_f64(), rating["deviation"].as_f64()) {
        (Some(score), Some(deviation)) => format!(" (score {score:.3} ± {deviation:.3})"),
        _ => String::new(),
    }
}

fn excluded(exclusion: &str, standing: &Value) -> String {
    let words = match exclusion {
        "not_chosen" => "a person chose another channel for this message",
        "policy" => "a routing policy keeps it out",
        "rejected_before" => "it refused this very message before",
        "binding_refused" => "its provider refused the template or the sign name",
        "destination" => "it does not reach that country or carrier, or its sign name is not registered there",
        "disabled" => "channel or account is switched off",
        "provider_missing" => "no plugin served its provider",
        "suspended" => {
            let cause = standing["cause"].as_str().map_or_else(String::new, |cause| format!(" as {cause}"));
            return format!("it was suspended{cause}");
        }
        "probing" => "it was coming back from a suspension, with one text at a time, and this was not to be the one",
        "rule" => "its provider's limits, or the operator's, would refuse this text",
        "paused" => "its provider asked for a pause",
        "number_paused" => "it takes nothing for this number for a while",
        "sign_name_paused" => "it takes nothing under this sign name for a while",
        "template_paused" => "it takes nothing of this template for a while",
        "tried_more" => "another one was tried less often",
        "full" => "more waited for it than it could send soon",
        other => return format!("passed over: {other}"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_can_say_why() {
        let kept = json!({"strategy": "priority", "picked": "chn_b", "reason": "drawn"});
        let standing = json!({"state": "active", "place": {"demotion": "worse",
            "rating": {"score": 0.7512, "deviation": 0.01}}});
        let demoted = json!({"channel": "chn_a", "tier": 0.0, "share": 20, "chance": 20});
        assert_eq!(
            why(&demoted, &standing, &kept, false),
            "not picked, with a chance of 2.0 %: level 0, it gets 2.0 % of its load, since it is worse (score 0.751 ± 0.010)"
        );
        let suspended = json!({"channel": "chn_c", "excluded": "suspended", "until": "2026-11-24T20:00:00.000Z"});
        assert_eq!(
            why(&suspended, &json!({"state": "suspended", "cause": "no_balance"}), &kept, false),
            "it was suspended as no_balance, until 2026-11-24T20:00:00.000Z at least"
        );
        let next = json!({"channel": "chn_b", "tier": 1.0, "share": 1000, "chance": 980});
        assert!(why(&next, &Value::Null, &kept, true).starts_with("picked, with a chance of 98.0 %: level 1"));
    }
}
