//! [`Engine`]: recorded time once more: texts come, the router decides, calls end, receipts come, and the router learns of all that.

use super::decide::{Again, Present, Ways, decide};
use super::outcome::{Basis, Cost, End, Fate, Pools};
use super::record::Text;
use super::report::Books;
use jixinda_domain::{AccountId, ChannelId, MessageClass, Timestamp};
use jixinda_routing::evidence::Tally;
use jixinda_routing::rule::{Book, Sent};
use jixinda_routing::{CallReport, Conversion, Heard, Router, Selection, Settings, Tried};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

/// How often the router is told what time it is.
const TICK: Duration = Duration::from_secs(1);
/// Nothing is looked at again sooner.
const SOONEST: Duration = Duration::from_millis(100);
/// What waits longer than this after the last text came is left waiting.
const AFTERMATH: Duration = Duration::from_secs(300);

/// A replay under way.
pub struct Engine<'a> {
    present: &'a dyn Present,
    pools: &'a Pools,
    settings: &'a Settings,
    seed: u64,
    /// Texts before it only show what the channels are like.
    from: Timestamp,
    router: Router,
    book: Book,
    due: BinaryHeap<Reverse<(Timestamp, u64)>>,
    later: HashMap<u64, Later>,
    next: u64,
    ticked: Timestamp,
    /// When the last texts came.
    last: Timestamp,
    books: Books,
}

/// A text on its way.
struct Going {
    text: Text,
    /// Which recorded tries were made again.
    made: Vec<bool>,
    tried: Vec<Tried>,
    /// So far everything went as recorded.
    follows: bool,
    /// How often it was looked at.
    looks: u64,
}

struct Call {
    channel: ChannelId,
    account: AccountId,
    class: MessageClass,
    started_at: Timestamp,
    took: Duration,
    texts: Vec<(Going, Fate, Basis)>,
}

enum Later {
    Ends(Call),
    Heard(Heard),
    Used(Conversion),
    Again(Box<Going>),
}

impl<'a> Engine<'a> {
    /// Begins at `start`; what is first tried from `from` on is counted.
    pub fn new(
        present: &'a dyn Present,
        pools: &'a Pools,
        settings: &'a Settings,
        seed: u64,
        start: Timestamp,
        from: Timestamp,
    ) -> Self {
        let mut router = Router::new(settings.clone(), 0);
        router.set_channels(present.facts(), start);
        Self {
            present,
            pools,
            settings,
            seed,
            from,
            router,
            book: Book::default(),
            due: BinaryHeap::new(),
            later: HashMap::new(),
            next: 0,
            ticked: start,
            last: start,
            books: Books::default(),
        }
    }

    /// The texts of one recorded call come, in the order of time.
    pub fn take(&mut self, texts: Vec<Text>) {
        let Some(at) = texts.first().map(Text::at) else { return };
        self.pass(at);
        self.last = at;
        let going = texts.into_iter().map(|text| {
            if text.at() >= self.from {
                self.books.recorded(&text, |channel| self.present.price(channel));
            }
            let made = vec![false; text.tries.len()];
            Going { text, made, tried: Vec::new(), follows: true, looks: 0 }
        });
        let going = going.collect();
        self.place(going, at);
    }

    /// Lets everything end that is on its way, and answers what was counted.
    pub fn finish(mut self) -> Books {
        self.pass(self.last + AFTERMATH);
        // What is still waiting then went unsent; what is called is let to its end, unseen by the router.
        let mut left: Vec<(u64, Later)> = std::mem::take(&mut self.later).into_iter().collect();
        left.sort_by_key(|(number, _)| *number);
        for (_, later) in left {
            match later {
                Later::Ends(call) => {
                    for (_, fate, _) in call.texts.iter().filter(|(going, ..)| going.text.at() >= self.from) {
                        self.books.ended(call.channel, fate, self.price(&call, fate));
                    }
                }
                Later::Again(going) if going.text.at() >= self.from => self.books.unsent(),
                _ => {}
            }
        }
        self.books
    }

    /// Lets recorded time pass, in its order.
    fn pass(&mut self, until: Timestamp) {
        loop {
            let tick = self.ticked + TICK;
            match self.due.peek().copied() {
                Some(Reverse((at, number))) if at <= until && at < tick => {
                    self.due.pop();
                    if let Some(later) = self.later.remove(&number) {
                        self.happen(later, at);
                    }
                }
                _ if tick <= until => {
                    self.ticked = tick;
                    self.router.tick(tick);
                    self.note_events();
                }
                _ => return,
            }
        }
    }

