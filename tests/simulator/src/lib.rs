//! The providers' side of the wire: real formats, checked request MACs, receipts, and faults on request.
//!
//! Tests start a [`Simulator`] in process; the demo and the bench run the program of the same name. A request travels
//! `serve` → `exchange` → a provider's module (`aliyun`, `huawei`, …) → `memory`, `push` and `mailbox`. Nothing here is shared with the gateway or
//! the plugin kit: a mistake of theirs must not be repeated, and so hidden, by ours.

mod account;
mod aliyun;
mod clock;
mod control;
mod dates;
mod dice;
#[cfg(test)]
mod examples;
mod exchange;
mod faults;
mod feige;
mod form;
mod generic;
mod huawei;
mod jdcloud;
mod lexin;
mod mailbox;
mod memory;
mod montnets;
mod nonces;
mod number;
mod options;
mod push;
mod segments;
mod serve;
mod shards;
mod signing;
mod simulator;
mod template;
mod tencent;
mod twilio;
mod wire;
mod world;

pub use account::{Account, AccountSummary, ReceiptMode, ReceiptOptions};
pub use faults::{
    ErrorFault, Faults, HangFault, HttpStatusFault, Latency, Malformed, MalformedFault, ReceiptFaults, ResetFault,
    ResetWhen, TextErrorFault,
};
pub use memory::{NumberCount, ReceivedText, Summary};
pub use options::{Options, Remember};
pub use push::InboundText;
pub use simulator::Simulator;
pub use wire::Provider;
