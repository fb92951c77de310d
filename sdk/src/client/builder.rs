//! [`Builder`]: how a client is set up.

use super::pause::Pauses;
use super::retries::Retries;
use super::target::Target;
use super::{Client, Shared, environment, tls};
use crate::error::{Error, Result};
use crate::key::{AccessKey, AuthMode};
use std::sync::Arc;
use std::time::Duration;

/// Sets up a [`Client`].
///
/// ```
/// use jixinda_sdk::{AuthMode, Client, Retries};
/// use std::time::Duration;
///
/// let client = Client::builder("https://sms.example.com")
///     .key("key_01M84MB7GJ1S0S9V7ZT1E9V5NA.example-secret")
///     .timeout(Duration::from_secs(10))
///     .retries(Retries::new(5))
///     .auth_mode(AuthMode::Bearer)
///     .build()?;
/// # Ok::<(), jixinda_sdk::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "it makes a client only when it is built"]
pub struct Builder {
    url: String,
    key: Option<String>,
    mode: AuthMode,
    retries: Retries,
    timeout: Duration,
    connect_timeout: Duration,
    user_agent: String,
    roots: Vec<Vec<u8>>,
    pauses: Pauses,
}

impl Builder {
    pub(super) fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            key: None,
            mode: AuthMode::default(),
            retries: Retries::default(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            user_agent: concat!("jixinda-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
            roots: Vec::new(),
            pauses: Pauses::Real,
        }
    }

    /// Begins with what the environment says, as [`Client::from_env`] does.
    ///
    /// # Errors
    /// [`Error::Configuration`] where a variable is missing.
    pub fn from_env() -> Result<Self> {
        environment::process()
    }

    /// The application's key, as `key_….secret`. It is needed.
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// How the client proves who calls; by signing where nothing is said.
    pub fn auth_mode(self, mode: AuthMode) -> Self {
        Self { mode, ..self }
    }

    /// How often a call is tried again.
    pub fn retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// How long one try may take, its answer included; 30 seconds where nothing is said.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How long making a connection may take; 5 seconds where nothing is said.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// What stands before the SDK's own name in `User-Agent`, such as `shop/1.4`.
    pub fn user_agent(self, name: impl AsRef<str>) -> Self {
        let user_agent = format!("{} jixinda-sdk/{}", name.as_ref(), env!("CARGO_PKG_VERSION"));
        Self { user_agent, ..self }
    }

    /// A further authority that an `https` gateway's certificate may come from, in PEM. Mozilla's are known.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] where the address, the key or a certificate is none.
    pub fn build(self) -> Result<Client> {
        let target = Target::parse(&self.url)?;
        let key = self.key.ok_or_else(|| Error::Configuration("the client has no key".to_owned()))?;
        let key: AccessKey = key.parse()?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::configuration(&self.roots)?)
            .user_agent(self.user_agent)
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            // A redirect would carry the secret, or a text, to a place that nobody named.
            .redirect(reqwest::redirect::Policy::none())
            // Here alone it is decided what is tried again.
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| Error::Configuration(format!("the HTTP client cannot be set up: {error}")))?;
        let Self { mode, retries, pauses, .. } = self;
        Ok(Client { shared: Arc::new(Shared { http, target, key, mode, retries, pauses }) })
    }

    /// Pauses are noted there, and nobody waits.
    #[cfg(test)]
    pub(super) fn noting(self, noted: Arc<std::sync::Mutex<Vec<Duration>>>) -> Self {
        Self { pauses: Pauses::Noted(noted), ..self }
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("mode", &self.mode).field("retries", &self.retries).finish_non_exhaustive()
    }
}
