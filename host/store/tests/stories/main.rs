//! Story tests of the store: what the rest of the gateway relies on, told once for every backend.

mod applications;
mod channels;
mod conversions;
mod limits;
mod messages;
mod nodes;
mod opt_outs;
mod retention;
mod routing;
mod routing_policies;
mod support;
mod traffic;
mod webhooks;
