//! [`Part`]: as much of a batch as one request may hold.

use super::encode;
use crate::batch::Batch;
use crate::error::{Error, Result};
use bytes::Bytes;
use std::ops::Range;

/// What the gateway takes in one request.
#[derive(Clone, Copy)]
pub(in crate::client) struct Limits {
    pub entries: usize,
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 10_000, bytes: 16 << 20 }
    }
}

/// Some entries of a batch, following each other, as the body of a request.
pub(in crate::client) struct Part {
    first: usize,
    count: usize,
    body: Bytes,
}

impl Part {
    /// Which entries of the batch it holds.
    pub fn range(&self) -> Range<usize> {
        self.first..self.first + self.count
    }

    pub fn body(&self) -> Bytes {
        self.body.clone()
    }
}

/// Splits a batch, the same way each time: a repetition must have the same bodies. An entry that is too large alone has a part of its
/// own, and the gateway refuses it.
pub(in crate::client) fn split(batch: &Batch, limits: Limits) -> Result<Vec<Part>> {
    if batch.is_empty() {
        return Err(Error::InvalidArgument("the batch is empty".to_owned()));
    }
    let defaults = encode(&batch.defaults)?;
    let frame = OPENING.len() + MIDDLE.len() + defaults.len() + CLOSING.len();
    let (mut parts, mut entries, mut size) = (Vec::new(), Vec::<Vec<u8>>::new(), frame);
    for (index, message) in batch.messages.iter().enumerate() {
        let entry = encode(message)?;
        let with_comma = entry.len() + 1;
        if !entries.is_empty() && (entries.len() == limits.entries || size + with_comma > limits.bytes) {
            parts.push(close(index, &entries, &defaults));
            entries.clear();
            size = frame;
        }
        size += with_comma;
        entries.push(entry);
    }
    parts.push(close(batch.messages.len(), &entries, &defaults));
    Ok(parts)
}

const OPENING: &[u8] = b"{\"messages\":[";
const MIDDLE: &[u8] = b"],\"defaults\":";
const CLOSING: &[u8] = b"}";

fn close(end: usize, entries: &[Vec<u8>], defaults: &[u8]) -> Part {
    let body = [OPENING, &entries.join(&b','), MIDDLE, defaults, CLOSING].concat();
    Part { first: end - entries.len(), count: entries.len(), body: body.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::new_message::NewMessage;

    fn batch(count: usize) -> Batch {
        let numbers = (0..count).map(|number| NewMessage::to(format!("1380000{number:04}")));
        Batch::new().defaults(NewMessage::default().template("login")).messages(numbers)
    }

    fn ranges(batch: &Batch, limits: Limits) -> Vec<Range<usize>> {
        split(batch, limits).expect("parts").iter().map(Part::range).collect()
    }

    #[test]
    fn a_body_is_what_the_gateway_reads() {
        let parts = split(&batch(2), Limits::default()).expect("parts");
        let body = r#"{"messages":[{"to":"13800000000"},{"to":"13800000001"}],"defaults":{"template":"login"}}"#;
        assert_eq!(parts.iter().map(Part::body).collect::<Vec<_>>(), [body]);
    }

    #[test]
    fn no_part_has_too_many_entries() {
        let limits = Limits { entries: 2, bytes: 1 << 20 };
        assert_eq!(ranges(&batch(5), limits), [0..2, 2..4, 4..5]);
        assert_eq!(ranges(&batch(4), limits), [0..2, 2..4]);
        assert_eq!(ranges(&batch(10_001), Limits::default()), [0..10_000, 10_000..10_001]);
    }

    #[test]
    fn no_part_has_too_many_bytes() {
        let whole = split(&batch(7), Limits::default()).expect("parts").remove(0).body().len();
        for bytes in 60..=whole + 1 {
            let parts = split(&batch(7), Limits { entries: 100, bytes }).expect("parts");
            assert!(parts.iter().all(|part| part.body().len() <= bytes || part.range().len() == 1), "{bytes}");
            assert_eq!(parts.iter().flat_map(Part::range).collect::<Vec<_>>(), (0..7).collect::<Vec<_>>(), "{bytes}");
        }
        assert_eq!(ranges(&batch(7), Limits { entries: 100, bytes: whole + 1 }).len(), 1);
    }

    #[test]
    fn an_empty_batch_is_none() {
        assert!(matches!(split(&Batch::new(), Limits::default()), Err(Error::InvalidArgument(_))));
    }
}
