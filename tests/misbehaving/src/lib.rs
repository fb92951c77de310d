//! A provider component that does wrong on request. What it does in `send`, `parse`, `query` and `get` is chosen by the
//! account's config (`settings`); what it says of itself, and what it does wrong there, by bytes that a test overwrites in
//! the built file (`slot`), since nothing answers a component while it describes itself. So is what one build does wrong in `send` where
//! another, of the same provider, does not.

mod abuse;
mod exchange;
mod report;
mod settings;
mod slot;
mod wasi;

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal, Reply};
use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::messaging::{Descriptor, Limits};
use jixinda_plugin_kit::types::{Account, Amount, Batch, Failure, Message, Outcome, Rejection};
use jixinda_plugin_kit::{Balance, Callbacks, Gateway, Lookup, Messaging, outcome, provider};

use settings::Settings;

/// The plugin.
pub struct Misbehaving;

impl Messaging for Misbehaving {
    fn describe() -> Descriptor {
        let slot = slot::read();
        if let Some(abuse) = &slot.describe {
            abuse::commit(abuse);
        }
        Descriptor {
            id: slot.id,
            name: "Misbehaving".into(),
            version: slot.version,
            config_schema: slot.schema,
            hosts: slot.hosts,
            limits: Limits { max_batch: 100, same: Vec::new(), max_text_chars: None, rules: "{}".into() },
            feeds: Vec::new(),
            features: vec!["text".into()],
        }
    }

    fn send(
        gateway: &dyn Gateway,
        account: &Account,
        _: &Batch,
        messages: &[Message],
    ) -> Result<Vec<Outcome>, Failure> {
        if let Some(abuse) = slot::read().send {
            abuse::commit(&abuse);
            let refused = outcome::rejected(Rejection::Other, true, outcome::cause("refused", abuse));
            return Ok(vec![refused; messages.len()]);
        }
        let settings = Settings::read(account)?;
        exchange::send(gateway, &settings, messages)
    }
}

impl Callbacks for Misbehaving {
    fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
        let reply = |status, body: String| Reply { status, headers: Vec::new(), body: body.into_bytes() };
        let Ok(settings) = Settings::read(account) else {
            return Err(Refusal { reason: "no settings".into(), reply: reply(500, String::new()) });
        };
        match settings.behaviour.as_str() {
            "refuse" => Err(Refusal {
                reason: format!("forged with {}", gateway.secret("key").unwrap_or_default()),
                reply: reply(403, "no".into()),
            }),
            "echo" => Ok(Events {
                receipts: Vec::new(),
                inbound: Vec::new(),
                reply: reply(200, format!("{} {} {}", call.method, call.path, call.query)),
            }),
            "fetch" => {
                let outcomes = exchange::send(gateway, &settings, &[]).unwrap_or_default();
                Ok(Events { receipts: Vec::new(), inbound: Vec::new(), reply: reply(200, format!("{outcomes:?}")) })
            }
            abuse => {
                abuse::commit(abuse);
                Err(Refusal { reason: "nothing of the kind".into(), reply: reply(400, String::new()) })
            }
        }
    }
}

impl Lookup for Misbehaving {
    fn query(_: &dyn Gateway, account: &Account, messages: &[Sent]) -> Result<Vec<Fate>, Failure> {
        let settings = Settings::read(account)?;
        let surplus = usize::from(settings.behaviour == "wrong-count");
        Ok((0..messages.len() + surplus).map(|_| Fate::Absent).collect())
    }
}

impl Balance for Misbehaving {
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure> {
        match Settings::read(account)?.behaviour.as_str() {
            "leak-secret" => Err(Failure::Internal(gateway.secret("key").unwrap_or_default())),
            _ => Ok(Amount { value: "12.50".into(), unit: "CNY".into() }),
        }
    }
}

provider!(Misbehaving: messaging, callbacks, lookup, balance);
