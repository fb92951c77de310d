//! A component on the bench, with a script for its provider and the account of its own example.

use super::example;
use super::script::{Heard, Script, Scripted};
use jixinda_domain::clock::ManualClock;
use jixinda_domain::provider::{
    CallRef, CallbackCall, CallbackEvents, CallbackReply, Fate, FeedPage, OutgoingMessage, SentMessage,
};
use jixinda_domain::{Amount, Clock, Outcome, Timestamp};
use jixinda_runtime::egress::EgressOptions;
use jixinda_runtime::upstream::Upstream;
use jixinda_runtime::workbench::{Workbench, WorkbenchOptions};
use jixinda_runtime::{AccountAccess, CallError, Plugin};
use std::sync::Arc;

/// 2024-01-02T03:04:05Z, the time of the bench where a case names none.
pub const NOON: Timestamp = Timestamp::from_millis(1_704_164_645_000);
/// Every call draws the bytes of this seed.
const SEED: u64 = 1;

/// The world around a component.
pub enum Surroundings {
    /// Time stands, randomness repeats itself, and a script answers.
    Scripted,
    /// The real ones.
    Real { clock: Arc<dyn Clock>, upstream: Arc<dyn Upstream>, egress: EgressOptions },
}

/// A component with everything around it.
pub struct Bench {
    pub workbench: Workbench,
    pub script: Arc<Script>,
    pub clock: Arc<ManualClock>,
}

impl Bench {
    /// Takes a component through the gate.
    ///
    /// # Errors
    /// With the gate's sentence.
    pub async fn open(bytes: &[u8], surroundings: Surroundings) -> anyhow::Result<Self> {
        let (script, clock) = (Arc::new(Script::default()), Arc::new(ManualClock::at(NOON)));
        let options = match surroundings {
            Surroundings::Scripted => WorkbenchOptions {
                clock: clock.clone(),
                seed: Some(SEED),
                upstream: Some(Arc::new(Scripted(script.clone()))),
                egress: EgressOptions::default(),
            },
            Surroundings::Real { clock, upstream, egress } => {
                WorkbenchOptions { clock, seed: None, upstream: Some(upstream), egress }
            }
        };
        let workbench = Workbench::open(&std::env::current_exe()?, bytes, options).await?;
        Ok(Self { workbench, script, clock })
    }

    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.workbench.plugin
    }

    /// The account of the schema's example.
    ///
    /// # Errors
    /// Where there is none, or it does not fit.
    pub fn example_account(&self) -> anyhow::Result<AccountAccess> {
        let settled = example::overlaid(self.plugin(), &serde_json::Map::new())?;
        example::account(self.plugin(), settled, Some(example::CALLBACK_URL.to_owned()))
    }

    pub async fn send(
        &self,
        account: &AccountAccess,
        call: &CallRef,
        messages: &[OutgoingMessage],
    ) -> (Vec<Outcome>, Heard) {
        let outcomes = self.workbench.runtime.send(self.plugin(), account, call, messages).await;
        (outcomes, self.script.heard())
    }

    pub async fn callback(
        &self,
        account: &AccountAccess,
        call: &CallbackCall,
    ) -> (Result<(Result<CallbackEvents, String>, CallbackReply), CallError>, Heard) {
        (self.workbench.runtime.callback(self.plugin(), account, call).await, self.script.heard())
    }

    pub async fn poll(
        &self,
        account: &AccountAccess,
        feed: &str,
        cursor: Option<&str>,
    ) -> (Result<FeedPage, CallError>, Heard) {
        (self.workbench.runtime.poll(self.plugin(), account, feed, cursor).await, self.script.heard())
    }

    pub async fn lookup(&self, account: &AccountAccess, sent: &[SentMessage]) -> (Result<Vec<Fate>, CallError>, Heard) {
        (self.workbench.runtime.lookup(self.plugin(), account, sent).await, self.script.heard())
    }

    pub async fn balance(&self, account: &AccountAccess) -> (Result<Amount, CallError>, Heard) {
        (self.workbench.runtime.balance(self.plugin(), account).await, self.script.heard())
    }
}
