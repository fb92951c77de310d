//! Writes GBK's table, taken from `encoding_rs`, in the form that `src/charset/gbk.rs` reads: the code of each ideograph of
//! the first block of Unicode's, then pairs of character and code for all others. Private-use characters are left out: what
//! a telephone shows for them nobody knows.

use std::path::Path;
use std::{env, fs, io};

use encoding_rs::GBK;

const IDEOGRAPHS: std::ops::RangeInclusive<u16> = 0x4e00..=0x9fa5;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = Vec::new();
    for unit in IDEOGRAPHS {
        table.extend(code(unit).expect("GBK has every ideograph of that block").to_le_bytes());
    }
    for unit in (0x80..=0xffff).filter(|unit| !IDEOGRAPHS.contains(unit)) {
        if let Some(code) = code(unit) {
            table.extend(unit.to_le_bytes());
            table.extend(code.to_le_bytes());
        }
    }
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&folder).join("gbk.bin"), table)
}

/// The two bytes of a character, the first in front.
fn code(unit: u16) -> Option<u16> {
    let character = char::from_u32(unit.into()).filter(|_| !(0xe000..=0xf8ff).contains(&unit))?;
    let text = character.to_string();
    let (bytes, _, lacks_it) = GBK.encode(&text);
    match (lacks_it, bytes.as_ref()) {
        (false, [first, second]) => Some(u16::from_be_bytes([*first, *second])),
        _ => None,
    }
}
