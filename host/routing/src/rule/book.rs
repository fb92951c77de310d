//! [`Book`]: what was handed to providers lately, as far as their limits count it.

use super::key::{ByKey, KeyHasher};
use super::{Counter, Field, Rules};
use jixinda_domain::{AccountId, Message, MessageClass, Timestamp};
use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};

/// Keys kept at most; about a hundred bytes each. Beyond that the oldest give way, and a provider may refuse what we forgot.
const KEYS: usize = 1_000_000;

/// Counts by account and the fields of each limit.
#[derive(Debug, Default)]
pub struct Book {
    /// By hash: seconds since the epoch, oldest first.
    sent: HashMap<u64, Vec<u32>, ByKey>,
    /// What was counted and taken back since it was last asked, where others count too.
    news: Option<Vec<Counted>>,
}

/// A count that nodes tell each other: key, second, and whether it was taken back.
pub type Counted = (u64, u32, bool);

/// A text as limits see it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// With which credentials: providers count by account.
    pub account: AccountId,
    /// The text.
    pub message: &'a Message,
}

impl Sent<'_> {
    fn class(&self) -> MessageClass {
        self.message.class
    }

    fn key(&self, counter: &Counter) -> u64 {
        let mut hasher = KeyHasher::default();
        self.account.hash(&mut hasher);
        counter.classes.hash(&mut hasher);
        for field in &counter.per {
            field.hash(&mut hasher);
            match field {
                Field::Account => {}
                Field::Recipient => self.message.recipient.e164().hash(&mut hasher),
                Field::SignName => self.message.sign_name_id.hash(&mut hasher),
                Field::TemplateCode => self.message.template_id.hash(&mut hasher),
                Field::Text => self.message.text.hash(&mut hasher),
                Field::Params => self.message.params.hash(&mut hasher),
                Field::CountryCode => self.message.recipient.country_code().hash(&mut hasher),
                Field::Category => self.class().hash(&mut hasher),
            }
        }
        hasher.finish()
    }
}

impl Book {
    /// From now on it keeps what it counts for others that count the same.
    pub fn share(&mut self) {
        self.news.get_or_insert_default();
    }

