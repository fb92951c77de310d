//! How many parts a text is billed and delivered in.

/// Chinese providers count characters, whatever their alphabet: 70 in a single text, 67 in each part of a longer one.
pub(crate) fn mainland(text: &str) -> u32 {
    parts(text.encode_utf16().count(), 70, 67)
}

/// As the standard says: 160 and 153 where every character is in the GSM alphabet, otherwise 70 and 67 units of UTF-16.
pub(crate) fn gsm(text: &str) -> u32 {
    match text.chars().map(septets).sum::<Option<usize>>() {
        Some(septets) => parts(septets, 160, 153),
        None => parts(text.encode_utf16().count(), 70, 67),
    }
}

fn parts(length: usize, single: usize, part: usize) -> u32 {
    if length <= single { 1 } else { u32::try_from(length.div_ceil(part)).unwrap_or(u32::MAX) }
}

/// The basic alphabet of GSM 03.38 without its ASCII letters and digits.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Reached by an escape, so they take the room of two.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

fn septets(character: char) -> Option<usize> {
    if character.is_ascii_alphanumeric() || BASIC.contains(character) {
        Some(1)
    } else {
        EXTENDED.contains(character).then_some(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mainland_texts_count_characters() {
        let counts = [0, 70, 71, 134, 135].map(|length| mainland(&"验".repeat(length)));
        assert_eq!(counts, [1, 1, 2, 2, 3]);
        assert_eq!(mainland(&"a".repeat(71)), 2);
    }

    #[test]
    fn the_alphabet_decides() {
        let counts = [160, 161, 306, 307].map(|length| gsm(&"a".repeat(length)));
        assert_eq!(counts, [1, 2, 2, 3]);
        assert_eq!((gsm(&"€".repeat(80)), gsm(&"€".repeat(81))), (1, 2));
        assert_eq!((gsm(&"ç".repeat(70)), gsm(&"ç".repeat(71))), (1, 2), "the small one is not in it");
    }
}
