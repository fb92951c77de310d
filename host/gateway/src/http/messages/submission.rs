//! The JSON form of a submission, shared by single and batch sends.

use crate::http::problem::Problem;
use crate::intake::{Idempotency, Refusal};
use axum::http::HeaderMap;
use jixinda_domain::{Submission, Timestamp};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// One text as an application asks for it. In a batch, `defaults` fills what an entry leaves out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmissionBody {
    pub to: Option<String>,
    pub template: Option<String>,
    pub sign_name: Option<String>,
    pub params: Option<BTreeMap<String, String>>,
    pub send_at: Option<Timestamp>,
    pub reference: Option<String>,
    /// Seconds.
    pub expires_in: Option<u64>,
}

impl SubmissionBody {
    /// What is missing here is taken from there.
    pub fn or(self, defaults: &Self) -> Self {
        Self {
            to: self.to.or_else(|| defaults.to.clone()),
            template: self.template.or_else(|| defaults.template.clone()),
            sign_name: self.sign_name.or_else(|| defaults.sign_name.clone()),
            params: self.params.or_else(|| defaults.params.clone()),
            send_at: self.send_at.or(defaults.send_at),
            reference: self.reference.or_else(|| defaults.reference.clone()),
            expires_in: self.expires_in.or(defaults.expires_in),
        }
    }

    /// A submission, where nothing needed is missing.
    pub fn complete(self) -> Result<Submission, Refusal> {
        let required = |field: &'static str, value: Option<String>| {
            value.ok_or(Refusal::Invalid { field, reason: "it is missing".to_owned() })
        };
        Ok(Submission {
            to: required("to", self.to)?,
            template: required("template", self.template)?,
            sign_name: required("sign_name", self.sign_name)?,
            params: self.params.unwrap_or_default(),
            send_at: self.send_at,
            reference: self.reference,
            expires_in: self.expires_in.map(Duration::from_secs),
        })
    }
}

/// The `Idempotency-Key` of a request, with what it stands for.
pub fn idempotency(headers: &HeaderMap, body: &[u8]) -> Result<Option<Idempotency>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= 255);
    let key = key.ok_or_else(|| Problem::invalid_request("Idempotency-Key: 1 to 255 visible characters"))?;
    Ok(Some(Idempotency { key: key.to_owned(), body_hash: hex::encode(Sha256::digest(body)) }))
}
