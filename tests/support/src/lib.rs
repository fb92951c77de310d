//! A stage to act on: a real gateway process, the provider simulator in this process, and the nouns that a text needs. Used by the
//! integration tests, the demo, the bench and the crash harness, so that all see what a user sees.
#![forbid(unsafe_code)]

mod client;
pub mod cluster;
mod component;
pub mod crash;
pub mod engines;
mod gateway;
mod process;
mod stage;
mod wait;

pub use client::{Answer, Client};
pub use component::component;
pub use gateway::{Gateway, GatewayOptions};
pub use stage::{ACCESS_KEY_ID, SIGN_NAME, Stage, StageOptions, add_account, bind};
pub use wait::until;
