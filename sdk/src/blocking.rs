//! [`Client`]: the same calls for programs without async. It keeps the other client on a thread of its own and waits for it.

use crate::batch::{Batch, BatchResults};
use crate::conversions::Conversions;
use crate::error::{Error, Result};
use crate::filter::{MessageFilter, Page};
use crate::idempotency::IdempotencyKey;
use crate::inbound::InboundMessage;
use crate::message::{Accepted, Message, Story};
use crate::new_message::NewMessage;
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::thread;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// 同步客户端: [`jixinda_sdk::Client`](crate::Client), whose every call waits for its answer.
///
/// It may be made, called and dropped anywhere, also where async code runs, and does not panic there. But a call holds up the thread
/// that makes it: in async code use the other client.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stub.inc"));
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let stub = Stub::start([Reply::json(202, r#"{"id":"msg_1","status":"queued","segments":1}"#)]);
/// # let (url, key) = (stub.url(), "key_1.example-secret");
/// use jixinda_sdk::{NewMessage, blocking};
///
/// let client = blocking::Client::new(jixinda_sdk::Client::builder(url).key(key).build()?)?;
/// let message = NewMessage::new("13800000000", "login", "jixinda").param("code", "123456");
/// println!("{}", client.send(&message)?.id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    client: crate::Client,
    jobs: UnboundedSender<Job>,
}

impl Client {
    /// Starts a thread for a client. It ends when the last clone is dropped.
    ///
    /// # Errors
    /// [`Error::Configuration`] where the system has no thread to give.
    pub fn new(client: crate::Client) -> Result<Self> {
        let failed = |error| Error::Configuration(format!("a thread for the client cannot be started: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (jobs, coming) = unbounded_channel();
        let work = move || runtime.block_on(work(coming));
        thread::Builder::new().name("jixinda-sdk".to_owned()).spawn(work).map_err(failed)?;
        Ok(Self { client, jobs })
    }

    /// As the environment says: see [`jixinda_sdk::Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    /// [`Error::Configuration`].
    pub fn from_env() -> Result<Self> {
        Self::new(crate::Client::from_env()?)
    }

    /// See [`jixinda_sdk::Client::send`](crate::Client::send).
    ///
    /// # Errors
    /// As there.
    pub fn send(&self, message: &NewMessage) -> Result<Accepted> {
        self.send_as(message, &IdempotencyKey::random())
    }

    /// See [`jixinda_sdk::Client::send_as`](crate::Client::send_as).
    ///
    /// # Errors
    /// As there.
    pub fn send_as(&self, message: &NewMessage, key: &IdempotencyKey) -> Result<Accepted> {
        let (client, message, key) = (self.client.clone(), message.clone(), key.clone());
        self.wait(async move { client.send_as(&message, &key).await })
    }

    /// See [`jixinda_sdk::Client::send_batch`](crate::Client::send_batch).
    ///
    /// # Errors
    /// As there.
    pub fn send_batch(&self, batch: &Batch) -> Result<BatchResults> {
        self.send_batch_as(batch, &IdempotencyKey::random())
    }

    /// See [`jixinda_sdk::Client::send_batch_as`](crate::Client::send_batch_as).
    ///
    /// # Errors
    /// As there.
    pub fn send_batch_as(&self, batch: &Batch, key: &IdempotencyKey) -> Result<BatchResults> {
        let (client, batch, key) = (self.client.clone(), batch.clone(), key.clone());
        self.wait(async move { client.send_batch_as(&batch, &key).await })
    }

    /// See [`jixinda_sdk::Client::get`](crate::Client::get).
    ///
    /// # Errors
    /// As there.
    pub fn get(&self, id: &str) -> Result<Story> {
        let (client, id) = (self.client.clone(), id.to_owned());
        self.wait(async move { client.get(&id).await })
    }

    /// See [`jixinda_sdk::Client::cancel`](crate::Client::cancel).
    ///
    /// # Errors
    /// As there.
    pub fn cancel(&self, id: &str) -> Result<Message> {
        let (client, id) = (self.client.clone(), id.to_owned());
        self.wait(async move { client.cancel(&id).await })
    }

    /// See [`jixinda_sdk::Client::convert`](crate::Client::convert).
    ///
    /// # Errors
    /// As there.
    pub fn convert(&self, id: &str) -> Result<bool> {
        let (client, id) = (self.client.clone(), id.to_owned());
        self.wait(async move { client.convert(&id).await })
    }

    /// See [`jixinda_sdk::Client::convert_all`](crate::Client::convert_all).
    ///
    /// # Errors
    /// As there.
    pub fn convert_all<I, S>(&self, ids: I) -> Result<Conversions>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let client = self.client.clone();
        let ids: Vec<String> = ids.into_iter().map(|id| id.as_ref().to_owned()).collect();
        self.wait(async move { client.convert_all(ids).await })
    }

    /// Your messages that fit, newest first, one after another. A page is asked for when the one before is used up; after an error
    /// there are no more.
    pub fn messages(&self, filter: MessageFilter) -> impl Iterator<Item = Result<Message>> + use<> {
        let client = self.clone();
        items(move |cursor| client.message_page(&filter, cursor))
    }

    /// See [`jixinda_sdk::Client::message_page`](crate::Client::message_page).
    ///
    /// # Errors
    /// As there.
    pub fn message_page(&self, filter: &MessageFilter, cursor: Option<&str>) -> Result<Page<Message>> {
        let (client, filter, cursor) = (self.client.clone(), filter.clone(), cursor.map(str::to_owned));
        self.wait(async move { client.message_page(&filter, cursor.as_deref()).await })
    }

    /// Texts from people (上行), newest first, one after another, as [`messages`](Self::messages).
    pub fn inbound(&self) -> impl Iterator<Item = Result<InboundMessage>> + use<> {
        let client = self.clone();
        items(move |cursor| client.inbound_page(cursor))
    }

    /// See [`jixinda_sdk::Client::inbound_page`](crate::Client::inbound_page).
    ///
    /// # Errors
    /// As there.
    pub fn inbound_page(&self, cursor: Option<&str>) -> Result<Page<InboundMessage>> {
        let (client, cursor) = (self.client.clone(), cursor.map(str::to_owned));
        self.wait(async move { client.inbound_page(cursor.as_deref()).await })
    }

    /// Has the thread do it, and waits. The wait is the standard library's: a runtime's own would panic where another runtime works.
    fn wait<T: Send + 'static>(&self, call: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let gone = || Error::gone("the thread of the client is gone");
        let (tell, told) = mpsc::sync_channel(1);
        let job = async move {
            // Whoever asked waits until it is told.
            let _ = tell.send(call.await);
        };
        self.jobs.send(Box::pin(job)).map_err(|_| gone())?;
        told.recv().unwrap_or_else(|_| Err(gone()))
    }
}

async fn work(mut coming: UnboundedReceiver<Job>) {
    while let Some(job) = coming.recv().await {
        tokio::spawn(job);
    }
}

/// All items of all pages.
fn items<T>(mut page: impl FnMut(Option<&str>) -> Result<Page<T>>) -> impl Iterator<Item = Result<T>> {
    let mut cursor: Option<String> = None;
    let mut more = true;
    let pages = std::iter::from_fn(move || {
        if !std::mem::take(&mut more) {
            return None;
        }
        match page(cursor.as_deref()) {
            Ok(page) => {
                more = page.next_cursor.is_some();
                cursor = page.next_cursor;
                Some(page.items.into_iter().map(Ok).collect::<Vec<_>>())
            }
            Err(error) => Some(vec![Err(error)]),
        }
    });
    pages.flatten()
}
