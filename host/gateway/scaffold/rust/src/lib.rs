//! {{name}} as a provider component. `descriptor` says what it is, `config` reads an account's settings, `send` hands texts
//! over, `errors` knows what the provider's codes mean, `callback` reads the receipts that it pushes.

mod callback;
mod config;
mod descriptor;
mod errors;
mod send;

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::messaging::Descriptor;
use jixinda_plugin_kit::types::{Account, Batch, Failure, Message, Outcome};
use jixinda_plugin_kit::{Callbacks, Gateway, Messaging, provider};

/// The plugin.
pub struct Plugin;

impl Messaging for Plugin {
    fn describe() -> Descriptor {
        descriptor::describe()
    }

    fn send(
        gateway: &dyn Gateway,
        account: &Account,
        _: &Batch,
        messages: &[Message],
    ) -> Result<Vec<Outcome>, Failure> {
        send::send(gateway, account, messages)
    }
}

impl Callbacks for Plugin {
    fn parse(gateway: &dyn Gateway, _: &Account, call: &Call) -> Result<Events, Refusal> {
        callback::parse(gateway, call)
    }
}

provider!(Plugin: messaging, callbacks);
