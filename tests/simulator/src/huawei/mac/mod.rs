//! Who is asking: one of two schemes, whichever the account is set up for. Both were written from the provider's description
//! alone, and are tested with its worked vectors.

mod sdk;
#[cfg(test)]
mod tests;
mod wsse;

use std::sync::Arc;

use super::answer::refusal;
use super::options::{Auth, HuaweiOptions};
use crate::account::AccountState;
use crate::wire::{Provider, RawRequest, Refusal};
use crate::world::World;

pub(super) use sdk::sign_push;

/// Finds the account that a request proves to be.
pub(super) fn authenticate(request: &RawRequest, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let header = request.header("authorization").ok_or_else(|| refusal("E000001", "Authorization is missing"))?;
    let is_sdk = header.starts_with(sdk::ALGORITHM);
    let key = if is_sdk { sdk::key(header)? } else { wsse::key(request, header)? };
    let account = world.accounts.at(Provider::Huawei, key);
    let account = account.ok_or_else(|| refusal("E000102", "the app_key is invalid"))?;
    let settings = account.settings();
    let options: HuaweiOptions = settings.options();
    match (options.auth, is_sdk) {
        (Auth::Wsse, false) => wsse::check(request, &settings, options.digest, world)?,
        (Auth::Sdk, true) => sdk::check(request, header, &settings.secret)?,
        _ => return Err(refusal("E000101", "the app is not set up for this way of authentication")),
    }
    Ok(account)
}
