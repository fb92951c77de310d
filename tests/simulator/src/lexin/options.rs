//! How an account is set up at Lexin.

use serde::Deserialize;

/// The keys of an account's `options`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LexinOptions {
    /// 1 for `send` and its like, 2 for `send2` and its like.
    pub(super) family: Family,
    /// Of the hexadecimal letters in every hash. It is documented for family 1 only.
    pub(super) case: Case,
    pub(super) sign_place: SignPlace,
    /// The sign name that inbound texts answer.
    pub(super) sign: String,
}

/// A family of functions, each with its own way to prove who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub(super) enum Family {
    #[default]
    One,
    Two,
}

/// Upper or lower case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Case {
    #[default]
    Upper,
    Lower,
}

/// Where the sign name stands in a text. The provider's document and its users disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignPlace {
    #[default]
    Any,
    Front,
    End,
}

impl TryFrom<u8> for Family {
    type Error = String;

    fn try_from(family: u8) -> Result<Self, String> {
        match family {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err(format!("family is {family}; 1 and 2 are possible")),
        }
    }
}

impl Default for LexinOptions {
    fn default() -> Self {
        let (family, case, sign_place) = (Family::default(), Case::default(), SignPlace::default());
        Self { family, case, sign_place, sign: "示例签名".to_owned() }
    }
}
