//! The part of the built file that tests overwrite: JSON, padded with spaces. So one build gives any number of components
//! that differ in what they say of themselves.

use serde::Deserialize;

/// Where tests find the slot: the mark, then room for JSON.
const LENGTH: usize = 512;
static SLOT: [u8; LENGTH] = filled();

/// What a component says of itself.
#[derive(Deserialize)]
#[serde(default)]
pub struct Slot {
    pub id: String,
    pub version: String,
    pub schema: String,
    pub hosts: Vec<String>,
    /// A wrong to do while describing.
    pub describe: Option<String>,
    /// A wrong to do in every `send`, whatever the account's settings say.
    pub send: Option<String>,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            id: "misbehaving".into(),
            version: "1.0.0".into(),
            schema: r#"{"type":"object"}"#.into(),
            hosts: Vec::new(),
            describe: None,
            send: None,
        }
    }
}

pub fn read() -> Slot {
    // Otherwise the compiler would read it now, once and for all.
    let bytes = std::hint::black_box(&SLOT);
    let json = bytes.iter().position(|byte| *byte == b'{').map_or(&[][..], |start| &bytes[start..]);
    let end = json.iter().rposition(|byte| *byte == b'}').map_or(0, |end| end + 1);
    serde_json::from_slice(&json[..end]).unwrap_or_default()
}

const fn filled() -> [u8; LENGTH] {
    let mark = b"JIXINDA-TEST-SLOT:{}";
    let mut slot = [b' '; LENGTH];
    let mut index = 0;
    while index < mark.len() {
        slot[index] = mark[index];
        index += 1;
    }
    slot
}
