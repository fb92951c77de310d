//! What can go wrong on request: the JSON that a test writes.
//!
//! Each fault of a request is in `kinds`, those of receipts in `receipts`, the shapes of delay in `latency`; drawing lots is
//! in `active`.

mod active;
mod kinds;
mod latency;
mod receipts;

use anyhow::{Result, ensure};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

pub(crate) use active::{ActiveFaults, Outcome};
pub use kinds::{
    ErrorFault, HangFault, HttpStatusFault, Malformed, MalformedFault, ResetFault, ResetWhen, TextErrorFault,
};
pub use latency::Latency;
pub use receipts::ReceiptFaults;

use crate::number;

/// The faults of one account. Where several strike the same request, the order is reset, hang, HTTP status, error,
/// malformed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// How long every answer takes; texts are taken before the wait.
    pub latency: Option<Latency>,
    /// An error of the provider's own, in its own shape; the texts are not taken.
    pub error: Option<ErrorFault>,
    /// An error of the provider's own for single texts of a batch.
    pub text_error: Option<TextErrorFault>,
    /// A plain HTTP answer, as a broken front end gives it.
    pub http_status: Option<HttpStatusFault>,
    /// The connection is reset.
    pub reset: Option<ResetFault>,
    /// The texts are taken, and no answer ever comes.
    pub hang: Option<HangFault>,
    /// The texts are taken, and the answer is spoilt.
    pub malformed: Option<MalformedFault>,
    /// What goes wrong with the receipts.
    pub receipts: ReceiptFaults,
    /// The faults strike lookups and polls as well as sends.
    pub lookups: bool,
}

impl Faults {
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(latency) = &self.latency {
            latency.check()?;
        }
        if let Some(error) = &self.error {
            check_share("error.share", error.share)?;
            error.http_status.map_or(Ok(()), |status| check_status("error.http_status", status))?;
        }
        if let Some(fault) = &self.text_error {
            check_share("text_error.share", fault.share)?;
        }
        if let Some(fault) = &self.http_status {
            check_share("http_status.share", fault.share)?;
            check_status("http_status.status", fault.status)?;
        }
        check_share("reset.share", self.reset.as_ref().map_or(1.0, |fault| fault.share))?;
        check_share("hang.share", self.hang.as_ref().map_or(1.0, |fault| fault.share))?;
        check_share("malformed.share", self.malformed.as_ref().map_or(1.0, |fault| fault.share))?;
        self.receipts.check()
    }
}

/// Whether a fault that is meant for some numbers only is meant for this one.
fn concerns(wanted: Option<&[String]>, number: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.iter().any(|other| number::key(other) == number::key(number)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_shape_is_understood() {
        let faults: Faults = serde_json::from_str(
            r#"{"latency":{"log_normal":{"median_ms":30,"sigma":0.5}},
                "error":{"code":"isv.BUSINESS_LIMIT_CONTROL","http_status":200,"share":0.3,"numbers":["13800000000"],"times":3},
                "text_error":{"code":"E200028","positions":[0],"numbers":["13800000000"]},
                "http_status":{"status":503,"body":"busy"},
                "malformed":{"answer":"huge","times":1},
                "reset":{"when":"half_answer","times":1},
                "hang":{"share":0.1},
                "receipts":{"lost_share":0.1,"late_ms":5,"early":true,"duplicate":2,"false_success":true,"fail_share":0.5,
                            "err_code":"MOBILE_SEND_LIMIT","numbers":["13800000000"],"unknown_ids":true}}"#,
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
