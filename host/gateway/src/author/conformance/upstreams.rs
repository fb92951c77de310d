//! Providers as they behave on bad days.

use crate::author::script::Rule;
use jixinda_runtime::egress::{Problem, Response, SendError};
use std::sync::Arc;

/// Largest body that the gateway hands to a plugin.
const HUGE: usize = 1 << 20;

/// Nothing comes back, and whether anything left.
pub fn silent(problem: Problem, sent: bool) -> Rule {
    Arc::new(move |_, _| Err(SendError { problem, sent, detail: "the suite's own silence".to_owned() }))
}

/// The same answer to everything.
pub fn answers(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Rule {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = body.to_vec();
    Arc::new(move |_, _| Ok(Response { status, headers: headers.clone(), body: body.clone() }))
}

/// Bodies that no provider documents.
pub fn rubbish() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("an empty body", Vec::new()),
        ("null", b"null".to_vec()),
        ("an empty object", b"{}".to_vec()),
        ("an empty list", b"[]".to_vec()),
        ("a bare number", b"18446744073709551616".to_vec()),
        ("bytes that are no text", vec![0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]),
        ("a page of HTML", b"<html><body>502 Bad Gateway</body></html>".to_vec()),
        ("a nest of lists", [vec![b'['; 20_000], vec![b']'; 20_000]].concat()),
        ("a huge text", vec![b'x'; HUGE]),
        ("a huge list", [b"[".to_vec(), b"{},".repeat(HUGE / 3 - 2), b"{}]".to_vec()].concat()),
    ]
}
