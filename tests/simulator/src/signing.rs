//! What request MACs of several providers have in common: hashes, canonical lines, the fields of an `Authorization` header.
//!
//! Which of it goes into a MAC, and in which order, is in each provider's `mac`.

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::form::Form;
use crate::wire::RawRequest;

/// RFC 3986: all but the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(crate) fn sha256_hex(data: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(data))
}

pub(crate) fn hmac_sha256(key: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_ref()).expect("HMAC takes keys of any length");
    mac.update(data.as_ref());
    mac.finalize().into_bytes().into()
}

/// The fields `name=value` that a header lists after its scheme, with or without quotes.
pub(crate) struct Fields<'h>(Vec<(&'h str, &'h str)>);

impl<'h> Fields<'h> {
    /// `None` where the scheme is another one.
    pub(crate) fn parse(header: &'h str, scheme: &str) -> Option<Self> {
        let list = header.strip_prefix(scheme)?.strip_prefix(' ')?;
        let pairs = list.split(',').filter_map(|pair| pair.trim().split_once('='));
        Some(Self(pairs.map(|(name, value)| (name, unquoted(value))).collect()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'h str> {
        self.0.iter().find_map(|(found, value)| (*found == name && !value.is_empty()).then_some(*value))
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// `name:value` lines of the headers that are named with `;` between them; `None` where one of them was not sent.
pub(crate) fn canonical_headers(request: &RawRequest, names: &str) -> Option<String> {
    let line = |name| Some(format!("{name}:{}\n", request.header(name)?.trim()));
    names.split(';').map(line).collect()
}

/// The query, sorted and encoded anew.
pub(crate) fn canonical_query(request: &RawRequest) -> String {
    let query = Form::parse(request.head.uri.query().unwrap_or_default().as_bytes());
    let mut pairs: Vec<_> = query.pairs().collect();
    pairs.sort_unstable();
    let encoded = |text| utf8_percent_encode(text, RESERVED);
    pairs.into_iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn fields_may_be_quoted_and_spaced() {
        let fields = Fields::parse(r#"Scheme A="x==",B=y, C=z"#, "Scheme").expect("the scheme");
        assert_eq!(
            (fields.get("A"), fields.get("B"), fields.get("C"), fields.get("D")),
            (Some("x=="), Some("y"), Some("z"), None)
        );
        assert!(Fields::parse("Schema A=x", "Scheme").is_none());
    }
}
