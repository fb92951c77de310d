//! How many billed parts a text makes: the mainland rule, GSM-7 and UCS-2.
//!
//! Sources: 3GPP TS 23.038 §6.2.1 for the GSM-7 alphabet and its extension, TS 23.040 §9.2.3.24.1 for the six octets that
//! a concatenated part gives up; the mainland rule is what the providers there bill by (70, then parts of 67, every character one).

use serde::{Deserialize, Serialize};

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Seven-bit letters: 160 in one part, 153 in each of several.
    Gsm7,
    /// UTF-16 units: 70 in one part, 67 in each of several.
    Ucs2,
}

/// What a text costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segmentation {
    /// How it travels.
    pub encoding: Encoding,
    /// Billed parts (条); at least 1.
    pub segments: u16,
    /// Its length in what is counted: characters on the mainland, septets or UTF-16 units elsewhere.
    pub length: u32,
}

/// The longest text that mainland providers take, sign name and brackets included.
pub const MAINLAND_MAX_CHARS: u32 = 500;
/// The most parts of a text to other countries; handsets and providers stop reassembling near ten.
pub const INTERNATIONAL_MAX_SEGMENTS: u16 = 10;

/// The text is longer than can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextTooLong {
    /// Over [`MAINLAND_MAX_CHARS`].
    #[error("the text has {length} characters with its sign name; at most {MAINLAND_MAX_CHARS} are allowed")]
    Mainland {
        /// Characters counted.
        length: u32,
    },
    /// Over [`INTERNATIONAL_MAX_SEGMENTS`].
    #[error("the text makes {segments} segments; at most {INTERNATIONAL_MAX_SEGMENTS} are allowed")]
    International {
        /// Segments counted.
        segments: u32,
    },
}

/// Counts a whole text, 【sign name】 included, by the rule of its destination.
///
/// # Errors
/// Where the text is longer than the destination takes.
pub fn segment(text: &str, mainland: bool) -> Result<Segmentation, TextTooLong> {
    if mainland { segment_mainland(text) } else { segment_international(text) }
}

fn segment_mainland(text: &str) -> Result<Segmentation, TextTooLong> {
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if length > MAINLAND_MAX_CHARS {
        return Err(TextTooLong::Mainland { length });
    }
    let segments = if length <= 70 { 1 } else { length.div_ceil(67) };
    Ok(Segmentation { encoding: Encoding::Ucs2, segments: u16::try_from(segments).unwrap_or(u16::MAX), length })
}

fn segment_international(text: &str) -> Result<Segmentation, TextTooLong> {
    let septets: Option<Vec<u32>> = text.chars().map(gsm7_septets).collect();
    let (encoding, units, single, several) = match septets {
        Some(septets) => (Encoding::Gsm7, septets, 160, 153),
        None => (Encoding::Ucs2, text.chars().map(|c| if c.len_utf16() == 2 { 2 } else { 1 }).collect(), 70, 67),
    };
    let length = units.iter().sum();
    let segments = if length <= single { 1 } else { parts(&units, several) };
    if segments > u32::from(INTERNATIONAL_MAX_SEGMENTS) {
        return Err(TextTooLong::International { segments });
    }
    Ok(Segmentation { encoding, segments: u16::try_from(segments).unwrap_or(u16::MAX), length })
}

/// Parts of `room` units that never split a character of two units.
fn parts(units: &[u32], room: u32) -> u32 {
    let (mut count, mut used) = (1, 0);
    for unit in units {
        if used + unit > room {
            count += 1;
            used = 0;
        }
        used += unit;
    }
    count
}

/// Septets that a character takes in GSM-7; `None` where it is not in the alphabet.
fn gsm7_septets(character: char) -> Option<u32> {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENSION: &str = "^{}\\[~]|€\u{c}";
    if character.is_ascii_alphanumeric() || character == ' ' || BASIC.contains(character) {
        Some(1)
    } else if EXTENSION.contains(character) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, mainland: bool, encoding: Encoding, segments: u16, length: u32) {
        assert_eq!(segment(text, mainland), Ok(Segmentation { encoding, segments, length }), "{text}");
    }

    #[test]
    fn mainland_counts_every_character_once() {
        check(&"中".repeat(70), true, Encoding::Ucs2, 1, 70);
        check(&"a".repeat(71), true, Encoding::Ucs2, 2, 71);
        check(&"中".repeat(134), true, Encoding::Ucs2, 2, 134);
        check(&"中".repeat(135), true, Encoding::Ucs2, 3, 135);
        check(&"中".repeat(500), true, Encoding::Ucs2, 8, 500);
        assert_eq!(segment(&"中".repeat(501), true), Err(TextTooLong::Mainland { length: 501 }));
    }

    #[test]
    fn gsm7_counts_septets() {
        check(&"a".repeat(160), false, Encoding::Gsm7, 1, 160);
        check(&"a".repeat(161), false, Encoding::Gsm7, 2, 161);
        check(&"€".repeat(80), false, Encoding::Gsm7, 1, 160);
        check(&format!("{}€", "a".repeat(159)), false, Encoding::Gsm7, 2, 161);
        // 152 letters, then a two-septet letter that must not be split: it moves to the second part.
        check(&format!("{}€{}", "a".repeat(152), "a".repeat(152)), false, Encoding::Gsm7, 3, 306);
    }

    #[test]
    fn ucs2_counts_utf16_units_and_keeps_pairs_whole() {
        check(&"中".repeat(70), false, Encoding::Ucs2, 1, 70);
        check(&"😀".repeat(35), false, Encoding::Ucs2, 1, 70);
        check(&"😀".repeat(36), false, Encoding::Ucs2, 2, 72);
        // 33 pairs fill 66 of 67 units: the 34th goes to the next part.
        check(&"😀".repeat(67), false, Encoding::Ucs2, 3, 134);
    }

    #[test]
    fn an_endless_text_is_refused() {
        assert_eq!(segment(&"a".repeat(153 * 10 + 1), false), Err(TextTooLong::International { segments: 11 }));
    }
}
