//! GBK by a table that `build.rs` takes from `encoding_rs`.

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/gbk.bin"));

const FIRST_IDEOGRAPH: u16 = 0x4e00;
const LAST_IDEOGRAPH: u16 = 0x9fa5;
const IDEOGRAPHS_BYTES: usize = 2 * (LAST_IDEOGRAPH - FIRST_IDEOGRAPH + 1) as usize;
/// The one character beside ASCII with a code of one byte.
const EURO: (char, u8) = ('€', 0x80);

/// None where GBK lacks a character.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            bytes.push(character as u8);
        } else if character == EURO.0 {
            bytes.push(EURO.1);
        } else {
            bytes.extend(code(u16::try_from(u32::from(character)).ok()?)?.to_be_bytes());
        }
    }
    Some(bytes)
}

/// None where the bytes are not GBK.
pub fn decode(bytes: &[u8]) -> Option<String> {
    if bytes.is_ascii() {
        return String::from_utf8(bytes.to_vec()).ok();
    }
    let characters = characters();
    let mut text = String::with_capacity(bytes.len() * 2);
    let mut rest = bytes.iter();
    while let Some(&first) = rest.next() {
        text.push(match first {
            0..0x80 => char::from(first),
            _ if first == EURO.1 => EURO.0,
            _ => {
                let code = u16::from_be_bytes([first, *rest.next()?]);
                char::from_u32(characters[usize::from(code)].into()).filter(|&character| character != '\0')?
            }
        });
    }
    Some(text)
}

fn code(unit: u16) -> Option<u16> {
    let (ideographs, others) = TABLE.split_at(IDEOGRAPHS_BYTES);
    if (FIRST_IDEOGRAPH..=LAST_IDEOGRAPH).contains(&unit) {
        return Some(unit_at(ideographs, usize::from(unit - FIRST_IDEOGRAPH)));
    }
    let (mut low, mut high) = (0, others.len() / 4);
    while low < high {
        let middle = usize::midpoint(low, high);
        if unit_at(others, 2 * middle) < unit { low = middle + 1 } else { high = middle }
    }
    (low < others.len() / 4 && unit_at(others, 2 * low) == unit).then(|| unit_at(others, 2 * low + 1))
}

/// The character of every code; made when it is needed, for texts are read far less often than they are written.
fn characters() -> Vec<u16> {
    let mut characters = vec![0; 1 << 16];
    let (ideographs, others) = TABLE.split_at(IDEOGRAPHS_BYTES);
    for (unit, place) in (FIRST_IDEOGRAPH..=LAST_IDEOGRAPH).zip(0..) {
        characters[usize::from(unit_at(ideographs, place))] = unit;
    }
    for pair in 0..others.len() / 4 {
        characters[usize::from(unit_at(others, 2 * pair + 1))] = unit_at(others, 2 * pair);
    }
    characters
}

fn unit_at(table: &[u8], place: usize) -> u16 {
    u16::from_le_bytes([table[2 * place], table[2 * place + 1]])
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;

    use super::*;

    #[test]
    fn every_character_is_encoded_as_the_standards_encoder_does_and_read_back() {
        let private_use = '\u{e000}'..='\u{f8ff}';
        for character in ('\0'..='\u{ffff}').filter(|character| !private_use.contains(character)) {
            let text = character.to_string();
            let (bytes, _, lacks_it) = GBK.encode(&text);
            let expected = (!lacks_it).then(|| bytes.into_owned());
            assert_eq!(encode(&text), expected, "{character:?}");
        }
        let all: String = ('\0'..='\u{ffff}').filter(|it| encode(&it.to_string()).is_some()).collect();
        assert!(all.chars().count() > 21_000);
        assert_eq!(decode(&encode(&all).unwrap()).as_deref(), Some(&*all));
    }

    #[test]
    fn what_is_not_gbk_is_none() {
        for bytes in [&[0xff_u8][..], &[0xb0], &[0xb0, 0x20], &[0x81, 0x7f], &[0xd1, 0xe9, 0xff, 0xff]] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }
}
