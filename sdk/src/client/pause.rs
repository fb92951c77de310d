//! [`Pauses`]: waiting before another try. In unit tests nobody waits; the pauses are noted.

use std::time::Duration;

#[derive(Clone)]
pub(super) enum Pauses {
    Real,
    #[cfg(test)]
    Noted(std::sync::Arc<std::sync::Mutex<Vec<Duration>>>),
}

impl Pauses {
    pub async fn pause(&self, time: Duration) {
        match self {
            Self::Real => tokio::time::sleep(time).await,
            #[cfg(test)]
            Self::Noted(noted) => noted.lock().expect("nobody panicked").push(time),
        }
    }
}
