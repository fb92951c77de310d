//! Reading an account's settings. The gateway has checked them against the schema; what is still wrong is
//! [`Failure::BadConfig`].

use serde::de::DeserializeOwned;

use crate::Gateway;
use crate::types::{Account, Failure};

/// The settings that are no secrets.
pub fn read<T: DeserializeOwned>(account: &Account) -> Result<T, Failure> {
    serde_json::from_str(&account.config).map_err(|error| Failure::BadConfig(error.to_string()))
}

/// A secret that there must be.
pub fn secret(gateway: &dyn Gateway, name: &str) -> Result<String, Failure> {
    optional_secret(gateway, name).ok_or_else(|| Failure::BadConfig(format!("{name} is not set")))
}

/// A secret that there may be. Empty counts as absent.
pub fn optional_secret(gateway: &dyn Gateway, name: &str) -> Option<String> {
    gateway.secret(name).filter(|value| !value.is_empty())
}

/// Scheme and authority without a slash at the end.
#[must_use]
pub fn base(url: &str) -> &str {
    url.trim().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::fake::FakeGateway;
    use crate::samples::account;

    #[derive(Deserialize, Debug)]
    struct Settings {
        key: String,
    }

    #[test]
    fn settings_are_read_and_their_faults_are_told() {
        assert_eq!(read::<Settings>(&account(r#"{"key":"k"}"#)).unwrap().key, "k");
        assert!(matches!(read::<Settings>(&account("{}")), Err(Failure::BadConfig(_))));
        let gateway = FakeGateway::default().secret("full", "x").secret("empty", "");
        assert_eq!(secret(&gateway, "full").as_deref(), Ok("x"));
        assert_eq!(secret(&gateway, "empty"), Err(Failure::BadConfig("empty is not set".into())));
        assert_eq!(base("https://a.example.com/"), "https://a.example.com");
    }
}
