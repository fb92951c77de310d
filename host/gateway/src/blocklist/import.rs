//! Importing a list: read whole before anything is changed, then stored chunk by chunk while texts flow, with progress to look at.

pub use super::file::UnreadableList;
use super::file::{InvalidRow, List};
use crate::gateway::Gateway;
use jixinda_domain::Timestamp;
use jixinda_store::StoreError;
use serde::Serialize;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Numbers of one commit: some milliseconds of the only writer.
const CHUNK: usize = 2000;
/// Pause after the store could not be written; and how often that is tried.
const STORE_PAUSE: Duration = Duration::from_millis(500);
const TRIES: u32 = 60;

/// The last import; one runs at a time.
pub struct Imports {
    last: Mutex<Option<ImportStatus>>,
    turn: Arc<Semaphore>,
}

impl Default for Imports {
    fn default() -> Self {
        Self { last: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

/// The right to import, from the first byte that comes to the last number that is stored.
pub struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// How an import stands.
#[derive(Clone, Debug, Serialize)]
pub struct ImportStatus {
    state: State,
    /// Rows of the file.
    rows: u64,
    /// Rows whose number an earlier row had.
    duplicates: u64,
    /// Rows without a phone number; they are left out.
    invalid: u64,
    /// The first of those.
    invalid_examples: Vec<InvalidRow>,
    /// Numbers to be stored.
    numbers: u64,
    /// Numbers stored so far.
    stored: u64,
    /// Of those, numbers that were not listed before.
    added: u64,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
    /// Why it stopped, where it did.
    error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Running,
    Done,
    Failed,
}

impl Imports {
    /// How the last import stands; `None` where there was none since the start.
    pub fn status(&self) -> Option<ImportStatus> {
        self.lock().clone()
    }

    /// `None` while another import has its turn: each holds its whole list in memory.
    pub fn turn(&self) -> Option<Turn> {
        self.turn.clone().try_acquire_owned().ok().map(Turn)
    }

    /// Begins to store what a file lists. A file that is no list changes nothing.
    pub async fn start(
        gateway: &Arc<Gateway>,
        file: File,
        note: String,
        turn: Turn,
    ) -> anyhow::Result<Result<ImportStatus, UnreadableList>> {
        let list = match tokio::task::spawn_blocking(move || List::read(std::io::BufReader::new(file))).await? {
            Ok(list) => list,
            Err(unreadable) => return Ok(Err(unreadable)),
        };
        let status = ImportStatus {
            state: State::Running,
            rows: list.rows,
            duplicates: list.duplicates,
            invalid: list.invalid,
            invalid_examples: list.examples.clone(),
            numbers: list.numbers.len() as u64,
            stored: 0,
            added: 0,
            started_at: gateway.clock.now(),
            finished_at: None,
            error: None,
        };
        *gateway.imports.lock() = Some(status.clone());
        tokio::spawn(run(gateway.clone(), list, note, turn));
        Ok(Ok(status))
    }

    fn change(&self, change: impl FnOnce(&mut ImportStatus)) {
        if let Some(status) = self.lock().as_mut() {
            change(status);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<ImportStatus>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(gateway: Arc<Gateway>, list: List, note: String, _turn: Turn) {
    let mut failure = None;
    for chunk in list.numbers.chunks(CHUNK) {
        let rows: Vec<(u64, &str)> = chunk
            .iter()
            .map(|(number, place)| (*number, if *place == 0 { note.as_str() } else { list.note(*place) }))
            .collect();
        match store(&gateway, &rows).await {
            Ok(added) => {
                if let Err(error) = gateway.blocklist.catch_up(gateway.store.as_ref()).await {
                    tracing::warn!(%error, "what was imported could not be read back; it is heard of with the next change");
                }
                gateway.imports.change(|status| {
                    status.stored += rows.len() as u64;
                    status.added += added;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "an import of the blocklist stopped; what was stored stays");
                failure = Some(error.to_string());
                break;
            }
        }
    }
    let now = gateway.clock.now();
    gateway.imports.change(|status| {
        status.state = if failure.is_some() { State::Failed } else { State::Done };
        status.finished_at = Some(now);
        status.error = failure;
    });
}

async fn store(gateway: &Gateway, rows: &[(u64, &str)]) -> jixinda_store::Result<u64> {
    let mut tries = 0;
    loop {
        match gateway.store.block_numbers(rows, gateway.clock.now()).await {
            Err(StoreError::Unavailable(_) | StoreError::Interrupted(_) | StoreError::Unclear(_)) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(STORE_PAUSE).await;
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_import_has_its_turn() {
        let imports = Imports::default();
        let turn = imports.turn().expect("nobody imports");
        assert!(imports.turn().is_none());
        drop(turn);
        assert!(imports.turn().is_some());
    }
}
