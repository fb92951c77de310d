//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// The most numbers in one call; the vendor's own limit is not documented, so the account can set less.
const MAX_BATCH: u32 = 500;

/// A call has one text, or one template with one set of values, and one sign name.
pub fn describe() -> Descriptor {
    Descriptor {
        id: "feige".into(),
        name: "飞鸽传书 Feige SMS".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: vec!["api.4321.sh".into(), "data.4321.sh".into()],
        limits: Limits {
            max_batch: MAX_BATCH,
            same: vec!["template-code".into(), "params".into(), "text".into(), "sign-name".into()],
            max_text_chars: Some(500),
            rules: include_str!("limits.rules.json").into(),
        },
        feeds: vec!["receipts".into(), "inbound".into()],
        features: vec!["text".into(), "template".into(), "receipts".into(), "inbound".into()],
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
