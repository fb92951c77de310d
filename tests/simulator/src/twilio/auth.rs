//! Who is asking: HTTP Basic, with the account's own credentials or an API key.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer;
use super::options::TwilioOptions;
use crate::account::AccountState;
use crate::wire::{Provider, RawRequest, Refusal};
use crate::world::World;

/// Finds the account that a request proves to be; its path names the account with either credentials.
pub(super) fn authenticate(request: &RawRequest, sid: &str, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let failed = || answer::refusal("20003", "Authenticate");
    let (user, password) = request.header("authorization").and_then(credentials).ok_or_else(failed)?;
    let account = world.accounts.at(Provider::Twilio, sid).ok_or_else(failed)?;
    let settings = account.settings();
    let api_key = settings.options::<TwilioOptions>().api_key;
    let is_own = user == settings.key && password == settings.secret;
    let is_key = api_key.is_some_and(|key| user == key.sid && password == key.secret);
    if is_own || is_key { Ok(account) } else { Err(failed()) }
}

fn credentials(header: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ")?).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::credentials;

    /// The sheet's vector.
    #[test]
    fn worked_vector() {
        let header = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0d2lsaW9BdXRoVG9rZW5FeGFtcGxl";
        let (user, password) = credentials(header).expect("credentials");
        assert_eq!(
            (user.as_str(), password.as_str()),
            ("AC00000000000000000000000000000001", "twilioAuthTokenExample")
        );
        assert_eq!(credentials("Bearer x"), None);
    }
}
