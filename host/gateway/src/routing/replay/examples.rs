//! Recorded texts and tables of channels for the unit tests of replays.

use super::decide::{Present, Way, Ways};
use super::outcome::Cost;
use super::record::Text;
use jixinda_domain::{
    AccountId, CallId, ChannelId, Message, MessageClass, MessageId, MessageStatus, PhoneNumber, Timestamp,
};
use jixinda_routing::ChannelFacts;
use jixinda_routing::rule::Rules;
use jixinda_store::{RecordedAttempt, RecordedMessage};
use std::time::Duration;

pub fn channel(number: u128) -> ChannelId {
    ChannelId::new(Timestamp::default(), number)
}

/// Builds a recorded message, try by try.
pub struct Recorded {
    serial: u64,
    at: Timestamp,
    attempts: Vec<RecordedAttempt>,
    status: MessageStatus,
    told_at: Option<Timestamp>,
}

impl Recorded {
    /// First tried so many seconds after the epoch.
    pub fn at(second: i64) -> Self {
        let at = Timestamp::from_millis(second * 1000);
        Self { serial: 1, at, attempts: Vec::new(), status: MessageStatus::Sent, told_at: None }
    }

    pub fn numbered(mut self, serial: u64) -> Self {
        self.serial = serial;
        self
    }

    /// A try that this channel took.
    pub fn through(mut self, number: u128) -> Self {
        self.attempts.push(RecordedAttempt {
            channel_id: channel(number),
            outcome: "accepted".to_owned(),
            reason: None,
            scope: None,
            cause_code: None,
            segments: None,
            price: None,
            explanation: Some(format!(r#"{{"candidates": [{{"channel": "{}", "chance": 1000}}]}}"#, channel(number))),
            started_at: self.at,
            duration_ms: 0,
            after: Some("sent".to_owned()),
        });
        self
    }

    /// The channel of the last try could not be reached.
    pub fn deferred(mut self) -> Self {
        if let Some(last) = self.attempts.last_mut() {
            last.outcome = "deferred".to_owned();
            (last.reason, last.scope) = (Some("unreachable".to_owned()), Some("account".to_owned()));
            last.after = Some("queued".to_owned());
        }
        self
    }

    /// The last try was refused for what the message is.
    pub fn refused(mut self) -> Self {
        if let Some(last) = self.attempts.last_mut() {
            last.outcome = "rejected".to_owned();
            (last.reason, last.after) = (Some("bad-recipient".to_owned()), Some("rejected".to_owned()));
        }
        self.status = MessageStatus::Rejected;
        self
    }

    /// The next try is at this second.
    pub fn then(mut self, second: i64) -> Self {
        self.at = Timestamp::from_millis(second * 1000);
        self
    }

    pub fn delivered_after(mut self, seconds: u64) -> Self {
        self.status = MessageStatus::Delivered;
        self.told_at = Some(self.at + Duration::from_secs(seconds));
        self
    }

    pub fn message(self) -> RecordedMessage {
        let first = self.attempts.first().map_or(self.at, |attempt| attempt.started_at);
        let message = Message {
            id: MessageId::new(first, self.serial.into()),
            serial: self.serial,
            recipient: PhoneNumber::parse(&format!("138000{:05}", self.serial % 100_000)).expect("a number"),
            status: self.status,
            expires_at: first + Duration::from_secs(86_400),
            ..crate::examples::message(MessageClass::Notice)
        };
        RecordedMessage {
            call_id: CallId::new(first, self.serial.into()),
            attempts: self.attempts,
            told_at: self.told_at,
            converted_at: None,
            message,
        }
    }

    pub fn text(self) -> Text {
        Text::of(self.message()).expect("a text has a try")
    }
}

/// Channels 1, 2, 3 … that carry everything, in this order.
pub struct Table {
    pub ways: Vec<Way>,
    /// Of a segment, by channel.
    pub prices: Vec<Option<Cost>>,
}

impl Table {
    pub fn of(count: u128) -> Self {
        let way = |number: u128| Way {
            channel: channel(number),
            account: AccountId::new(Timestamp::default(), number),
            position: i32::try_from(number).expect("small"),
            weight: 100,
            price: None,
            barred: None,
        };
        let ways: Vec<Way> = (1..=count).map(way).collect();
        Self { prices: vec![None; ways.len()], ways }
    }
}

impl Present for Table {
    fn ways(&self, _: &Message) -> Ways {
        Ways { strategy: None, ways: self.ways.clone() }
    }

    fn facts(&self) -> Vec<ChannelFacts> {
        let rivals = |id: ChannelId| self.ways.iter().map(|way| way.channel).filter(move |other| *other != id);
        let facts = |way: &Way| ChannelFacts {
            id: way.channel,
            account_id: way.account,
            changed_at: Timestamp::default(),
            price: way.price,
            rivals: rivals(way.channel).collect(),
        };
        self.ways.iter().map(facts).collect()
    }

    fn rules(&self, _: ChannelId) -> Option<&Rules> {
        None
    }

    fn price(&self, id: ChannelId) -> Option<Cost> {
        let place = self.ways.iter().position(|way| way.channel == id)?;
        self.prices[place]
    }

    fn name(&self, id: ChannelId) -> String {
        let place = self.ways.iter().position(|way| way.channel == id);
        place.map_or_else(|| id.to_string(), |place| format!("way-{}", place + 1))
    }
}
