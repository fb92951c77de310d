//! Texts and bytes as they travel: percent, form, base64, hex.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encoding after RFC 3986: `A–Z a–z 0–9 - _ . ~` stay, every other byte becomes `%XX`.
#[must_use]
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// `name=value&…`, both percent-encoded, in the order given: a query, or a form that every server reads.
pub fn pairs<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&percent(name.as_ref()));
        text.push('=');
        text.push_str(&percent(value.as_ref()));
    }
    text
}

/// A body of type `application/x-www-form-urlencoded` as browsers write it: like [`pairs`], but a space is `+`.
pub fn form<N: AsRef<str>, V: AsRef<str>>(fields: impl IntoIterator<Item = (N, V)>) -> String {
    pairs(fields).replace("%20", "+")
}

/// Reads a form or a query; what is not UTF-8 is replaced.
#[must_use]
pub fn parse_form(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Percent-encoding of bytes in any charset: ASCII letters and digits and `- _ . ~` stay.
#[must_use]
pub fn percent_bytes(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, RESERVED).to_string()
}

/// The bytes of a percent-encoded text; a "%" that begins nothing stays.
#[must_use]
pub fn from_percent(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

/// Base64 with padding.
#[must_use]
pub fn base64(data: &[u8]) -> String {
    STANDARD.encode(data)
}

/// Bytes of padded base64.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Lower-case hex.
#[must_use]
pub fn hex(data: &[u8]) -> String {
    hex::encode(data)
}

/// Bytes of hex in either case.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_leaves_only_the_unreserved() {
        assert_eq!(percent("AZaz09-_.~"), "AZaz09-_.~");
        assert_eq!(percent(" *+/&=签"), "%20%2A%2B%2F%26%3D%E7%AD%BE");
    }

    #[test]
    fn bytes_of_any_charset_are_encoded_and_read() {
        assert_eq!(percent_bytes(b"\xd1\xe9 6~"), "%D1%E9%206~");
        assert_eq!(from_percent("%D1%e9%206~%"), b"\xd1\xe9 6~%");
    }

    #[test]
    fn forms_and_queries_differ_in_the_space() {
        assert_eq!(pairs([("a b", "1 2"), ("c", "")]), "a%20b=1%202&c=");
        assert_eq!(form([("a b", "1 2"), ("c", "+")]), "a+b=1+2&c=%2B");
    }

    #[test]
    fn a_form_is_read_back() {
        let fields = [("a b".to_owned(), "1+2 签".to_owned()), ("c".to_owned(), String::new())];
        assert_eq!(parse_form(&form(fields.clone())), fields);
        assert_eq!(parse_form("flag&&x=%FF"), [("flag".into(), String::new()), ("x".into(), "\u{fffd}".into())]);
    }

    #[test]
    fn base64_of_rfc_4648() {
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(base64(b"foob"), "Zm9vYg==");
        assert_eq!(from_base64("Zm9vYg==").as_deref(), Some(&b"foob"[..]));
        assert_eq!(from_base64("?"), None);
    }

    #[test]
    fn hex_is_written_lower_and_read_either() {
        assert_eq!(hex(&[0, 0xaf]), "00af");
        assert_eq!(from_hex("00AF"), Some(vec![0, 0xaf]));
        assert_eq!(from_hex("0"), None);
    }
}
