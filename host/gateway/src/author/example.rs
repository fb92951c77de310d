//! The account that a plugin's own schema gives as its example, and messages to send through it.

use crate::account_settings::{Settled, is_secret, properties, settle};
use anyhow::Context as _;
use jixinda_domain::provider::{CallRef, OutgoingMessage};
use jixinda_runtime::{AccountAccess, HostGrant, Plugin, Secrets};
use serde_json::{Map, Value};

/// The callback address of accounts on the bench.
pub const CALLBACK_URL: &str = "https://gateway.example.com/callbacks/acc_example/token";

/// The first of the schema's `examples`: a whole account, invented secrets included.
///
/// # Errors
/// Where there is none, or it does not fit the schema itself.
pub fn settings(plugin: &Plugin) -> anyhow::Result<Map<String, Value>> {
    let schema: Value = serde_json::from_str(&plugin.descriptor().config_schema)?;
    let example = schema["examples"][0].as_object().cloned().context(
        "its config-schema has no example: add \"examples\": [{…}] at its top, one whole account with invented secrets",
    )?;
    Ok(example)
}

/// The example with other settings laid over it; secrets may not be among them.
///
/// # Errors
/// Where a secret is, or the result does not fit the schema.
pub fn overlaid(plugin: &Plugin, over: &Map<String, Value>) -> anyhow::Result<Settled> {
    let mut settings = settings(plugin)?;
    for (name, property) in properties(plugin) {
        anyhow::ensure!(
            !(is_secret(&property) && over.contains_key(&name)),
            "{name} is a secret: it does not belong in a file; the schema's example gives an invented one"
        );
    }
    settings.extend(over.clone());
    // Null takes a setting of the example away.
    settings.retain(|_, value| !value.is_null());
    settle(plugin, settings, &Secrets::new()).map_err(|wrong| anyhow::anyhow!("config: {wrong}"))
}

/// An account as calls want it. The hosts that the plugin declares are granted, as an operator would.
///
/// # Errors
/// Where a declared host is none; the gate has refused that already.
pub fn account(plugin: &Plugin, settled: Settled, callback_url: Option<String>) -> anyhow::Result<AccountAccess> {
    let mut grants = settled.hosts;
    for host in &plugin.descriptor().hosts {
        grants.push(host.parse::<HostGrant>().map_err(|error| anyhow::anyhow!("{host}: {error}"))?);
    }
    let config = Value::Object(settled.plain).to_string();
    Ok(AccountAccess::new("acc_example".to_owned(), config, callback_url, grants, settled.secrets))
}

/// A call of the bench.
pub fn call() -> CallRef {
    CallRef { id: "cal_00000000000000000000000001".to_owned(), serial: "100000000000001".to_owned() }
}

/// The `number`th of many messages that differ in recipient and parameters only.
pub fn message(number: usize) -> OutgoingMessage {
    OutgoingMessage {
        id: format!("msg_{number:026}"),
        serial: format!("{}", 200_000_000_000_001 + number),
        recipient: format!("+86138000{number:05}"),
        country_code: 86,
        category: "notice",
        sign_name: "示例签名".to_owned(),
        sign_code: Some("1001".to_owned()),
        text: "您的订单369751已发货。".to_owned(),
        template_code: Some("2001".to_owned()),
        params: vec![("order".to_owned(), "369751".to_owned())],
        attempt: 1,
        maybe_sent: false,
        validity_seconds: Some(86_400),
    }
}
