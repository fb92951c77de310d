//! What an account proves itself with (请求签名): a digest over user id, eight zeros, password and time, or an apikey. The
//! vendor's pushes carry the same digest.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::digest::{constant_time_eq, md5, sha256};
use jixinda_plugin_kit::encoding::hex;
use jixinda_plugin_kit::types::Failure;
use jixinda_plugin_kit::{Gateway, settings};
use sm3::{Digest, Sm3};

use crate::config::{Config, Kind};

const FIXED: &str = "00000000";

/// What every request begins with.
pub enum Credentials {
    Digested { kind: Kind, user_id: String, password: String },
    Apikey(String),
}

impl Credentials {
    pub fn of(config: &Config, gateway: &dyn Gateway) -> Result<Self, Failure> {
        if config.auth == Kind::Apikey {
            return Ok(Self::Apikey(settings::secret(gateway, "apikey")?));
        }
        if config.user_id.is_empty() {
            return Err(Failure::BadConfig("user_id is not set".into()));
        }
        let password = settings::secret(gateway, "password")?;
        Ok(Self::Digested { kind: config.auth, user_id: config.user_id.to_uppercase(), password })
    }

    /// The fields of a request at this instant.
    pub fn fields(&self, now: u64, zone: Zone) -> Vec<(&'static str, String)> {
        match self {
            Self::Apikey(apikey) => vec![("apikey", apikey.clone())],
            Self::Digested { kind, user_id, password } => {
                let timestamp = timestamp(now, zone);
                let pwd = pwd(*kind, user_id, password, &timestamp);
                let mut fields = vec![("userid", user_id.clone()), ("pwd", pwd)];
                if *kind != Kind::Plain {
                    fields.push(("timestamp", timestamp));
                }
                fields
            }
        }
    }
}

/// Whether a push proves that its sender knows the agreed password. The proof covers the time, not the content.
pub fn is_genuine(
    config: &Config,
    gateway: &dyn Gateway,
    (user_id, told, timestamp): (&str, &str, &str),
) -> Result<bool, Failure> {
    let agreed = settings::optional_secret(gateway, "push_password");
    let password = match agreed {
        Some(password) => password,
        None => settings::secret(gateway, "password")?,
    };
    // An account with an apikey has pushes of the usual kind.
    let kind = if config.auth == Kind::Apikey { Kind::Md5 } else { config.auth };
    let expected_user = config.push_user_id().to_uppercase();
    let expected = pwd(kind, &expected_user, &password, timestamp);
    let is_user = constant_time_eq(user_id.to_uppercase().as_bytes(), expected_user.as_bytes());
    let told = if kind == Kind::Plain { told.to_owned() } else { told.to_lowercase() };
    Ok(is_user & constant_time_eq(told.as_bytes(), expected.as_bytes()))
}

/// `MMDDHHMMSS`.
fn timestamp(now: u64, zone: Zone) -> String {
    zone.format_compact(now).split_off(4)
}

fn pwd(kind: Kind, user_id: &str, password: &str, timestamp: &str) -> String {
    let text = format!("{user_id}{FIXED}{password}{timestamp}");
    match kind {
        Kind::Md5 => hex(&md5(text.as_bytes())),
        Kind::Sha256 => hex(&sha256(text.as_bytes())),
        Kind::Sm3 => hex(&Sm3::digest(text.as_bytes())),
        Kind::Plain | Kind::Apikey => password.to_owned(),
    }
}

/// For tests: what the vendor would send with a push.
#[cfg(test)]
pub fn push_pwd(user_id: &str, password: &str, timestamp: &str) -> String {
    pwd(Kind::Md5, user_id, password, timestamp)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::NOW;

    use super::*;

    #[test]
    fn the_vendors_vector_and_ours() {
        for (user_id, password, timestamp, md5, sha256) in [
            (
                "J10003",
                "111111",
                "0803192020",
                "26dad7f364507df18f3841cc9c4ff94d",
                "027f1d602d974a8071d84985b19320977b17f80ac9424f9b724793cd30887c83",
            ),
            (
                "ABC123",
                "p@ss",
                "0102030405",
                "0ff5347b72dfeedaeaf7e015ee69540c",
                "8e0bc236631373b626ea518243bb5d32ca903661ef6173df18f0b4fcdb035b07",
            ),
        ] {
            assert_eq!(pwd(Kind::Md5, user_id, password, timestamp), md5);
            assert_eq!(pwd(Kind::Sha256, user_id, password, timestamp), sha256);
        }
    }

    #[test]
    fn sm3_is_the_standards() {
        // The first example of GB/T 32905.
        assert_eq!(hex(&Sm3::digest(b"abc")), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(pwd(Kind::Sm3, "A", "b", "c").len(), 64);
    }

    #[test]
    fn each_kind_has_its_fields() {
        let digested = |kind| Credentials::Digested { kind, user_id: "J10003".into(), password: "111111".into() };
        let names = |it: Credentials| it.fields(NOW, Zone::CHINA).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(digested(Kind::Md5)), ["userid", "pwd", "timestamp"]);
        assert_eq!(digested(Kind::Md5).fields(NOW, Zone::CHINA)[2].1, "0102110405");
        assert_eq!(names(digested(Kind::Plain)), ["userid", "pwd"]);
        assert_eq!(digested(Kind::Plain).fields(NOW, Zone::CHINA)[1].1, "111111");
        assert_eq!(names(Credentials::Apikey("k".into())), ["apikey"]);
    }
}
