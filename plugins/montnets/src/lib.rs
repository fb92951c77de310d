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

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Montnets>(&[
            r#"{"result":0,"desc":"success","msgid":9223372036800000001,"custid":"msg-0001"}"#,
        ]);
    }

    #[test]
    fn no_call_brings_it_down() {
        conformance::withstand_calls::<Montnets>(&[
            r#"userid=J10003&pwd=x&timestamp=0102030405&cmd=RPT_REQ&seqid=1&rpts=%5B%7B%22msgid%22%3A1%2C%22status%22%3A0%7D%5D"#,
        ]);
    }
}
