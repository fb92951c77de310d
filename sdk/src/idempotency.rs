//! [`IdempotencyKey`]: by which the gateway knows a repetition.

use crate::error::{Error, Result};
use std::fmt;

/// Room for the number of a part of a batch.
const MOST_CHARACTERS: usize = 240;

/// 幂等键: a word of your own for a call that must happen once, such as an order's number. Within 24 hours the gateway answers a
/// repetition with the first answer, and sends nothing twice.
///
/// Each call has a fresh one where none is given. Give one to be safe also against a crash of your own program: the same words after
/// the restart make the same call.
///
/// ```
/// use jixinda_sdk::IdempotencyKey;
///
/// let key = IdempotencyKey::new("order 17: shipped")?;
/// assert_eq!(key.as_str(), "order 17: shipped");
/// assert!(IdempotencyKey::new("").is_err());
/// # Ok::<(), jixinda_sdk::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Takes a word of 1 to 240 visible ASCII characters; spaces may stand between them.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where it is none.
    pub fn new(word: impl Into<String>) -> Result<Self> {
        let word = word.into();
        let visible = word.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if word.is_empty() || word.len() > MOST_CHARACTERS || !visible || word.trim() != word {
            let words = format!("an idempotency key has 1 to {MOST_CHARACTERS} visible ASCII characters");
            return Err(Error::InvalidArgument(words));
        }
        Ok(Self(word))
    }

    /// A fresh one, unlike any other.
    pub fn random() -> Self {
        Self(format!("sdk-{}", hex::encode(rand::random::<[u8; 16]>())))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// That of one part of a batch that needs several requests.
    pub(crate) fn of_part(&self, part: usize, parts: usize) -> Self {
        if parts == 1 { self.clone() } else { Self(format!("{} {part}/{parts}", self.0)) }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_header_can_hold_is_refused() {
        for word in ["", " a", "a\nb", "短信", &"a".repeat(241)] {
            assert!(IdempotencyKey::new(word).is_err(), "{word:?}");
        }
        assert_ne!(IdempotencyKey::random(), IdempotencyKey::random());
    }

    #[test]
    fn parts_have_keys_of_their_own_that_a_repetition_finds_again() {
        let key = IdempotencyKey::new("import 3").expect("a key");
        assert_eq!(key.of_part(1, 1), key);
        assert_eq!(key.of_part(2, 3).as_str(), "import 3 2/3");
    }
}
