//! [`Pair`]: `key=value` on the command line.

use std::str::FromStr;

/// Two words with an equals sign between them; the value may hold more of those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub key: String,
    pub value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
            _ => Err("expected KEY=VALUE".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_equals_sign_divides() {
        let pair: Pair = "url=http://h/?a=b".parse().expect("a pair");
        assert_eq!((pair.key.as_str(), pair.value.as_str()), ("url", "http://h/?a=b"));
        assert!("=x".parse::<Pair>().is_err() && "x".parse::<Pair>().is_err());
    }
}
