//! [`Verifier`]: tells the gateway's requests from everybody else's. The signature is the official library's; which moment counts as
//! now, and for how long, is decided here.

use super::{Event, WebhookError};
use crate::clock;
use http::HeaderMap;
use standardwebhooks::Webhook;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// 验签: checks that a webhook comes from the gateway, and reads it.
///
/// ```
/// use jixinda_sdk::webhook::{EventKind, Verifier};
///
/// # fn example(headers: &http::HeaderMap, body: &[u8]) -> Result<(), jixinda_sdk::webhook::WebhookError> {
/// let verifier = Verifier::new(["whsec_ZXhhbXBsZS1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE="])?;
/// let event = verifier.verify(headers, body)?; // the body as it came
/// if let EventKind::MessageUpdated(message) = event.kind {
///     println!("{} is {}", message.id, message.status);
/// }
/// # Ok(())
/// # }
/// # assert!(example(&http::HeaderMap::new(), b"{}").is_err_and(|error| error.is_forgery()));
/// ```
#[derive(Clone)]
pub struct Verifier {
    keys: Arc<[Webhook]>,
    tolerance: Duration,
}

impl Verifier {
    /// With the signing keys of an endpoint, `whsec_…`: one, or while a key is changed the old one and the new one.
    ///
    /// # Errors
    /// [`WebhookError::BadSecret`] and [`WebhookError::NoSecret`].
    pub fn new<I, S>(secrets: I) -> Result<Self, WebhookError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let read = |(number, secret): (usize, S)| {
            let secret = secret.as_ref().trim();
            let key = Webhook::new(secret).ok().filter(|_| secret.len() > "whsec_".len());
            key.ok_or(WebhookError::BadSecret(number))
        };
        let keys: Arc<[Webhook]> = (1..).zip(secrets).map(read).collect::<Result<Vec<_>, _>>()?.into();
        if keys.is_empty() {
            return Err(WebhookError::NoSecret);
        }
        Ok(Self { keys, tolerance: Duration::from_secs(300) })
    }

    /// How far the time of sending may be from now, either way; five minutes where nothing is said.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Checks a request's headers and its body as it came, before anything parsed it, and reads the event.
    ///
    /// # Errors
    /// Where it is not the gateway's, or cannot be read.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<Event, WebhookError> {
        self.verify_at(headers, body, clock::unix_seconds())
    }

    /// The same at a moment of your choice, in seconds since the Unix epoch: for tests, and for requests that were kept.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    ///
    /// ```
    /// use jixinda_sdk::webhook::Verifier;
    ///
    /// let body = r#"{"type":"message.updated","timestamp":"2026-01-01T00:00:00.000Z","data":{"id":"msg_01KDVFPBR00000000000000001","status":"delivered","to":"+8613800000000","class":"otp","reference":null,"batch_id":null,"segments":1,"test":false,"cause":{"code":"DELIVERED","detail":"用户接收成功"}}}"#;
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("webhook-id", "evt_01KDVFPBR00000000000000001_1_delivered".parse()?);
    /// headers.insert("webhook-timestamp", "1767225600".parse()?);
    /// headers.insert("webhook-signature", "v1,8w6qAlbbNUp0Wy9gxfvJGSja9tprM9Fd6YwT6XiI8rs=".parse()?);
    ///
    /// let verifier = Verifier::new(["whsec_ZXhhbXBsZS1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE="])?;
    /// assert!(verifier.verify_at(&headers, body.as_bytes(), 1_767_225_700).is_ok());
    /// assert!(verifier.verify_at(&headers, body.as_bytes(), 1_767_229_200).is_err(), "an hour later");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verify_at(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Event, WebhookError> {
        let (id, signatures) = (header(headers, ID)?, header(headers, SIGNATURE)?);
        let sent_at: i64 = header(headers, TIMESTAMP)?.parse().map_err(|_| WebhookError::BadHeader(TIMESTAMP))?;
        if now.abs_diff(sent_at) > self.tolerance.as_secs() {
            return Err(WebhookError::Stale);
        }
        if !self.keys.iter().any(|key| fits(key, id, sent_at, signatures, body)) {
            return Err(WebhookError::BadSignature);
        }
        Event::read(id, body).map_err(WebhookError::Unreadable)
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.keys.len())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, WebhookError> {
    headers.get(name).and_then(|value| value.to_str().ok()).ok_or(WebhookError::BadHeader(name))
}

