//! The blocklist (黑名单) and the opt-outs (退订) in memory: every number is looked up for every text, so none of that asks the store.
//!
//! Numbers are kept as integers in compressed bitmaps: exact, a few bytes each, and changed in place while texts are checked.

mod file;
mod import;

pub use import::{ImportStatus, Imports, UnreadableList};

use anyhow::Context as _;
use jixinda_domain::{ApplicationId, MessageClass, PhoneNumber, SignNameId};
use jixinda_store::{BlocklistChange, OptOut, Store};
use roaring::RoaringTreemap;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Rows read at a time when the gateway starts.
const PAGE: u32 = 100_000;
/// Changes read at a time.
const CHANGES: u32 = 100;

/// Numbers that nothing, or not everything, is sent to.
pub struct Blocklist {
    numbers: RwLock<RoaringTreemap>,
    opt_outs: RwLock<HashMap<Scope, RoaringTreemap>>,
    /// What an opt-out concerns.
    classes: Vec<MessageClass>,
    /// Changes up to this one are in it. Held by whoever brings it up to date: they go in in order.
    revision: tokio::sync::Mutex<u64>,
}

/// Whose texts an opt-out concerns; `None` for all.
type Scope = (Option<ApplicationId>, Option<SignNameId>);

/// Why nothing is sent to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// An operator listed it.
    Listed,
    /// The person wants no more such texts.
    OptedOut,
}

impl Blocklist {
    /// Reads all of it.
    pub async fn load(store: &dyn Store, classes: Vec<MessageClass>) -> anyhow::Result<Self> {
        let blocklist = Self::empty(classes);
        blocklist.read_whole(store, &mut *blocklist.revision.lock().await).await?;
        Ok(blocklist)
    }

    /// Takes over what happened since it was last brought up to date, be it by this node or another.
    pub async fn catch_up(&self, store: &dyn Store) -> anyhow::Result<()> {
        let mut revision = self.revision.lock().await;
        loop {
            let news = store.blocklist_changes(*revision, CHANGES).await?;
            if news.gap {
                return self.read_whole(store, &mut revision).await;
            }
            let Some((last, _)) = news.changes.last() else { return Ok(()) };
            let last = *last;
            for (_, change) in news.changes {
                match change {
                    BlocklistChange::Blocked(numbers) => self.write().extend(numbers),
                    BlocklistChange::Unblocked(numbers) => {
                        let mut listed = self.write();
                        for number in numbers {
                            listed.remove(number);
                        }
                    }
                    BlocklistChange::OptOuts(numbers) => {
                        for number in numbers {
                            let opt_outs = store.opt_outs_of(number).await?;
                            self.set_opt_outs(number, &opt_outs);
                        }
                    }
                }
            }
            *revision = last;
        }
    }

    async fn read_whole(&self, store: &dyn Store, revision: &mut u64) -> anyhow::Result<()> {
        // Before the rest: a change that comes meanwhile goes in a second time.
        let read_at = store.revisions().await?.blocklist;
        let mut numbers = RoaringTreemap::new();
        let mut after = 0;
        loop {
            let page = store.blocked_digits(after, PAGE).await.context("the blocklist cannot be read")?;
            let Some(last) = page.last() else { break };
            after = *last;
            // They come in order, which is the fast way in.
            numbers.append(page).map_err(|_| anyhow::anyhow!("the blocklist came in disorder"))?;
        }
        let mut opt_outs = HashMap::new();
        let mut after = 0;
        loop {
            let page = store.opt_outs(after, PAGE).await.context("the opt-outs cannot be read")?;
            let Some(last) = page.last() else { break };
            after = last.number;
            add_opt_outs(&mut opt_outs, &page);
        }
        *self.write() = numbers;
        *self.opt_outs.write().unwrap_or_else(PoisonError::into_inner) = opt_outs;
        *revision = read_at;
        Ok(())
    }

    /// Why this text may not be sent; `None` where it may.
    pub fn blocks(
        &self,
        number: &PhoneNumber,
        class: MessageClass,
        application: ApplicationId,
        sign_name: SignNameId,
    ) -> Option<Blocked> {
        let digits = number.digits();
        if self.read().contains(digits) {
            return Some(Blocked::Listed);
        }
        if !self.classes.contains(&class) {
            return None;
        }
        let opt_outs = self.opt_outs.read().unwrap_or_else(PoisonError::into_inner);
        let scopes =
            [(Some(application), Some(sign_name)), (Some(application), None), (None, Some(sign_name)), (None, None)];
        let opted_out = scopes.iter().any(|scope| opt_outs.get(scope).is_some_and(|numbers| numbers.contains(digits)));
        opted_out.then_some(Blocked::OptedOut)
    }

    /// How many numbers are listed.
    pub fn len(&self) -> u64 {
        self.read().len()
    }

    /// Adds opt-outs that the store has.
    pub fn opt_out(&self, opt_outs: &[OptOut]) {
        if opt_outs.is_empty() {
            return;
        }
        add_opt_outs(&mut self.opt_outs.write().unwrap_or_else(PoisonError::into_inner), opt_outs);
    }

