//! The traits that a plugin implements, and the line that makes a component of them.
//!
//! wit-bindgen's own traits own their arguments and know the gateway only as free functions, which
//! cannot be tested natively; [`Component`] turns one into the other.

use std::marker::PhantomData;

use crate::callbacks::{Call, Events, Refusal};
use crate::gateway::Imports;
use crate::lookup::{Fate, Sent};
use crate::messaging::Descriptor;
use crate::polling::Page;
use crate::types::{Account, Amount, Batch, Failure, Message, Outcome};
use crate::{Gateway, balance, callbacks, lookup, messaging, polling};

/// Required of every provider.
pub trait Messaging {
    /// What this plugin is and needs. Pure.
    fn describe() -> Descriptor;
    /// Hands the messages over: exactly one outcome a message, in their order.
    fn send(
        gateway: &dyn Gateway,
        account: &Account,
        batch: &Batch,
        messages: &[Message],
    ) -> Result<Vec<Outcome>, Failure>;
}

/// Optional: the provider calls us with receipts (回执) and inbound texts (上行).
pub trait Callbacks {
    /// Reads one call; forged or malformed ones are refused.
    fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal>;
}

/// Optional: we ask the provider for what is new.
pub trait Polling {
    /// One page of one feed.
    fn poll(gateway: &dyn Gateway, account: &Account, feed: &str, cursor: Option<&str>) -> Result<Page, Failure>;
}

/// Optional: we ask what became of particular messages.
pub trait Lookup {
    /// Exactly one fate a message, in their order.
    fn query(gateway: &dyn Gateway, account: &Account, messages: &[Sent]) -> Result<Vec<Fate>, Failure>;
}

/// Optional: what is left to spend.
pub trait Balance {
    /// The account's balance.
    fn get(gateway: &dyn Gateway, account: &Account) -> Result<Amount, Failure>;
}

/// A plugin `P` in the shape that wit-bindgen exports.
pub struct Component<P>(PhantomData<P>);

impl<P: Messaging> messaging::Guest for Component<P> {
    fn describe() -> Descriptor {
        P::describe()
    }

    fn send(account: Account, batch: Batch, messages: Vec<Message>) -> Result<Vec<Outcome>, Failure> {
        P::send(&Imports, &account, &batch, &messages)
    }
}

impl<P: Callbacks> callbacks::Guest for Component<P> {
    fn parse(account: Account, call: Call) -> Result<Events, Refusal> {
        P::parse(&Imports, &account, &call)
    }
}

impl<P: Polling> polling::Guest for Component<P> {
    fn poll(account: Account, feed: String, cursor: Option<String>) -> Result<Page, Failure> {
        P::poll(&Imports, &account, &feed, cursor.as_deref())
    }
}

impl<P: Lookup> lookup::Guest for Component<P> {
    fn query(account: Account, messages: Vec<Sent>) -> Result<Vec<Fate>, Failure> {
        P::query(&Imports, &account, &messages)
    }
}

impl<P: Balance> balance::Guest for Component<P> {
    fn get(account: Account) -> Result<Amount, Failure> {
        P::get(&Imports, &account)
    }
}

/// Exports a plugin with the interfaces it names: `provider!(Acme: messaging, callbacks, lookup);`.
///
/// `messaging` is required, `callbacks`, `polling`, `lookup` and `balance` are optional. The presence of an
/// export is how the gateway learns what a plugin can do, so name only what it really does.
#[macro_export]
macro_rules! provider {
    ($plugin:ident : $($interface:ident),+ $(,)?) => {
        // Natively nothing is exported, but a missing trait is an error all the same.
        $(const _: () = $crate::component::implements::$interface::<$plugin>();)+

        #[cfg(target_family = "wasm")]
        const _: () = {
            type Exported = $crate::component::Component<$plugin>;
            $($crate::bindings::$interface::export!(Exported with_types_in $crate::bindings::$interface);)+
        };
    };
}

/// Compile-time questions that [`provider!`](crate::provider) asks.
#[doc(hidden)]
pub mod implements {
    pub const fn messaging<P: super::Messaging>() {}
    pub const fn callbacks<P: super::Callbacks>() {}
    pub const fn polling<P: super::Polling>() {}
    pub const fn lookup<P: super::Lookup>() {}
    pub const fn balance<P: super::Balance>() {}
}
