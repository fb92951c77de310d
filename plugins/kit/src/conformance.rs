//! What every plugin's own tests ask: that its descriptor is sound, and that no answer and no call brings it down. The
//! gateway's gate asks more; this needs no gateway.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::callbacks::Call;
use crate::component::{Callbacks, Messaging};
use crate::fake::FakeGateway;
use crate::messaging::Descriptor;
use crate::samples;
use crate::types::{Account, Outcome};

/// The first example of the descriptor's schema, taken apart as the gateway does: an account without its secrets,
/// and a gateway at [`samples::NOW`] that has them.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn example(descriptor: &Descriptor) -> (Account, FakeGateway) {
    let schema = schema(descriptor);
    let (mut settings, mut gateway) = (Map::new(), FakeGateway::at(samples::NOW));
    for (name, value) in schema["examples"][0].as_object().expect("the schema has an example").clone() {
        match value.as_str() {
            Some(secret) if is_secret(&schema["properties"][&name]) => gateway = gateway.secret(&name, secret),
            _ => _ = settings.insert(name, value),
        }
    }
    (samples::account(&Value::Object(settings).to_string()), gateway)
}

/// Asserts what a form for operators, and the gateway's door, rely on.
///
/// # Panics
/// With the first thing that is amiss.
pub fn check(descriptor: &Descriptor) {
    let schema = schema(descriptor);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
    let properties = schema["properties"].as_object().expect("an object of properties");
    for (name, property) in properties {
        for word in ["title", "description", "type"] {
            assert!(property[word].is_string(), "{name} has no {word}");
        }
        assert!(!is_secret(property) || property["type"] == "string", "the secret {name} is no string");
        assert!(property.get("default").is_none() || !is_secret(property), "the secret {name} has a default");
    }
    let example = schema["examples"][0].as_object().expect("the schema has an example");
    for name in example.keys() {
        assert!(properties.contains_key(name), "the example's {name} is no property");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(example.contains_key(name.as_str().unwrap_or_default()), "the example lacks {name}");
    }
    let rules: Value = serde_json::from_str(&descriptor.limits.rules).expect("the rules are JSON");
    assert!(rules.is_object(), "the rules are an object");
    assert!(descriptor.limits.max_batch > 0);
}

/// The defaults that the schema declares, by property.
///
/// # Panics
/// Where the schema is no JSON.
#[must_use]
pub fn defaults(descriptor: &Descriptor) -> BTreeMap<String, Value> {
    let schema = schema(descriptor);
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.filter_map(|(name, property)| Some((name.clone(), property.get("default")?.clone()))).collect()
}

/// The account with every default written out, as the gateway hands it over.
///
/// # Panics
/// Where its settings are no JSON object.
#[must_use]
pub fn with_defaults(descriptor: &Descriptor, account: &Account) -> Account {
    let mut settings: Map<String, Value> = serde_json::from_str(&account.config).expect("settings are an object");
    for (name, value) in defaults(descriptor) {
        settings.entry(name).or_insert(value);
    }
    Account { config: Value::Object(settings).to_string(), ..account.clone() }
}

/// Asserts that half an answer, and rubbish of many kinds, neither brings `send` down nor makes it believe in success.
/// `answers` are whole ones.
///
/// # Panics
/// With the first answer that does.
pub fn withstand_answers<P: Messaging>(answers: &[&str]) {
    let (account, _) = example(&P::describe());
    let messages = [samples::message(0), samples::message(1)];
    for answer in rubbish(answers) {
        for status in [200, 201, 400, 500] {
            let (_, gateway) = example(&P::describe());
            let gateway =
                messages.iter().fold(gateway, |gateway, _| gateway.answer(status, &answer).answer(status, &answer));
            let outcomes = P::send(&gateway, &account, &samples::batch(), &messages).expect("the example is sound");
            assert_eq!(outcomes.len(), messages.len(), "{answer:.60}");
            assert!(!gateway.requests().is_empty(), "the example sends nothing");
            let is_taken = |outcome: &Outcome| matches!(outcome, Outcome::Accepted(_));
            assert!(!outcomes.iter().any(is_taken), "HTTP {status} was taken for success: {answer:.60}");
        }
    }
}

