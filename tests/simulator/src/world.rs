//! Everything that the listeners, the pushers and the control API share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::runtime::Handle;

use crate::account::{Account, AccountState, Accounts, Tally};
use crate::clock::now_ms;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::memory::{Memory, Remember, Summary};
use crate::nonces::Nonces;
use crate::options::Options;
use crate::push::{self, InboundText, PushClient, Receipt};

/// Call ids carry their time: milliseconds, then five digits of room. They have the 18 digits of a real BizId.
const CALLS_PER_MS: u64 = 100_000;

/// The simulated providers' common state.
pub(crate) struct World {
    pub(crate) accounts: Accounts,
    pub(crate) memory: Memory,
    /// `None` where nonces may be used again.
    pub(crate) nonces: Option<Nonces>,
    pub(crate) dice: Dice,
    /// Requests that belong to no account.
    pub(crate) strangers: Tally,
    push_client: Arc<PushClient>,
    last_call: AtomicU64,
    runtime: Handle,
}

impl World {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        ensure!(!options.push_retries.is_empty(), "push_retries needs at least one delay");
        Ok(Self {
            accounts: Accounts::default(),
            memory: Memory::new(options.remember == Remember::Details),
            nonces: (!options.allow_nonce_reuse).then(Nonces::new),
            dice: Dice::new(options.seed),
            strangers: Tally::default(),
            push_client: Arc::new(PushClient::new(options)),
            last_call: AtomicU64::new(0),
            runtime: Handle::try_current().context("the simulator needs a tokio runtime")?,
        })
    }

    pub(crate) fn register(&self, account: Account) -> Result<()> {
        account.check()?;
        self.accounts.put(account, |state| self.runtime.spawn(push::run(state, self.push_client.clone())));
        Ok(())
    }

    pub(crate) fn set_faults(&self, key: &str, faults: Faults) -> Result<()> {
        faults.check()?;
        self.accounts.find(key)?.set_faults(faults);
        Ok(())
    }

    pub(crate) fn push_inbound(&self, text: InboundText) -> Result<()> {
        let account = self.accounts.find(&text.account)?;
        let settings = account.settings();
        ensure!(settings.callback_url.is_some(), "account {} has no callback_url to push to", text.account);
        let body = settings.provider.wire().inbound(&[text], self);
        account.outbox.add_inbound(body);
        Ok(())
    }

    /// Pushes receipts at once and waits for the first try to end.
    pub(crate) async fn push_now(&self, account: &AccountState, receipts: &[Receipt]) {
        self.push_client.push_now(account, receipts).await;
    }

    /// A fresh call id, greater than any before.
    pub(crate) fn next_call(&self) -> u64 {
        let floor = u64::try_from(now_ms()).unwrap_or_default() * CALLS_PER_MS;
        let next = |last: u64| floor.max(last + 1);
        let last = self.last_call.fetch_update(Relaxed, Relaxed, |last| Some(next(last)));
        next(last.unwrap_or_default())
    }

    pub(crate) fn summary(&self) -> Summary {
        let mut total = self.strangers.summary();
        let mut accounts = BTreeMap::new();
        for account in self.accounts.all() {
            let summary = account.tally.summary();
            total.add(summary);
            accounts.insert(account.key.to_string(), summary);
        }
        let (numbers, doubled) = (self.memory.numbers(), self.memory.doubled_count());
        Summary { total, numbers, doubled, accounts }
    }

    /// Forgets texts, totals, nonces and waiting pushes; accounts and their faults stay.
    pub(crate) fn reset(&self) {
        self.memory.clear();
        self.strangers.clear();
        self.nonces.iter().for_each(Nonces::clear);
        for account in self.accounts.all() {
            account.outbox.clear();
            account.tally.clear();
        }
    }
}

/// When a call was made, from its id alone.
pub(crate) fn call_time_ms(call: u64) -> i64 {
    i64::try_from(call / CALLS_PER_MS).unwrap_or(i64::MAX)
}

/// Milliseconds as the signed number that times are kept in.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
