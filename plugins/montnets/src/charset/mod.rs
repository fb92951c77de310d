//! Texts as they travel: percent-encoded bytes of UTF-8 or GBK.

mod gbk;

use jixinda_plugin_kit::encoding::{from_percent, percent, percent_bytes};

/// What the bytes of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Gbk,
}

impl Charset {
    /// None where the charset lacks one of its characters; replacing it would change what a person reads.
    pub fn encode(self, text: &str) -> Option<String> {
        match self {
            Self::Utf8 => Some(percent(text)),
            Self::Gbk => gbk::encode(text).map(|bytes| percent_bytes(&bytes)),
        }
    }

    /// Reads what is in this charset, or, as the vendor's errors before authentication are, in the other one.
    pub fn decode(self, encoded: &str) -> String {
        let bytes = from_percent(encoded);
        let utf8 = || std::str::from_utf8(&bytes).ok().map(str::to_owned);
        let gbk = || gbk::decode(&bytes);
        let text = match self {
            Self::Utf8 => utf8().or_else(gbk),
            Self::Gbk => gbk().or_else(utf8),
        };
        text.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "验证码：6666，打死都不要告诉别人哦！";
    const TEXT_UTF8: &str = "%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A6666%EF%BC%8C%E6%89%93%E6%AD%BB%E9%83%BD%E4%B8%8D%E8%A6%81%E5%91%8A%E8%AF%89%E5%88%AB%E4%BA%BA%E5%93%A6%EF%BC%81";
    const TEXT_GBK: &str =
        "%D1%E9%D6%A4%C2%EB%A3%BA6666%A3%AC%B4%F2%CB%C0%B6%BC%B2%BB%D2%AA%B8%E6%CB%DF%B1%F0%C8%CB%C5%B6%A3%A1";
    const OTHER: &str = "您的验证码是668866，在5分钟内输入有效。如非本人操作请忽略此短信。";
    const OTHER_GBK: &str = "%C4%FA%B5%C4%D1%E9%D6%A4%C2%EB%CA%C7668866%A3%AC%D4%DA5%B7%D6%D6%D3%C4%DA%CA%E4%C8%EB%D3%D0%D0%A7%A1%A3%C8%E7%B7%C7%B1%BE%C8%CB%B2%D9%D7%F7%C7%EB%BA%F6%C2%D4%B4%CB%B6%CC%D0%C5%A1%A3";

    #[test]
    fn the_vectors_both_ways() {
        for (charset, text, encoded) in
            [(Charset::Utf8, TEXT, TEXT_UTF8), (Charset::Gbk, TEXT, TEXT_GBK), (Charset::Gbk, OTHER, OTHER_GBK)]
        {
            assert_eq!(charset.encode(text).as_deref(), Some(encoded));
            assert_eq!(charset.decode(encoded), text);
        }
    }

    #[test]
    fn nothing_is_replaced() {
        for beyond in ["🙂", "𠮷", "한"] {
            assert_eq!(Charset::Gbk.encode(beyond), None, "{beyond}");
            assert!(Charset::Utf8.encode(beyond).is_some());
        }
    }

    #[test]
    fn errors_come_in_either_charset_and_rubbish_is_shown_as_it_is() {
        assert_eq!(Charset::Utf8.decode("%D1%E9%D6%A4"), "验证");
        assert_eq!(Charset::Utf8.decode("plain text"), "plain text");
        assert!(Charset::Utf8.decode("%FF%FF").contains('\u{fffd}'));
    }
}
