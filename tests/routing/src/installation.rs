//! An installation as large as they get: 50 channels, 200 bindings, a history of traffic. What a selection costs is measured in it.

use crate::channel::SimChannel;
use crate::text::text;
use jixinda_domain::routing_policy::Strategy;
use jixinda_domain::{
    AccountId, Carrier, ChannelId, Destination, Message, MessageClass, SignNameId, TemplateId, Timestamp,
};
use jixinda_routing::evidence::{Kind, Tally};
use jixinda_routing::rule::{Book, Rules, Sent};
use jixinda_routing::{
    CallReport, Candidate, ChannelFacts, Exclusion, Heard, Question, Router, Selection, Settings, Snapshot, select,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Channels, all of them bound to the first template.
pub const CHANNELS: usize = 50;
/// Further templates with this many channels each: 150 bindings more.
const TEMPLATES: usize = 15;
const BOUND_TO_EACH: usize = 10;
/// Channels for one account.
const PER_ACCOUNT: usize = 5;

/// A channel as the gateway's directory has it.
struct Entry {
    id: ChannelId,
    account: AccountId,
    position: i32,
    weight: u32,
}

/// What the gateway's routing has beside it.
struct Post {
    price: Option<f64>,
    rules: Rules,
}

/// The gateway's directory, ranking and posts, without the gateway.
pub struct Installation {
    routes: HashMap<(TemplateId, SignNameId), Vec<Arc<Entry>>>,
    posts: HashMap<ChannelId, Arc<Post>>,
    /// What is known of all channels.
    pub router: Router,
    snapshot: Arc<Snapshot>,
    /// What was handed over lately.
    pub book: Book,
    /// The time.
    pub now: Timestamp,
}

/// A number's limits as Aliyun has them, and those of an account.
const RULES: &str = r#"{"frequency": [
    {"category": ["otp"], "per": ["recipient", "sign-name"], "window_seconds": 60, "max": 1},
    {"category": ["otp"], "per": ["recipient", "sign-name"], "window_seconds": 3600, "max": 5},
    {"category": ["notice"], "per": ["recipient", "template-code"], "window_seconds": 86400, "max": 50},
    {"per": ["recipient"], "window_seconds": 86400, "max": 100}]}"#;

impl Installation {
    /// With five minutes of traffic behind it; `with_rules` for providers that limit what a number gets.
    pub fn new(with_rules: bool) -> Self {
        let account = |index: usize| AccountId::new(Timestamp::default(), (index / PER_ACCOUNT) as u128 + 1);
        let entry = |index: usize| Entry {
            id: SimChannel::id(index),
            account: account(index),
            position: i32::try_from(index / 10).unwrap_or(0),
            weight: 100 + u32::try_from(index).unwrap_or(0),
        };
        let entries: Vec<Arc<Entry>> = (0..CHANNELS).map(|index| Arc::new(entry(index))).collect();
        let key = |number: usize| {
            (TemplateId::new(Timestamp::default(), number as u128), SignNameId::new(Timestamp::default(), 1))
        };
        let mut routes = HashMap::from([(key(0), entries.clone())]);
        for template in 1..=TEMPLATES {
            let bound = (0..BOUND_TO_EACH).map(|place| entries[(template * 7 + place * 3) % CHANNELS].clone());
            routes.insert(key(template), bound.collect());
        }
        let rules = Rules::parse(if with_rules { RULES } else { "{}" });
        let post = |index: usize| Post { price: Some(0.03 + 0.0005 * (index % 20) as f64), rules: rules.clone() };
        let posts = (0..CHANNELS).map(|index| (SimChannel::id(index), Arc::new(post(index)))).collect();
        let now = Timestamp::from_millis(1_795_000_000_000);
        let facts = |index: usize| ChannelFacts {
            id: SimChannel::id(index),
            account_id: account(index),
            changed_at: Timestamp::default(),
            price: Some(0.03 + 0.0005 * (index % 20) as f64),
            rivals: (0..CHANNELS).filter(|other| *other != index).map(SimChannel::id).collect(),
        };
        let mut router = Router::new(Settings::default(), 0);
        router.set_channels((0..CHANNELS).map(facts).collect(), now);
        let mut installation = Self { routes, posts, router, snapshot: Arc::default(), book: Book::default(), now };
        (0..300).for_each(|second| installation.second(second));
        installation
    }

