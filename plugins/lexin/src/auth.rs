//! What an account proves itself with (请求签名): the password's MD5, or in the second family that and the time's MD5. Over
//! plain HTTP the first can be replayed by whoever sees it.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::digest::md5;
use jixinda_plugin_kit::encoding::hex;

use crate::config::{Case, Config, Family};

/// The fields of a request at this instant. The balance has a function of the first family only.
pub fn fields(config: &Config, password: &str, family: Family, now: u64) -> Vec<(&'static str, String)> {
    let account = ("accName", config.account.clone());
    let digest = |case| if config.password_is_hashed { password.to_owned() } else { digest(password, case) };
    match family {
        Family::One => vec![account, ("accPwd", digest(Case::Upper))],
        Family::Two => {
            let seed = Zone::CHINA.format_compact(now);
            let salted = self::digest(&format!("{}{seed}", digest(config.digest_case)), config.digest_case);
            vec![account, ("seed", seed), ("accPwd", salted)]
        }
    }
}

fn digest(text: &str, case: Case) -> String {
    let digits = hex(&md5(text.as_bytes()));
    match case {
        Case::Upper => digits.to_uppercase(),
        Case::Lower => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;

    /// 2024-01-02 03:04:05 in Beijing.
    const NOW: u64 = 1_704_135_845_000;

    fn password(settings: &str, password: &str, family: Family) -> String {
        let config = Config::read(&account(settings)).unwrap();
        fields(&config, password, family, NOW).pop().unwrap().1
    }

    #[test]
    fn the_vectors_of_both_families() {
        assert_eq!(password("", "123456", Family::One), "E10ADC3949BA59ABBE56E057F20F883E");
        assert_eq!(password("", "123456", Family::Two), "77E77FBFD4D097AAF780EA92A61E0134");
        let lower = r#","digest_case":"lower""#;
        assert_eq!(password(lower, "123456", Family::Two), "517e93d980bc329a6aad55d02f275f47");
        assert_eq!(password(lower, "123456", Family::One), "E10ADC3949BA59ABBE56E057F20F883E");
    }

    #[test]
    fn a_digest_is_not_digested_again() {
        let hashed = r#","password_is_hashed":true"#;
        let digest = "E10ADC3949BA59ABBE56E057F20F883E";
        assert_eq!(password(hashed, digest, Family::One), digest);
        assert_eq!(password(hashed, digest, Family::Two), "77E77FBFD4D097AAF780EA92A61E0134");
    }

    #[test]
    fn the_seed_is_beijings_time() {
        let config = Config::read(&account("")).unwrap();
        assert_eq!(fields(&config, "p", Family::Two, NOW)[1], ("seed", "20240102030405".to_owned()));
    }
}
