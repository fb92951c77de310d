//! Reads the server's answers about entries.

use crate::entry::{Entry, EntryKey, unpack};
use jixinda_domain::MessageClass;

/// An entry as it comes: its id, then field and value by turns; nothing where it was deleted meanwhile.
pub(super) type RawEntry = (String, Option<Vec<String>>);
/// What `XREADGROUP` answers: entries by stream, or nothing when the time was up.
pub(super) type RawRead = Option<Vec<(String, Vec<RawEntry>)>>;

/// Takes the answer apart into entries and the keys of those that are there by name only.
pub(super) fn entries(class: MessageClass, raw: Vec<RawEntry>) -> (Vec<Entry>, Vec<EntryKey>) {
    let (mut entries, mut hollow) = (Vec::with_capacity(raw.len()), Vec::new());
    for (stamp, fields) in raw {
        // Redis makes the ids, so they can be read.
        let Ok(stamp) = stamp.parse() else { continue };
        let key = EntryKey { class, stamp };
        match fields.as_deref() {
            Some([_, packed, ..]) => entries.push(Entry { key, class, ids: unpack(packed) }),
            _ => hollow.push(key),
        }
    }
    (entries, hollow)
}

/// The entries of the one stream that was asked for.
pub(super) fn only_stream(read: RawRead) -> Vec<RawEntry> {
    read.into_iter().flatten().flat_map(|(_, entries)| entries).collect()
}
