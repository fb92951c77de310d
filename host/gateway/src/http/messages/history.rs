//! The history of a message: every move with its time, its author and its reason, as a support person reads it.
//!
//! It is told anew from what is on record: attempts, receipts, and the steps that were neither. A receipt moves the message in the
//! telling by the same rule by which it moved it in the store.

use jixinda_domain::{Message, MessageStatus, ReceiptStatus, Timestamp};
use jixinda_store::{StoredAttempt, StoredMove, StoredReceipt};
use serde::Serialize;
use std::collections::BTreeSet;

/// One line of the history.
#[derive(Debug, Serialize)]
pub struct HistoryView {
    at: Timestamp,
    /// Where the message stood from then on.
    status: &'static str,
    /// `application`, `gateway`, `provider` or `operator`.
    by: &'static str,
    what: String,
}

/// What is on record of a message.
pub struct Record<'a> {
    pub message: &'a Message,
    pub attempts: &'a [StoredAttempt],
    pub receipts: &'a [StoredReceipt],
    pub moves: &'a [StoredMove],
}

enum Event<'a> {
    Begun(&'a StoredAttempt),
    Ended(&'a StoredAttempt),
    Moved(&'a StoredMove),
    Due,
    Heard(&'a StoredReceipt),
}

/// Tells it, oldest first. `channel_name` names a channel by its id.
pub fn tell(record: &Record<'_>, channel_name: &dyn Fn(&str) -> String) -> Vec<HistoryView> {
    let mut teller = Teller::begin(record.message);
    for (at, event) in events(record) {
        teller.tell(at, &event, channel_name);
    }
    teller.end(record.message, channel_name)
}

fn events<'a>(record: &Record<'a>) -> Vec<(Timestamp, Event<'a>)> {
    let mut events: Vec<(Timestamp, Event<'a>)> = Vec::new();
    let created_at = record.message.created_at;
    let put_off = record.moves.iter().any(|moved| moved.at == created_at && moved.to == MessageStatus::Scheduled);
    if let Some(send_at) = record.message.send_at.filter(|send_at| *send_at > created_at && !put_off) {
        events.push((send_at, Event::Due));
    }
    for moved in record.moves {
        events.push((moved.at, Event::Moved(moved)));
        if moved.to == MessageStatus::Scheduled {
            events.push((moved.due_at, Event::Due));
        }
    }
    for attempt in record.attempts {
        let ended_at = attempt.started_at + std::time::Duration::from_millis(attempt.duration_ms.into());
        events.push((attempt.started_at, Event::Begun(attempt)));
        events.push((ended_at, Event::Ended(attempt)));
    }
    events.extend(record.receipts.iter().map(|receipt| (receipt.received_at, Event::Heard(receipt))));
    // What a message still waits for has not come.
    if record.message.status == MessageStatus::Scheduled {
        events.retain(|(at, event)| !matches!(event, Event::Due) || *at <= record.message.updated_at);
    }
    // Stable: of things at one moment an attempt's end comes before the receipt that answers it.
    events.sort_by_key(|(at, _)| *at);
    events
}

struct Teller {
    lines: Vec<HistoryView>,
    status: MessageStatus,
    tries: u16,
    parts: BTreeSet<u32>,
}

impl Teller {
    fn begin(message: &Message) -> Self {
        let waits = message.send_at.filter(|send_at| *send_at > message.created_at);
        let status = if waits.is_some() { MessageStatus::Scheduled } else { MessageStatus::Queued };
        let what = match waits {
            Some(send_at) => format!("accepted, to be sent at {send_at}"),
            None => "accepted".to_owned(),
        };
        let mut teller = Self { lines: Vec::new(), status, tries: 0, parts: BTreeSet::new() };
        teller.say(message.created_at, "application", what);
        teller
    }

    fn say(&mut self, at: Timestamp, by: &'static str, what: String) {
        self.lines.push(HistoryView { at, status: self.status.as_str(), by, what });
    }

    fn tell(&mut self, at: Timestamp, event: &Event<'_>, channel_name: &dyn Fn(&str) -> String) {
        match event {
            Event::Due => {
                if self.status == MessageStatus::Scheduled {
                    self.status = MessageStatus::Queued;
                    self.say(at, "gateway", "its time has come".to_owned());
                }
            }
            Event::Moved(moved) => {
                self.status = moved.to;
                let words = moved.cause.as_ref().map(|cause| cause.detail.clone()).filter(|words| !words.is_empty());
                self.say(at, moved.by.as_str(), words.unwrap_or_else(|| format!("it became {}", moved.to)));
            }
            Event::Begun(attempt) => {
                self.status = MessageStatus::Sending;
                let what = format!("try {}: handed to channel {}", attempt.no, channel_name(&attempt.channel_id));
                self.say(at, "gateway", what);
            }
            Event::Ended(attempt) => self.end_attempt(at, attempt, channel_name),
            Event::Heard(receipt) => self.hear(at, receipt),
        }
    }

    fn end_attempt(&mut self, at: Timestamp, attempt: &StoredAttempt, channel_name: &dyn Fn(&str) -> String) {
        self.tries = attempt.no;
        // A receipt that was faster than the answer has moved it already.
        let faster = self.status != MessageStatus::Sending;
        if !faster {
            let after = attempt.after.as_deref().and_then(|word| word.parse().ok());
            self.status = after.unwrap_or(MessageStatus::Sent);
        }
        let channel = channel_name(&attempt.channel_id);
        let cause = words(attempt.cause_code.as_deref(), attempt.cause_detail.as_deref());
        let reason = attempt.reason.as_deref().unwrap_or("no reason given");
        let what = match attempt.outcome.as_str() {
            "accepted" => format!("{channel} took it"),
            "uncertain" if faster => format!("{channel} did not answer{cause}; a receipt had told already"),
            "uncertain" => format!("{channel} may have taken it, nobody knows{cause}: it is asked after"),
            "rejected" => format!("{channel} refused it as {reason}{cause}"),
            _ => {
                let again = attempt.next_at.map(|at| format!("; it is tried again from {at} on")).unwrap_or_default();
                format!("{channel} did not take it now, {reason}{cause}{again}")
            }
        };
        self.say(at, "provider", what);
    }

    fn hear(&mut self, at: Timestamp, receipt: &StoredReceipt) {
        let told = serde_json::from_value(serde_json::Value::String(receipt.status.clone()));
        let mut told = told.unwrap_or(ReceiptStatus::Unknown);
        let mut piece = String::new();
        if let Some((number, total)) = receipt.part.filter(|(_, total)| *total > 1) {
            piece = format!(" for piece {number} of {total}");
            if told == ReceiptStatus::Delivered {
                self.parts.insert(number);
                if self.parts.len() < total as usize {
                    told = ReceiptStatus::Enroute;
                }
            }
        }
        let changed = self.status.after_receipt(told, self.tries > 0);
        if let Some(next) = changed {
            self.status = next;
        }
        let cause = words(receipt.cause_code.as_deref(), receipt.cause_detail.as_deref());
        let effect = if changed.is_some() { "" } else { "; that changes nothing" };
        self.say(at, "provider", format!("a receipt says {}{piece}{cause}{effect}", receipt.status));
    }

    /// A call that is under way has no attempt yet.
    fn end(mut self, message: &Message, channel_name: &dyn Fn(&str) -> String) -> Vec<HistoryView> {
        if message.status == MessageStatus::Sending && self.status != MessageStatus::Sending {
            self.status = MessageStatus::Sending;
            let channel = message.channel_id.map_or_else(String::new, |id| channel_name(&id.to_string()));
            self.say(message.updated_at, "gateway", format!("handed to channel {channel}; the call is under way"));
        }
        self.lines
    }
}

fn words(code: Option<&str>, detail: Option<&str>) -> String {
    match (code.filter(|code| !code.is_empty()), detail.filter(|detail| !detail.is_empty())) {
        (Some(code), Some(detail)) => format!(" ({code}: {detail})"),
        (Some(word), None) | (None, Some(word)) => format!(" ({word})"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use jixinda_domain::{Actor, Cause, MessageClass};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn attempt(no: u16, started: i64, outcome: &str, after: Option<&str>) -> StoredAttempt {
        StoredAttempt {
            no,
            call_id: "cal".to_owned(),
            channel_id: "chn".to_owned(),
            outcome: outcome.to_owned(),
            reason: None,
            scope: None,
            cause_code: (outcome == "uncertain").then(|| "unanswered-request".to_owned()),
            cause_detail: (outcome == "uncertain").then(|| "no answer within 10000 ms".to_owned()),
            upstream_id: None,
            explanation: None,
            started_at: at(started),
            duration_ms: 1000,
            after: after.map(str::to_owned),
            next_at: None,
        }
    }

    fn receipt(received: i64, status: &str) -> StoredReceipt {
        StoredReceipt {
            status: status.to_owned(),
            part: None,
            cause_code: None,
            cause_detail: None,
            occurred_at: None,
            received_at: at(received),
        }
    }

    fn delivered() -> Message {
        Message { status: MessageStatus::Delivered, ..examples::message(MessageClass::Notice) }
    }

    fn told(message: &Message, attempts: &[StoredAttempt], receipts: &[StoredReceipt], moves: &[StoredMove]) -> String {
        let record = Record { message, attempts, receipts, moves };
        let lines = tell(&record, &|_| "aliyun-1".to_owned());
        let line =
            |line: HistoryView| format!("{:>3} {}: {} ({})", line.at.as_seconds(), line.status, line.what, line.by);
        lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_uncertain_text_that_heals_reads_as_a_story() {
        let message = delivered();
        let moved = StoredMove {
            from: MessageStatus::Uncertain,
            to: MessageStatus::Parked,
            at: at(60),
            due_at: at(60),
            by: Actor::Gateway,
            cause: Some(Cause::new("uncertain", "no receipt came; a person decides")),
        };
        let attempts = [attempt(1, 1, "uncertain", Some("uncertain"))];
        let story = told(&message, &attempts, &[receipt(90, "delivered")], &[moved]);
        let expected = "  0 queued: accepted (application)
  1 sending: try 1: handed to channel aliyun-1 (gateway)
  2 uncertain: aliyun-1 may have taken it, nobody knows (unanswered-request: no answer within 10000 ms): it is asked after (provider)
 60 parked: no receipt came; a person decides (gateway)
 90 delivered: a receipt says delivered (provider)";
        assert_eq!(story, expected);
    }

    #[test]
    fn a_receipt_before_our_own_commit_is_told_in_its_place() {
        let message = delivered();
        let story = told(&message, &[attempt(1, 1, "accepted", None)], &[receipt(1, "delivered")], &[]);
        assert!(
            story.ends_with(
                "  1 delivered: a receipt says delivered (provider)\n  2 delivered: aliyun-1 took it (provider)"
            ),
            "{story}"
        );
    }

    #[test]
    fn what_is_still_to_come_is_not_told() {
        let waiting = Message {
            status: MessageStatus::Scheduled,
            send_at: Some(at(50)),
            due_at: at(50),
            ..examples::message(MessageClass::Notice)
        };
        let story = told(&waiting, &[], &[], &[]);
        assert_eq!(story, "  0 scheduled: accepted, to be sent at 1970-01-01T00:00:50.000Z (application)");
        let due = Message { status: MessageStatus::Queued, ..waiting };
        assert!(told(&due, &[], &[], &[]).ends_with(" 50 queued: its time has come (gateway)"));
    }

    #[test]
    fn a_send_time_in_the_quiet_hours_does_not_come_before_their_end() {
        let put_off = StoredMove {
            from: MessageStatus::Queued,
            to: MessageStatus::Scheduled,
            at: at(0),
            due_at: at(90),
            by: Actor::Gateway,
            cause: Some(Cause::new("quiet_hours", "it waits")),
        };
        let moves = [put_off];
        let waiting = Message {
            status: MessageStatus::Scheduled,
            send_at: Some(at(50)),
            due_at: at(90),
            ..examples::message(MessageClass::Marketing)
        };
        let story = told(&waiting, &[], &[], &moves);
        assert!(story.ends_with("  0 scheduled: it waits (gateway)"), "{story}");
        let due = Message { status: MessageStatus::Queued, ..waiting };
        let story = told(&due, &[], &[], &moves);
        assert!(
            story.ends_with("  0 scheduled: it waits (gateway)\n 90 queued: its time has come (gateway)"),
            "{story}"
        );
    }

    #[test]
    fn a_receipt_before_a_late_answer_is_not_doubted() {
        let attempts = [attempt(1, 1, "uncertain", Some("uncertain"))];
        let story = told(&delivered(), &attempts, &[receipt(1, "delivered")], &[]);
        let last = "  2 delivered: aliyun-1 did not answer (unanswered-request: no answer within 10000 ms); a receipt had told already (provider)";
        assert!(story.ends_with(last), "{story}");
    }

    #[test]
    fn contradicting_receipts_are_told_with_their_effect() {
        let message = delivered();
        let receipts = [receipt(5, "undelivered"), receipt(6, "delivered"), receipt(7, "undelivered")];
        let story = told(&message, &[attempt(1, 1, "accepted", None)], &receipts, &[]);
        assert!(story.contains("  5 undelivered: a receipt says undelivered (provider)"), "{story}");
        assert!(
            story.ends_with("  7 delivered: a receipt says undelivered; that changes nothing (provider)"),
            "{story}"
        );
    }
}
