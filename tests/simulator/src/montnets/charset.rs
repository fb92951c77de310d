//! How texts travel: bytes of one of two charsets, percent-encoded, within JSON values and form fields.

use encoding_rs::{Encoding, GBK, UTF_8};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde::Deserialize;

/// Left bare by the URL encoders that the provider's clients use.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// Which bytes stand for which characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Charset {
    #[serde(rename = "gbk")]
    Gbk,
    #[serde(rename = "utf-8")]
    Utf8,
}

impl Charset {
    /// `None` where the value is not percent-encoded, or its bytes are none of this charset.
    pub(super) fn decode(self, encoded: &str) -> Option<String> {
        if !encoded.is_ascii() {
            return None;
        }
        let spaced = encoded.replace('+', " ");
        let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
        self.encoding().decode_without_bom_handling_and_without_replacement(&bytes).map(std::borrow::Cow::into_owned)
    }

    pub(super) fn encode(self, text: &str) -> String {
        let (bytes, _, _) = self.encoding().encode(text);
        percent_encode(&bytes, ENCODED).to_string()
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Gbk => GBK,
            Self::Utf8 => UTF_8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sheet's vectors.
    #[test]
    fn texts_are_encoded_like_the_providers() {
        let text = "验证码：6666，打死都不要告诉别人哦！";
        let utf_8 = "%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A6666%EF%BC%8C%E6%89%93%E6%AD%BB%E9%83%BD%E4%B8%8D%E8%A6%81\
            %E5%91%8A%E8%AF%89%E5%88%AB%E4%BA%BA%E5%93%A6%EF%BC%81";
        let gbk =
            "%D1%E9%D6%A4%C2%EB%A3%BA6666%A3%AC%B4%F2%CB%C0%B6%BC%B2%BB%D2%AA%B8%E6%CB%DF%B1%F0%C8%CB%C5%B6%A3%A1";
        for (charset, encoded) in [(Charset::Utf8, utf_8), (Charset::Gbk, gbk)] {
            assert_eq!(charset.encode(text), encoded);
            assert_eq!(charset.decode(encoded).as_deref(), Some(text));
        }
        assert_eq!(Charset::Utf8.decode(gbk), None);
        assert_eq!(Charset::Utf8.decode(text), None, "it is not encoded at all");
        let long = "您的验证码是668866，在5分钟内输入有效。如非本人操作请忽略此短信。";
        let expected = "%C4%FA%B5%C4%D1%E9%D6%A4%C2%EB%CA%C7668866%A3%AC%D4%DA5%B7%D6%D6%D3%C4%DA%CA%E4%C8%EB%D3%D0%D0%A7\
            %A1%A3%C8%E7%B7%C7%B1%BE%C8%CB%B2%D9%D7%F7%C7%EB%BA%F6%C2%D4%B4%CB%B6%CC%D0%C5%A1%A3";
        assert_eq!(Charset::Gbk.encode(long), expected);
    }
}