    /// A second of traffic: one channel is dead, one bad, one weak at a carrier.
    fn second(&mut self, second: u32) {
        self.now = self.now + Duration::from_secs(1);
        for index in 0..CHANNELS {
            let carrier = Carrier::ALL[(second as usize + index) % 3];
            let kind = match index {
                7 => Kind::Unreachable,
                11 if second.is_multiple_of(4) => Kind::Busy,
                _ => Kind::Accepted,
            };
            let report = self.report(index, carrier, kind);
            self.router.call(&report);
            if kind == Kind::Accepted {
                let delivered = index != 13 || carrier != Carrier::Unicom;
                let (channel_id, class) = (report.channel_id, report.class);
                let (destination, delay) = (report.outcomes[0].0, Some(Duration::from_secs(3)));
                self.router.heard(&Heard { channel_id, class, destination, delivered, delay }, self.now);
            }
        }
        self.router.tick(self.now);
        let _ = (self.router.take_changed(), self.router.take_events());
        self.snapshot = self.router.snapshot();
        let message = self.message(second);
        let accounts = (0..CHANNELS).step_by(PER_ACCOUNT).map(SimChannel::id);
        for (channel, number) in accounts.zip(1_u128..) {
            let account = AccountId::new(Timestamp::default(), number);
            self.book.note(&self.posts[&channel].rules, &Sent { account, message: &message }, self.now);
        }
    }

    /// A call of one text that ended now.
    pub fn report(&self, index: usize, carrier: Carrier, kind: Kind) -> CallReport {
        let mut tally = Tally::default();
        tally.add(kind, 1.0);
        CallReport {
            channel_id: SimChannel::id(index),
            class: MessageClass::ALL[index % 3],
            started_at: self.now,
            ended_at: self.now + Duration::from_millis(80),
            outcomes: vec![(Destination { country_code: 86, carrier: Some(carrier) }, tally)],
        }
    }

    /// A text that all channels are bound for.
    pub fn message(&self, number: u32) -> Message {
        text(number, MessageClass::Notice, 0, 1, self.now)
    }

    /// The gateway's `choose`, as far as it is routing's.
    pub fn choose(&self, message: &Message, strategy: Strategy, random: f64) -> Selection {
        let destination = Destination::of(&message.recipient);
        let route = self.routes.get(&(message.template_id, message.sign_name_id)).map_or(&[][..], |route| route);
        let candidates: Vec<Candidate<'_>> = route.iter().map(|entry| self.candidate(entry, message)).collect();
        let question = Question {
            version: self.snapshot.version,
            class: message.class,
            destination,
            strategy,
            tried: &[],
            now: self.now,
            random,
        };
        select(&question, &candidates)
    }

    fn candidate(&self, entry: &Entry, message: &Message) -> Candidate<'_> {
        let standing = self.snapshot.standings.get(&entry.id).map(AsRef::as_ref);
        let post = self.posts.get(&entry.id);
        let limited = post.filter(|post| !post.rules.is_empty()).and_then(|post| {
            let sent = Sent { account: entry.account, message };
            let closed = post.rules.closed_until(message.class, self.now);
            closed.max(self.book.full_until(&post.rules, &sent, self.now))
        });
        Candidate {
            id: entry.id,
            standing,
            position: entry.position,
            weight: entry.weight,
            price: post.and_then(|post| post.price),
            barred: limited.map(|until| (Exclusion::Rule, Some(until))),
            full: false,
            probe_is_free: standing.is_some_and(|standing| standing.probe.is_free(self.now)),
        }
    }
}
