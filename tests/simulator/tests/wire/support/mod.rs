//! What every test starts from: a simulator with one account, a client that signs, a callback that listens.
//!
//! `Client` and `Callback` speak Aliyun; `Http` and `Listener` are for all.

mod callback;
mod client;
mod http;
mod listener;

use std::time::Duration;

use provider_simulator::{Account, Faults, Options, ReceiptOptions, Simulator};
use serde_json::{Value, json};

pub use callback::Callback;
pub use client::{Client, KEY, SECRET, form};
pub use http::{Http, Reply, fresh};
pub use listener::{Listener, Pushed};

/// Long enough for a loaded machine; no test waits so long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A simulator that knows this account; its receipts follow at once.
pub async fn start_at(account: Account) -> Simulator {
    let simulator = Simulator::start(Options::default()).await.expect("a simulator");
    register(&simulator, account);
    simulator
}

/// Makes an account known, or changes one.
pub fn register(simulator: &Simulator, mut account: Account) {
    account.receipts.delay_ms = 5;
    simulator.register(account).expect("an account");
}

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
    break_at(simulator, KEY, faults);
}

pub fn break_at(simulator: &Simulator, key: &str, faults: Value) {
    let faults: Faults = serde_json::from_value(faults).expect("faults");
    simulator.set_faults(key, faults).expect("a known account");
}

/// A person writes to an account.
pub fn write_in(simulator: &Simulator, key: &str, content: &str) {
    let text = json!({ "account": key, "number": "13800000001", "content": content, "dest_code": "01" });
    simulator.push_inbound(serde_json::from_value(text).expect("a text")).expect("an account that gets it");
}
