//! The gateway's nouns and rules, without I/O: what a message, a channel or a phone number *is*, and which moves are legal.
//!
//! Nothing here waits, reads a file or knows a database. Time and randomness are arguments; only [`clock`] asks the system.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod account;
pub mod application;
pub mod attempt;
pub mod carrier;
pub mod channel;
pub mod clock;
pub mod destination;
pub mod ids;
pub mod inbound;
pub mod inbound_route;
pub mod life;
pub mod limit;
pub mod message;
pub mod opt_out;
pub mod phone;
pub mod price;
pub mod provider;
pub mod receipt;
pub mod routing_policy;
pub mod segment;
pub mod sign_name;
pub mod status;
pub mod template;
pub mod webhook;

pub use account::Account;
pub use application::{AccessKey, Application};
pub use attempt::{Amount, Cause, Deferral, Outcome, Rejection, Scope};
pub use carrier::Carrier;
pub use channel::{Channel, SignNameBinding, TemplateBinding};
pub use clock::{Clock, Timestamp};
pub use destination::Destination;
pub use ids::*;
pub use inbound::InboundMessage;
pub use inbound_route::InboundRoute;
pub use life::{Actor, AfterCall, IllegalMove, Move};
pub use limit::{LimitKey, LimitRule};
pub use message::{Message, MessageClass, Submission};
pub use phone::PhoneNumber;
pub use receipt::{DeliveryReceipt, ReceiptStatus};
pub use routing_policy::{EffectivePolicy, PolicyScope, RoutingPolicy, Strategy};
pub use segment::{Encoding, Segmentation};
pub use sign_name::SignName;
pub use status::MessageStatus;
pub use template::Template;
pub use webhook::{
    DeliveryState, EventKind, EventSubject, PreviousKey, TOLD_STATUSES, WebhookDelivery, WebhookEndpoint, WebhookTry,
};
