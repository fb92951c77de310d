//! Huawei Cloud Message & SMS (华为云消息&短信) as a provider component: template texts by `batchSendSms` and
//! `batchSendDiffSms`, authenticated by X-WSSE or by AK/SK signatures; receipts and inbound texts as the platform
//! pushes them, in both of its forms. There is no balance and no query to ask for. The files are those of every
//! plugin: what a code means is in `errors`, how a request is signed in `auth`.

mod auth;
mod callback;
mod client;
mod config;
mod descriptor;
mod errors;
mod inbound;
mod receipt;
mod send;
#[cfg(test)]
mod testing;

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::types::{Account, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Callbacks, Gateway, Messaging, provider};

use client::Client;

/// The plugin.
pub struct Huawei;

impl Messaging for Huawei {
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

impl Callbacks for Huawei {
    fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, account, call)
    }
}

provider!(Huawei: messaging, callbacks);
