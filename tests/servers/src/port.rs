//! Free ports.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range that the kernel takes ports of outgoing connections from: there a client that calls a server which is down may be
/// given the very port it calls, and keep the server from coming back.
const PORTS: std::ops::Range<u16> = 12_000..20_000;

/// A port that nobody listens at now, and that this process gives out once.
pub(crate) fn free() -> anyhow::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().wrapping_mul(89);
    for _ in 0..PORTS.len() {
        let turn = u32::from(NEXT.fetch_add(1, Ordering::Relaxed)).wrapping_add(start);
        let port = PORTS.start + u16::try_from(turn % PORTS.len() as u32).unwrap_or(0);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no port of {PORTS:?} is free")
}
