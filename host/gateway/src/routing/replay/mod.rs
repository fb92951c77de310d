//! Replay (重放): recorded traffic decided again, offline, as other settings would have. Nothing is sent, and nothing is written.
//!
//! `record` reads what was, `decide` asks the question again, `outcome` knows or draws what became of a try, `engine` lets recorded time
//! pass for a router of its own, `report` counts. `present` takes channels, bindings and policies from the directory,
//! `policies` reads others from a file.

mod decide;
mod engine;
#[cfg(test)]
mod examples;
mod outcome;
mod policies;
mod present;
mod record;
mod report;
#[cfg(test)]
mod tests;

pub use policies::read as read_policies;
pub use present::Today;
pub use report::{Beside, ChannelShares, Report};

use decide::Present;
use engine::Engine;
use jixinda_domain::{RoutingEventId, Timestamp};
use jixinda_routing::Settings;
use jixinda_store::{RecordedMessage, RoutingEvent, Store};
use outcome::Pools;
use record::Text;
use std::time::Duration;

/// Traffic before the window shows the router what the channels are like: it begins knowing nothing.
const WARM_UP: Duration = Duration::from_secs(900);
/// Calls read at a time.
const PAGE: u32 = 2000;
const EVENTS_PAGE: u32 = 1000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    pub from: Timestamp,
    pub to: Timestamp,
    pub seed: u64,
    /// Those that it is decided by.
    pub settings: Settings,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// So many texts were read, and so much of the window, in percent.
    Reading { texts: u64, percent: u8 },
    /// So many of them were decided again.
    Replaying { texts: u64, of: u64 },
}

/// Decides the window again. `None` where nothing was sent in it.
///
/// # Errors
/// Where the store cannot be read.
pub async fn run(
    store: &dyn Store,
    present: &dyn Present,
    plan: &Plan,
    progress: &mut dyn FnMut(Progress),
) -> jixinda_store::Result<Option<Report>> {
    let start = plan.from - WARM_UP;
    let (mut pools, mut total, mut first) = (Pools::default(), 0, None);
    let mut pages = Pages { store, from: start, to: plan.to, after: None, ended: false };
    while let Some(page) = pages.next().await? {
        let texts: Vec<Text> = page.into_iter().filter_map(Text::of).collect();
        texts.iter().for_each(|text| pools.add(text));
        total += texts.len() as u64;
        first = first.or(texts.first().map(Text::at));
        if let Some(last) = texts.last() {
            let share = last.at().since(start).as_secs_f64() / plan.to.since(start).as_secs_f64();
            progress(Progress::Reading { texts: total, percent: (share * 100.0) as u8 });
        }
    }
    pools.sort();
    let Some(first) = first else { return Ok(None) };
    let mut engine = Engine::new(present, &pools, &plan.settings, plan.seed, first, plan.from);
    let mut pages = Pages { store, from: start, to: plan.to, after: None, ended: false };
    let mut done = 0;
    while let Some(page) = pages.next().await? {
        let texts: Vec<Text> = page.into_iter().filter_map(Text::of).collect();
        done += texts.len() as u64;
        replay(&mut engine, texts);
        // A gateway at work may have sent more meanwhile.
        progress(Progress::Replaying { texts: done, of: total.max(done) });
    }
    let books = engine.finish();
    if books.texts() == 0 {
        return Ok(None);
    }
    Ok(Some(books.report(plan, present, &recorded_events(store, plan).await?)))
}

/// Those of one call come together.
fn replay(engine: &mut Engine<'_>, texts: Vec<Text>) {
    let mut call: Vec<Text> = Vec::new();
    for text in texts {
        if call.first().is_some_and(|first| first.call != text.call) {
            engine.take(std::mem::take(&mut call));
        }
        call.push(text);
    }
    engine.take(call);
}

/// The traffic, page by page.
struct Pages<'a> {
    store: &'a dyn Store,
    from: Timestamp,
    to: Timestamp,
    after: Option<jixinda_domain::CallId>,
    ended: bool,
}

impl Pages<'_> {
    async fn next(&mut self) -> jixinda_store::Result<Option<Vec<RecordedMessage>>> {
        if self.ended {
            return Ok(None);
        }
        let page = self.store.recorded_traffic(self.from, self.to, self.after, PAGE).await?;
        self.after = page.next;
        self.ended = page.next.is_none();
        Ok(Some(page.messages))
    }
}

/// What the gateway told of the window at the time.
async fn recorded_events(store: &dyn Store, plan: &Plan) -> jixinda_store::Result<Vec<RoutingEvent>> {
    let mut before = Some(RoutingEventId::new(plan.to, 0));
    let mut events = Vec::new();
    while before.is_some() {
        let page = store.routing_events(None, before, EVENTS_PAGE).await?;
        let is_full = page.len() == EVENTS_PAGE as usize;
        let begins = page.iter().any(|event| event.occurred_at < plan.from);
        before = page.last().map(|event| event.id).filter(|_| is_full && !begins);
        events.extend(page.into_iter().filter(|event| event.occurred_at >= plan.from));
    }
    Ok(events)
}
