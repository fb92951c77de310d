//! Inbound texts: entries of a list that is read or pushed.

use serde_json::{Value, json};

use super::charset::Charset;
use super::options::MontnetsOptions;
use super::receipt::{pushed, shown_id};
use crate::account::Account;
use crate::dates;
use crate::mailbox::ArrivedText;
use crate::push::PushBody;

/// One entry of the list; its content is encoded as the account's texts are.
pub(super) fn entry(arrived: &ArrivedText, options: &MontnetsOptions) -> Value {
    let charset = options.charset.unwrap_or(Charset::Utf8);
    json!({
        "msgid": shown_id((1 << 63) + arrived.id, options),
        "mobile": arrived.text.number,
        "countrycode": "",
        "spno": options.sender,
        "exno": arrived.text.dest_code.as_deref().unwrap_or_default(),
        "rtime": dates::local(arrived.at_ms),
        "pknum": arrived.part.number,
        "pktotal": arrived.part.total,
        "content": charset.encode(&arrived.content),
    })
}

/// A push of one.
pub(super) fn push(account: &Account, arrived: &ArrivedText) -> PushBody {
    let options: MontnetsOptions = account.options();
    pushed(account, &options, ("MO_REQ", arrived.id), ("mos", &json!([entry(arrived, &options)])))
}
