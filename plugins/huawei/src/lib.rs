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

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::conformance;

    use super::*;

    #[test]
    fn no_answer_brings_it_down() {
        conformance::withstand_answers::<Huawei>(&[
            r#"{"code":"000000","description":"Success","result":[{"originTo":"+8613800000000","smsMsgId":"1_0","status":"000000","total":1}]}"#,
        ]);
    }

    #[test]
    fn no_call_brings_it_down() {
        conformance::withstand_calls::<Huawei>(&[
            r#"sequence=1&total=1&smsMsgId=1_0&status=DELIVRD&extend=msg-0001&to=%2B8613800000000"#,
            r#"{"statusReportList":[{"smsMsgId":"a_0","status":"DELIVRD","total":"2","sequence":"1"}]}"#,
        ]);
    }
}
