//! Scheme V1: HMAC-SHA1 over the sorted parameters, carried as a parameter `Signature`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{Claim, Scheme, canonical_query, encode_into};
use crate::aliyun::request::Rpc;
use crate::wire::Refusal;

/// Takes the claim from a request's parameters.
pub(super) fn claim<'r>(rpc: &'r Rpc<'_>) -> Result<Claim<'r>, Refusal> {
    Ok(Claim {
        key: rpc.required("AccessKeyId")?,
        date: rpc.required("Timestamp")?,
        nonce: rpc.required("SignatureNonce")?,
        mac: rpc.required("Signature")?,
        string_to_sign: string_to_sign(rpc),
        scheme: Scheme::V1,
    })
}

/// The method, the path and the canonical query, the latter two encoded (once more).
pub(super) fn string_to_sign(rpc: &Rpc<'_>) -> String {
    let query = canonical_query(rpc.params().filter(|(name, _)| *name != "Signature"));
    let mut text = format!("{}&", rpc.method);
    encode_into(&mut text, rpc.path);
    text.push('&');
    encode_into(&mut text, &query);
    text
}

/// Base64, with the secret followed by one `&` as the key.
pub(super) fn mac(secret: &str, string_to_sign: &str) -> String {
    let key = format!("{secret}&");
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
