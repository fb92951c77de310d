//! The plugins' HTTP: TLS by rustls, every resolved address checked when connecting, no redirects, no proxy, bounded sizes and
//! times, and an honest word on whether a request left.

mod address;
mod client;
mod request;

pub use address::AddressPolicy;
pub use client::{Egress, EgressOptions};
pub use request::{Problem, Request, Response, SendError, check_request};
