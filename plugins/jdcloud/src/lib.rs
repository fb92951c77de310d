//! JD Cloud SMS (京东云短信) as a provider component: template texts by `batchSend`, signed with version 2 or 3 of its
//! signature. Nothing is pushed: receipts come by lookup of the call's sequence number, inbound texts by asking for a
//! day's. There is no balance to ask for. The files are those of every plugin.

mod auth;
mod client;
mod config;
mod descriptor;
mod errors;
mod inbound;
mod lookup;
mod poll;
mod receipt;
mod send;
#[cfg(test)]
mod testing;

use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::{Account, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Gateway, Lookup, Messaging, Polling, provider};

use client::Client;

/// The plugin.
pub struct Jdcloud;

impl Messaging for Jdcloud {
    fn describe() -> Descriptor {
        descriptor::describe()
    }

    fn send(
        gateway: &dyn Gateway,
        account: &Account,
        _: &Batch,
        messages: &[Message],
    ) -> Result<Vec<Outcome>, Failure> {
        Ok(send::send(&Client::open(gateway, account)?, messages))
    }
}

impl Polling for Jdcloud {
    fn poll(gateway: &dyn Gateway, account: &Account, feed: &str, cursor: Option<&str>) -> Result<Page, Failure> {
        poll::poll(&Client::open(gateway, account)?, feed, cursor)
    }
}

impl Lookup for Jdcloud {
    fn query(gateway: &dyn Gateway, account: &Account, messages: &[Sent]) -> Result<Vec<Fate>, Failure> {
        Ok(lookup::query(&Client::open(gateway, account)?, messages))
    }
}

provider!(Jdcloud: messaging, polling, lookup);

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Jdcloud>(&[
            r#"{"requestId":"c1","result":{"data":{"sequenceNumber":"seq-1"},"status":true,"code":"200","message":"ok"}}"#,
        ]);
    }
}
