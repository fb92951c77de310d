//! The one map from what went wrong to an RFC 9457 problem: status, stable code, words. No other file names an HTTP status for an
//! error.

use crate::intake::{AcceptError, Refusal};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jixinda_store::StoreError;
use serde::Serialize;

/// A problem as the caller sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(skip)]
    retry_after: Option<u32>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:jixinda:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// Unknown, inactive, wrong secret, stale or replayed: the same answer.
    pub fn unauthorized() -> Self {
        let detail = "the credentials are missing, unknown, inactive or wrong, or the signed request is stale or was seen before";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not authenticated", detail)
    }

    pub fn ip_not_allowed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "ip_not_allowed",
            "Address not allowed",
            "this application may not call from your address",
        )
    }

    pub fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", "The request is malformed", detail)
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", format!("there is no such {what}"))
    }

    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
            "this path is not called like that",
        )
    }

    pub fn not_cancellable(status: &str) -> Self {
        let detail = format!("the message is {status}: only one that no provider has can be cancelled");
        Self::new(StatusCode::CONFLICT, "not_cancellable", "Too late to cancel", detail)
    }

    /// Nobody can have used what no provider had.
    pub fn not_sent() -> Self {
        Self::new(StatusCode::CONFLICT, "not_sent", "It was not sent", "no provider has had the message")
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "It conflicts with what exists", detail)
    }

    pub fn in_use(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "in_use", "It is still in use", detail)
    }

    /// The provider, or its plugin, does not offer that.
    pub fn not_supported(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "not_supported", "The provider cannot do that", detail)
    }

    /// The provider was asked, and did not answer well.
    pub fn provider_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "provider_failed", "The provider did not answer", detail)
    }

    pub fn payload_too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {} MiB", limit >> 20);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "The body is too large", detail)
    }

    pub fn overloaded() -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "Try again",
            "the gateway cannot take this now; nothing was stored",
        );
        Self { retry_after: Some(1), ..problem }
    }

    pub fn leaving() -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "Leaving",
            "this node is about to stop: send requests to another",
        );
        Self { retry_after: Some(1), ..problem }
    }

    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Our mistake",
            "something went wrong here; the log says what",
        )
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let (code, title) = match refusal {
            Refusal::InvalidPhoneNumber(_) => ("invalid_phone_number", "The number is not valid"),
            Refusal::BlockedNumber(_) => ("blocked_number", "The number is blocked"),
            Refusal::UnknownTemplate(_) => ("unknown_template", "The template is unknown"),
            Refusal::UnknownSignName(_) => ("unknown_sign_name", "The sign name is unknown"),
            Refusal::NoChannel => ("no_channel", "No channel carries it"),
            Refusal::Params(_) => ("params_mismatch", "The parameters do not fit the template"),
            Refusal::TooLong(_) => ("text_too_long", "The text is too long"),
            Refusal::SendAtInPast => ("send_at_in_past", "The send time is in the past"),
            Refusal::FrequencyLimited { .. } => ("frequency_limited", "Too many texts in too short a time"),
            Refusal::QuotaExceeded { .. } => ("quota_exceeded", "The daily quota is used up"),
            Refusal::Invalid { .. } => ("invalid_request", "The request is malformed"),
        };
        let (status, retry_after) = match refusal {
            Refusal::Invalid { .. } => (StatusCode::BAD_REQUEST, None),
            Refusal::FrequencyLimited { wait_s, .. } | Refusal::QuotaExceeded { wait_s, .. } => {
                (StatusCode::TOO_MANY_REQUESTS, Some(*wait_s))
            }
            _ => (StatusCode::UNPROCESSABLE_ENTITY, None),
        };
        Self { retry_after, ..Self::new(status, code, title, refusal.to_string()) }
    }
}

impl From<AcceptError> for Problem {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Refused(refusal) => Self::from(&refusal),
            AcceptError::IdempotencyConflict => Self::new(
                StatusCode::CONFLICT,
                "idempotency_conflict",
                "The idempotency key is taken",
                "this Idempotency-Key was used within 24 h with another body",
            ),
            AcceptError::NonceUsed => Self::unauthorized(),
            AcceptError::Contended | AcceptError::InFlight => Self::overloaded(),
            AcceptError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Interrupted(_) | StoreError::Unclear(_) => {
                tracing::warn!(%error, "a request was turned away");
                Self::overloaded()
            }
            StoreError::Conflict(what) => Self::conflict(format!("{what} is taken already")),
            StoreError::Reference => {
                Self::in_use("something else refers to it, or it refers to something that does not exist")
            }
            StoreError::Corrupt { .. } | StoreError::Migration(_) | StoreError::Internal(_) => {
                tracing::error!(%error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(error) => error.into(),
            Err(error) => {
                tracing::error!(%error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
