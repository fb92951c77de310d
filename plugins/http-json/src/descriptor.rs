//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// One request a message; so many are made at once, below what one call of a plugin may make.
const MAX_BATCH: u32 = 50;

/// Hosts and limits are the described API's, not this plugin's.
pub fn describe() -> Descriptor {
    Descriptor {
        id: "http-json".into(),
        name: "通用 HTTP 接口 Generic HTTP API".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: Vec::new(),
        limits: Limits {
            max_batch: MAX_BATCH,
            same: Vec::new(),
            max_text_chars: None,
            rules: include_str!("limits.rules.json").into(),
        },
        feeds: Vec::new(),
        features: vec!["text".into(), "template".into(), "receipts".into()],
    }
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;
    use crate::config::Config;

    #[test]
    fn the_descriptor_is_sound_and_its_defaults_are_the_configs() {
        let descriptor = describe();
        conformance::check(&descriptor);
        let (account, _) = conformance::example(&descriptor);
        let explicit = conformance::with_defaults(&descriptor, &account);
        assert_eq!(Config::read(&account).unwrap(), Config::read(&explicit).unwrap());
    }
}
