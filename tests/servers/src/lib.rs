//! Servers that tests start for themselves: each in a folder and on a port of its own, gone with the test.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod mariadb;
mod port;
mod process;

pub use mariadb::{MariaDb, MariaDbOptions};