    /// What was counted and taken back since it was last asked.
    pub fn take_news(&mut self) -> Vec<Counted> {
        self.news.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Counts what another counted.
    pub fn hear(&mut self, news: &[Counted]) {
        for (key, seconds, taken_back) in news {
            if *taken_back {
                self.strike(*key, *seconds);
            } else {
                let times = self.sent.entry(*key).or_default();
                let place = times.partition_point(|time| time <= seconds);
                times.insert(place, *seconds);
            }
        }
        if self.sent.len() > KEYS
            && let Some((_, last, _)) = news.last()
        {
            self.forget(*last);
        }
    }

    fn strike(&mut self, key: u64, seconds: u32) {
        let Some(times) = self.sent.get_mut(&key) else { return };
        if let Some(index) = times.iter().rposition(|time| *time == seconds) {
            times.remove(index);
        }
        if times.is_empty() {
            self.sent.remove(&key);
        }
    }

    /// When all limits let this text through at the earliest; `None` where they do now.
    pub fn full_until(&self, rules: &Rules, sent: &Sent<'_>, now: Timestamp) -> Option<Timestamp> {
        let seconds = now.as_seconds();
        applicable(rules, sent)
            .filter_map(|counter| {
                let times = self.sent.get(&sent.key(counter))?;
                counter
                    .limits
                    .iter()
                    .filter_map(|(window, most)| {
                        // The one that has to leave the window before another may enter.
                        let first = times.len().checked_sub(*most as usize).and_then(|index| times.get(index))?;
                        let free = i64::from(*first) + i64::from(*window);
                        // Times are cut to seconds, so the last one counts whole. Of the future: the clock was set back.
                        (free >= seconds && i64::from(*first) <= seconds)
                            .then(|| Timestamp::from_millis((free + 1) * 1000))
                    })
                    .max()
            })
            .max()
    }

    /// Counts a text that is handed over.
    pub fn note(&mut self, rules: &Rules, sent: &Sent<'_>, at: Timestamp) {
        let Ok(seconds) = u32::try_from(at.as_seconds()) else { return };
        for counter in applicable(rules, sent) {
            let longest = counter.limits.iter().map(|(window, _)| *window).max().unwrap_or(0);
            let most = counter.limits.iter().map(|(_, most)| *most as usize).max().unwrap_or(0);
            let key = sent.key(counter);
            if let Some(news) = &mut self.news {
                news.push((key, seconds, false));
            }
            let times = self.sent.entry(key).or_default();
            times.retain(|time| time.saturating_add(longest) >= seconds);
            let place = times.partition_point(|time| *time <= seconds);
            times.insert(place, seconds);
            let surplus = times.len().saturating_sub(most);
            times.drain(..surplus);
        }
        if self.sent.len() > KEYS {
            self.forget(seconds);
        }
    }

    /// Takes back a text that was certainly not taken.
    pub fn take_back(&mut self, rules: &Rules, sent: &Sent<'_>, at: Timestamp) {
        let Ok(seconds) = u32::try_from(at.as_seconds()) else { return };
        for counter in applicable(rules, sent) {
            let key = sent.key(counter);
            if let Some(news) = &mut self.news {
                news.push((key, seconds, true));
            }
            self.strike(key, seconds);
        }
    }

    /// Keys that are kept.
    pub fn len(&self) -> usize {
        self.sent.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Keeps the younger half.
    fn forget(&mut self, now: u32) {
        let mut ages: Vec<u32> =
            self.sent.values().map(|times| now.saturating_sub(times.last().copied().unwrap_or(0))).collect();
        let middle = ages.len() / 2;
        let (_, median, _) = ages.select_nth_unstable(middle);
        let oldest = *median;
        self.sent.retain(|_, times| now.saturating_sub(times.last().copied().unwrap_or(0)) < oldest);
    }
}

fn applicable<'a>(rules: &'a Rules, sent: &Sent<'_>) -> impl Iterator<Item = &'a Counter> {
    let class = sent.class();
    rules.counters.iter().filter(move |counter| counter.classes.contain(class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::{
        ApplicationId, Encoding, MessageId, MessageStatus, PhoneNumber, SignNameId, TemplateId, Timestamp,
    };
    use std::collections::BTreeMap;

    fn text() -> Message {
        let now = Timestamp::default();
        Message {
            id: MessageId::new(now, 1),
            serial: 1,
            application_id: ApplicationId::new(now, 1),
            batch_id: None,
            reference: None,
            recipient: PhoneNumber::from_trusted_e164("+8613800000001", 86),
            class: MessageClass::Otp,
            template_id: TemplateId::new(now, 1),
            sign_name_id: SignNameId::new(now, 1),
            params: BTreeMap::new(),
            text: String::new(),
            encoding: Encoding::Ucs2,
            segments: 1,
            test: false,
            status: MessageStatus::Queued,
            epoch: 0,
            attempts: 0,
            tries_from: 0,
            maybe_sent: false,
            resends: 0,
            pinned_channel_id: None,
            due_at: now,
            expires_at: now,
            send_at: None,
            call_id: None,
            channel_id: None,
            account_id: None,
            upstream_id: None,
            cause_code: None,
            cause_detail: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn what_one_counts_another_hears() {
        let rules = Rules::parse(r#"{"frequency": [{"per": ["recipient"], "window_seconds": 60, "max": 2}]}"#);
        let (mut one, mut other, message) = (Book::default(), Book::default(), text());
        let sent = Sent { account: AccountId::new(Timestamp::default(), 1), message: &message };
        let at = Timestamp::from_millis;
        one.share();
        one.note(&rules, &sent, at(1_000));
        other.note(&rules, &sent, at(2_000));
        other.hear(&one.take_news());
        assert_eq!(other.full_until(&rules, &sent, at(3_000)), Some(at(62_000)), "both count");
        one.take_back(&rules, &sent, at(1_000));
        other.hear(&one.take_news());
        assert_eq!(other.full_until(&rules, &sent, at(3_000)), None);
        assert!(other.take_news().is_empty() && one.take_news().is_empty(), "told once, and only where it is shared");
    }

    #[test]
    fn a_window_is_whole_before_it_lets_another_through() {
        let rules = Rules::parse(r#"{"frequency": [{"per": ["recipient"], "window_seconds": 60, "max": 1}]}"#);
        let (mut book, message) = (Book::default(), text());
        let sent = Sent { account: AccountId::new(Timestamp::default(), 1), message: &message };
        let at = Timestamp::from_millis;
        book.note(&rules, &sent, at(1_999));
        // Sixty seconds after it are at 61.999.
        assert_eq!(book.full_until(&rules, &sent, at(61_500)), Some(at(62_000)));
        assert_eq!(book.full_until(&rules, &sent, at(62_000)), None);
        book.take_back(&rules, &sent, at(1_999));
        assert!(book.is_empty());
    }
}
