//! The standard output and error of components built with a WASI toolchain: lines of the plugin's log, through the same bucket.

use crate::guest_log::{GuestLog, MAX_LINE};
use crate::wit_v0_1::jixinda::provider::host::Level;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// What one write may hold; a guest splits what is longer.
const MAX_WRITE: usize = 64 << 10;

/// One output of one call.
#[derive(Clone)]
pub(crate) struct GuestOutput(Arc<Lines>);

struct Lines {
    log: GuestLog,
    level: Level,
    /// The beginning of a line that has no end yet.
    begun: Mutex<Vec<u8>>,
}

impl GuestOutput {
    pub(crate) fn new(log: GuestLog, level: Level) -> Self {
        Self(Arc::new(Lines { log, level, begun: Mutex::default() }))
    }
}

impl Lines {
    fn take(&self, bytes: &[u8]) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") || begun.len() > 2 * MAX_LINE {
                self.write(&std::mem::take(&mut *begun));
            }
        }
    }

    fn write(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches(['\r', '\n']);
        if !text.is_empty() {
            self.log.write(self.level, text, &[]);
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let rest = std::mem::take(self.begun.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.write(&rest);
    }
}

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    /// Only WASI 0.3 asks for this one, which is not offered.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }
}

impl OutputStream for GuestOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for GuestOutput {
    async fn ready(&mut self) {}
}