    fn note_events(&mut self) {
        // What nobody here acts on, so that it does not pile up.
        self.router.take_changed();
        self.router.take_fled();
        self.router.take_returned();
        let from = self.from;
        self.books.events.extend(self.router.take_events().into_iter().filter(|event| event.at >= from));
    }

    fn at(&mut self, at: Timestamp, later: Later) {
        self.next += 1;
        self.later.insert(self.next, later);
        self.due.push(Reverse((at, self.next)));
    }

    fn happen(&mut self, later: Later, now: Timestamp) {
        match later {
            Later::Heard(heard) => self.router.heard(&heard, now),
            Later::Used(conversion) => self.router.converted(&conversion),
            Later::Again(going) => self.place(vec![*going], now),
            Later::Ends(call) => self.end(call, now),
        }
    }

    /// Decides about texts, and calls the channels: what goes to one channel goes in one call.
    fn place(&mut self, texts: Vec<Going>, now: Timestamp) {
        let mut calls: Vec<Call> = Vec::new();
        for mut going in texts {
            let ways = self.present.ways(&going.text.message);
            going.looks += 1;
            let mut random = self.random(&going);
            let recorded = if going.follows { going.text.tries.get(going.tried.len()) } else { None };
            let again = Again { text: &going.text, recorded, tried: &going.tried, ways: &ways, now };
            let snapshot = self.router.snapshot();
            let selection = decide(&again, self.present, &snapshot, &self.book, self.settings, &mut random);
            let way = selection.picked.and_then(|picked| ways.ways.iter().find(|way| way.channel == picked));
            let Some(way) = way else {
                self.wait(going, &selection, now);
                continue;
            };
            let (channel, account) = (way.channel, way.account);
            if going.tried.is_empty() && going.text.at() >= self.from {
                self.books.decided(&going.text, channel, &selection, self.present);
            }
            let (fate, basis) = self.fate(&mut going, channel, now, &mut random);
            self.note_sent(&going.text, channel, account, now);
            let class = going.text.message.class;
            match calls.iter_mut().find(|call| call.channel == channel && call.class == class) {
                Some(call) => call.texts.push((going, fate, basis)),
                None => {
                    let (took, texts) = (fate.took, vec![(going, fate, basis)]);
                    calls.push(Call { channel, account, class, started_at: now, took, texts });
                }
            }
        }
        for call in calls {
            self.router.begin(call.channel, call.class, now);
            self.at(now + call.took, Later::Ends(call));
        }
    }

    /// Nobody can have it now. Where nobody ever will, or not before it is worthless, it goes unsent.
    fn wait(&mut self, going: Going, selection: &Selection, now: Timestamp) {
        match selection.look_again.map(|at| at.max(now + SOONEST)) {
            Some(at) if at < going.text.message.expires_at => self.at(at, Later::Again(Box::new(going))),
            _ if going.text.at() >= self.from => self.books.unsent(),
            _ => {}
        }
    }

    /// The recorded fate where it is on record what this channel did with this text; else one that is drawn.
    fn fate(&self, going: &mut Going, channel: ChannelId, now: Timestamp, random: &mut SmallRng) -> (Fate, Basis) {
        let next = going.made.iter().position(|made| !made);
        going.follows &= next.is_some_and(|next| going.text.tries[next].channel == channel);
        let mut open = (0..going.made.len()).filter(|place| !going.made[*place]);
        if let Some(place) = open.find(|place| going.text.tries[*place].channel == channel) {
            going.made[place] = true;
            return (going.text.tries[place].fate.clone(), Basis::Recorded);
        }
        let class = going.text.message.class;
        let (mut fate, basis) = self.pools.draw(channel, class, now, self.settings, random);
        // It would have been refused anywhere.
        if let Some(own) = going.text.own_fault() {
            fate = Fate { took: fate.took, ..own.clone() };
        }
        // What a segment cost another text, it costs each of this one's.
        let segments = u32::from(going.text.message.segments);
        let per_segment = |cost: Cost| Cost { micros: cost.micros / u64::from(fate.segments.max(1)), ..cost };
        fate.cost = fate.cost.map(|cost| per_segment(cost).times(segments));
        fate.segments = segments;
        (fate, basis)
    }

