//! Phone numbers as keys: one text's number, however it is written, is one integer.
//!
//! Whether a number is acceptable is each provider's own question (`aliyun::number`).

/// The digits of a number as an integer; the mainland prefix is dropped. `None` for what is no number at all.
pub(crate) fn key(number: &str) -> Option<u64> {
    let digits = number.trim().trim_start_matches('+').trim_start_matches("00");
    let digits = match digits.strip_prefix("86") {
        Some(rest) if rest.len() == 11 && rest.starts_with('1') => rest,
        _ => digits,
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn mainland_prefixes_do_not_matter() {
        for number in ["13800000001", "+8613800000001", "008613800000001", "8613800000001", "+13800000001"] {
            assert_eq!(key(number), Some(13_800_000_001), "{number}");
        }
        assert_eq!(key("abc"), None);
        assert_eq!(key(""), None);
    }
}
