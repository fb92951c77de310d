//! Aliyun SMS (阿里云短信服务, "dysmsapi") as a provider component. One file each for what it is
//! (`descriptor`), its settings (`config`), one API call (`client`, signed by `auth`), and each thing it
//! does: `send`, `callback` (with `receipt` and `inbound`), `lookup`. What a code means is in `errors`.

mod auth;
mod callback;
mod client;
mod config;
mod descriptor;
mod errors;
mod inbound;
mod lookup;
mod receipt;
mod send;
#[cfg(test)]
mod testing;

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::types::{Account, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Callbacks, Gateway, Lookup, Messaging, provider};

use client::Client;

/// The plugin.
pub struct Aliyun;

impl Messaging for Aliyun {
    fn describe() -> Descriptor {
        descriptor::describe()
    }

    fn send(
        gateway: &dyn Gateway,
        account: &Account,
        batch: &Batch,
        messages: &[Message],
    ) -> Result<Vec<Outcome>, Failure> {
        send::send(&Client::open(gateway, account)?, batch, messages)
    }
}

impl Callbacks for Aliyun {
    fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, account, call)
    }
}

impl Lookup for Aliyun {
    fn query(gateway: &dyn Gateway, account: &Account, messages: &[Sent]) -> Result<Vec<Fate>, Failure> {
        Ok(lookup::query(&Client::open(gateway, account)?, messages))
    }
}

provider!(Aliyun: messaging, callbacks, lookup);
