//! What became of canaries: told as it happens, and the last of it kept for those who come later.

use super::Evidence;
use jixinda_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::broadcast;

/// Events kept in memory, and those that a slow listener may be behind.
const KEPT: usize = 100;

/// Something happened to a canary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryEvent {
    /// When.
    pub at: Timestamp,
    /// Whose plugin.
    pub provider: String,
    /// The generation that served when the canary began.
    pub old: GenerationRef,
    /// The generation that is tried.
    pub new: GenerationRef,
    /// What happened.
    #[serde(flatten)]
    pub kind: CanaryEventKind,
    /// Why, in words and numbers.
    pub cause: String,
    /// What both had done by then.
    pub evidence: Weighed,
}

/// One generation, by the names that people know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationRef {
    /// The plugin's own version.
    pub version: String,
    /// Counts swaps since the start.
    pub generation: u64,
}

/// What happened to a canary.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CanaryEventKind {
    /// It takes its first share.
    Started,
    /// It takes a larger share.
    Advanced {
        /// Of all `send` calls.
        share: f64,
    },
    /// It takes all calls, and is the generation that serves.
    Promoted,
    /// It stood out, or an operator stopped it: it takes no calls, and its content does not come back by itself.
    RolledBack,
    /// Its file went, or a newer one took its place. Nothing is held against it.
    Withdrawn,
}

/// The evidence of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// Of the generation that served when the canary began.
    pub old: Evidence,
    /// Of the generation that is tried.
    pub new: Evidence,
}

/// Where events are told.
pub(crate) struct Events {
    recent: Mutex<VecDeque<CanaryEvent>>,
    listeners: broadcast::Sender<CanaryEvent>,
}

impl Default for Events {
    fn default() -> Self {
        Self { recent: Mutex::default(), listeners: broadcast::Sender::new(KEPT) }
    }
}

impl Events {
    pub(crate) fn tell(&self, event: CanaryEvent) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.truncate(KEPT - 1);
        recent.push_front(event.clone());
        // That nobody listens is no failure.
        let _ = self.listeners.send(event);
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<CanaryEvent> {
        self.listeners.subscribe()
    }

    /// The newest first.
    pub(crate) fn recent(&self) -> Vec<CanaryEvent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(generation: u64) -> CanaryEvent {
        let named = |generation| GenerationRef { version: "1.0.0".to_owned(), generation };
        CanaryEvent {
            at: Timestamp::from_millis(0),
            provider: "aliyun".to_owned(),
            old: named(1),
            new: named(generation),
            kind: CanaryEventKind::Advanced { share: 0.25 },
            cause: String::new(),
            evidence: Weighed::default(),
        }
    }

    #[test]
    fn the_last_hundred_are_kept_and_listeners_are_told() {
        let events = Events::default();
        let mut listener = events.listen();
        for generation in 1..=150 {
            events.tell(event(generation));
        }
        let recent = events.recent();
        assert_eq!((recent.len(), recent[0].new.generation), (100, 150));
        assert!(listener.try_recv().is_err_and(|error| matches!(error, broadcast::error::TryRecvError::Lagged(_))));
    }

    #[test]
    fn an_event_survives_being_written_down() {
        let written = serde_json::to_string(&event(2)).expect("written");
        assert!(written.contains(r#""kind":"advanced","share":0.25"#), "{written}");
        assert_eq!(serde_json::from_str::<CanaryEvent>(&written).expect("read"), event(2));
    }
}
