//! [`PhoneNumber`]: a number as the gateway tells it. Whether it is valid is the gateway's to say.

use serde::{Deserialize, Serialize};
use std::fmt;

/// 手机号: a number in E.164, such as `+8613800000000`. `Debug` masks it, so that it does not end in a log by accident.
///
/// ```
/// use jixinda_sdk::PhoneNumber;
///
/// let number = PhoneNumber::from("+8613800000000");
/// assert_eq!(number.as_str(), "+8613800000000");
/// assert_eq!(format!("{number:?}"), "+86138****0000");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for PhoneNumber {
    fn from(number: &str) -> Self {
        Self(number.to_owned())
    }
}

impl From<String> for PhoneNumber {
    fn from(number: String) -> Self {
        Self(number)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

/// A number of which four figures at least are hidden.
pub(crate) fn mask(number: &str) -> String {
    let count = number.chars().count();
    let tail = if count >= 11 { 4 } else { 0 };
    let head = count.saturating_sub(tail + 4).min(6);
    let mut masked: String = number.chars().take(head).collect();
    masked.push_str("****");
    masked.extend(number.chars().skip(count - tail));
    masked
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn figures_are_hidden() {
        assert_eq!(mask("+8613800000000"), "+86138****0000");
        assert_eq!(mask("13800000000"), "138****0000");
        assert_eq!(mask("10086"), "1****");
        assert_eq!(mask(""), "****");
    }
}
