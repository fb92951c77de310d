//! [`SignName`] (短信签名): the 【brand】 at the head of a text.

use crate::clock::Timestamp;
use crate::ids::SignNameId;

/// 短信签名: the brand that a text opens with, without its brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignName {
    /// Its id.
    pub id: SignNameId,
    /// What applications call it by; unique.
    pub code: String,
    /// The brand as people read it.
    pub text: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The longest brand, in characters.
pub const MAX_CHARS: usize = 20;

/// Checks the brand itself.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn check_text(text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if length == 0 || length > MAX_CHARS {
        return Err(format!("a sign name has 1 to {MAX_CHARS} characters"));
    }
    if text.contains(['【', '】', '[', ']']) || text.chars().any(char::is_control) {
        return Err("write the sign name without brackets; the gateway adds 【】".to_owned());
    }
    Ok(())
}

/// The whole text as a person receives it: 【sign name】 and the rendered template.
pub fn prefix(sign_name: &str, text: &str) -> String {
    format!("【{sign_name}】{text}")
}
