//! Who is asking: a token, which is an account's secret. The account's key is never told.

use std::sync::Arc;

use super::answer::refusal;
use super::options::{GenericOptions, Place, Shape};
use super::request::Fields;
use crate::account::{Account, AccountState};
use crate::wire::{Provider, RawRequest, Refusal};
use crate::world::World;

/// Finds the account whose token it is, if it is where the account has it, in a request of the account's shape.
pub(super) fn authenticate(request: &RawRequest, fields: &Fields, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let header = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
    let (place, token) = match (header, fields.text("token")) {
        (Some(token), _) => (Place::Header, token),
        (None, Some(token)) => (Place::Field, token),
        (None, None) => return Err(refusal("unauthorized", "there is no token")),
    };
    let account = world.accounts.find_of(Provider::Generic, |account: &Account| account.secret == token);
    let account = account.ok_or_else(|| refusal("unauthorized", "the token is unknown"))?;
    let options: GenericOptions = account.settings().options();
    if ![Place::Any, place].contains(&options.token) {
        return Err(refusal("unauthorized", "the token is not where this account has it"));
    }
    if options.shape != Shape::Any && fields.shape != Shape::Any && options.shape != fields.shape {
        return Err(refusal("bad_request", "this account sends in another format"));
    }
    Ok(account)
}
