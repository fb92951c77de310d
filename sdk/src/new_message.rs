//! [`NewMessage`]: a text that is to be sent. What the gateway makes of it is in `message`.

use crate::phone::mask;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;

/// 提交: one text as an application asks for it.
///
/// ```
/// use jixinda_sdk::NewMessage;
///
/// let message = NewMessage::new("13800000000", "login", "jixinda").param("code", "123456").reference("sign-in 17");
/// assert!(!format!("{message:?}").contains("123456"), "what a person reads stays out of logs");
/// ```
///
/// The same type holds what the entries of a [`Batch`](crate::Batch) have in common.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    send_at: Option<OffsetDateTime>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

impl NewMessage {
    /// A text to a number, of a template (its code or id), under a sign name (its code, text or id).
    pub fn new(to: impl Into<String>, template: impl Into<String>, sign_name: impl Into<String>) -> Self {
        Self::to(to).template(template).sign_name(sign_name)
    }

    /// A text to a number, for a batch whose defaults hold the rest.
    pub fn to(to: impl Into<String>) -> Self {
        Self { to: Some(to.into()), ..Self::default() }
    }

    /// The template, by code or id.
    #[must_use]
    pub fn template(self, template: impl Into<String>) -> Self {
        Self { template: Some(template.into()), ..self }
    }

    /// The sign name (短信签名), by code, text or id.
    #[must_use]
    pub fn sign_name(self, sign_name: impl Into<String>) -> Self {
        Self { sign_name: Some(sign_name.into()), ..self }
    }

    /// One parameter of the template; said again under the same name, it replaces what was said before.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.get_or_insert_default().insert(name.into(), value.into());
        self
    }

    /// Not before this time; at most a year ahead.
    #[must_use]
    pub fn send_at(self, at: OffsetDateTime) -> Self {
        Self { send_at: Some(at), ..self }
    }

    /// After which time it is not worth sending, from `send_at` or now; full seconds, from 1 to 604800.
    #[must_use]
    pub fn expires_in(self, time: Duration) -> Self {
        Self { expires_in: Some(time.as_secs()), ..self }
    }

    /// Your own word for it, at most 128 characters; messages can be found by it.
    #[must_use]
    pub fn reference(self, reference: impl Into<String>) -> Self {
        Self { reference: Some(reference.into()), ..self }
    }
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.params.iter().flat_map(BTreeMap::keys).collect::<Vec<_>>();
        f.debug_struct("NewMessage")
            .field("to", &self.to.as_deref().map(mask))
            .field("template", &self.template)
            .field("sign_name", &self.sign_name)
            .field("params", &names)
            .field("send_at", &self.send_at)
            .field("expires_in", &self.expires_in)
            .field("reference", &self.reference)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_said_is_written() {
        let json = |message: &NewMessage| serde_json::to_string(message).expect("JSON");
        assert_eq!(json(&NewMessage::to("13800000000")), r#"{"to":"13800000000"}"#);
        let message = NewMessage::new("13800000000", "login", "jixinda").param("code", "123456");
        // The body of the worked example in docs/http-api.md.
        assert_eq!(
            json(&message),
            r#"{"to":"13800000000","template":"login","sign_name":"jixinda","params":{"code":"123456"}}"#
        );
        let message = NewMessage::default().send_at(OffsetDateTime::UNIX_EPOCH).expires_in(Duration::from_millis(2500));
        assert_eq!(json(&message), r#"{"send_at":"1970-01-01T00:00:00Z","expires_in":2}"#);
    }

    #[test]
    fn numbers_and_texts_stay_out_of_debug() {
        let message = NewMessage::new("13800000000", "login", "jixinda").param("code", "824913");
        let shown = format!("{message:?}");
        assert!(!shown.contains("13800000000") && !shown.contains("824913") && shown.contains("code"), "{shown}");
    }
}
