//! What this plugin is and needs. Pure: nothing of the gateway answers while it describes itself.

use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::plugin_version;

pub fn describe() -> Descriptor {
    Descriptor {
        id: "{{name}}".into(),
        name: "{{name}}".into(),
        version: plugin_version!().into(),
        config_schema: include_str!("config.schema.json").into(),
        hosts: vec!["api.example.com".into()],
        // One text in one request. A provider with a batch call takes more here, and says in `same` what a batch must share.
        limits: Limits { max_batch: 1, same: Vec::new(), max_text_chars: Some(500), rules: "{}".into() },
        feeds: Vec::new(),
        features: vec!["text".into(), "receipts".into()],
    }
}
