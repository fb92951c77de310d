//! Real servers for tests. Each lies in a temporary folder, listens on a free port of this machine, keeps nothing, is
//! killed when it is dropped and ends with the test process even where that is killed.

mod authority;
mod mariadb;
mod process;
pub mod proxy;
pub mod redis;
pub mod redis_cluster;
pub mod sentinel;

pub use authority::Authority;
pub use mariadb::{MariaDb, MariaDbOptions};
pub use process::{Server, free_port, until};
