//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// The most numbers that one call takes.
const MAX_BATCH: u32 = 200;

/// A call has one template, one sign name, one set of parameters, and numbers that are all mainland or all abroad. How
/// many texts a number may get is the customer's own setting at the vendor, so only the hours of marketing are declared.
pub fn describe() -> Descriptor {
    Descriptor {
        id: "tencent".into(),
        name: "腾讯云短信 Tencent Cloud SMS".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: vec!["sms.tencentcloudapi.com".into()],
        limits: Limits {
            max_batch: MAX_BATCH,
            same: vec!["template-code".into(), "params".into(), "sign-name".into(), "country-code".into()],
            max_text_chars: Some(500),
            rules: include_str!("limits.rules.json").into(),
        },
        feeds: vec!["receipts".into(), "inbound".into()],
        features: vec!["template".into(), "receipts".into(), "receipts-by-lookup".into(), "inbound".into()],
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