/// Whether one of the signatures, separated by spaces, is that of the key.
fn fits(key: &Webhook, id: &str, sent_at: i64, signatures: &str, body: &[u8]) -> bool {
    let Ok(expected) = key.sign(id, sent_at, body) else { return false };
    signatures.split(' ').any(|signature| signature.as_bytes().ct_eq(expected.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::MessageStatus;
    use crate::webhook::EventKind;

    const SECRET: &str = "whsec_ZXhhbXBsZS1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE=";
    const OTHER: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const NOW: i64 = 1_767_225_600;
    const FITTING: &str = "v1,8w6qAlbbNUp0Wy9gxfvJGSja9tprM9Fd6YwT6XiI8rs=";
    /// The worked example of docs/webhooks.md.
    const BODY: &str = r#"{"type":"message.updated","timestamp":"2026-01-01T00:00:00.000Z","data":{"id":"msg_01KDVFPBR00000000000000001","status":"delivered","to":"+8613800000000","class":"otp","reference":null,"batch_id":null,"segments":1,"test":false,"cause":{"code":"DELIVERED","detail":"用户接收成功"}}}"#;

    fn headers(signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ID, "evt_01KDVFPBR00000000000000001_1_delivered".parse().expect("a value"));
        headers.insert(TIMESTAMP, NOW.to_string().parse().expect("a value"));
        headers.insert(SIGNATURE, signature.parse().expect("a value"));
        headers
    }

    fn verify(secrets: &[&str], signature: &str, body: &str, now: i64) -> Result<Event, WebhookError> {
        Verifier::new(secrets).expect("keys").verify_at(&headers(signature), body.as_bytes(), now)
    }

    #[test]
    fn the_worked_example_holds() {
        let event = verify(&[SECRET], FITTING, BODY, NOW).expect("it is the gateway's");
        assert_eq!(event.id, "evt_01KDVFPBR00000000000000001_1_delivered");
        assert_eq!(event.timestamp.unix_timestamp(), NOW);
        let EventKind::MessageUpdated(message) = event.kind else { panic!("a message") };
        assert_eq!((message.status, message.to.as_str()), (MessageStatus::Delivered, "+8613800000000"));
    }

    #[test]
    fn a_key_can_be_changed_without_a_gap() {
        assert!(verify(&[OTHER, SECRET], FITTING, BODY, NOW).is_ok(), "two keys here");
        let two = format!("v1,{} v1a,what {FITTING}", "A".repeat(44));
        assert!(verify(&[SECRET], &two, BODY, NOW).is_ok(), "two signatures there");
        assert!(matches!(verify(&[OTHER], FITTING, BODY, NOW), Err(WebhookError::BadSignature)));
    }

    #[test]
    fn what_was_changed_is_refused() {
        let refused = |signature: &str, body: &str| {
            assert!(matches!(verify(&[SECRET], signature, body, NOW), Err(WebhookError::BadSignature)), "{signature}");
        };
        refused(FITTING, &BODY.replace("delivered", "rejected"));
        refused(&FITTING.replace("8w6q", "8w6r"), BODY);
        for signature in ["", "v1", "v1,", "v2,8w6qAlbbNUp0Wy9gxfvJGSja9tprM9Fd6YwT6XiI8rs="] {
            refused(signature, BODY);
        }
    }

    #[test]
    fn what_was_sent_at_another_time_is_refused() {
        for (off, fresh) in [(300, true), (-300, true), (301, false), (-301, false)] {
            assert_eq!(verify(&[SECRET], FITTING, BODY, NOW + off).is_ok(), fresh, "{off}");
        }
        let strict = Verifier::new([SECRET]).expect("a key").tolerance(Duration::from_secs(5));
        let late = strict.verify_at(&headers(FITTING), BODY.as_bytes(), NOW + 6);
        assert!(matches!(late, Err(WebhookError::Stale)));
        assert!(verify(&[SECRET], FITTING, BODY, i64::MIN).is_err_and(|error| error.is_forgery()));
    }

    #[test]
    fn a_missing_header_is_named() {
        for name in [ID, TIMESTAMP, SIGNATURE] {
            let mut headers = headers(FITTING);
            headers.remove(name);
            let verified = Verifier::new([SECRET]).expect("a key").verify_at(&headers, BODY.as_bytes(), NOW);
            assert!(matches!(verified, Err(WebhookError::BadHeader(missing)) if missing == name), "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        assert!(matches!(Verifier::new([""; 0]), Err(WebhookError::NoSecret)));
        for bad in ["", "whsec_", "whsec_hush hush"] {
            let error = Verifier::new([SECRET, bad]).expect_err(bad);
            assert!(matches!(error, WebhookError::BadSecret(2)) && !error.to_string().contains("hush"), "{error}");
        }
        assert!(!format!("{:?}", Verifier::new([SECRET])).contains("ZXhhbXBs"));
    }
}