/// Asserts that half a call, and rubbish of many kinds, does not bring `parse` down, and that the same call twice is the
/// same. `bodies` are whole ones.
///
/// # Panics
/// With the first body that does.
pub fn withstand_calls<P: Callbacks + Messaging>(bodies: &[&str]) {
    let (account, gateway) = example(&P::describe());
    for body in rubbish(bodies) {
        for content_type in ["application/json", "application/x-www-form-urlencoded", ""] {
            for method in ["POST", "GET", ""] {
                let call = Call { method: method.into(), ..samples::call(content_type, body.as_bytes()) };
                let first = P::parse(&gateway, &account, &call);
                assert_eq!(first, P::parse(&gateway, &account, &call), "{body:.60}");
            }
        }
    }
}

/// Every beginning of the whole ones, and what no provider should ever say.
fn rubbish(whole: &[&str]) -> Vec<String> {
    let beginnings = whole.iter().flat_map(|text| text.char_indices().map(|(end, _)| text[..end].to_owned()));
    let wrong = [
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "\"\"",
        "[]",
        "[[]]",
        "{}",
        "[null,7,\"x\",{}]",
        "<html>busy</html>",
        "\u{0}\u{fffd}",
        r#"{"code":{},"Code":[],"result":null,"Response":7,"error":"x","status":{},"data":{"data":7},"sid":[],"replyCode":null}"#,
        "=&=&%zz=%&a",
        "a,b,c;1,2,3;",
        "$$$$####$$$$",
    ];
    let huge =
        ["[".repeat(200_000), "{\"a\":".repeat(5_000), format!("[{}0]", "{},".repeat(30_000)), "x".repeat(1 << 20)];
    beginnings.chain(wrong.map(str::to_owned)).chain(huge).collect()
}

fn schema(descriptor: &Descriptor) -> Value {
    serde_json::from_str(&descriptor.config_schema).expect("the schema is JSON")
}

fn is_secret(property: &Value) -> bool {
    property["writeOnly"] == true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gateway;
    use crate::messaging::Limits;

    fn descriptor() -> Descriptor {
        let property = |more: &str| format!(r#"{{"title":"t","description":"d","type":"string"{more}}}"#);
        Descriptor {
            id: "acme".into(),
            name: "Acme".into(),
            version: "1.0.0".into(),
            config_schema: format!(
                r#"{{"$schema":"https://json-schema.org/draft/2020-12/schema","additionalProperties":false,
                    "properties":{{"user":{},"key":{},"zone":{}}},"required":["user"],
                    "examples":[{{"user":"u","key":"k"}}]}}"#,
                property(""),
                property(r#","writeOnly":true"#),
                property(r#","default":"z""#)
            ),
            hosts: Vec::new(),
            limits: Limits { max_batch: 1, same: Vec::new(), max_text_chars: None, rules: "{}".into() },
            feeds: Vec::new(),
            features: Vec::new(),
        }
    }

    #[test]
    fn an_example_is_taken_apart() {
        let descriptor = descriptor();
        check(&descriptor);
        let (account, gateway) = example(&descriptor);
        assert_eq!(account.config, r#"{"user":"u"}"#);
        assert_eq!(Gateway::secret(&gateway, "key").as_deref(), Some("k"));
        assert_eq!(with_defaults(&descriptor, &account).config, r#"{"user":"u","zone":"z"}"#);
    }

    #[test]
    #[should_panic(expected = "the example's user is no property")]
    fn an_example_must_be_of_declared_properties() {
        let mut wrong = descriptor();
        wrong.config_schema = wrong.config_schema.replace(r#""properties":{"user""#, r#""properties":{"name""#);
        check(&wrong);
    }
}
