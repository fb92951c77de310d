//! Inbound texts: records of text with marks between. How their dates are written is assumed.

use super::answer;
use crate::dates;
use crate::mailbox::ArrivedText;
use crate::wire::Answer;

const BETWEEN_FIELDS: &str = "$$$$";
const BETWEEN_RECORDS: &str = "####";

pub(super) fn list(texts: &[ArrivedText], sign: &str) -> Answer {
    let record = |arrived: &ArrivedText| {
        [sign, &arrived.text.number, &arrived.content, &dates::local(arrived.at_ms)].join(BETWEEN_FIELDS)
    };
    answer::text(texts.iter().map(record).collect::<Vec<_>>().join(BETWEEN_RECORDS))
}
