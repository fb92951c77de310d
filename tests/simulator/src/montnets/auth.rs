//! Who is asking: four ways to say it, of which an account is set up for one.

use std::sync::Arc;

use md5::{Digest, Md5};

use super::answer::refusal;
use super::options::{Auth, MontnetsOptions};
use super::request::Fields;
use crate::account::{Account, AccountState};
use crate::clock::now_ms;
use crate::dates;
use crate::signing::sha256_hex;
use crate::wire::{Provider, Refusal};
use crate::world::World;

/// How far a timestamp may be off is not documented. An hour forgives a slow clock, but no clock of another zone.
const TOLERANCE_MS: u64 = 60 * 60 * 1_000;

/// Finds the account that a request proves to be. Whatever is wrong, the code is the same.
pub(super) fn authenticate(fields: &Fields<'_>, world: &World) -> Result<Arc<AccountState>, Refusal> {
    if let Some(apikey) = fields.get("apikey") {
        let is_it = |account: &Account| account.secret == apikey && auth_of(account) == Auth::Apikey;
        let account = world.accounts.find_of(Provider::Montnets, is_it);
        return account.ok_or_else(|| failed("apikey"));
    }
    let userid = fields.get("userid").ok_or_else(|| failed("userid"))?;
    let account = world.accounts.at(Provider::Montnets, &userid).ok_or_else(|| failed("userid"))?;
    let settings = account.settings();
    let (auth, pwd, timestamp) = (auth_of(&settings), fields.get("pwd"), fields.get("timestamp").unwrap_or_default());
    if auth == Auth::Apikey || pwd.is_none() || pwd != password(auth, &userid, &settings.secret, &timestamp) {
        return Err(failed("pwd"));
    }
    let is_now =
        || dates::parse_yearless_local(&timestamp, now_ms()).is_some_and(|at| at.abs_diff(now_ms()) <= TOLERANCE_MS);
    if auth != Auth::Plain && !is_now() {
        return Err(failed("timestamp"));
    }
    Ok(account)
}

/// The fields that prove who sends a push: the same as in the other direction.
pub(super) fn fields_of_push(account: &Account, auth: Auth) -> Vec<(&'static str, String)> {
    let timestamp = dates::yearless_local(now_ms());
    match password(auth, &account.key, &account.secret, &timestamp) {
        Some(pwd) => vec![("userid", account.key.clone()), ("pwd", pwd), ("timestamp", timestamp)],
        None => vec![("apikey", account.secret.clone())],
    }
}

/// What stands in `pwd`; an apikey needs none.
fn password(auth: Auth, userid: &str, secret: &str, timestamp: &str) -> Option<String> {
    let string = || format!("{}00000000{secret}{timestamp}", userid.to_uppercase());
    match auth {
        Auth::Md5 => Some(hex::encode(Md5::digest(string()))),
        Auth::Sha256 => Some(sha256_hex(string())),
        Auth::Plain => Some(secret.to_owned()),
        Auth::Apikey => None,
    }
}

fn auth_of(account: &Account) -> Auth {
    account.options::<MontnetsOptions>().auth
}

fn failed(field: &str) -> Refusal {
    refusal("-100001", format!("鉴权不成功: {field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sheet's vectors; the first is the provider's own.
    #[test]
    fn worked_vectors() {
        let md5 = |userid, secret, timestamp| password(Auth::Md5, userid, secret, timestamp).expect("a digest");
        let sha256 = |userid, secret, timestamp| password(Auth::Sha256, userid, secret, timestamp).expect("a digest");
        assert_eq!(md5("J10003", "111111", "0803192020"), "26dad7f364507df18f3841cc9c4ff94d");
        assert_eq!(md5("j10003", "111111", "0803192020"), "26dad7f364507df18f3841cc9c4ff94d", "always upper case");
        let expected = "027f1d602d974a8071d84985b19320977b17f80ac9424f9b724793cd30887c83";
        assert_eq!(sha256("J10003", "111111", "0803192020"), expected);
        assert_eq!(md5("ABC123", "p@ss", "0102030405"), "0ff5347b72dfeedaeaf7e015ee69540c");
        let expected = "8e0bc236631373b626ea518243bb5d32ca903661ef6173df18f0b4fcdb035b07";
        assert_eq!(sha256("ABC123", "p@ss", "0102030405"), expected);
    }
}
