//! One try of one push, and what follows from it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::header::CONTENT_TYPE;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

use super::Receipt;
use super::outbox::Parcel;
use crate::account::{Account, AccountState};
use crate::options::Options;

/// The HTTP client behind all pushes; it reuses connections.
pub(crate) struct PushClient {
    /// Pushes in flight at once, for each account.
    pub(super) in_flight: usize,
    http: Client<HttpConnector, Full<Bytes>>,
    retries: Vec<Duration>,
    tries: u32,
    timeout: Duration,
}

impl PushClient {
    pub(crate) fn new(options: &Options) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            in_flight: options.pushes_in_flight.max(1),
            http: Client::builder(TokioExecutor::new()).build(connector),
            retries: options.push_retries.clone(),
            tries: options.push_tries.max(1),
            timeout: options.push_timeout,
        }
    }

    /// Receipts that must not wait for their turn; a failed try joins the others in the outbox.
    pub(crate) async fn push_now(&self, account: &AccountState, receipts: &[Receipt]) {
        let settings = account.settings();
        for receipts in receipts.chunks(settings.provider.wire().receipts_a_push(&settings)) {
            self.push(account, Parcel::of_receipts(receipts, &settings)).await;
        }
    }

    /// Tries once; a failure is queued again until the tries run out.
    pub(super) async fn push(&self, account: &AccountState, mut parcel: Parcel) {
        let settings = account.settings();
        let pushed = timeout(self.timeout, self.call(&settings, &parcel))
            .await
            .unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {:?}", self.timeout)));
        let tally = &account.tally;
        tally.pushes.one();
        parcel.tries += 1;
        match pushed {
            Ok(()) => {
                tally.receipts_waiting.take(parcel.receipts);
                tally.receipts_pushed.add(parcel.receipts);
                tally.inbound_pushed.add(parcel.inbound);
            }
            Err(error) => {
                tally.pushes_failed.one();
                tracing::debug!(account.key = %account.key, push.tries = parcel.tries, %error, "a push was not acknowledged");
                self.push_again(account, parcel);
            }
        }
    }

    fn push_again(&self, account: &AccountState, parcel: Parcel) {
        if parcel.tries >= self.tries {
            account.tally.receipts_waiting.take(parcel.receipts);
            account.tally.receipts_given_up.add(parcel.receipts);
            return;
        }
        let nth = (parcel.tries as usize).min(self.retries.len()) - 1;
        account.outbox.add_again(parcel, self.retries[nth]);
    }

    async fn call(&self, account: &Account, parcel: &Parcel) -> Result<()> {
        let url = parcel.url.as_deref().or(account.callback_url.as_deref());
        let url = url.context("the account has no callback_url any more")?;
        let (wire, push) = (account.provider.wire(), &parcel.push);
        let mut request = Request::post(url).header(CONTENT_TYPE, push.content_type);
        for (name, value) in wire.push_headers(account, url, push) {
            request = request.header(name, value);
        }
        let answer = self.http.request(request.body(Full::new(push.body.clone()))?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(wire.acknowledged(push, status, &body), "the callback answered {status} without the receipt it owes");
        Ok(())
    }
}
