//! [`Routing`]: the router behind its lock, the ranking that it published, and for each channel its gate and its provider's rules.

use super::gate::{Gate, Spacing};
use super::pauses::Pauses;
use super::shared::Evidence;
use crate::directory::{ChannelEntry, Directory};
use arc_swap::ArcSwap;
use jixinda_domain::{AccountId, Channel, ChannelId, Clock, Destination, Message, MessageClass, Outcome, Timestamp};
use jixinda_routing::evidence::{Kind, Tally};
use jixinda_routing::rule::{Book, Counted, Counter, Rules, Sent};
use jixinda_routing::{CallReport, Changed, ChannelFacts, Router, Snapshot};
use jixinda_runtime::Runtime;
use jixinda_store::Part;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What routing knows, and shares with all parts of the gateway.
pub struct Routing {
    clock: Arc<dyn Clock>,
    router: Mutex<Router>,
    snapshot: ArcSwap<Snapshot>,
    posts: ArcSwap<HashMap<ChannelId, Arc<Post>>>,
    /// What was handed over lately, as far as providers' limits count it.
    book: Mutex<Book>,
    history: Mutex<History>,
    /// Limits that are new, whose past is to be counted.
    recalls: Mutex<Vec<Recall>>,
    recall_wanted: Notify,
    /// Texts that wait may go now: something that held them back has changed.
    woke: AtomicBool,
    pub pauses: Pauses,
    /// What was seen here and is to be told to other nodes; `None` where there are none.
    outbox: Option<Mutex<Evidence>>,
}

/// Standings that are new.
#[derive(Default)]
struct History {
    /// Not written yet.
    unwritten: Vec<Changed>,
    /// The last of them, so that a decision can be explained before they are written.
    recent: VecDeque<Changed>,
}

const RECENT: usize = 1000;

/// Limits of a channel that are new since a moment: what was handed over before it is not counted for them yet.
pub struct Recall {
    pub channel: ChannelId,
    pub rules: Rules,
    pub since: Timestamp,
}

/// What a channel works with.
pub struct Post {
    pub gate: Arc<Gate>,
    /// What its provider is sure to refuse, and the operator's own limits.
    pub rules: Rules,
    /// What a segment costs, in millionths.
    pub price: Option<f64>,
}

impl Routing {
    /// `shared` where other nodes are to be told what is seen here.
    pub fn new(router: Router, clock: Arc<dyn Clock>, shared: bool) -> Self {
        let mut book = Book::default();
        if shared {
            book.share();
        }
        Self {
            clock,
            router: Mutex::new(router),
            snapshot: ArcSwap::default(),
            posts: ArcSwap::default(),
            book: Mutex::new(book),
            history: Mutex::default(),
            recalls: Mutex::default(),
            recall_wanted: Notify::new(),
            woke: AtomicBool::new(false),
            pauses: Pauses::new(shared),
            outbox: shared.then(Mutex::default),
        }
    }

    /// The ranking as it is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// What channels work with.
    pub fn posts(&self) -> arc_swap::Guard<Arc<HashMap<ChannelId, Arc<Post>>>> {
        self.posts.load()
    }

    /// Does something with the router, and publishes what comes of it.
    pub fn with<T>(&self, act: impl FnOnce(&mut Router, Timestamp) -> T) -> T {
        let mut router = self.router();
        let done = act(&mut router, self.clock.now());
        let snapshot = router.snapshot();
        if !Arc::ptr_eq(&snapshot, &self.snapshot.load()) {
            self.snapshot.store(snapshot);
        }
        if router.take_woke() {
            self.woke.store(true, Ordering::Release);
        }
        let changed = router.take_changed();
        if !changed.is_empty() {
            let mut history = self.history();
            history.recent.extend(changed.iter().cloned());
            let surplus = history.recent.len().saturating_sub(RECENT);
            history.recent.drain(..surplus);
            history.unwritten.extend(changed);
        }
        let posts = self.posts.load();
        let brace = |id: &ChannelId| {
            if let Some(post) = posts.get(id) {
                post.gate.brace();
            }
        };
        for fled in router.take_fled() {
            router.rivals_of(fled).iter().for_each(brace);
        }
        router.take_returned().iter().for_each(brace);
        done
    }

    /// Whether texts that wait may go now, since it was last asked.
    pub fn take_woke(&self) -> bool {
        self.woke.swap(false, Ordering::AcqRel)
    }

    /// Standings that nobody has taken to write down yet.
    pub fn take_unwritten(&self) -> Vec<Changed> {
        std::mem::take(&mut self.history().unwritten)
    }

    /// A channel's standing in a version of the ranking, where it changed a short while ago.
    pub fn recent_standing(&self, channel: ChannelId, version: u64) -> Option<Changed> {
        let history = self.history();
        history.recent.iter().rev().find(|one| one.channel_id == channel && one.version <= version).cloned()
    }

