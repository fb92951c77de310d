//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// The most numbers that one SendBatchSms takes.
const MAX_BATCH: u32 = 100;

/// `limits.rules` holds the documented defaults behind `isv.BUSINESS_LIMIT_CONTROL`: at most `max` messages
/// in a sliding window for each combination of the fields in `per`; no `category` means every category.
pub fn describe() -> Descriptor {
    Descriptor {
        id: "aliyun".into(),
        name: "阿里云短信 Aliyun SMS".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: vec!["dysmsapi.aliyuncs.com".into()],
        limits: Limits {
            max_batch: MAX_BATCH,
            same: vec!["template-code".into(), "category".into()],
            max_text_chars: Some(500),
            rules: include_str!("limits.rules.json").into(),
        },
        feeds: Vec::new(),
        features: vec!["template".into(), "receipts".into(), "inbound".into()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn schema_and_rules_are_json_and_secrets_are_write_only() {
        let descriptor = describe();
        let schema: Value = serde_json::from_str(&descriptor.config_schema).unwrap();
        for secret in ["access_key_secret", "security_token"] {
            assert_eq!(schema["properties"][secret]["writeOnly"], true, "{secret}");
        }
        assert_eq!(schema["properties"]["endpoint"]["format"], "x-host");
        let rules: Value = serde_json::from_str(&descriptor.limits.rules).unwrap();
        assert_eq!(rules["frequency"][0]["max"], 1);
    }
}
