//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// The vendor takes five thousand numbers; a tenth of that fails together where the answer does not say which failed.
const MAX_BATCH: u32 = 500;

/// A call has one text and one sign name. No limit per number is documented.
pub fn describe() -> Descriptor {
    Descriptor {
        id: "lexin".into(),
        name: "乐信短信 Lexin SMS".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: vec!["www.lx598.com".into()],
        limits: Limits {
            max_batch: MAX_BATCH,
            same: vec!["text".into(), "sign-name".into()],
            max_text_chars: Some(500),
            rules: include_str!("limits.rules.json").into(),
        },
        feeds: vec!["receipts".into(), "inbound".into()],
        features: vec!["text".into(), "receipts".into(), "inbound".into()],
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
