//! Which phone numbers Aliyun takes, and in which form it repeats them.

/// The plain form of an acceptable number: 11 digits for the mainland, country code and number elsewhere.
pub(super) fn plain(number: &str) -> Option<&str> {
    if !number.trim_start_matches('+').bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let prefixes = ["+86", "0086", "86", "+", ""];
    let mainland = prefixes.iter().filter_map(|prefix| number.strip_prefix(prefix)).find(|rest| is_mainland(rest));
    mainland.or_else(|| is_international(number).then_some(number))
}

fn is_mainland(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..] if digits.len() == 11)
}

/// Country codes never begin with 0; those that begin with 1 are North American and have 11 digits in all.
fn is_international(digits: &str) -> bool {
    match digits.as_bytes() {
        [b'1', b'2', ..] => digits.len() == 11,
        [b'2'..=b'9', ..] => (8..=15).contains(&digits.len()) && !digits.starts_with("86"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn accepted_forms() {
        for number in ["13800000000", "+8613800000000", "008613800000000", "8613800000000", "+13800000000"] {
            assert_eq!(plain(number), Some("13800000000"), "{number}");
        }
        assert_eq!(plain("85200000000"), Some("85200000000"));
    }

    #[test]
    fn refused_forms() {
        for number in ["", "1380000000", "138000000000", "12", "1380000000a", " 13800000000", "+85200000000"] {
            assert_eq!(plain(number), None, "{number}");
        }
    }
}
