//! [`Traffic`]: clients that go on through every disturbance, as applications do.

use super::dice::Dice;
use super::ledger::Ledger;
use super::request::{Reply, Request};
use crate::client::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Applications at a time. Some hang while a gateway is stopped, and the others still knock.
const CLIENTS: u64 = 24;
/// How often a request with a key is repeated at most; longer than any disturbance lasts.
const REPEATS: u32 = 300;
/// Pause before a repetition. `Retry-After` says a second: impatient clients are the harder test.
const REPEAT_PAUSE: Duration = Duration::from_millis(200);

/// Clients at work. Dropping it ends them.
pub(super) struct Traffic {
    pub(super) ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
    clients: JoinSet<()>,
}

impl Traffic {
    /// Starts clients that together try to send so many texts a second.
    pub(super) fn start(api: &Client, dice: &Dice, texts_per_second: u64) -> Self {
        let (ledger, stop) = (Arc::new(Ledger::default()), Arc::new(AtomicBool::new(false)));
        let mut clients = JoinSet::new();
        let pace = Duration::from_secs(CLIENTS) / u32::try_from(texts_per_second.max(1)).unwrap_or(u32::MAX);
        for client in 0..CLIENTS {
            let (api, ledger, stop) = (api.clone(), ledger.clone(), stop.clone());
            let dice = dice.fork(client + 1);
            clients.spawn(async move { work(&api, dice, client, pace, &ledger, &stop).await });
        }
        Self { ledger, stop, clients }
    }

    /// Lets every client finish what it has begun.
    pub(super) async fn finish(mut self) -> anyhow::Result<Arc<Ledger>> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(client) = self.clients.join_next().await {
            client?;
        }
        Ok(self.ledger)
    }
}

/// One request after another, at most at its pace: who was kept waiting does not catch up.
async fn work(api: &Client, mut dice: Dice, client: u64, pace: Duration, ledger: &Ledger, stop: &AtomicBool) {
    let mut next_number = 0;
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let request = Request::draw(&mut dice, client, &mut next_number);
        due = due.max(Instant::now()) + pace * u32::try_from(request.numbers.len()).unwrap_or(1);
        let begun = Instant::now();
        let reply = submit(api, &request, ledger).await;
        ledger.note(&request, &reply, begun);
        tokio::time::sleep_until(due.into()).await;
    }
}

/// Asks once; with a key, until there is an answer.
async fn submit(api: &Client, request: &Request, ledger: &Ledger) -> Reply {
    let mut unanswered = false;
    for _ in 0..REPEATS {
        let reply = request.ask(api).await;
        match reply {
            Reply::Refused => ledger.refused(),
            Reply::Unanswered => unanswered = true,
            Reply::Accepted(_) | Reply::Late | Reply::Strange(_) => return reply,
        }
        if request.key.is_none() {
            return reply;
        }
        tokio::time::sleep(REPEAT_PAUSE).await;
    }
    if unanswered { Reply::Unanswered } else { Reply::Refused }
}
