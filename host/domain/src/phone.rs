//! [`PhoneNumber`]: parsed once, kept as E.164, masked wherever it might be printed.

use std::fmt;

/// A phone number in E.164, with its country calling code.
///
/// Mainland numbers are checked by our own rule (`1[3-9]` and nine digits), all others by a port of libphonenumber.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    e164: Box<str>,
    country_code: u16,
}

/// The text is not a phone number that a text message can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPhoneNumber {
    /// A mainland form with wrong digits.
    #[error("not a mainland mobile number: expected 1, then 3 to 9, then nine digits, with or without +86 or 0086")]
    Mainland,
    /// Neither mainland nor E.164.
    #[error("not an international number: expected + and the country code, at most 15 digits")]
    International,
}

/// The country calling code of mainland China.
pub const MAINLAND: u16 = 86;

impl PhoneNumber {
    /// Parses what an application sent.
    ///
    /// # Errors
    /// Where the text is neither a mainland mobile number nor a valid international one.
    pub fn parse(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let mainland = text.strip_prefix("+86").or_else(|| text.strip_prefix("0086"));
        if let Some(national) = mainland {
            return Self::mainland(national).ok_or(InvalidPhoneNumber::Mainland);
        }
        if text.starts_with('+') {
            return Self::international(text).ok_or(InvalidPhoneNumber::International);
        }
        Self::mainland(text).ok_or(InvalidPhoneNumber::Mainland)
    }

    /// Takes a number that [`e164`](Self::e164) gave earlier, such as one from the store, without checking it again.
    pub fn from_trusted_e164(e164: &str, country_code: u16) -> Self {
        Self { e164: e164.into(), country_code }
    }

    /// The number as `+` and digits.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The digits of its E.164 form as a number: at most 15 of them, none of them leading zeros.
    pub fn digits(&self) -> u64 {
        self.e164.bytes().filter(u8::is_ascii_digit).fold(0, |digits, byte| digits * 10 + u64::from(byte - b'0'))
    }

    /// The country calling code, for example 86.
    pub fn country_code(&self) -> u16 {
        self.country_code
    }

    /// True for numbers of mainland China.
    pub fn is_mainland(&self) -> bool {
        self.country_code == MAINLAND
    }

    /// The number with its middle hidden, for people and logs: `+86138****0000`.
    pub fn masked(&self) -> String {
        mask(&self.e164)
    }

    fn mainland(national: &str) -> Option<Self> {
        let digits = national.as_bytes();
        let well_formed = digits.len() == 11
            && digits[0] == b'1'
            && (b'3'..=b'9').contains(&digits[1])
            && digits.iter().all(u8::is_ascii_digit);
        well_formed.then(|| Self { e164: format!("+86{national}").into(), country_code: MAINLAND })
    }

    fn international(text: &str) -> Option<Self> {
        let digits = &text[1..];
        if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let parsed = phonenumber::parse(None, text).ok()?;
        if !phonenumber::is_valid(&parsed) {
            return None;
        }
        let e164 = parsed.format().mode(phonenumber::Mode::E164).to_string();
        Some(Self { e164: e164.into(), country_code: parsed.country().code() })
    }
}

/// Hides the middle of a number given as text; short texts are hidden whole.
pub fn mask(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let (head, tail) = if number.starts_with("+86") { (6, 4) } else { (4, 3) };
    if chars.len() <= head + tail {
        return "****".to_owned();
    }
    let mut masked: String = chars[..head].iter().collect();
    masked.push_str("****");
    masked.extend(&chars[chars.len() - tail..]);
    masked
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mainland_forms_agree() {
        for text in ["13800000000", "+8613800000000", "008613800000000"] {
            let number = PhoneNumber::parse(text).expect(text);
            assert_eq!(number.e164(), "+8613800000000");
            assert!(number.is_mainland());
        }
    }

    #[test]
    fn refuses_what_is_not_a_mobile_number() {
        let bad = [
            "",
            "1380000000",
            "138000000000",
            "12800000000",
            "1380000000a",
            "+86 13800000000",
            "8613800000000",
            "１３８００００００００",
        ];
        for text in bad {
            assert_eq!(PhoneNumber::parse(text), Err(InvalidPhoneNumber::Mainland), "{text}");
        }
    }

    #[test]
    fn international_numbers_are_checked_by_country() {
        let number = PhoneNumber::parse("+12025550123").expect("a US number");
        assert_eq!((number.e164(), number.country_code()), ("+12025550123", 1));
        for text in ["+1202555012", "+0123456789", "+1234567890123456", "+", "+44abc"] {
            assert_eq!(PhoneNumber::parse(text), Err(InvalidPhoneNumber::International), "{text}");
        }
    }

    #[test]
    fn debug_hides_the_middle() {
        let number = PhoneNumber::parse("13800001234").expect("valid");
        assert_eq!(format!("{number:?}"), "+86138****1234");
        assert_eq!(mask("+12025550123"), "+120****123");
        assert_eq!(mask("12345"), "****");
    }
}
