//! Texts, as a good client sends them: each with a key, and again at the next door until it is answered.

use crate::client::Client;
use crate::stage::SIGN_NAME;
use bytes::Bytes;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::{JoinHandle, JoinSet};

const PER_SECOND: f64 = 80.0;
/// How long one try may take, and how long a text is tried.
const ANSWER: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Templates by turns: class and parameter.
const TEMPLATES: [(&str, &str, &str); 4] = [
    ("login", "otp", "code"),
    ("shipped", "notice", "order"),
    ("sale", "marketing", "shop"),
    ("shipped", "notice", "order"),
];

/// A text that was acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) class: &'static str,
    pub(super) at: Instant,
}

/// What was acknowledged, and what nobody answered.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) acknowledged: Vec<Acknowledged>,
    pub(super) given_up: Vec<String>,
}

impl Ledger {
    /// The longest time in which nothing was acknowledged.
    pub(super) fn longest_gap(&self) -> Duration {
        let mut moments: Vec<Instant> = self.acknowledged.iter().map(|text| text.at).collect();
        moments.sort_unstable();
        moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }
}

pub(super) struct Load {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Ledger>,
}

impl Load {
    pub(super) fn start(doors: &[Client]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(run(doors.to_vec(), stop.clone()));
        Self { stop, task }
    }

    /// Sends no more and waits for the answers.
    pub(super) async fn stop(self) -> Ledger {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.unwrap_or_default()
    }
}

async fn run(doors: Vec<Client>, stop: Arc<AtomicBool>) -> Ledger {
    let begun = Instant::now();
    let mut requests = JoinSet::new();
    for number in 0_usize.. {
        let due = begun + Duration::from_secs_f64(number as f64 / PER_SECOND);
        tokio::time::sleep_until(due.into()).await;
        if stop.load(Ordering::SeqCst) {
            break;
        }
        requests.spawn(send(doors.clone(), number));
    }
    let mut ledger = Ledger::default();
    while let Some(sent) = requests.join_next().await {
        match sent {
            Ok(Ok(acknowledged)) => ledger.acknowledged.push(acknowledged),
            Ok(Err(words)) => ledger.given_up.push(words),
            Err(error) => ledger.given_up.push(error.to_string()),
        }
    }
    ledger
}

async fn send(doors: Vec<Client>, number: usize) -> Result<Acknowledged, String> {
    let (template, class, param) = TEMPLATES[number % TEMPLATES.len()];
    let to = format!("138{number:08}");
    let body = json!({"to": to, "template": template, "sign_name": SIGN_NAME, "params": {param: "824913"}});
    let (body, key) = (Bytes::from(body.to_string()), format!("text-{number}"));
    let begun = Instant::now();
    let mut last = String::new();
    for turn in number.. {
        if begun.elapsed() > PATIENCE {
            break;
        }
        let door = &doors[turn % doors.len()];
        let headers = [("idempotency-key", key.as_str())];
        let answer = door.raw("POST", "/v1/messages", &headers, body.clone());
        match tokio::time::timeout(ANSWER, answer).await {
            Ok(Ok(answer)) if answer.status == 202 => {
                let id = answer.json["id"].as_str().unwrap_or_default().to_owned();
                return Ok(Acknowledged { id, number: to, class, at: Instant::now() });
            }
            Ok(Ok(answer)) => last = format!("{} {}", answer.status, answer.json),
            Ok(Err(error)) => last = format!("{error:#}"),
            Err(_) => "no answer in time".clone_into(&mut last),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("{to}: {last}"))
}
