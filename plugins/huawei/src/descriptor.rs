//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// The most numbers that one request takes.
const MAX_BATCH: u32 = 500;

/// A request has one `from`, which is the sign name's; templates and parameters may differ within it. The host of an
/// app is of the account's settings, so none is wanted here.
pub fn describe() -> Descriptor {
    Descriptor {
        id: "huawei".into(),
        name: "华为云短信 Huawei Cloud SMS".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: Vec::new(),
        limits: Limits {
            max_batch: MAX_BATCH,
            same: vec!["sign-code".into()],
            max_text_chars: Some(500),
            rules: include_str!("limits.rules.json").into(),
        },
        feeds: Vec::new(),
        features: vec!["template".into(), "receipts".into(), "inbound".into()],
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