    fn note_sent(&mut self, text: &Text, channel: ChannelId, account: AccountId, now: Timestamp) {
        if let Some(rules) = self.present.rules(channel) {
            self.book.note(rules, &Sent { account, message: &text.message }, now);
        }
    }

    fn end(&mut self, call: Call, now: Timestamp) {
        let mut outcomes: Vec<(jixinda_domain::Destination, Tally)> = Vec::new();
        for (going, fate, _) in &call.texts {
            let destination = going.text.destination;
            let known = outcomes.iter().position(|(known, _)| *known == destination);
            let place = known.unwrap_or_else(|| {
                outcomes.push((destination, Tally::default()));
                outcomes.len() - 1
            });
            outcomes[place].1.add(fate.kind, 1.0);
            if fate.end != End::Accepted
                && let Some(rules) = self.present.rules(call.channel)
            {
                let sent = Sent { account: call.account, message: &going.text.message };
                self.book.take_back(rules, &sent, call.started_at);
            }
        }
        let (channel_id, class, started_at) = (call.channel, call.class, call.started_at);
        self.router.call(&CallReport { channel_id, class, started_at, ended_at: now, outcomes });
        self.note_events();
        let mut at_once = Vec::new();
        for (going, fate, basis) in &call.texts {
            if going.text.at() >= self.from {
                self.books.tried(*basis);
                self.books.ended(call.channel, fate, self.price(&call, fate));
            }
        }
        for (going, fate, basis) in call.texts {
            self.follow(&going.text, channel_id, &fate, now);
            at_once.extend(self.go_on(going, channel_id, &fate, basis, now));
        }
        self.place(at_once, now);
    }

    /// What the provider says that it costs, else what the operator says.
    fn price(&self, call: &Call, fate: &Fate) -> Option<Cost> {
        fate.cost.or_else(|| Some(self.present.price(call.channel)?.times(fate.segments)))
    }

    /// Receipts and conversions come later.
    fn follow(&mut self, text: &Text, channel_id: ChannelId, fate: &Fate, now: Timestamp) {
        let (class, destination) = (text.message.class, text.destination);
        if let Some(receipt) = fate.receipt {
            let delay = (fate.end == End::Accepted).then_some(receipt.after);
            let heard = Heard { channel_id, class, destination, delivered: receipt.delivered, delay };
            self.at(now + receipt.after, Later::Heard(heard));
        }
        if let Some(after) = fate.used_after {
            self.at(now + after, Later::Used(Conversion { channel_id, class, destination }));
        }
    }

    /// As dispatch does: the next channel at once, as long as one is left that was not tried. Where the record tells of more tries than
    /// that, the text waits for them. Answers the text where it goes on now.
    fn go_on(
        &mut self,
        mut going: Going,
        channel: ChannelId,
        fate: &Fate,
        basis: Basis,
        now: Timestamp,
    ) -> Option<Going> {
        let counts = going.text.at() >= self.from;
        let next = going.made.iter().position(|made| !made);
        let recorded_next = next.map(|next| going.text.tries[next].at);
        going.tried.push(Tried { channel, rejected: fate.end == End::Elsewhere });
        match fate.end {
            End::Accepted | End::Refused => None,
            // A code that nobody knows of is sent once more; the record knows whether it was.
            End::Uncertain => {
                if let Some(at) = recorded_next.filter(|_| basis == Basis::Recorded && going.follows) {
                    self.at(at.max(now + SOONEST), Later::Again(Box::new(going)));
                }
                None
            }
            End::Elsewhere | End::Deferred => {
                let Ways { ways, .. } = self.present.ways(&going.text.message);
                if going.tried.len() < ways.iter().filter(|way| way.barred.is_none()).count() {
                    return Some(going);
                }
                match recorded_next {
                    Some(at) => self.at(at.max(now + SOONEST), Later::Again(Box::new(going))),
                    None if counts => self.books.given_up(),
                    None => {}
                }
                None
            }
        }
    }

    /// Chance of one text's one decision: the same for the same seed, whatever became of other texts.
    fn random(&self, going: &Going) -> SmallRng {
        let text = going.text.message.serial.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let step = going.looks.wrapping_mul(0xd1b5_4a32_d192_ed03);
        SmallRng::seed_from_u64(self.seed ^ text ^ step)
    }
}
