//! Montnets (梦网云通讯, MONYUN) as a provider component: finished texts by `send_single`, `send_batch` and
//! `send_multi` at the account's main address or a spare one; receipts and inbound texts by pull and by push; the
//! balance. The files are those of every plugin; `charset` is this provider's own, for its texts travel
//! percent-encoded in GBK or UTF-8, and `message_id` is its arithmetic of ids.

mod auth;
mod balance;
mod callback;
mod charset;
mod client;
mod config;
mod descriptor;
mod errors;
mod inbound;
mod message_id;
mod poll;
mod receipt;
mod send;
#[cfg(test)]
mod testing;

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::{Account, Amount, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Balance, Callbacks, Gateway, Messaging, Polling, provider};

use client::Client;

/// The plugin.
pub struct Montnets;

impl Messaging for Montnets {
    fn describe() -> Descriptor {
        descriptor::describe()
    }

    fn send(
        gateway: &dyn Gateway,
        account: &Account,
        batch: &Batch,
        messages: &[Message],
    ) -> Result<Vec<Outcome>, Failure> {
        Ok(send::send(&Client::open(gateway, account)?, batch, messages))
    }
}

impl Callbacks for Montnets {
    fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, account, call)
    }
}

impl Polling for Montnets {
    fn poll(gateway: &dyn Gateway, account: &Account, feed: &str, _: Option<&str>) -> Result<Page, Failure> {
        poll::poll(&Client::open(gateway, account)?, feed)
    }
}

impl Balance for Montnets {
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure> {
        balance::get(&Client::open(gateway, account)?)
    }
}

provider!(Montnets: messaging, callbacks, polling, balance);
