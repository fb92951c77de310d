//! One try: signs an event by Standard Webhooks, posts it, and judges the answer.

use super::payload;
use super::schedule::next_pause;
use crate::directory::WebhookEntry;
use crate::gateway::Gateway;
use jixinda_domain::clock::Stopwatch;
use jixinda_domain::{DeliveryState, Timestamp, WebhookTry};
use jixinda_runtime::egress::Response;
use jixinda_store::{DueDelivery, WebhookOutcome};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use std::time::Duration;

const USER_AGENT: &str = concat!("Jixinda-Webhooks/", env!("CARGO_PKG_VERSION"));

/// What an endpoint made of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It took it.
    Taken,
    /// It did not; it may have said when to come again.
    Failed { asked: Option<Duration> },
    /// It wants no more events (410).
    Gone,
    /// There is nothing left to tell: no fault of the endpoint.
    Untellable,
}

/// One try, as it went.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the endpoint answered, where it did.
    pub http_status: Option<u16>,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u32,
    verdict: Verdict,
}

impl Report {
    /// Whether the endpoint took it.
    pub fn is_taken(&self) -> bool {
        self.verdict == Verdict::Taken
    }
}

/// Sends an event of the kind `webhook.test`, once. Nothing of it is kept.
pub async fn test(gateway: &Gateway, entry: &WebhookEntry) -> Report {
    let now = gateway.clock.now();
    let event_id = format!("evt_test_{:032x}", rand::random::<u128>());
    let body = payload::test(&entry.endpoint.application_id.to_string(), now);
    post(gateway, entry, &event_id, body).await
}

/// Tries a delivery; answers what is to be recorded.
pub(super) async fn deliver(gateway: &Gateway, entry: &WebhookEntry, due: &DueDelivery) -> (WebhookOutcome, Verdict) {
    let delivery = &due.delivery;
    let started_at = gateway.clock.now();
    let report = match payload::render(due) {
        Some(body) => post(gateway, entry, &delivery.event_id, body).await,
        None => Report {
            http_status: None,
            error: Some("what it tells of is no longer kept".to_owned()),
            duration_ms: 0,
            verdict: Verdict::Untellable,
        },
    };
    let now = gateway.clock.now();
    let pause = |asked| next_pause(&gateway.config.webhooks.retries(), delivery.step, asked, rand::random());
    let (state, due_at) = match report.verdict {
        Verdict::Taken => (DeliveryState::Delivered, now),
        Verdict::Untellable => (DeliveryState::Parked, now),
        Verdict::Failed { asked } => waiting_or_parked(now, pause(asked)),
        Verdict::Gone => waiting_or_parked(now, pause(None)),
    };
    let outcome = WebhookOutcome {
        endpoint_id: delivery.endpoint_id,
        event_id: delivery.event_id.clone(),
        attempt: WebhookTry {
            no: delivery.tries + 1,
            started_at,
            duration_ms: report.duration_ms,
            http_status: report.http_status,
            error: report.error,
        },
        state,
        step: delivery.step + 1,
        due_at,
    };
    (outcome, report.verdict)
}

fn waiting_or_parked(now: Timestamp, pause: Option<Duration>) -> (DeliveryState, Timestamp) {
    pause.map_or((DeliveryState::Parked, now), |pause| (DeliveryState::Waiting, now + pause))
}

async fn post(gateway: &Gateway, entry: &WebhookEntry, event_id: &str, body: Vec<u8>) -> Report {
    let stopwatch = Stopwatch::start();
    let headers = headers(entry, event_id, gateway.clock.now(), &body);
    let answer = gateway.webhook_egress.post(&entry.endpoint.url, headers, body).await;
    let duration_ms = u32::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u32::MAX);
    match answer {
        Ok(response) => {
            let error = (300..400).contains(&response.status).then(|| "redirects are not followed".to_owned());
            Report { http_status: Some(response.status), error, duration_ms, verdict: judge(&response) }
        }
        Err(error) => {
            Report { http_status: None, error: Some(error), duration_ms, verdict: Verdict::Failed { asked: None } }
        }
    }
}

fn headers(entry: &WebhookEntry, event_id: &str, now: Timestamp, body: &[u8]) -> Vec<(String, String)> {
    let previous = entry.previous_key.as_ref().filter(|(_, valid_until)| now < *valid_until).map(|(key, _)| key);
    let signatures: Vec<String> =
        [Some(&entry.key), previous].into_iter().flatten().filter_map(|key| sign(key, event_id, now, body)).collect();
    let pair = |name: &str, value: String| (name.to_owned(), value);
    vec![
        pair("content-type", "application/json".to_owned()),
        pair("user-agent", USER_AGENT.to_owned()),
        pair(HEADER_WEBHOOK_ID, event_id.to_owned()),
        pair(HEADER_WEBHOOK_TIMESTAMP, now.as_seconds().to_string()),
        pair(HEADER_WEBHOOK_SIGNATURE, signatures.join(" ")),
    ]
}

/// `None` for bodies that are no text, which ours always are.
fn sign(key: &[u8], event_id: &str, now: Timestamp, body: &[u8]) -> Option<String> {
    Webhook::from_bytes(key.to_vec()).ok()?.sign(event_id, now.as_seconds(), body).ok()
}

fn judge(response: &Response) -> Verdict {
    match response.status {
        200..300 => Verdict::Taken,
        410 => Verdict::Gone,
        429 | 503 => Verdict::Failed { asked: retry_after(response) },
        _ => Verdict::Failed { asked: None },
    }
}

/// In seconds; the form with a date is not understood, and the schedule stands.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    header.1.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, headers: &[(&str, &str)]) -> Verdict {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        judge(&Response { status, headers, body: Vec::new() })
    }

    #[test]
    fn only_the_200s_are_a_success() {
        let failed = Verdict::Failed { asked: None };
        for (status, expected) in [(200, Verdict::Taken), (204, Verdict::Taken), (302, failed), (404, failed)] {
            assert_eq!(verdict(status, &[]), expected, "{status}");
        }
        assert_eq!((verdict(410, &[]), verdict(500, &[("retry-after", "9")])), (Verdict::Gone, failed));
    }

    #[test]
    fn a_busy_endpoint_says_when_to_come_again() {
        let asked = |seconds| Verdict::Failed { asked: Some(Duration::from_secs(seconds)) };
        assert_eq!(verdict(429, &[("Retry-After", "9")]), asked(9));
        assert_eq!(verdict(503, &[("retry-after", " 120 ")]), asked(120));
        let date = [("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")];
        assert_eq!(verdict(503, &date), Verdict::Failed { asked: None });
    }

    /// The worked example of the official library.
    #[test]
    fn signs_as_standard_webhooks_says() {
        let key =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, "C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let now = Timestamp::from_millis(1_649_367_553_000);
        let signature = sign(&key.expect("a key"), "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", now, body);
        assert_eq!(signature.as_deref(), Some("v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="));
    }

    #[test]
    fn signs_the_worked_example_of_the_documentation() {
        let page = include_str!("../../../../docs/webhooks.md");
        let body = page.lines().map(str::trim).find(|line| line.starts_with(r#"{"type":"m"#)).expect("a body");
        let now = Timestamp::from_millis(1_767_225_600_000);
        let key = b"example-key-of-thirty-two-bytes!";
        let signature = sign(key, "evt_01KDVFPBR00000000000000001_1_delivered", now, body.as_bytes()).expect("signs");
        assert!(page.contains(&format!("the signature is `{signature}`")), "{signature}");
    }
}
