//! [`AccessKey`]: an application's key, and [`AuthMode`]: how it is shown to the gateway. The signing itself is in `mac`.

use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// 密钥: the id and the secret of an application's key, written `key_….secret`. `Debug` does not show the secret.
///
/// ```
/// use jixinda_sdk::AccessKey;
///
/// let key: AccessKey = "key_01M84MB7GJ1S0S9V7ZT1E9V5NA.example-secret".parse()?;
/// assert_eq!(key.id(), "key_01M84MB7GJ1S0S9V7ZT1E9V5NA");
/// assert!(!format!("{key:?}").contains("example-secret"));
/// # Ok::<(), jixinda_sdk::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    id: String,
    secret: String,
}

impl AccessKey {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

impl FromStr for AccessKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // The text itself is never repeated: it holds the secret.
        let (id, secret) = text
            .trim()
            .split_once('.')
            .ok_or_else(|| Error::Configuration("the key has no dot: it is written `key id.secret`".to_owned()))?;
        let visible = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible(id) || !visible(secret) {
            let words = "the key is not `key id.secret`: both must be there and of visible ASCII characters";
            return Err(Error::Configuration(words.to_owned()));
        }
        Ok(Self { id: id.to_owned(), secret: secret.to_owned() })
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How the client proves who calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMode {
    /// 请求签名: every request is signed, and the secret does not travel.
    #[default]
    Mac,
    /// The secret travels with each request. An application can be set to refuse it.
    Bearer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_key_is_refused_and_not_repeated() {
        for text in ["", "key_1", ".", "key_1.", ".hush-hush", "key 1.hush-hush", "key_1.hush\nhush"] {
            let error = text.parse::<AccessKey>().expect_err(text).to_string();
            assert!(!error.contains("hush"), "{error}");
        }
        assert_eq!("key_1.a.b\n".parse::<AccessKey>().expect("a key").secret(), "a.b");
    }
}
