//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// Twilio knows no batches; so many requests are made at once, below what one call of a plugin may make.
const MAX_BATCH: u32 = 50;
const MAX_TEXT_CHARS: u32 = 1600;

pub fn describe() -> Descriptor {
    Descriptor {
        id: "twilio".into(),
        name: "Twilio".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: vec!["api.twilio.com".into()],
        limits: Limits {
            max_batch: MAX_BATCH,
            same: Vec::new(),
            max_text_chars: Some(MAX_TEXT_CHARS),
            rules: include_str!("limits.rules.json").into(),
        },
        feeds: Vec::new(),
        features: vec!["text".into(), "receipts".into(), "receipts-by-lookup".into(), "inbound".into()],
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
