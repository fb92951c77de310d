//! Who is asking: both generations carry key and secret among a request's fields, as they are.

use std::sync::Arc;

use super::answer;
use super::options::{FeigeOptions, Version};
use super::request::Fields;
use crate::account::AccountState;
use crate::wire::{Provider, Refusal};
use crate::world::World;

/// Finds the account that a request proves to be. Which code wrong credentials have in the first generation is not documented;
/// the second's is assumed.
pub(super) fn authenticate(fields: &Fields<'_>, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let (key, secret) = match fields.version {
        Version::V1 => ("Account", "Pwd"),
        Version::V2 => ("apikey", "secret"),
    };
    let failed = || answer::refusal(answer::STRANGER, format!("{key}/{secret} 验证失败"));
    let account = world.accounts.at(Provider::Feige, &fields.get(key).ok_or_else(failed)?).ok_or_else(failed)?;
    let settings = account.settings();
    let is_its_version = settings.options::<FeigeOptions>().version == fields.version;
    if is_its_version && fields.get(secret).as_ref() == Some(&settings.secret) { Ok(account) } else { Err(failed()) }
}
