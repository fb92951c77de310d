//! Tencent Cloud SMS (腾讯云短信) as a provider component: template texts by `SendSms`, signed with TC3-HMAC-SHA256;
//! receipts and inbound texts by push and, for accounts that may, by pull; lookup by number; what is left of the
//! packages. The files are those of every plugin.

mod auth;
mod balance;
mod callback;
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

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::{Account, Amount, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Balance, Callbacks, Gateway, Lookup, Messaging, Polling, provider};

use client::Client;

/// The plugin.
pub struct Tencent;

impl Messaging for Tencent {
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

impl Callbacks for Tencent {
    fn parse(gateway: &dyn Gateway, _: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, call)
    }
}

impl Polling for Tencent {
    fn poll(gateway: &dyn Gateway, account: &Account, feed: &str, _: Option<&str>) -> Result<Page, Failure> {
        poll::poll(&Client::open(gateway, account)?, feed)
    }
}

impl Lookup for Tencent {
    fn query(gateway: &dyn Gateway, account: &Account, messages: &[Sent]) -> Result<Vec<Fate>, Failure> {
        Ok(lookup::query(&Client::open(gateway, account)?, messages))
    }
}

impl Balance for Tencent {
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure> {
        balance::get(&Client::open(gateway, account)?)
    }
}

provider!(Tencent: messaging, callbacks, polling, lookup, balance);

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Tencent>(&[
            r#"{"Response":{"SendStatusSet":[{"SerialNo":"5000:1","PhoneNumber":"+8613800000000","Fee":1,"Code":"Ok"}],"RequestId":"1"}}"#,
        ]);
    }

    #[test]
    fn no_call_brings_it_down() {
        conformance::withstand_calls::<Tencent>(&[
            r#"[{"user_receive_time":"2024-01-02 11:04:09","nationcode":"86","mobile":"13800000000","report_status":"SUCCESS","errmsg":"DELIVRD","sid":"5000:1"}]"#,
        ]);
    }
}
