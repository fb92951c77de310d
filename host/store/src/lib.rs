//! What the gateway remembers: one trait for each noun, no SQL in sight; [`sqlite`] and [`mysql`] implement them.
//!
//! # Adding a store
//! 1. Copy the folder of migrations to `migrations/<engine>` and translate it; file names stay the same.
//! 2. Make a module beside [`sqlite`] with the same file names, and implement the traits of this crate's root for its type.
//!    Reads may use any connection; everything that a promise rests on goes through [`StoreTx`].
//! 3. Run the story tests of `tests/stories` over it.
//!
//! Many callers write at once; [`Writer`] gathers what is waiting into one transaction, so that they share one fsync.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod account;
mod admin_token;
mod application;
mod awaited_receipt;
mod blocklist;
mod call;
mod channel;
mod conversion;
mod error;
mod feed;
mod inbound;
mod inbound_route;
mod lease;
mod limit;
mod message;
pub mod mysql;
mod news;
mod node;
mod opt_out;
mod receipt;
mod receipt_move;
mod retention;
mod revision;
mod routing;
mod routing_policy;
mod rows;
mod schema;
mod sign_name;
pub mod sqlite;
mod template;
mod traffic;
mod webhook;
mod window;
mod writer;

pub use account::AccountStore;
pub use admin_token::{AdminToken, AdminTokenStore};
pub use application::ApplicationStore;
pub use awaited_receipt::{AwaitedReceipt, AwaitedReceiptStore};
pub use blocklist::{BlockedNumber, BlocklistStore};
pub use call::{CallIntent, CallName, CallSettlement, Claim, OpenCall, Settlement, StoredAttempt, Tries};
pub use channel::{ChannelStore, SignNameBindingRefusal, TemplateBindingRefusal};
pub use conversion::{Conversion, ConversionVerdict};
pub use error::StoreError;
pub use feed::{FeedPosition, FeedStore};
pub use inbound::{InboundStore, StoredInbound};
pub use inbound_route::InboundRouteStore;
pub use lease::{Lease, LeaseStore};
pub use limit::{Exceeded, ExceededLimit, Limits, QuotaClaim};
pub use message::{
    Acceptance, Accepted, Changes, IdempotencyClaim, MessageFilter, MessageStore, NonceClaim, Part, Postponement,
    QueueItem, StoredMove, Transition,
};
pub use news::News;
pub use node::{Node, NodeStore};
pub use opt_out::{OptOut, OptOutStore, OptOutWish};
pub use receipt::{NewReceipt, ReceiptEffect, ReceiptStore, StoredReceipt};
pub use retention::{RetentionKind, RetentionStore};
pub use revision::{BlocklistChange, BlocklistNews, Revised, RevisionStore, Revisions};
pub use routing::{HandedOver, RoutingEvent, RoutingRecord, RoutingStore, StoredRoutingState, StoredStanding};
pub use routing_policy::RoutingPolicyStore;
pub use sign_name::SignNameStore;
pub use template::TemplateStore;
pub use traffic::{RecordedAttempt, RecordedMessage, TrafficPage, TrafficStore};
pub use webhook::{
    DeliveryCursor, DueDelivery, InvalidCursor, WebhookDeliveryStore, WebhookEndpointStore, WebhookFilter,
    WebhookOutcome, WebhookReplay,
};
pub use writer::Writer;

use async_trait::async_trait;
use jixinda_domain::{MessageId, Timestamp};

/// The result of everything here.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A store of everything.
#[async_trait]
pub trait Store:
    AccountStore
    + AdminTokenStore
    + ApplicationStore
    + AwaitedReceiptStore
    + BlocklistStore
    + ChannelStore
    + FeedStore
    + InboundRouteStore
    + InboundStore
    + LeaseStore
    + MessageStore
    + NodeStore
    + OptOutStore
    + ReceiptStore
    + RetentionStore
    + RevisionStore
    + RoutingPolicyStore
    + RoutingStore
    + SignNameStore
    + TemplateStore
    + TrafficStore
    + WebhookDeliveryStore
    + WebhookEndpointStore
{
    /// Opens a transaction for writing. There is one writer at a time; use [`Writer`] to share it.
    ///
    /// # Errors
    /// Where the store cannot be reached or is busy for too long.
    async fn begin(&self) -> Result<Box<dyn StoreTx>>;

    /// Reserves `count` serial numbers and returns the first. They are never given out again, not even after a crash.
    ///
    /// # Errors
    /// Where the store cannot be reached.
    async fn reserve_serials(&self, count: u32) -> Result<u64>;

    /// Whether several nodes can work on it at once.
    fn is_shared(&self) -> bool;

    /// Answers where the store can be read and written.
    ///
    /// # Errors
    /// Where it cannot.
    async fn ping(&self) -> Result<()>;
}

/// One open transaction. Each method takes a whole group and runs one statement for it, not one for each row.
#[async_trait]
pub trait StoreTx: Send {
    /// Stores accepted messages. Answers in the order of the group.
    async fn accept(&mut self, group: &[Acceptance], now: Timestamp) -> Result<Vec<Accepted>>;

    /// Claims the messages of each intent by comparing and setting (status, epoch), and records the intent with those that were
    /// won. Answers the ids won, in the order of the group; an intent that won nothing is not recorded.
    async fn begin_calls(&mut self, group: &[CallIntent]) -> Result<Vec<Vec<MessageId>>>;

    /// Records outcomes, closes the calls, and applies receipts that came before their outcome was known; answers what those tell of
    /// their channels.
    async fn settle(&mut self, group: &[CallSettlement]) -> Result<Vec<ReceiptEffect>>;

    /// Records receipts, each once, and moves the messages that they match; answers what that tells of their channels.
    async fn apply_receipts(&mut self, group: &[NewReceipt]) -> Result<Vec<ReceiptEffect>>;

    /// Records texts from people, each once, and what they ask for; answers the opt-outs that are new.
    async fn record_inbound(&mut self, group: &[StoredInbound]) -> Result<Vec<OptOut>>;

    /// Records how far feeds have been read. Shares its transaction with what was read.
    async fn save_feed_positions(&mut self, group: &[FeedPosition]) -> Result<()>;

    /// Sets when messages are to be asked after, or that they no longer are.
    async fn save_awaited_receipts(&mut self, group: &[AwaitedReceipt]) -> Result<()>;

    /// Moves messages that need no provider call (expiry, cancelling, parking, requeueing). A transition whose message has moved on is
    /// passed over. Answers which took place, in the order of the group.
    async fn transition(&mut self, group: &[Transition]) -> Result<Vec<bool>>;

    /// Marks messages as used, each once. Answers what became of each, in the order of the group.
    async fn convert(&mut self, group: &[MessageId], now: Timestamp) -> Result<Vec<ConversionVerdict>>;

    /// Makes waiting messages (`queued`, `uncertain`) due now that are due after `furthest`.
    async fn call_in(&mut self, furthest: Timestamp, now: Timestamp) -> Result<()>;

    /// Sets when messages are looked at next that stay where they are. One that has moved on is passed over.
    async fn postpone(&mut self, group: &[Postponement]) -> Result<()>;

    /// Moves due messages from `scheduled` to `queued`, at most `limit`.
    async fn release_scheduled(&mut self, now: Timestamp, limit: u32) -> Result<Vec<QueueItem>>;

    /// Records tries to deliver webhooks, and what follows from them.
    async fn record_webhooks(&mut self, group: &[WebhookOutcome]) -> Result<()>;

    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<()>;
}
