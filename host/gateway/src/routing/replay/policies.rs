//! Policies of a file, in the words in which the gateway shows them: "what if we said this instead?"

use crate::directory::Directory;
use anyhow::Context as _;
use jixinda_domain::{ChannelId, MessageClass, RoutingPolicy, RoutingPolicyId, Strategy, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, HashSet};

/// What `routing policy list --output json` prints.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    routing_policies: Vec<Policy>,
}

/// Ids and times are for people: names say which noun is meant, and new policies have none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    application: Option<String>,
    template: Option<String>,
    class: Option<MessageClass>,
    strategy: Option<Strategy>,
    #[serde(default)]
    pinned: Vec<String>,
    #[serde(default)]
    excluded: Vec<String>,
    #[serde(default)]
    weights: BTreeMap<String, u32>,
    #[serde(default)]
    note: String,
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "application_id")]
    _application_id: Option<IgnoredAny>,
    #[serde(default, rename = "template_id")]
    _template_id: Option<IgnoredAny>,
    #[serde(default, rename = "created_at")]
    _created_at: Option<IgnoredAny>,
    #[serde(default, rename = "updated_at")]
    _updated_at: Option<IgnoredAny>,
}

/// Reads them; names are those of the directory.
///
/// # Errors
/// One sentence that names what is not understood.
pub fn read(text: &str, directory: &Directory, now: Timestamp) -> anyhow::Result<Vec<RoutingPolicy>> {
    let listed: Listed = serde_json::from_str(text)
        .context("expected what `jixinda routing policy list --output json` prints: {\"routing_policies\": [...]}")?;
    let mut scopes = HashSet::new();
    let mut policies = Vec::new();
    for (number, policy) in listed.routing_policies.into_iter().enumerate() {
        let which = || format!("policy {}", number + 1);
        let policy = named(policy, number, directory, now).with_context(which)?;
        anyhow::ensure!(scopes.insert(policy.scope()), "{}: another one has the same scope", which());
        policies.push(policy);
    }
    Ok(policies)
}

fn named(policy: Policy, number: usize, directory: &Directory, now: Timestamp) -> anyhow::Result<RoutingPolicy> {
    let application = policy.application.map(|name| {
        let found = directory.applications.values().find(|known| known.name == name || known.id.to_string() == name);
        found.map(|known| known.id).with_context(|| format!("there is no application {name:?}"))
    });
    let template = policy.template.map(|code| {
        directory.template(&code).map(|known| known.id).with_context(|| format!("there is no template {code:?}"))
    });
    let channel = |name: &String| {
        let mut entries = directory.channels.values().map(|entry| &entry.channel);
        let found = entries.find(|known| known.name == *name || known.id.to_string() == *name);
        found.map(|known| known.id).with_context(|| format!("there is no channel {name:?}"))
    };
    let channels = |names: &[String]| names.iter().map(channel).collect::<anyhow::Result<Vec<ChannelId>>>();
    let weights = policy.weights.iter().map(|(name, weight)| Ok((channel(name)?, *weight)));
    let read = RoutingPolicy {
        id: RoutingPolicyId::new(now, number as u128),
        application_id: application.transpose()?,
        template_id: template.transpose()?,
        class: policy.class,
        strategy: policy.strategy,
        pinned: channels(&policy.pinned)?,
        excluded: channels(&policy.excluded)?,
        weights: weights.collect::<anyhow::Result<_>>()?,
        note: policy.note,
        created_at: now,
        updated_at: now,
    };
    read.check()?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_named() {
        let directory = Directory::default();
        let refused = |text: &str| format!("{:#}", read(text, &directory, Timestamp::default()).expect_err(text));
        assert!(refused("[]").contains("routing policy list"));
        assert!(refused(r#"{"routing_policies": [{"strategi": "weighted"}]}"#).contains("strategi"));
        for (field, words) in [
            (r#""application": "nobody""#, "policy 1: there is no application \"nobody\""),
            (r#""template": "nix""#, "there is no template \"nix\""),
            (r#""pinned": ["third"]"#, "there is no channel \"third\""),
            (r#""weights": {"third": 5}"#, "there is no channel \"third\""),
        ] {
            let text = format!(r#"{{"routing_policies": [{{{field}}}]}}"#);
            assert!(refused(&text).contains(words), "{}", refused(&text));
        }
        let twice = r#"{"routing_policies": [{"class": "otp"}, {"class": "otp", "note": "again"}]}"#;
        assert_eq!(refused(twice), "policy 2: another one has the same scope");
    }

    #[test]
    fn what_the_gateway_shows_is_read() {
        let shown = r#"{"routing_policies": [{"id": "rpo_1", "application": null, "application_id": null, "template": null,
            "template_id": null, "class": "otp", "strategy": "quality", "pinned": [], "excluded": [], "weights": {},
            "note": "codes", "created_at": "2026-11-24T00:00:00Z", "updated_at": "2026-11-24T00:00:00Z"}]}"#;
        let policies = read(shown, &Directory::default(), Timestamp::default()).expect("policies");
        assert_eq!(policies[0].strategy, Some(Strategy::Quality));
        assert_eq!((policies[0].class, policies[0].application_id), (Some(MessageClass::Otp), None));
    }
}
