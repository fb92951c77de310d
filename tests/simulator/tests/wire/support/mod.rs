//! What every test starts from: a simulator with one account, a client that signs, a callback that listens.

mod callback;
mod client;

use std::time::Duration;

use provider_simulator::{Account, Faults, Options, ReceiptOptions, Simulator};
use serde_json::Value;

pub use callback::Callback;
pub use client::{Client, KEY, SECRET, form};

/// Long enough for a loaded machine; no test waits so long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A simulator that knows `account()`, and a client for it.
pub async fn start() -> (Simulator, Client) {
    start_with(Options::default()).await
}

pub async fn start_with(options: Options) -> (Simulator, Client) {
    let simulator = Simulator::start(options).await.expect("a simulator");
    simulator.register(account()).expect("an account");
    let client = Client::new(&simulator.url());
    (simulator, client)
}

pub fn account() -> Account {
    Account { receipts: ReceiptOptions { delay_ms: 10, ..ReceiptOptions::default() }, ..Account::aliyun(KEY, SECRET) }
}

/// Sets faults as the control API would read them.
pub fn break_it(simulator: &Simulator, faults: Value) {
    let faults: Faults = serde_json::from_value(faults).expect("faults");
    simulator.set_faults(KEY, faults).expect("a known account");
}
