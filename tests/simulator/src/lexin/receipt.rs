//! Receipts: a list of text. It has no reasons and no dates.

use super::answer;
use crate::push::Receipt;
use crate::wire::Answer;

/// Reference, number and 1 or 0, for each text.
pub(super) fn list(receipts: &[Receipt]) -> Answer {
    let entry = |receipt: &Receipt| {
        let reference = receipt.text.out_id.as_deref().unwrap_or_default();
        format!("{reference},{},{};", receipt.text.number, i32::from(receipt.err_code.is_none()))
    };
    answer::text(receipts.iter().map(entry).collect())
}
