//! An RPC-style request: parameters from the query and from a form, the operation from a header or a parameter.
//!
//! Nothing is believed yet; `mac` checks it, `send` and `details` read their own parameters.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::answer;
use crate::wire::{Peek, Refusal};

/// Names and values, decoded, in the order they came.
pub(super) type Params = Vec<(String, String)>;

/// A request taken apart.
pub(super) struct Rpc<'r> {
    pub(super) method: &'r str,
    pub(super) path: &'r str,
    pub(super) headers: &'r HeaderMap,
    pub(super) body: &'r [u8],
    pub(super) query: Params,
    pub(super) form: Params,
}

impl<'r> Rpc<'r> {
    pub(super) fn new(head: &'r Parts, body: &'r [u8]) -> Self {
        let form = if is_form(&head.headers) { str::from_utf8(body).unwrap_or_default() } else { "" };
        Self {
            method: head.method.as_str(),
            path: head.uri.path(),
            headers: &head.headers,
            body,
            query: decode(head.uri.query().unwrap_or_default()),
            form: decode(form),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&'r str> {
        header(self.headers, name)
    }

    /// All parameters, wherever they stand.
    pub(super) fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().chain(&self.form).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A parameter with something in it.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params().find_map(|(found, value)| (found == name && !value.is_empty()).then_some(value))
    }

    /// A parameter that the API gateway insists on.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.param(name).ok_or_else(|| answer::missing(name))
    }

    pub(super) fn action(&self) -> Option<&str> {
        self.header("x-acs-action").or_else(|| self.param("Action"))
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.header("x-acs-version").or_else(|| self.param("Version"))
    }
}

/// What the head tells of a V3 request, or of a V1 request in the query.
pub(super) fn peek(head: &Parts) -> Option<Peek> {
    if let Some(authorization) = header(&head.headers, AUTHORIZATION.as_str()) {
        let key = authorization.split_once("Credential=")?.1.split(',').next()?.to_owned();
        let is_send = header(&head.headers, "x-acs-action") != Some("QuerySendDetails");
        return Some(Peek { key, is_send });
    }
    let mut query = decode(head.uri.query()?);
    let is_send = !query.iter().any(|(name, value)| name == "Action" && value == "QuerySendDetails");
    let at = query.iter().position(|(name, _)| name == "AccessKeyId")?;
    Some(Peek { key: query.swap_remove(at).1, is_send })
}

fn is_form(headers: &HeaderMap) -> bool {
    header(headers, CONTENT_TYPE.as_str()).is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // Aliyun's parameters never stand in headers, so a header that is not ASCII is none of ours.
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn decode(pairs: &str) -> Params {
    let pairs = pairs.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}

fn plain(encoded: &str) -> String {
    let spaced = encoded.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
