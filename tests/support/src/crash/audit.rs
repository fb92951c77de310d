//! The audit: every text of the applications' ledger against the gateway's books and the provider's memory, by its number.

use super::books::{Books, UNSETTLED};
use super::counts::Counts;
use super::ledger::{Entry, Promise};
use jixinda_domain::MessageClass;
use provider_simulator::Simulator;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Stories shown of each kind of complaint, and the most characters of one.
const SHOWN: u64 = 3;
const STORY: usize = 1500;

/// What the gateway may say of a text that no provider took.
const EXPLAINED: [&str; 5] = ["expired", "rejected", "cancelled", "parked", "undelivered"];

/// Counts, and what is wrong with whom.
#[derive(Debug, Default)]
pub(super) struct Audit {
    pub(super) counts: Counts,
    complaints: BTreeMap<String, (u64, Vec<String>)>,
}

pub(super) fn audit(entries: &[Entry], books: &Books, simulator: &Simulator) -> Audit {
    let mut audit = Audit::default();
    let by_number = by_number(books);
    for entry in entries {
        let taken = simulator.texts(&entry.number).iter().filter(|text| text.taken).count() as u64;
        let stories = by_number.get(entry.number.as_str()).map(Vec::as_slice).unwrap_or_default();
        audit.promise(entry, taken, books, stories);
        audit.doubles(entry, taken, stories);
        for story in stories {
            audit.state(entry, taken, story);
        }
    }
    audit
}

impl Audit {
    /// A sentence for each kind of complaint, and the stories of some.
    pub(super) fn complaints(&self) -> Vec<String> {
        let told = self.complaints.iter();
        told.flat_map(|(what, (times, stories))| {
            std::iter::once(format!("{what}: {times} texts")).chain(stories.iter().cloned())
        })
        .collect()
    }

    fn promise(&mut self, entry: &Entry, taken: u64, books: &Books, stories: &[&Value]) {
        let counts = &mut self.counts;
        match &entry.promise {
            Promise::None => counts.unanswered += 1,
            Promise::Refused => {
                counts.refused += 1;
                if taken > 0 || !stories.is_empty() {
                    counts.half_accepted += 1;
                    self.complain("turned away, and stored or sent all the same", entry, taken, stories);
                }
            }
            Promise::Acknowledged(id) => {
                counts.accepted += 1;
                let story = books.get(id);
                let status = story.map_or("unknown", status);
                counts.delivered += u64::from(status == "delivered");
                if taken > 0 && story.is_some() {
                    counts.at_provider += 1;
                } else if EXPLAINED.contains(&status) && story.is_some_and(has_cause) {
                    counts.explained += 1;
                } else {
                    counts.lost += 1;
                    self.complain(&format!("lost, {status}"), entry, taken, stories);
                }
            }
        }
    }

    fn doubles(&mut self, entry: &Entry, taken: u64, stories: &[&Value]) {
        let counts = &mut self.counts;
        let uncertain: u64 = stories.iter().map(|story| uncertain_attempts(story)).sum();
        if entry.class == MessageClass::Otp {
            counts.uncertain_otp += uncertain;
        }
        if stories.len() > 1 {
            counts.stored_twice += 1;
            self.complain("stored twice", entry, taken, stories);
        }
        if taken < 2 {
            return;
        }
        let counts = &mut self.counts;
        match entry.class {
            MessageClass::Notice => counts.doubled_notice += 1,
            MessageClass::Marketing => counts.doubled_marketing += 1,
            MessageClass::Otp if taken - 1 <= uncertain => {
                counts.doubled_otp += 1;
                return;
            }
            MessageClass::Otp => counts.doubled_otp_beyond += 1,
        }
        self.complain("doubled", entry, taken, stories);
    }

    fn state(&mut self, entry: &Entry, taken: u64, story: &Value) {
        let status = status(story);
        let counts = &mut self.counts;
        counts.parked += u64::from(status == "parked");
        counts.still_uncertain += u64::from(status == "uncertain");
        counts.healed += u64::from(uncertain_attempts(story) > 0 && !UNSETTLED.contains(&status) && status != "parked");
        // "It may have been sent" is no lie.
        let says_perhaps = story["cause"]["code"] == "uncertain";
        if taken > 0 && !says_perhaps && status != "undelivered" && EXPLAINED.contains(&status) {
            counts.told_otherwise += 1;
            self.complain("taken by the provider, told otherwise", entry, taken, &[story]);
        }
    }

    fn complain(&mut self, what: &str, entry: &Entry, taken: u64, stories: &[&Value]) {
        let (times, shown) = self.complaints.entry(what.to_owned()).or_default();
        *times += 1;
        if *times <= SHOWN {
            let (class, number, promise) = (entry.class, &entry.number, &entry.promise);
            let stories = stories.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            let stories: String = stories.chars().take(STORY).collect();
            shown.push(format!("  {class} to {number}, {promise:?}, taken {taken} times: {stories}"));
        }
    }
}

fn by_number(books: &Books) -> HashMap<&str, Vec<&Value>> {
    let mut by_number: HashMap<&str, Vec<&Value>> = HashMap::new();
    for story in books.values() {
        let number = story["to"].as_str().unwrap_or_default();
        by_number.entry(number.strip_prefix("+86").unwrap_or(number)).or_default().push(story);
    }
    by_number
}

fn status(story: &Value) -> &str {
    story["status"].as_str().unwrap_or("unknown")
}

fn has_cause(story: &Value) -> bool {
    story["cause"]["code"].as_str().is_some_and(|code| !code.is_empty())
}

fn uncertain_attempts(story: &Value) -> u64 {
    let attempts = story["attempts"].as_array().map(Vec::as_slice).unwrap_or_default();
    attempts.iter().filter(|attempt| attempt["outcome"] == "uncertain").count() as u64
}
