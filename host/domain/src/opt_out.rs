//! Opt-out words (退订): whether a text from a person says that they want no more.

/// The words that every country's rules and every provider's customs know; operators may add to them.
pub const WORDS: [&str; 14] = [
    "TD",
    "T",
    "R",
    "N",
    "退订",
    "拒收",
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
];

/// Whether the text is an opt-out: one of the words and nothing else, in any case, width and punctuation.
pub fn asks<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> bool {
    let said = plain(text);
    !said.is_empty() && words.into_iter().any(|word| plain(word) == said)
}

/// Letters and digits only, upper case, full-width forms as ordinary ones.
fn plain(text: &str) -> String {
    text.chars().map(narrow).filter(|character| character.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Chinese keyboards write Ｔ for T.
fn narrow(character: char) -> char {
    match u32::from(character) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_alone_is_an_opt_out() {
        for text in ["TD", "td", " T ", "Ｔ", "退订", "退订。", "\"R\"", "stop!", "Opt-Out", "【TD】"] {
            assert!(asks(text, WORDS), "{text}");
        }
    }

    #[test]
    fn a_word_within_a_sentence_is_none() {
        for text in ["", "。", "TD啦", "Please stop by at 5", "R2", "我不退订", "收到"] {
            assert!(!asks(text, WORDS), "{text}");
        }
    }
}
