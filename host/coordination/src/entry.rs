//! [`Entry`]: many queued messages in one entry of a stream, and its text form.

use jixinda_domain::{ApplicationId, MessageClass, MessageId, Timestamp};
use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

/// How many messages share an entry: a stream's cost is by entry, not by byte.
pub(crate) const IDS_AN_ENTRY: usize = 64;

/// A message that waits for a worker; all else about it is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedId {
    /// The message.
    pub id: MessageId,
    /// Whose it is: applications take turns.
    pub application_id: ApplicationId,
    /// When it may be sent.
    pub due_at: Timestamp,
}

/// Names an entry of a class's stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey {
    pub(crate) class: MessageClass,
    pub(crate) stamp: Stamp,
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.class, self.stamp)
    }
}

/// Redis' own id of an entry: milliseconds and a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stamp(u64, u64);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

impl FromStr for Stamp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (millis, counter) = text.split_once('-').ok_or(())?;
        Ok(Self(millis.parse().map_err(|_| ())?, counter.parse().map_err(|_| ())?))
    }
}

/// What a worker takes, and gives back as [done](crate::Streams::done) when every message in it is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: EntryKey,
    /// The class of all its messages.
    pub class: MessageClass,
    /// The messages, in the order they were pushed.
    pub ids: Vec<QueuedId>,
}

/// A line a message: its id without the prefix, when it is due in milliseconds, and its application where that is
/// another than the line before.
pub(crate) fn pack(ids: &[QueuedId]) -> String {
    let mut text = String::with_capacity(ids.len() * 44);
    let mut last = None;
    for queued in ids {
        let (id, application) = (queued.id.to_string(), queued.application_id.to_string());
        let _ = write!(text, "{} {}", bare(&id, MessageId::PREFIX), queued.due_at.as_millis());
        if last != Some(queued.application_id) {
            let _ = write!(text, " {}", bare(&application, ApplicationId::PREFIX));
            last = Some(queued.application_id);
        }
        text.push('\n');
    }
    text
}

/// The reverse of [`pack`]. A line that cannot be read is left out: another version wrote it, and the store will bring
/// its message again.
pub(crate) fn unpack(text: &str) -> Vec<QueuedId> {
    let mut application_id = None;
    let mut ids = Vec::with_capacity(IDS_AN_ENTRY);
    for line in text.lines() {
        let mut words = line.split(' ');
        let id = words.next().and_then(|word| named(MessageId::PREFIX, word));
        let due = words.next().and_then(|word| word.parse().ok());
        if let Some(word) = words.next() {
            application_id = named(ApplicationId::PREFIX, word);
        }
        if let (Some(id), Some(due), Some(application_id)) = (id, due, application_id) {
            ids.push(QueuedId { id, application_id, due_at: Timestamp::from_millis(due) });
        }
    }
    ids
}

fn bare<'a>(text: &'a str, prefix: &str) -> &'a str {
    text.strip_prefix(prefix).unwrap_or(text)
}

fn named<T: FromStr>(prefix: &str, word: &str) -> Option<T> {
    format!("{prefix}{word}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_its_text() {
        let application = |n| ApplicationId::new(Timestamp::from_millis(1), n);
        let queued = |n: u128, owner| QueuedId {
            id: MessageId::new(Timestamp::from_millis(1_700_000_000_000), n),
            application_id: application(owner),
            due_at: Timestamp::from_millis(1_700_000_000_000 + i64::try_from(n).unwrap()),
        };
        let ids = vec![queued(1, 1), queued(2, 1), queued(3, 2), queued(4, 1)];
        let text = pack(&ids);
        assert_eq!(unpack(&text), ids);
        assert_eq!(unpack(&format!("from the future\n{text}nonsense\n")), ids);
    }

    #[test]
    fn stamps_are_read() {
        assert_eq!("17-3".parse(), Ok(Stamp(17, 3)));
        assert_eq!("17".parse::<Stamp>(), Err(()));
    }
}
