//! How a simulator is started; the program's flags are in `main.rs`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

pub use crate::memory::Remember;

/// Everything that is fixed for a simulator's life.
#[derive(Clone, Debug)]
pub struct Options {
    /// The main listener: providers' doors and the control API.
    pub listen: SocketAddr,
    /// Randomness of the faults; the same seed and the same requests give the same faults.
    pub seed: u64,
    /// How much is kept of each text.
    pub remember: Remember,
    /// Accept a nonce more than once, for load generators that replay one signed request.
    pub allow_nonce_reuse: bool,
    /// Waits between tries of a push; the last one repeats.
    pub push_retries: Vec<Duration>,
    /// Tries of a push before it is given up.
    pub push_tries: u32,
    /// How long a callback may take to answer.
    pub push_timeout: Duration,
    /// Pushes in flight at once, for each account.
    pub pushes_in_flight: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 0,
            remember: Remember::Details,
            allow_nonce_reuse: false,
            push_retries: [200, 500, 1_000].map(Duration::from_millis).to_vec(),
            push_tries: 60,
            push_timeout: Duration::from_secs(5),
            pushes_in_flight: 8,
        }
    }
}