    /// These are the opt-outs of a number, and no others.
    fn set_opt_outs(&self, digits: u64, opt_outs: &[OptOut]) {
        let mut known = self.opt_outs.write().unwrap_or_else(PoisonError::into_inner);
        for numbers in known.values_mut() {
            numbers.remove(digits);
        }
        add_opt_outs(&mut known, opt_outs);
    }

    fn read(&self) -> RwLockReadGuard<'_, RoaringTreemap> {
        self.numbers.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, RoaringTreemap> {
        self.numbers.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn empty(classes: Vec<MessageClass>) -> Self {
        Self { numbers: RwLock::default(), opt_outs: RwLock::default(), classes, revision: tokio::sync::Mutex::new(0) }
    }

    #[cfg(test)]
    pub fn of_marketing() -> Self {
        Self::empty(vec![MessageClass::Marketing])
    }
}

fn add_opt_outs(known: &mut HashMap<Scope, RoaringTreemap>, opt_outs: &[OptOut]) {
    for opt_out in opt_outs {
        known.entry((opt_out.application_id, opt_out.sign_name_id)).or_default().insert(opt_out.number);
    }
}

impl Blocked {
    /// The same in words, for an application's developer.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Listed => "this number is on the blocklist",
            Self::OptedOut => "the person opted out of such texts under this sign name",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::{InboundId, Timestamp};

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn number() -> PhoneNumber {
        PhoneNumber::parse("13800000001").expect("a number")
    }

    fn opt_out(application: Option<u128>, sign_name: Option<u128>) -> OptOut {
        OptOut {
            number: number().digits(),
            application_id: application.map(|number| ApplicationId::new(NOW, number)),
            sign_name_id: sign_name.map(|number| SignNameId::new(NOW, number)),
            word: "TD".to_owned(),
            inbound_id: InboundId::new(NOW, 1),
            created_at: NOW,
        }
    }

    fn blocked(list: &Blocklist, class: MessageClass, application: u128, sign_name: u128) -> Option<Blocked> {
        list.blocks(&number(), class, ApplicationId::new(NOW, application), SignNameId::new(NOW, sign_name))
    }

    #[test]
    fn a_listed_number_gets_nothing() {
        let list = Blocklist::of_marketing();
        list.write().insert(number().digits());
        assert_eq!(blocked(&list, MessageClass::Otp, 1, 1), Some(Blocked::Listed));
        list.write().remove(number().digits());
        assert_eq!(blocked(&list, MessageClass::Otp, 1, 1), None);
    }

    #[test]
    fn an_opt_out_concerns_its_application_sign_name_and_class() {
        let list = Blocklist::of_marketing();
        list.opt_out(&[opt_out(Some(1), Some(1))]);
        assert_eq!(blocked(&list, MessageClass::Marketing, 1, 1), Some(Blocked::OptedOut));
        assert_eq!(blocked(&list, MessageClass::Otp, 1, 1), None, "codes are wanted all the same");
        assert_eq!(blocked(&list, MessageClass::Marketing, 2, 1), None);
        assert_eq!(blocked(&list, MessageClass::Marketing, 1, 2), None);
        list.set_opt_outs(number().digits(), &[]);
        assert_eq!(blocked(&list, MessageClass::Marketing, 1, 1), None);
    }

    /// `cargo test --workspace --lib five_million -- --nocapture` prints the figures of docs/PERFORMANCE.md.
    #[test]
    #[expect(clippy::print_stdout, reason = "figures for whoever asks for them")]
    fn five_million_numbers_are_looked_up_in_microseconds() {
        const MANY: u64 = 5_000_000;
        const LOOKUPS: u64 = 200_000;
        // Spread over all mainland mobile numbers, which is the worst case for a bitmap.
        let spread = |index: u64| 8_613_000_000_000 + index * 1399;
        let list = Blocklist::of_marketing();
        list.write().extend((0..MANY).map(spread));
        let numbers: Vec<PhoneNumber> = (0..LOOKUPS)
            .map(|index| PhoneNumber::from_trusted_e164(&format!("+{}", spread(index * 23) + index % 2), 86))
            .collect();
        let (application, sign_name) = (ApplicationId::new(NOW, 1), SignNameId::new(NOW, 1));
        let watch = jixinda_domain::clock::Stopwatch::start();
        let found = numbers
            .iter()
            .filter(|number| list.blocks(number, MessageClass::Marketing, application, sign_name).is_some())
            .count();
        let each = watch.elapsed() / u32::try_from(LOOKUPS).expect("small");
        assert_eq!(found as u64, LOOKUPS / 2);
        println!("a lookup among {MANY} numbers: {each:?}; in memory: {} MiB", list.read().serialized_size() >> 20);
        assert!(each < std::time::Duration::from_micros(10), "{each:?}");
    }

    #[test]
    fn where_nobody_knows_whose_text_was_answered_the_word_counts_for_all() {
        let list = Blocklist::of_marketing();
        list.opt_out(&[opt_out(None, None)]);
        assert_eq!(blocked(&list, MessageClass::Marketing, 7, 9), Some(Blocked::OptedOut));
    }
}
