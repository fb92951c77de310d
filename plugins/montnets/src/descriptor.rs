//! What this plugin is and needs.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

/// The most different texts that one request takes; one text may go to twice as many numbers.
const MAX_BATCH: u32 = 500;
/// A text may have a thousand characters, ten of them the vendor's; the gateway's own limit is below that.
const MAX_TEXT_CHARS: u32 = 990;

/// Nothing must be the same within a batch: each item of `send_multi` has its own text, number and reference. The
/// addresses are the account's own, so no host is wanted here, and no limit per number is documented.
pub fn describe() -> Descriptor {
    Descriptor {
        id: "montnets".into(),
        name: "梦网云通讯 Montnets".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: Vec::new(),
        limits: Limits {
            max_batch: MAX_BATCH,
            same: Vec::new(),
            max_text_chars: Some(MAX_TEXT_CHARS),
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