    /// Learns which channels there are and what their providers say of themselves.
    pub fn set_channels(&self, directory: &Directory, runtime: &Runtime, part: Part) {
        let rivals = rivals(directory);
        let (mut posts, mut known) = (HashMap::new(), Vec::new());
        let mut spacings: HashMap<AccountId, Arc<Spacing>> = HashMap::new();
        let before = self.posts.load_full();
        for entry in directory.channels.values() {
            let channel = &entry.channel;
            let rules = rules(entry, runtime);
            let gate = match before.get(&channel.id) {
                Some(post) => post.gate.clone(),
                None => Arc::new(Gate::new(self.clock.clone(), channel.rate_per_second, channel.max_concurrency)),
            };
            // What a provider allows is divided among the nodes.
            let spacing = rules.call_spacing().map(|(every, tolerance)| (every * part.count, tolerance));
            let spacing = spacing.map(|spacing| {
                let kept = before.get(&channel.id).and_then(|post| post.gate.spacing()).filter(|kept| kept.is(spacing));
                let fresh = || kept.unwrap_or_else(|| Arc::new(Spacing::new(spacing)));
                spacings.entry(channel.account_id).or_insert_with(fresh).clone()
            });
            let rate = channel.rate_per_second.map(|rate| share_of(rate, part, channel.id));
            gate.allow(rate, share_of(channel.max_concurrency, part, channel.id), spacing);
            let counted = before.get(&channel.id).map_or(&[][..], |post| &post.rules.counters);
            let new = rules.counters.iter().filter(|counter| !counted.contains(counter)).cloned().collect();
            self.want_recall(channel.id, new);
            let price = channel.price.as_ref().and_then(|price| Some(price.micros()? as f64));
            posts.insert(channel.id, Arc::new(Post { gate, rules, price }));
            known.push(facts(entry, price, &rivals));
        }
        self.posts.store(Arc::new(posts));
        // A channel was switched on, a limit lifted, a policy removed, a plugin has come.
        self.woke.store(true, Ordering::Release);
        self.with(|router, now| router.set_channels(known, now));
    }

    /// The gate of a channel.
    pub fn gate(&self, channel: &Channel) -> Arc<Gate> {
        let fresh = || Arc::new(Gate::new(self.clock.clone(), channel.rate_per_second, channel.max_concurrency));
        self.posts.load().get(&channel.id).map_or_else(fresh, |post| post.gate.clone())
    }

    /// A call did not take place: if its text was to show whether the channel is well, another may.
    pub fn free_probe(&self, channel: ChannelId) {
        if let Some(standing) = self.snapshot().standings.get(&channel) {
            standing.probe.free();
        }
    }

    /// Counts a text for the limits of its channel, where they let it through: looked at and counted in one, so that calls at the same
    /// time do not pass together.
    pub fn reserve(&self, entry: &ChannelEntry, message: &Message, at: Timestamp) -> bool {
        let posts = self.posts.load();
        let Some(post) = posts.get(&entry.channel.id).filter(|post| !post.rules.is_empty()) else { return true };
        if post.rules.closed_until(message.class, at).is_some() {
            return false;
        }
        if post.rules.counters.is_empty() {
            return true;
        }
        let sent = Sent { account: entry.account.account.id, message };
        let mut book = self.book();
        if book.full_until(&post.rules, &sent, at).is_some() {
            return false;
        }
        book.note(&post.rules, &sent, at);
        true
    }

    /// Takes back what was counted at that moment.
    pub fn take_back(&self, entry: &ChannelEntry, message: &Message, at: Timestamp) {
        let posts = self.posts.load();
        if let Some(post) = posts.get(&entry.channel.id).filter(|post| !post.rules.counters.is_empty()) {
            self.book().take_back(&post.rules, &Sent { account: entry.account.account.id, message }, at);
        }
    }

    /// A call begins.
    pub fn begin(&self, entry: &ChannelEntry, class: MessageClass, at: Timestamp) {
        self.router().begin(entry.channel.id, class, at);
    }

