//! Any simple JSON or form API as a provider component: an operator describes it in the account's settings, and nobody
//! writes a plugin. What a request says is a template (`template`), what an answer means is paths, words and a table of
//! codes (`path`, `errors`); receipts are read from callbacks the same way. APIs that sign their requests need a plugin of
//! their own.

mod balance;
mod callback;
mod client;
mod config;
mod descriptor;
mod errors;
mod path;
mod receipt;
mod send;
mod template;
#[cfg(test)]
mod testing;
mod values;

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::types::{Account, Amount, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Balance, Callbacks, Gateway, Messaging, provider};

use client::Client;

/// The plugin.
pub struct HttpJson;

impl Messaging for HttpJson {
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

impl Callbacks for HttpJson {
    fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, account, call)
    }
}

impl Balance for HttpJson {
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure> {
        balance::get(&Client::open(gateway, account)?)
    }
}

provider!(HttpJson: messaging, callbacks, balance);

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<HttpJson>(&[r#"{"ok":true,"id":"up-1"}"#]);
    }

    #[test]
    fn no_call_brings_it_down() {
        conformance::withstand_calls::<HttpJson>(&[r#"{"id":"up-1","status":"delivered","to":"+8613800000000"}"#]);
    }
}
