//! Lists: page by page, or as a stream that asks for the next page when it is wanted.

use super::Client;
use super::call::Call;
use crate::error::Result;
use crate::filter::{MessageFilter, Page};
use crate::inbound::InboundMessage;
use crate::message::Message;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use std::future::Future;

#[derive(Deserialize)]
struct Messages {
    messages: Vec<Message>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Inbound {
    inbound: Vec<InboundMessage>,
    next_cursor: Option<String>,
}

impl Client {
    /// Your messages that fit, newest first, one after another. A page is asked for when the one before is used up; after an error
    /// the stream ends.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stub.inc"));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let stub = Stub::start([Reply::json(200, r#"{"messages":[],"next_cursor":null}"#)]);
    /// # let client = jixinda_sdk::Client::builder(stub.url()).key("key_1.example-secret").build()?;
    /// use futures_util::TryStreamExt as _;
    /// use jixinda_sdk::{MessageFilter, MessageStatus};
    ///
    /// let mut parked = client.messages(MessageFilter::new().status(MessageStatus::Parked));
    /// while let Some(message) = parked.try_next().await? {
    ///     println!("{} waits for a person", message.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn messages(&self, filter: MessageFilter) -> impl Stream<Item = Result<Message>> + Send + Unpin + use<> {
        let client = self.clone();
        pages(move |cursor| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.message_page(&filter, cursor.as_deref()).await }
        })
    }

    /// One page of your messages; `cursor` is the `next_cursor` of the page before.
    ///
    /// # Errors
    /// Where the gateway refuses, or no answer comes.
    pub async fn message_page(&self, filter: &MessageFilter, cursor: Option<&str>) -> Result<Page<Message>> {
        let said = filter.pairs().map(|(name, value)| (name, value.to_owned()));
        let query = said.chain(cursor.map(|cursor| ("cursor", cursor.to_owned()))).collect();
        let answer: Messages = self.run(Call::get("list", "/v1/messages").query(query)).await?;
        Ok(Page { items: answer.messages, next_cursor: answer.next_cursor })
    }

    /// Texts from people (上行), newest first, one after another, as [`messages`](Self::messages).
    pub fn inbound(&self) -> impl Stream<Item = Result<InboundMessage>> + Send + Unpin + use<> {
        let client = self.clone();
        pages(move |cursor| {
            let client = client.clone();
            async move { client.inbound_page(cursor.as_deref()).await }
        })
    }

    /// One page of texts from people; `cursor` is the `next_cursor` of the page before.
    ///
    /// # Errors
    /// Where the gateway refuses, or no answer comes.
    pub async fn inbound_page(&self, cursor: Option<&str>) -> Result<Page<InboundMessage>> {
        let query = cursor.map(|cursor| ("cursor", cursor.to_owned())).into_iter().collect();
        let answer: Inbound = self.run(Call::get("inbound", "/v1/inbound").query(query)).await?;
        Ok(Page { items: answer.inbound, next_cursor: answer.next_cursor })
    }
}

/// Where a list stands.
enum Place {
    Beginning,
    After(String),
    End,
}

/// All items of all pages.
fn pages<T, F>(page: impl Fn(Option<String>) -> F + Send + 'static) -> impl Stream<Item = Result<T>> + Send + Unpin
where
    T: Send + 'static,
    F: Future<Output = Result<Page<T>>> + Send + 'static,
{
    let pages = stream::try_unfold(Place::Beginning, move |place| {
        let asked = match place {
            Place::Beginning => Some(page(None)),
            Place::After(cursor) => Some(page(Some(cursor))),
            Place::End => None,
        };
        async move {
            let Some(asked) = asked else { return Ok(None) };
            let page = asked.await?;
            let next = page.next_cursor.map_or(Place::End, Place::After);
            Ok(Some((stream::iter(page.items).map(Ok), next)))
        }
    });
    Box::pin(pages.try_flatten())
}
