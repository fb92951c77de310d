//! An account's settings against its plugin's schema: defaults filled in, checked, secrets split off, hosts noted.

use jixinda_runtime::{HostGrant, Plugin, Secrets};
use serde_json::{Map, Value};

/// Settings that fit the schema.
#[derive(Debug)]
pub struct Settled {
    /// What is no secret.
    pub plain: Map<String, Value>,
    /// What the schema marks `writeOnly`.
    pub secrets: Secrets,
    /// The hosts that the settings name (`format: "x-host"`): saving the account grants them.
    pub hosts: Vec<HostGrant>,
}

/// The properties of a plugin's schema.
pub fn properties(plugin: &Plugin) -> Map<String, Value> {
    let schema: Value = serde_json::from_str(&plugin.descriptor().config_schema).unwrap_or_default();
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Checks settings; secrets that are left out are taken from `kept`.
///
/// # Errors
/// With every property that is wrong, in one sentence.
pub fn settle(plugin: &Plugin, mut config: Map<String, Value>, kept: &Secrets) -> Result<Settled, String> {
    let properties = properties(plugin);
    for (name, property) in &properties {
        if let (false, Some(default)) = (config.contains_key(name), property.get("default")) {
            config.insert(name.clone(), default.clone());
        }
        if let (true, false, Some(secret)) = (is_secret(property), config.contains_key(name), kept.get(name)) {
            config.insert(name.clone(), Value::from(secret.as_str()));
        }
    }
    let wrong = plugin.check_config(&Value::Object(config.clone()));
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    let (mut secrets, mut hosts) = (Secrets::new(), Vec::new());
    for (name, property) in &properties {
        if is_secret(property) {
            if let Some(Value::String(secret)) = config.remove(name) {
                secrets.insert(name.clone(), secret);
            }
        } else if let Some(value) = config.get(name) {
            for host in named_hosts(property, value) {
                hosts.push(host.parse().map_err(|error| format!("{name}: {error}"))?);
            }
        }
    }
    Ok(Settled { plain: config, secrets, hosts })
}

/// Whether a property's value is never shown.
pub fn is_secret(property: &Value) -> bool {
    property.get("writeOnly").and_then(Value::as_bool) == Some(true)
}

/// The hosts in a setting that names one, or a list of them.
fn named_hosts<'a>(property: &Value, value: &'a Value) -> Vec<&'a str> {
    let is_host = |schema: &Value| schema.get("format").and_then(Value::as_str) == Some("x-host");
    if is_host(property) {
        return value.as_str().into_iter().collect();
    }
    if property.get("items").is_some_and(is_host) {
        return value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hosts_are_found_in_texts_and_lists_that_say_so() {
        let (one, many) = (json!({"format": "x-host"}), json!({"items": {"format": "x-host"}}));
        assert_eq!(named_hosts(&one, &json!("https://a.example.com")), ["https://a.example.com"]);
        assert_eq!(
            named_hosts(&many, &json!(["a.example.com", "b.example.com:7901"])),
            ["a.example.com", "b.example.com:7901"]
        );
        assert!(named_hosts(&json!({"type": "string"}), &json!("a.example.com")).is_empty());
    }
}
