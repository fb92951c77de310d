//! libfaketime, by which the crash harness shows one gateway another time.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::debian;

const NO_FAKETIME: &str = "libfaketime is needed to move a gateway's clock: install it";
/// Made for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The library to preload, installed from Debian where it is missing.
pub fn library() -> Result<PathBuf> {
    if let Some(library) = find() {
        return Ok(library);
    }
    debian::install(&["libfaketime"], NO_FAKETIME)?;
    find().context(NO_FAKETIME)
}

/// In /usr/lib, or in the folder of an architecture below it.
fn find() -> Option<PathBuf> {
    let root = PathBuf::from("/usr/lib");
    let folders = std::fs::read_dir(&root).into_iter().flatten().flatten().map(|entry| entry.path());
    std::iter::once(root).chain(folders).map(|folder| folder.join(LIBRARY)).find(|path| path.is_file())
}
