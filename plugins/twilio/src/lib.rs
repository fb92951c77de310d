//! Twilio Programmable Messaging as a provider component, for texts abroad: one request a message, all of a call at once;
//! status callbacks and inbound texts, verified by their signature; lookup by Twilio's id; the balance. The files are those
//! of every plugin; the signature of callbacks is in `auth`.

mod auth;
mod balance;
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
use jixinda_plugin_kit::types::{Account, Amount, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Balance, Callbacks, Gateway, Lookup, Messaging, provider};

use client::Client;

/// The plugin.
pub struct Twilio;

impl Messaging for Twilio {
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

impl Callbacks for Twilio {
    fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, account, call)
    }
}

impl Lookup for Twilio {
    fn query(gateway: &dyn Gateway, account: &Account, messages: &[Sent]) -> Result<Vec<Fate>, Failure> {
        Ok(lookup::query(&Client::open(gateway, account)?, messages))
    }
}

impl Balance for Twilio {
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure> {
        balance::get(&Client::open(gateway, account)?)
    }
}

provider!(Twilio: messaging, callbacks, lookup, balance);

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Twilio>(&[
            r#"{"sid":"SM00000000000000000000000000000001","status":"queued","num_segments":"1","price":null}"#,
        ]);
    }

    #[test]
    fn no_call_brings_it_down() {
        conformance::withstand_calls::<Twilio>(&[
            r#"AccountSid=AC1&From=%2B15550000001&MessageSid=SM1&MessageStatus=delivered&To=%2B8613800000000"#,
        ]);
    }
}
