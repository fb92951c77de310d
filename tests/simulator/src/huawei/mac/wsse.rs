//! `X-WSSE`: a digest of nonce, date and secret in a header.
//!
//! The provider's sheet gives the codes E000001 to E000008 and E000020 to E000027 as two groups; that they follow the order of
//! the headers' parts is assumed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha256;

use super::refusal;
use crate::account::Account;
use crate::clock::now_ms;
use crate::dates;
use crate::huawei::options::Digest;
use crate::signing::Fields;
use crate::wire::{RawRequest, Refusal};
use crate::world::World;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The app_key that a request names, if both headers are as they should be.
pub(super) fn key<'r>(request: &'r RawRequest, authorization: &str) -> Result<&'r str, Refusal> {
    let fields = Fields::parse(authorization, "WSSE").ok_or_else(|| refusal("E000008", "Authorization is not WSSE"))?;
    for (name, value, code) in
        [("realm", "SDP", "E000004"), ("profile", "UsernameToken", "E000005"), ("type", "Appkey", "E000006")]
    {
        if fields.get(name) != Some(value) {
            return Err(refusal(code, format!("{name} of Authorization must be {value}")));
        }
    }
    part(request, "Username", "E000021")
}

/// Checks digest, date and nonce.
pub(super) fn check(request: &RawRequest, account: &Account, form: Digest, world: &World) -> Result<(), Refusal> {
    let nonce = part(request, "Nonce", "E000022")?;
    let created = part(request, "Created", "E000023")?;
    let claimed = part(request, "PasswordDigest", "E000024")?;
    let created_ms = dates::parse_utc(created).ok_or_else(|| refusal("E000025", "Created is not in its format"))?;
    if nonce.len() > 128 || !nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(refusal("E000022", "Nonce has 1 to 128 letters and digits"));
    }
    if claimed != digest(nonce, created, &account.secret, form) {
        return Err(refusal("E000105", "the PasswordDigest is wrong"));
    }
    if created_ms.abs_diff(now_ms()) > DAY_MS {
        return Err(refusal("E000110", "Created is more than a day off"));
    }
    // What a nonce's second use is answered with is not documented.
    let is_fresh = world.nonces.as_ref().is_none_or(|nonces| nonces.spend(&account.key, nonce));
    if is_fresh { Ok(()) } else { Err(refusal("E000101", "the Nonce was used before")) }
}

pub(super) fn digest(nonce: &str, created: &str, secret: &str, form: Digest) -> String {
    let hash = <Sha256 as sha2::Digest>::digest(format!("{nonce}{created}{secret}"));
    match form {
        Digest::Hex => STANDARD.encode(hex::encode(hash)),
        Digest::Raw => STANDARD.encode(hash),
    }
}

fn part<'r>(request: &'r RawRequest, name: &str, code: &str) -> Result<&'r str, Refusal> {
    let header = request.header("x-wsse").ok_or_else(|| refusal("E000020", "X-WSSE is missing"))?;
    let fields = Fields::parse(header, "UsernameToken");
    let fields = fields.ok_or_else(|| refusal("E000026", "X-WSSE must begin with UsernameToken"))?;
    fields.get(name).ok_or_else(|| refusal(code, format!("X-WSSE lacks {name}")))
}
