//! Phone numbers between E.164 and the forms of mainland providers.

/// A number as mainland providers want it: the 11 digits of a mainland number, else country code and
/// number without "+".
#[must_use]
pub fn domestic(e164: &str) -> &str {
    let digits = e164.strip_prefix('+').unwrap_or(e164);
    match digits.strip_prefix("86") {
        Some(rest) if is_mainland(rest) => rest,
        _ => digits,
    }
}

/// E.164 of what a mainland provider writes; none where it is no number at all.
#[must_use]
pub fn e164(written: &str) -> Option<String> {
    let written = written.trim();
    let digits = written.strip_prefix('+').or_else(|| written.strip_prefix("00")).unwrap_or(written);
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bare = digits.len() == written.len();
    Some(if bare && is_mainland(digits) { format!("+86{digits}") } else { format!("+{digits}") })
}

/// Whether these are the 11 digits of a mainland mobile number.
#[must_use]
pub fn is_mainland(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mainland_numbers_lose_their_country_code() {
        assert_eq!(domestic("+8613800000000"), "13800000000");
        assert_eq!(domestic("+6580000000"), "6580000000");
        assert_eq!(domestic("+8621000000"), "8621000000");
    }

    #[test]
    fn written_numbers_become_e164() {
        for written in ["13800000000", "8613800000000", "+8613800000000", "008613800000000", " 13800000000 "] {
            assert_eq!(e164(written).as_deref(), Some("+8613800000000"), "{written}");
        }
        // With its country code given, eleven digits that start with 1 are North American.
        assert_eq!(e164("+14155550100").as_deref(), Some("+14155550100"));
        assert_eq!((e164(""), e164("1380000****"), e164("1234567890123456")), (None, None, None));
    }
}
