//! What a plugin may be asked besides sending: to read a provider's call, to poll, to look up, to tell a balance.

use crate::call::{AccountAccess, CallError, Runtime};
use crate::convert;
use crate::registry::Plugin;
use crate::state::store;
use jixinda_domain::Amount;
use jixinda_domain::provider::{CallbackCall, CallbackEvents, CallbackReply, Fate, FeedPage, SentMessage};
use std::sync::Arc;

impl Runtime {
    /// Lets a plugin read a provider's call. Answers the events (none where the call is forged or malformed) and the reply.
    ///
    /// # Errors
    /// Where no plugin can read it now: the provider should call again.
    pub async fn callback(
        &self,
        plugin: &Arc<Plugin>,
        account: &AccountAccess,
        call: &CallbackCall,
    ) -> Result<(Result<CallbackEvents, String>, CallbackReply), CallError> {
        let unsupported = || CallError::Unsupported(plugin.descriptor().id.clone(), "callbacks");
        let indices = plugin.admitted.callbacks.clone().ok_or_else(unsupported)?;
        let (wit_account, wit_call) = (account.to_wit(), convert::callback_call(call));
        let budget = self.options.budgets.parse;
        let store = store(&self.engine, self.reach(plugin, account), budget, 0);
        let (_, answer) = self
            .run(plugin, budget, store, |store, instance| {
                Box::pin(async move {
                    let guest = indices.load(&mut *store, &instance)?;
                    guest.call_parse(store, &wit_account, &wit_call).await
                })
            })
            .await;
        Ok(match answer? {
            Ok(events) => {
                let (events, reply) = convert::callback_events(events);
                (Ok(events), reply)
            }
            Err(refusal) => (Err(account.redactor.scrub(&refusal.reason)), convert::callback_reply(refusal.reply)),
        })
    }

    /// Asks a provider for one page of what is new. The page must be stored before the next is asked for: many providers forget
    /// what they have told.
    ///
    /// # Errors
    /// Where the plugin cannot be asked or fails.
    pub async fn poll(
        &self,
        plugin: &Arc<Plugin>,
        account: &AccountAccess,
        feed: &str,
        cursor: Option<&str>,
    ) -> Result<FeedPage, CallError> {
        let unsupported = || CallError::Unsupported(plugin.descriptor().id.clone(), "polling");
        let indices = plugin.admitted.polling.clone().ok_or_else(unsupported)?;
        let (wit_account, feed, cursor) = (account.to_wit(), feed.to_owned(), cursor.map(str::to_owned));
        let budget = self.options.budgets.poll;
        let store = store(&self.engine, self.reach(plugin, account), budget, 0);
        let (_, answer) = self
            .run(plugin, budget, store, |store, instance| {
                Box::pin(async move {
                    let guest = indices.load(&mut *store, &instance)?;
                    guest.call_poll(store, &wit_account, &feed, cursor.as_deref()).await
                })
            })
            .await;
        Ok(convert::feed_page(answer?.map_err(|failure| account.failure(failure))?))
    }

    /// Asks a provider what became of messages. Answers one fate a message, in their order.
    ///
    /// # Errors
    /// Where the plugin cannot be asked, fails, or answers the wrong number of fates.
    pub async fn lookup(
        &self,
        plugin: &Arc<Plugin>,
        account: &AccountAccess,
        messages: &[SentMessage],
    ) -> Result<Vec<Fate>, CallError> {
        let unsupported = || CallError::Unsupported(plugin.descriptor().id.clone(), "lookup");
        let indices = plugin.admitted.lookup.clone().ok_or_else(unsupported)?;
        let wit_account = account.to_wit();
        let asked: Vec<_> = messages.iter().map(convert::sent_message).collect();
        let budget = self.options.budgets.lookup;
        let store = store(&self.engine, self.reach(plugin, account), budget, 0);
        let (_, answer) = self
            .run(plugin, budget, store, |store, instance| {
                Box::pin(async move {
                    let guest = indices.load(&mut *store, &instance)?;
                    guest.call_query(store, &wit_account, &asked).await
                })
            })
            .await;
        let fates = answer?.map_err(|failure| account.failure(failure))?;
        if fates.len() != messages.len() {
            return Err(CallError::Fault(format!(
                "the plugin answered {} fates for {} messages",
                fates.len(),
                messages.len()
            )));
        }
        Ok(fates.into_iter().map(convert::fate).collect())
    }

    /// Asks a provider for the balance of an account.
    ///
    /// # Errors
    /// Where the plugin cannot be asked or fails.
    pub async fn balance(&self, plugin: &Arc<Plugin>, account: &AccountAccess) -> Result<Amount, CallError> {
        let unsupported = || CallError::Unsupported(plugin.descriptor().id.clone(), "balance");
        let indices = plugin.admitted.balance.clone().ok_or_else(unsupported)?;
        let wit_account = account.to_wit();
        let budget = self.options.budgets.lookup;
        let store = store(&self.engine, self.reach(plugin, account), budget, 0);
        let (_, answer) = self
            .run(plugin, budget, store, |store, instance| {
                Box::pin(async move {
                    let guest = indices.load(&mut *store, &instance)?;
                    guest.call_get(store, &wit_account).await
                })
            })
            .await;
        let amount = answer?.map_err(|failure| account.failure(failure))?;
        Ok(Amount { value: amount.value, unit: amount.unit })
    }
}
