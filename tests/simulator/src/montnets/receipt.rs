//! Receipts: entries of a list that is read or pushed, and the ids of parts.

use serde_json::{Value, json};

use super::auth;
use super::options::{Ids, MontnetsOptions};
use crate::account::Account;
use crate::dates;
use crate::form;
use crate::push::{PushBody, Receipt};

/// The parts of a long text are this far apart.
const PART_STEP: u64 = 1 << 34;

/// The id of a part (from 1) of a text. It wraps around, as the provider's does.
pub(super) fn id(call: u64, position: usize, part: u32) -> u64 {
    let first = (1 << 63) + call;
    first.wrapping_add(position as u64).wrapping_add(u64::from(part - 1).wrapping_mul(PART_STEP))
}

/// An id as the account sees it.
pub(super) fn shown_id(id: u64, options: &MontnetsOptions) -> Value {
    match options.ids {
        Ids::Unsigned => id.into(),
        Ids::Signed => id.cast_signed().into(),
    }
}

/// One entry of the list.
pub(super) fn entry(receipt: &Receipt, options: &MontnetsOptions) -> Value {
    let Receipt { call, position, text, part, report_ms, err_code } = receipt;
    json!({
        "msgid": shown_id(id(call.id, *position, part.number), options),
        "custid": text.out_id.as_deref().unwrap_or_default(),
        "pknum": part.number,
        "pktotal": part.total,
        "mobile": text.number,
        "countrycode": "",
        "spno": call.sender,
        "exno": text.extend_code.as_deref().unwrap_or_default(),
        "stime": dates::local(call.at_ms),
        "rtime": dates::local(*report_ms),
        "status": i32::from(err_code.is_some()),
        "errcode": err_code.as_deref().unwrap_or("DELIVRD"),
        "errdesc": if err_code.is_some() { "failed" } else { "success" },
        "exdata": text.extra.as_deref().unwrap_or_default(),
        "smstype": "0",
        "rpttype": "1",
    })
}

/// A push of them.
pub(super) fn push(account: &Account, receipts: &[Receipt]) -> PushBody {
    let options: MontnetsOptions = account.options();
    let seqid = receipts.first().map_or(0, |first| first.call.id + first.position as u64);
    let entries: Value = receipts.iter().map(|receipt| entry(receipt, &options)).collect();
    pushed(account, &options, ("RPT_REQ", seqid), ("rpts", &entries))
}

/// A push with its proof of origin. `seqid` is a number of a size that every client can hold.
pub(super) fn pushed(
    account: &Account,
    options: &MontnetsOptions,
    (cmd, seqid): (&str, u64),
    (name, entries): (&str, &Value),
) -> PushBody {
    let (proof, seqid) = (auth::fields_of_push(account, options.auth), (seqid % 1_000_000_000).to_string());
    let entries = entries.to_string();
    let proof = proof.iter().map(|(name, value)| (*name, Some(value.as_str())));
    PushBody::form(form::write(proof.chain([("cmd", Some(cmd)), ("seqid", Some(&seqid)), (name, Some(&entries))])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_far_apart_and_numbers_close() {
        let first = id(5, 0, 1);
        assert_eq!((id(5, 3, 1) - first, id(5, 0, 3) - first), (3, 2 * 17_179_869_184));
        assert_eq!(shown_id(first, &MontnetsOptions::default()), json!(9_223_372_036_854_775_813_u64));
        let signed = MontnetsOptions { ids: Ids::Signed, ..MontnetsOptions::default() };
        assert_eq!(shown_id(first, &signed), json!(-9_223_372_036_854_775_803_i64));
    }
}