    /// A call ended. Only what was certainly taken goes on counting for the limits: of the rest it is not known that it would be refused.
    pub fn end<'a>(
        &self,
        entry: &ChannelEntry,
        outcomes: impl Iterator<Item = (&'a Message, &'a Outcome)>,
        started_at: Timestamp,
        ended_at: Timestamp,
    ) -> Tally {
        let mut by_destination: Vec<(Destination, Tally)> = Vec::new();
        let (mut whole, mut class) = (Tally::default(), MessageClass::Notice);
        for (message, outcome) in outcomes {
            let kind = Kind::of(outcome);
            whole.add(kind, 1.0);
            class = message.class;
            let destination = Destination::of(&message.recipient);
            match by_destination.iter_mut().find(|(known, _)| *known == destination) {
                Some((_, tally)) => tally.add(kind, 1.0),
                None => {
                    let mut tally = Tally::default();
                    tally.add(kind, 1.0);
                    by_destination.push((destination, tally));
                }
            }
            if !matches!(outcome, Outcome::Accepted { .. }) {
                self.take_back(entry, message, started_at);
            }
        }
        let channel_id = entry.channel.id;
        let report = CallReport { channel_id, class, started_at, ended_at, outcomes: by_destination };
        self.with(|router, _| router.call(&report));
        self.note(|evidence| evidence.add_call(report));
        whole
    }

    /// Keeps something for other nodes, where there are any.
    pub fn note(&self, add: impl FnOnce(&mut Evidence)) {
        if let Some(outbox) = &self.outbox {
            add(&mut outbox.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// What other nodes are to be told.
    pub fn take_shared(&self) -> (Evidence, Vec<Counted>) {
        let mut evidence = Evidence::default();
        self.note(|kept| evidence = std::mem::take(kept));
        (evidence, self.book().take_news())
    }

    /// Counts what other nodes handed over.
    pub fn hear_counted(&self, counted: &[Counted]) {
        self.book().hear(counted);
    }

    /// Until when a channel's provider, or the operator, lets this text not through; `None` where it may go now.
    pub fn ruled_out(&self, post: &Post, account: AccountId, message: &Message, now: Timestamp) -> Option<Timestamp> {
        if post.rules.is_empty() {
            return None;
        }
        let closed = post.rules.closed_until(message.class, now);
        if post.rules.counters.is_empty() {
            return closed;
        }
        closed.max(self.book().full_until(&post.rules, &Sent { account, message }, now))
    }

    /// What was handed over before is to be counted for these.
    fn want_recall(&self, channel: ChannelId, counters: Vec<Counter>) {
        if counters.is_empty() {
            return;
        }
        let rules = Rules { counters, ..Rules::default() };
        let recall = Recall { channel, rules, since: self.clock.now() };
        self.recalls.lock().unwrap_or_else(PoisonError::into_inner).push(recall);
        self.recall_wanted.notify_one();
    }

    /// Waits until the past of some limits is to be counted.
    pub async fn recalls(&self) -> Vec<Recall> {
        loop {
            let wanted = std::mem::take(&mut *self.recalls.lock().unwrap_or_else(PoisonError::into_inner));
            if !wanted.is_empty() {
                return wanted;
            }
            self.recall_wanted.notified().await;
        }
    }

    /// Counts a text of the past for these limits.
    pub fn remember(&self, rules: &Rules, account: AccountId, message: &Message, at: Timestamp) {
        self.book().note(rules, &Sent { account, message }, at);
    }

    fn router(&self) -> MutexGuard<'_, Router> {
        self.router.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A node's share of what a channel allows. What cannot be divided falls to others for each channel; no node goes without, so where there
/// are more nodes than the channel allows, they exceed it together up to their number.
fn share_of(allowed: u32, part: Part, channel: ChannelId) -> u32 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    channel.hash(&mut hasher);
    let place = (u64::from(part.index) + hasher.finish() % u64::from(part.count)) % u64::from(part.count);
    let share = allowed / part.count + u32::from(place < u64::from(allowed % part.count));
    if allowed == 0 { 0 } else { share.max(1) }
}

fn rules(entry: &ChannelEntry, runtime: &Runtime) -> Rules {
    let own = entry.channel.rules.as_deref().map(Rules::parse).unwrap_or_default();
    match runtime.plugin(&entry.account.account.provider) {
        Some(plugin) => Rules::parse(&plugin.descriptor().limits.rules).and(own),
        None => own,
    }
}

/// What the router is to know of a channel.
pub(super) fn facts(
    entry: &ChannelEntry,
    price: Option<f64>,
    rivals: &HashMap<ChannelId, BTreeSet<ChannelId>>,
) -> ChannelFacts {
    let channel = &entry.channel;
    ChannelFacts {
        id: channel.id,
        account_id: channel.account_id,
        changed_at: entry.account.account.updated_at,
        price,
        rivals: rivals.get(&channel.id).map_or_else(Vec::new, |rivals| rivals.iter().copied().collect()),
    }
}

/// Channels that are switched on and bound to some of the same pairs of template and sign name, where they reach some of the same
/// numbers.
pub(super) fn rivals(directory: &Directory) -> HashMap<ChannelId, BTreeSet<ChannelId>> {
    let mut rivals: HashMap<ChannelId, BTreeSet<ChannelId>> = HashMap::new();
    for route in directory.routes() {
        for one in route {
            let others =
                route.iter().filter(|other| other.channel.id != one.channel.id && other.is_on() && meet(one, other));
            rivals.entry(one.channel.id).or_default().extend(others.map(|other| other.channel.id));
        }
    }
    rivals
}

fn meet(one: &ChannelEntry, other: &ChannelEntry) -> bool {
    fn overlap<T: PartialEq>(one: &[T], other: &[T]) -> bool {
        one.is_empty() || other.is_empty() || one.iter().any(|item| other.contains(item))
    }
    let (one, other) = (&one.channel, &other.channel);
    overlap(&one.countries, &other.countries) && overlap(&one.carriers, &other.carriers)
}
