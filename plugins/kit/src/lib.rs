//! What the author of a provider component imports: bindings to the WIT, the seam to the gateway, and the
//! small arts that every SMS provider asks for (signing, encoding, time, numbers, tables of error codes).
//!
//! A plugin is a type that implements [`Messaging`] and, where the provider has them, [`Callbacks`],
//! [`Polling`], [`Lookup`] and [`Balance`]; one line exports it:
//!
//! ```
//! use jixinda_plugin_kit::{messaging::{Descriptor, Limits}, outcome, types::*, Gateway, Messaging};
//!
//! struct Acme;
//!
//! impl Messaging for Acme {
//!     fn describe() -> Descriptor {
//!         Descriptor {
//!             id: "acme".into(),
//!             name: "Acme".into(),
//!             version: jixinda_plugin_kit::plugin_version!().into(),
//!             config_schema: r#"{"type":"object"}"#.into(),
//!             hosts: vec!["api.example.com".into()],
//!             limits: Limits { max_batch: 1, same: vec![], max_text_chars: None, rules: "{}".into() },
//!             feeds: vec![],
//!             features: vec!["text".into()],
//!         }
//!     }
//!
//!     fn send(gateway: &dyn Gateway, _: &Account, _: &Batch, messages: &[Message]) -> Result<Vec<Outcome>, Failure> {
//!         let request = jixinda_plugin_kit::request::post("https://api.example.com/sms", messages[0].text.as_bytes());
//!         Ok(vec![match gateway.send(&request) {
//!             Ok(_) => outcome::accepted(None),
//!             Err(error) => outcome::from_send_error(&error),
//!         }])
//!     }
//! }
//!
//! jixinda_plugin_kit::provider!(Acme: messaging);
//! ```
//!
//! Logic sees the gateway only as [`Gateway`], so it is tested natively against [`fake::FakeGateway`] with [`samples`].
#![warn(missing_docs)]

pub mod batch;
pub mod bindings;
pub mod callback;
pub mod canonical;
pub mod china_time;
pub mod component;
#[cfg(not(target_family = "wasm"))]
pub mod conformance;
pub mod digest;
pub mod encoding;
#[cfg(not(target_family = "wasm"))]
pub mod fake;
pub mod gateway;
pub mod json;
pub mod number;
pub mod outcome;
pub mod receipt;
pub mod request;
#[cfg(not(target_family = "wasm"))]
pub mod samples;
pub mod settings;
pub mod sign_name;
pub mod verdict;

pub use bindings::imports::jixinda::provider::{host, http, types};
pub use bindings::{
    balance::exports::jixinda::provider::balance, callbacks::exports::jixinda::provider::callbacks,
    lookup::exports::jixinda::provider::lookup, messaging::exports::jixinda::provider::messaging,
    polling::exports::jixinda::provider::polling,
};
pub use component::{Balance, Callbacks, Lookup, Messaging, Polling};
pub use gateway::Gateway;

/// The plugin's version: `JIXINDA_PLUGIN_VERSION` of the build's environment, else the package's own.
#[macro_export]
macro_rules! plugin_version {
    () => {
        match option_env!("JIXINDA_PLUGIN_VERSION") {
            Some(version) => version,
            None => env!("CARGO_PKG_VERSION"),
        }
    };
}
