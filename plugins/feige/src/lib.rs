//! Feige SMS (飞鸽传书) as a provider component, in both generations of its API: texts and template texts, receipts and
//! inbound texts by pull and (of the new one) by push, the balance. An account says by `api_version` which generation it
//! is of; what differs between them is in `api` and, for codes, in `errors`. The files are those of every plugin.

mod api;
mod balance;
mod callback;
mod client;
mod config;
mod descriptor;
mod errors;
mod inbound;
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
pub struct Feige;

impl Messaging for Feige {
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

impl Callbacks for Feige {
    fn parse(gateway: &dyn Gateway, _: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, call)
    }
}

impl Polling for Feige {
    fn poll(gateway: &dyn Gateway, account: &Account, feed: &str, _: Option<&str>) -> Result<Page, Failure> {
        poll::poll(&Client::open(gateway, account)?, feed)
    }
}

impl Balance for Feige {
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure> {
        balance::get(&Client::open(gateway, account)?)
    }
}

provider!(Feige: messaging, callbacks, polling, balance);

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Feige>(&[
            r#"{"code":0,"msg":"OK","msg_no":"20240102110405000001","fee":0.03,"count":1}"#,
        ]);
    }

    #[test]
    fn no_call_brings_it_down() {
        conformance::withstand_calls::<Feige>(&[
            r#"{"count":1,"data":[{"time":1704164649,"msg_no":"20240102110405000001","mobile":"13800000000","status":"DELIVRD"}]}"#,
        ]);
    }
}
