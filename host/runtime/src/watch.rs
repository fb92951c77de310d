//! Watches the plugin folder. Events only say "look again"; a look compares contents, and only contents decide. What a look finds is in
//! [`folder`](crate::folder).

use crate::call::Runtime;
use crate::folder::Folder;
use notify::{RecursiveMode, Watcher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How the folder is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchMode {
    /// By the kernel's events, with a look now and then in case one was lost.
    Events,
    /// By looking only: for network file systems, which tell no events.
    Poll(Duration),
}

/// Time between two looks that must agree, and after an event before the first of them.
const SETTLE: Duration = Duration::from_millis(300);
/// A look without an event.
const SCAN_EVERY: Duration = Duration::from_secs(10);

/// Why the watcher is woken.
#[derive(Default)]
pub(crate) struct Wake {
    notify: tokio::sync::Notify,
    /// An operator asks: what was refused is looked at anew.
    asked: AtomicBool,
}

impl Wake {
    pub(crate) fn look(&self) {
        self.notify.notify_one();
    }

    pub(crate) fn ask(&self) {
        self.asked.store(true, Ordering::Release);
        self.look();
    }
}

/// Loads what is there, and starts the task that goes on looking. The task ends with the runtime.
pub(crate) async fn start(runtime: &Arc<Runtime>) {
    let mut folder = Folder::open(runtime).await;
    // Armed before the first look, so that nothing that happens between two looks goes unheard.
    let mut ears = Ears::default();
    if runtime.options.watch == WatchMode::Events {
        ears.arm(runtime.folder());
    }
    folder.scan(runtime, true).await;
    if folder.unsettled() {
        // A folder that was filled just now serves from the start.
        tokio::time::sleep(SETTLE).await;
        folder.scan(runtime, false).await;
    }
    // Once for all of them: of two files that are new, the higher version serves, and none is tried.
    folder.conclude(runtime);
    tokio::spawn(go_on(Arc::downgrade(runtime), runtime.rescan.clone(), runtime.options.watch, ears, folder));
}

/// Holds the runtime only while it looks.
async fn go_on(runtime: Weak<Runtime>, wake: Arc<Wake>, mode: WatchMode, mut ears: Ears, mut folder: Folder) {
    loop {
        let next_step = match runtime.upgrade() {
            Some(runtime) => {
                if mode == WatchMode::Events {
                    ears.arm(runtime.folder());
                }
                folder.next_step(runtime.clock.now())
            }
            None => return,
        };
        let pause = match mode {
            _ if folder.unsettled() => SETTLE,
            WatchMode::Events => SCAN_EVERY,
            WatchMode::Poll(pause) => pause,
        };
        // A step that is over and does not end, because of doubts, is looked at now and then.
        let pause = next_step.map_or(pause, |step| pause.min(step.max(SETTLE)));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = ears.events.notified() => tokio::time::sleep(SETTLE).await,
            () = wake.notify.notified() => {}
        }
        let Some(runtime) = runtime.upgrade() else { return };
        if wake.asked.swap(false, Ordering::AcqRel) {
            folder.reconsider_refused();
        }
        folder.look(&runtime).await;
    }
}

/// The kernel's events on the folder.
#[derive(Default)]
struct Ears {
    events: Arc<tokio::sync::Notify>,
    watcher: Option<notify::RecommendedWatcher>,
    inode: Option<(u64, u64)>,
}

impl Ears {
    fn arm(&mut self, folder: &Path) {
        // A folder that was removed and made again is another inode: its events would go unheard.
        let inode = std::fs::metadata(folder).map(|folder| (folder.dev(), folder.ino())).ok();
        if self.watcher.is_none() || inode != self.inode {
            self.watcher = inode.and_then(|_| listen(folder, self.events.clone()));
            self.inode = inode;
        }
    }
}

fn listen(folder: &Path, events: Arc<tokio::sync::Notify>) -> Option<notify::RecommendedWatcher> {
    // Every event counts, a lost one too (an overflow comes without a path): the look finds out what it was.
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if !matches!(&event, Ok(event) if event.kind.is_access() && !closed_after_writing(event)) {
            events.notify_one();
        }
    });
    let armed = watcher.and_then(|mut watcher| watcher.watch(folder, RecursiveMode::NonRecursive).map(|()| watcher));
    match armed {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(%error, folder = %folder.display(), "the plugin folder gives no events; it is looked at every ten seconds");
            None
        }
    }
}

fn closed_after_writing(event: &notify::Event) -> bool {
    use notify::event::{AccessKind, AccessMode, EventKind};
    matches!(event.kind, EventKind::Access(AccessKind::Close(AccessMode::Write)))
}
