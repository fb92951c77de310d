//! Receipts: one part of one text as a form, or a list of them as JSON.

use serde_json::{Map, Value, json};

use crate::dates;
use crate::form;
use crate::push::{PushBody, Receipt};

type Fields = Vec<(&'static str, String)>;

/// One receipt.
pub(super) fn form(receipts: &[Receipt]) -> PushBody {
    let fields = receipts.first().map(fields).unwrap_or_default();
    PushBody::form(form::write(fields.iter().map(|(name, value)| (*name, Some(value.as_str())))))
}

/// Up to fifty of them.
pub(super) fn json(receipts: &[Receipt]) -> PushBody {
    let object = |fields: Fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let list: Vec<Map<String, Value>> = receipts.iter().map(|receipt| object(fields(receipt))).collect();
    PushBody::json(json!({ "statusReportList": list }).to_string())
}

/// In the provider's order. Without `extend` in the request, neither `extend` nor `to` is told.
fn fields(receipt: &Receipt) -> Fields {
    let mut fields = vec![
        ("sequence", receipt.part.number.to_string()),
        ("total", receipt.part.total.to_string()),
        ("orgCode", "000".to_owned()),
        ("updateTime", dates::utc(receipt.report_ms)),
        ("source", "2".to_owned()),
        ("smsMsgId", receipt.provider_id()),
        ("status", receipt.err_code.as_deref().unwrap_or("DELIVRD").to_owned()),
    ];
    if let Some(extend) = receipt.text.out_id.as_deref() {
        fields.extend([("extend", extend.to_owned()), ("to", receipt.text.number.clone())]);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::CallRecord;
    use crate::wire::{Provider, Text};

    #[test]
    fn a_receipt_reads_like_the_providers() {
        let text = Text { number: "+8613800000000".to_owned(), out_id: Some("msg-0001".into()), ..Text::default() };
        let call = CallRecord::example(Provider::Huawei, 0x1111_2222_3333_4444);
        let receipt = Receipt { report_ms: 1_704_164_649_000, ..Receipt::example(call, text) };
        let expected = "sequence=1&total=1&orgCode=000&updateTime=2024-01-02T03%3A04%3A09Z&source=2\
            &smsMsgId=11112222-3333-4444-0000-000000000000_0&status=DELIVRD&extend=msg-0001&to=%2B8613800000000";
        assert_eq!(form(&[receipt]).body, expected);
    }
}
