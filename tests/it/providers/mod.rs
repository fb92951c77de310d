//! Every provider through its built component, in the running gateway, against its simulated other side: sends, batches, each
//! outcome, receipts in every way it has, inbound texts, balance, and two channels on one account.

mod authors;
mod feige;
mod http_json;
mod huawei;
mod jdcloud;
mod lexin;
mod montnets;
mod scene;
mod tencent;
mod tools;
mod twilio;

use provider_simulator::Provider;
use scene::{Provided, Scene};
use serde_json::{Value, json};
