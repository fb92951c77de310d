//! What the environment says of the gateway: `JIXINDA_URL` and `JIXINDA_KEY`.

use super::Builder;
use crate::error::{Error, Result};
use std::env::{VarError, var};

const URL: &str = "JIXINDA_URL";
const KEY: &str = "JIXINDA_KEY";

/// A builder with what the environment says; `look` finds a variable.
pub(super) fn read(look: impl Fn(&str) -> std::result::Result<String, VarError>) -> Result<Builder> {
    let needed = |name: &str, example: &str| match look(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        Ok(_) | Err(VarError::NotPresent) => {
            Err(Error::Configuration(format!("the environment variable {name} is not set: {example}")))
        }
        Err(VarError::NotUnicode(_)) => {
            Err(Error::Configuration(format!("the environment variable {name} is no text: {example}")))
        }
    };
    let url = needed(URL, "it is the gateway's address, such as https://sms.example.com")?;
    let key = needed(KEY, "it is the application's key, written `key id.secret`")?;
    Ok(Builder::new(url).key(key))
}

pub(super) fn process() -> Result<Builder> {
    read(|name| var(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(variables: &[(&str, &str)]) -> Result<super::super::Client> {
        let look = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        };
        read(look)?.build()
    }

    #[test]
    fn what_is_missing_or_malformed_is_named_and_never_repeated() {
        let check = |variables: &[(&str, &str)], words: &str| {
            let error = build(variables).expect_err(words).to_string();
            assert!(error.contains(words) && !error.contains("hush"), "{error}");
        };
        check(&[], "JIXINDA_URL is not set");
        check(&[(URL, "http://127.0.0.1:8770"), (KEY, " ")], "JIXINDA_KEY is not set");
        check(&[(URL, "127.0.0.1:8770"), (KEY, "key_1.hush")], "address");
        check(&[(URL, "http://127.0.0.1:8770"), (KEY, "hush")], "no dot");
        assert!(build(&[(URL, "http://127.0.0.1:8770"), (KEY, "key_1.hush")]).is_ok());
    }
}
