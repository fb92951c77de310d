//! Everything that the listeners, the pushers and the control API share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::runtime::Handle;

use crate::account::{Account, AccountState, Accounts, ReceiptMode, Tally};
use crate::clock::now_ms;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::mailbox::ArrivedText;
use crate::memory::{Memory, Remember, Summary};
use crate::nonces::Nonces;
use crate::options::Options;
use crate::push::{self, InboundText, Part, PushClient, Receipt};

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
        let account = self.accounts.find(key)?;
        let provider = account.settings().provider;
        let is_possible = faults.text_error.is_none() || provider.wire().nature().tells_of_texts;
        ensure!(
            is_possible,
            "an answer of {provider:?} does not tell of single texts; use error instead of text_error"
        );
        account.set_faults(faults);
        Ok(())
    }

    /// A person's text arrives at the provider, which pushes it or keeps it until it is polled.
    pub(crate) fn push_inbound(&self, text: InboundText) -> Result<()> {
        let account = self.accounts.find(&text.account)?;
        let settings = account.settings();
        let pushes = settings.mode() == ReceiptMode::Push;
        ensure!(!pushes || settings.callback_url.is_some(), "account {} has no callback_url to push to", text.account);
        let wire = settings.provider.wire();
        let pieces = pieces(&text.content, wire.nature().inbound_part);
        let (text, total) = (Arc::new(text), u32::try_from(pieces.len())?);
        for (number, content) in (1..).zip(pieces) {
            let (id, part) = (self.next_call(1), Part { number, total });
            let arrived = ArrivedText { id, at_ms: now_ms(), text: text.clone(), content: content.into(), part };
            if pushes {
                account.outbox.add_inbound(wire.inbound(&settings, &arrived));
            }
            account.mailbox.add_inbound(arrived, !pushes);
        }
        Ok(())
    }

    /// Pushes receipts at once and waits for the first try to end.
    pub(crate) async fn push_now(&self, account: &AccountState, receipts: &[Receipt]) {
        self.push_client.push_now(account, receipts).await;
    }

    /// A fresh call id, greater than any before. As many ids as the call has texts are its own, for providers that count
    /// their texts upwards.
    pub(crate) fn next_call(&self, texts: usize) -> u64 {
        let floor = u64::try_from(now_ms()).unwrap_or_default() * CALLS_PER_MS;
        let first = |last: u64| floor.max(last + 1);
        let more = (texts as u64).saturating_sub(1);
        let last = self.last_call.fetch_update(Relaxed, Relaxed, |last| Some(first(last) + more));
        first(last.unwrap_or_default())
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

    /// Forgets texts, totals, nonces and what waits to be pushed or polled; accounts and their faults stay.
    pub(crate) fn reset(&self) {
        self.memory.clear();
        self.strangers.clear();
        self.nonces.iter().for_each(Nonces::clear);
        for account in self.accounts.all() {
            account.outbox.clear();
            account.mailbox.clear();
            account.tally.clear();
        }
    }
}

/// A text in pieces of at most so many characters; at least one.
fn pieces(content: &str, most: usize) -> Vec<String> {
    let characters: Vec<char> = content.chars().collect();
    let pieces = characters.chunks(most.max(1)).map(String::from_iter);
    if characters.is_empty() { vec![String::new()] } else { pieces.collect() }
}

/// When a call was made, from its id alone.
pub(crate) fn call_time_ms(call: u64) -> i64 {
    i64::try_from(call / CALLS_PER_MS).unwrap_or(i64::MAX)
}

/// Milliseconds as the signed number that times are kept in.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
