//! The simulator over real sockets. `support` holds the signing client and the callback; the other files are behaviours.

mod accounts;
mod control;
mod everywhere;
mod faults;
mod feige;
mod generic;
mod huawei;
mod jdcloud;
mod lexin;
mod listeners;
mod lookups;
mod montnets;
mod receipts;
mod sends;
mod support;
mod tencent;
mod twilio;
