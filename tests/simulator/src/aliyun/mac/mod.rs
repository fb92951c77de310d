//! The request MAC (请求签名): who is asking, is it them, is it now, is it the first time.
//!
//! `v1` and `v3` compute the two schemes from a request; both were written from the provider's description alone, and
//! are tested with its worked vectors.

mod v1;
mod v3;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use hyper::header::AUTHORIZATION;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer;
use super::request::Rpc;
use crate::account::AccountState;
use crate::clock::now_ms;
use crate::dates;
use crate::wire::{Provider, Refusal};
use crate::world::World;

/// How far a request's date may be off, either way.
const TOLERANCE_MS: u64 = 15 * 60 * 1_000;

/// RFC 3986: all but the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a request says of itself, in either scheme.
struct Claim<'r> {
    key: &'r str,
    date: &'r str,
    nonce: &'r str,
    mac: &'r str,
    /// What the MAC is computed over.
    string_to_sign: String,
    scheme: Scheme,
}

#[derive(Clone, Copy)]
enum Scheme {
    V1,
    V3,
}

/// Finds the account that a request proves to be.
pub(super) fn authenticate(rpc: &Rpc<'_>, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let claim = if rpc.header(AUTHORIZATION.as_str()).is_some() { v3::claim(rpc)? } else { v1::claim(rpc)? };
    let account = world.accounts.get(claim.key).ok_or_else(unknown_key)?;
    let settings = account.settings();
    if settings.provider != Provider::Aliyun {
        return Err(unknown_key());
    }
    check_date(claim.date, now_ms())?;
    claim.check(&settings.secret)?;
    spend_nonce(&claim, world)?;
    Ok(account)
}

impl Claim<'_> {
    fn check(&self, secret: &str) -> Result<(), Refusal> {
        let mac = match self.scheme {
            Scheme::V1 => v1::mac(secret, &self.string_to_sign),
            Scheme::V3 => v3::mac(secret, &self.string_to_sign),
        };
        if mac == self.mac {
            return Ok(());
        }
        // The provider, too, tells what it signed: that is how one finds the differing byte.
        let message = "Specified signature is not matched with our calculation. server string to sign is:";
        Err(mismatch(format!("{message}{}", self.string_to_sign)))
    }
}

fn spend_nonce(claim: &Claim<'_>, world: &World) -> Result<(), Refusal> {
    match &world.nonces {
        Some(nonces) if !nonces.spend(claim.key, claim.nonce) => {
            Err(answer::gateway(400, "SignatureNonceUsed", "Specified signature nonce was used already."))
        }
        _ => Ok(()),
    }
}

fn check_date(date: &str, now_ms: i64) -> Result<(), Refusal> {
    let Some(date_ms) = dates::parse_utc(date) else {
        let message = format!("Specified time stamp or date value is not well formatted: {date}");
        return Err(answer::gateway(400, "InvalidTimeStamp.Format", message));
    };
    if date_ms.abs_diff(now_ms) > TOLERANCE_MS {
        let message = format!("Specified time stamp or date value is expired: {date}");
        return Err(answer::gateway(400, "InvalidTimeStamp.Expired", message));
    }
    Ok(())
}

fn unknown_key() -> Refusal {
    answer::gateway(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
}

fn mismatch(message: impl Into<String>) -> Refusal {
    answer::gateway(400, "SignatureDoesNotMatch", message)
}

/// Appends `text`, percent-encoded.
fn encode_into(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// Parameters sorted, encoded and joined.
fn canonical_query<'p>(params: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let mut params: Vec<_> = params.collect();
    params.sort_unstable();
    let mut query = String::with_capacity(256);
    for (name, value) in params {
        if !query.is_empty() {
            query.push('&');
        }
        encode_into(&mut query, name);
        query.push('=');
        encode_into(&mut query, value);
    }
    query
}
