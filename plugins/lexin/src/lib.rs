//! Lexin SMS (动力思维乐信) as a provider component: finished texts, one to many numbers a call; receipts and inbound texts by
//! pull; the balance. The provider gives no id: receipts carry the digits that we sent with the text. It has no codes
//! either: what a refusal means is guessed from its words, by a table that an operator can change. The files are those
//! of every plugin.

mod auth;
mod balance;
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

use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::{Account, Amount, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Balance, Gateway, Messaging, Polling, provider};

use client::Client;

/// The plugin.
pub struct Lexin;

impl Messaging for Lexin {
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

impl Polling for Lexin {
    fn poll(gateway: &dyn Gateway, account: &Account, feed: &str, _: Option<&str>) -> Result<Page, Failure> {
        poll::poll(&Client::open(gateway, account)?, feed)
    }
}

impl Balance for Lexin {
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure> {
        balance::get(&Client::open(gateway, account)?)
    }
}

provider!(Lexin: messaging, polling, balance);

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Lexin>(&[
            r#"{"balance":"12882680","chargCount":1,"deduction":"60","failedNum":0,"replyCode":1,"replyMsg":"发送成功!","succeedNum":1}"#,
        ]);
    }
}
