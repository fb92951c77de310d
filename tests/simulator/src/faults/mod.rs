//! What can go wrong on request: the JSON that a test writes.
//!
//! Drawing lots for one request is in `active`, the shapes of delay in `latency`.

mod active;
mod latency;
mod receipts;

use anyhow::{Result, ensure};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

pub(crate) use active::{ActiveFaults, Outcome};
pub use latency::Latency;
pub use receipts::ReceiptFaults;

/// The faults of one account. Where several strike the same request, the order is reset, hang, HTTP status, error.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// How long every answer takes; texts are taken before the wait.
    pub latency: Option<Latency>,
    /// An error of the provider's own, in its own shape; the texts are not taken.
    pub error: Option<ErrorFault>,
    /// A plain HTTP answer, as a broken front end gives it.
    pub http_status: Option<HttpStatusFault>,
    /// The connection is reset.
    pub reset: Option<ResetFault>,
    /// The texts are taken, and no answer ever comes.
    pub hang: Option<HangFault>,
    /// What goes wrong with the receipts.
    pub receipts: ReceiptFaults,
    /// The faults strike lookups as well as sends.
    pub lookups: bool,
}

/// An error in the provider's own shape.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorFault {
    /// The provider's code, such as `isv.BUSINESS_LIMIT_CONTROL`.
    pub code: String,
    /// The HTTP status it comes with.
    #[serde(default = "ok")]
    pub http_status: u16,
    /// Only requests that carry one of these numbers.
    #[serde(default)]
    pub numbers: Option<Vec<String>>,
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// An HTTP answer that the provider's service did not write.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HttpStatusFault {
    /// Such as 503.
    pub status: u16,
    /// Sent as it is.
    #[serde(default)]
    pub body: String,
    /// Whether the texts were taken all the same.
    #[serde(default)]
    pub taken: bool,
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// A reset connection (RST).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResetFault {
    /// At which moment.
    pub when: ResetWhen,
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// The moment of a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetWhen {
    /// As soon as the request's head is there; nothing is taken.
    BeforeRead,
    /// The texts are taken and their receipts will follow, but there is no answer.
    AfterRead,
    /// Taken, and half of the answer's body is sent.
    HalfAnswer,
}

/// A request that is taken and never answered; it ends when the client gives up.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HangFault {
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

impl Faults {
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(latency) = &self.latency {
            latency.check()?;
        }
        if let Some(error) = &self.error {
            check_share("error.share", error.share)?;
            check_status("error.http_status", error.http_status)?;
        }
        if let Some(fault) = &self.http_status {
            check_share("http_status.share", fault.share)?;
            check_status("http_status.status", fault.status)?;
        }
        check_share("reset.share", self.reset.as_ref().map_or(1.0, |fault| fault.share))?;
        check_share("hang.share", self.hang.as_ref().map_or(1.0, |fault| fault.share))?;
        self.receipts.check()
    }
}

fn check_share(field: &str, share: f64) -> Result<()> {
    ensure!((0.0..=1.0).contains(&share), "{field} is {share}; a share lies between 0 and 1");
    Ok(())
}

fn check_status(field: &str, status: u16) -> Result<()> {
    let known = StatusCode::from_u16(status).is_ok_and(|status| !status.is_informational());
    ensure!(known && status < 600, "{field} is {status}; a final HTTP status lies between 200 and 599");
    Ok(())
}

fn ok() -> u16 {
    200
}

fn all() -> f64 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_shape_is_understood() {
        let faults: Faults = serde_json::from_str(
            r#"{"latency":{"log_normal":{"median_ms":30,"sigma":0.5}},
                "error":{"code":"isv.BUSINESS_LIMIT_CONTROL","http_status":200,"share":0.3,"numbers":["13800000000"],"times":3},
                "http_status":{"status":503,"body":"busy"},
                "reset":{"when":"half_answer","times":1},
                "hang":{"share":0.1},
                "receipts":{"lost_share":0.1,"late_ms":5,"early":true,"duplicate":2,"false_success":true,"fail_share":0.5,
                            "err_code":"MOBILE_SEND_LIMIT","unknown_ids":true}}"#,
        )
        .expect("the documented shape");
        faults.check().expect("valid");
        assert_eq!(faults.reset.map(|fault| fault.share), Some(1.0));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(serde_json::from_str::<Faults>(r#"{"latencie":{}}"#).is_err());
        let faults: Faults = serde_json::from_str(r#"{"hang":{"share":3}}"#).expect("well-formed");
        let error = faults.check().expect_err("a share over 1").to_string();
        assert_eq!(error, "hang.share is 3; a share lies between 0 and 1");
    }
}
