//! Which accounts may be registered; each refusal is a sentence for whoever wrote the test.

use anyhow::{Context, Result, bail, ensure};
use hyper::Uri;
use serde::de::DeserializeOwned;

use super::{Account, ReceiptMode};

impl Account {
    pub(crate) fn check(&self) -> Result<()> {
        ensure!(!self.key.is_empty(), "an account needs a key");
        ensure!(!self.secret.is_empty(), "account {} needs a secret", self.key);
        self.callback_url.as_deref().map_or(Ok(()), check_callback)?;
        let (wire, provider) = (self.provider.wire(), self.provider);
        match self.receipts.mode {
            Some(ReceiptMode::Push) => {
                ensure!(wire.nature().pushes, "{provider:?} pushes nothing; receipts.mode is pull");
            }
            Some(ReceiptMode::Pull) => {
                ensure!(wire.nature().polls, "{provider:?} cannot be polled; receipts.mode is push");
            }
            None => {}
        }
        wire.check(self)
    }

    /// Reads the options into the provider's own type, which knows its keys.
    pub(crate) fn check_options<T: DeserializeOwned + Default>(&self) -> Result<T> {
        if self.options.is_null() {
            return Ok(T::default());
        }
        T::deserialize(&self.options).with_context(|| format!("account {} has wrong options", self.key))
    }
}

fn check_callback(url: &str) -> Result<()> {
    let uri: Uri = url.parse().with_context(|| format!("callback_url {url} is no URL"))?;
    if uri.scheme_str() != Some("http") || uri.host().is_none() {
        bail!("callback_url {url} must be an http:// address; the simulator pushes without TLS");
    }
    Ok(())
}
