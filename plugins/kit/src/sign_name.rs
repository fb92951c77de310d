//! The sign name (短信签名) in the text, for providers that do not write it there themselves.

use serde::Deserialize;

/// Where a provider wants the 【sign name】 to stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// 【sign name】text.
    #[default]
    Front,
    /// Text【sign name】.
    Back,
    /// Nowhere: the provider adds it, or wants none.
    None,
}

/// The sign name in its brackets. Brackets that are there already are not doubled.
#[must_use]
pub fn bracketed(sign_name: &str) -> String {
    format!("【{}】", bare(sign_name))
}

/// The sign name without brackets.
#[must_use]
pub fn bare(sign_name: &str) -> &str {
    sign_name.trim().trim_start_matches('【').trim_end_matches('】')
}

/// The whole text as the provider wants it. A message without a sign name gets no brackets.
#[must_use]
pub fn signed(text: &str, sign_name: &str, place: Place) -> String {
    if bare(sign_name).is_empty() {
        return text.to_owned();
    }
    match place {
        Place::Front => format!("{}{text}", bracketed(sign_name)),
        Place::Back => format!("{text}{}", bracketed(sign_name)),
        Place::None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_signed_where_the_provider_wants_it() {
        assert_eq!(signed("文", "签", Place::Front), "【签】文");
        assert_eq!(signed("文", "【签】", Place::Back), "文【签】");
        assert_eq!(signed("文", "签", Place::None), "文");
        assert_eq!(signed("文", " ", Place::Front), "文");
    }
}
