//! Who is asking: a hash of the password, in family 2 with the time as seed.

use std::sync::Arc;

use md5::{Digest, Md5};

use super::answer::refusal;
use super::options::{Case, Family, LexinOptions};
use super::request::Fields;
use crate::account::AccountState;
use crate::clock::now_ms;
use crate::dates;
use crate::wire::{Provider, Refusal};
use crate::world::World;

/// How far a seed may be off is not documented. An hour forgives a slow clock, but no clock of another zone.
const TOLERANCE_MS: u64 = 60 * 60 * 1_000;

/// Finds the account that a request proves to be.
pub(super) fn authenticate(fields: &Fields<'_>, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let name = fields.get("accName").ok_or_else(|| refusal("用户名不能为空"))?;
    let account = world.accounts.at(Provider::Lexin, name).ok_or_else(|| refusal("用户不存在"))?;
    let settings = account.settings();
    let LexinOptions { family, case, .. } = settings.options();
    // There is one function for the balance, and both families ask it.
    let is_of_family = fields.function == "qryBalance" || fields.function.ends_with('2') == (family == Family::Two);
    if !is_of_family {
        return Err(refusal("该账号没有此接口的权限"));
    }
    let seed = fields.get("seed").unwrap_or_default();
    let (is_now, expected) = match family {
        Family::One => (true, digest(&settings.secret, case)),
        Family::Two => (is_now(seed), seeded_digest(&settings.secret, seed, case)),
    };
    if is_now && fields.get("accPwd") == Some(&expected) { Ok(account) } else { Err(refusal("密码错误")) }
}

fn is_now(seed: &str) -> bool {
    dates::parse_long_local(seed).is_some_and(|ms| ms.abs_diff(now_ms()) <= TOLERANCE_MS)
}

fn digest(text: &str, case: Case) -> String {
    let hash = Md5::digest(text);
    match case {
        Case::Upper => hex::encode_upper(hash),
        Case::Lower => hex::encode(hash),
    }
}

fn seeded_digest(secret: &str, seed: &str, case: Case) -> String {
    digest(&format!("{}{seed}", digest(secret, case)), case)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sheet's vectors.
    #[test]
    fn worked_vectors() {
        assert_eq!(digest("123456", Case::Upper), "E10ADC3949BA59ABBE56E057F20F883E");
        let seeded = |case| seeded_digest("123456", "20240102030405", case);
        assert_eq!(seeded(Case::Upper), "77E77FBFD4D097AAF780EA92A61E0134");
        assert_eq!(seeded(Case::Lower), "517e93d980bc329a6aad55d02f275f47");
    }
}
