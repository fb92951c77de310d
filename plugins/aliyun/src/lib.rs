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

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Aliyun>(&[
            r#"{"Code":"OK","Message":"OK","RequestId":"r","BizId":"900000000000000000^0"}"#,
        ]);
    }

    #[test]
    fn no_call_brings_it_down() {
        conformance::withstand_calls::<Aliyun>(&[
            r#"[{"phone_number":"13800000000","success":true,"report_time":"2024-01-02 11:04:09","out_id":"msg_1"},{"phone_number":"13800000001","content":"T"}]"#,
        ]);
    }
}
