//! Limits: a pace keeps to its ceiling whatever the clock does, and a book to what a provider allows.

use jixinda_domain::{AccountId, MessageClass, Timestamp};
use jixinda_routing::pace::{Felt, Pace, Start};
use jixinda_routing::rule::{Book, Rules, Sent};
use jixinda_routing_tests::text;
use proptest::prelude::*;

/// What happens to a pace.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// Time passes.
    Wait(u16),
    /// The clock is set back.
    SetBack(u32),
    /// As many calls as it lets begin, up to so many, each with up to so many texts; they stay open.
    Send {
        is_otp: bool,
        calls: u16,
        batch: u8,
    },
    /// The oldest calls end.
    End {
        calls: u16,
        felt: Felt,
    },
    Brace,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let felt = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let felt = felt.prop_map(|(throttled, congested)| Felt { throttled, congested });
    let step = prop_oneof![
        8 => (0_u16..400).prop_map(Move::Wait),
        1 => (5_000_u16..60_000).prop_map(Move::Wait),
        3 => prop_oneof![4 => 1_u32..20, 1 => 20_u32..10_000_000].prop_map(Move::SetBack),
        12 => (any::<bool>(), 1_u16..200, 1_u8..100)
            .prop_map(|(is_otp, calls, batch)| Move::Send { is_otp, calls, batch }),
        6 => (1_u16..100, felt).prop_map(|(calls, felt)| Move::End { calls, felt }),
        1 => Just(Move::Brace),
    ];
    prop::collection::vec(step, 1..200)
}

/// Texts that went: (milliseconds of real time, how many), and of them those that are not `otp`.
#[derive(Default)]
struct Gone {
    all: Vec<(u64, usize)>,
    bulk: Vec<(u64, usize)>,
    largest: usize,
}

fn play(moves: &[Move], rate: u32) -> Gone {
    let mut pace = Pace::new(Some(rate), 1000);
    let (mut real, mut clock) = (0_u64, 1_795_000_000_000_i64);
    let (mut open, mut gone) = (std::collections::VecDeque::new(), Gone::default());
    for step in moves {
        let now = Timestamp::from_millis(clock);
        match *step {
            Move::Wait(millis) => {
                real += u64::from(millis);
                clock += i64::from(millis);
            }
            Move::SetBack(millis) => clock -= i64::from(millis),
            Move::Send { is_otp, calls, batch } => {
                for _ in 0..calls {
                    if pace.begin(is_otp, now) != Start::Now {
                        break;
                    }
                    let texts = pace.most(batch.into());
                    pace.carries(is_otp, texts, now);
                    open.push_back(is_otp);
                    gone.all.push((real, texts));
                    gone.largest = gone.largest.max(texts);
                    if !is_otp {
                        gone.bulk.push((real, texts));
                    }
                }
            }
            Move::End { calls, felt } => {
                for _ in 0..calls {
                    let Some(is_otp) = open.pop_front() else { break };
                    pace.end(is_otp, felt, now);
                }
            }
            Move::Brace => pace.brace(now),
        }
    }
    gone
}

/// The most texts within any second.
fn busiest(gone: &[(u64, usize)]) -> usize {
    let second = |(first, (from, _)): (usize, &(u64, usize))| {
        let within = gone[first..].iter().take_while(|(at, _)| *at < from + 1000);
        within.map(|(_, texts)| texts).sum()
    };
    gone.iter().enumerate().map(second).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// A tenth of a second ahead, and the call that is let through last.
    #[test]
    fn no_second_has_more_texts_than_the_ceiling(moves in moves(), rate in 1_u32..2000) {
        let gone = play(&moves, rate);
        let most = f64::from(rate) * 1.1 + gone.largest as f64;
        prop_assert!(busiest(&gone.all) as f64 <= most, "{} of {}", busiest(&gone.all), most);
        let most = f64::from(rate) * 0.8 * 1.1 + gone.largest as f64;
        prop_assert!(busiest(&gone.bulk) as f64 <= most, "{} of {}, a fifth is for otp", busiest(&gone.bulk), most);
    }

    #[test]
    fn a_pace_asks_the_same_of_the_same(moves in moves(), rate in 1_u32..2000) {
        prop_assert_eq!(play(&moves, rate).all, play(&moves, rate).all);
    }
}

/// A limit: by number, or by number and class; window in seconds; most.
type Limit = (bool, u32, u32);

fn rules(limits: &[Limit]) -> Rules {
    let one = |(by_template, window, most): &Limit| {
        let per = if *by_template { r#"["recipient", "template-code"]"# } else { r#"["recipient"]"# };
        format!(r#"{{"per": {per}, "window_seconds": {window}, "max": {most}}}"#)
    };
    let all: Vec<String> = limits.iter().map(one).collect();
    Rules::parse(&format!(r#"{{"frequency": [{}]}}"#, all.join(", ")))
}

/// A text: (milliseconds after the one before, number, template, certainly not taken).
type Step = (u32, u32, u128, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![3 => 0_u32..1500, 2 => 1500_u32..90_000];
    prop::collection::vec((wait, 0_u32..3, 0_u128..2, prop::bool::weighted(0.2)), 1..120)
}

fn limits() -> impl Strategy<Value = Vec<Limit>> {
    prop::collection::vec((any::<bool>(), 1_u32..200, 1_u32..6), 1..4)
}

/// What went, exactly, in milliseconds.
#[derive(Default)]
struct Naive(Vec<(i64, u32, u128)>);

impl Naive {
    /// How many went within the window that ends now.
    fn within(&self, (by_template, window, _): Limit, number: u32, template: u128, now: i64) -> usize {
        let counts = |(at, to, of): &&(i64, u32, u128)| {
            *to == number && (!by_template || *of == template) && now - *at < i64::from(window) * 1000
        };
        self.0.iter().filter(counts).count()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_window_has_more_texts_than_a_limit(limits in limits(), steps in steps()) {
        let (rules, account) = (rules(&limits), AccountId::new(Timestamp::default(), 1));
        let (mut book, mut naive, mut now) = (Book::default(), Naive::default(), 1_795_000_000_000_i64);
        for (wait, number, template, not_taken) in steps {
            now += i64::from(wait);
            let at = Timestamp::from_millis(now);
            let message = text(number, MessageClass::Notice, template, 1, at);
            let sent = Sent { account, message: &message };
            let full = |limit: &Limit| naive.within(*limit, number, template, now) >= limit.2 as usize;
            match book.full_until(&rules, &sent, at) {
                None => {
                    prop_assert!(!limits.iter().any(full), "let through, and a limit is full");
                    book.note(&rules, &sent, at);
                    if not_taken {
                        book.take_back(&rules, &sent, at);
                        let again = book.full_until(&rules, &sent, at);
                        prop_assert_eq!(again, None, "what was taken back does not count");
                    } else {
                        naive.0.push((now, number, template));
                    }
                }
                Some(until) => {
                    // It counts by seconds: one more than needed at most, and one for where it began.
                    let soon = |limit: &Limit| naive.within(*limit, number, template, now - 2000) >= limit.2 as usize;
                    prop_assert!(limits.iter().any(|limit| full(limit) || soon(limit)), "held back for nothing");
                    prop_assert!(until > at);
                    prop_assert_eq!(book.full_until(&rules, &sent, until), None, "it waits for long enough");
                }
            }
        }
    }

    #[test]
    fn what_is_taken_back_was_never_there(limits in limits(), steps in steps(), probe in steps()) {
        let (rules, account) = (rules(&limits), AccountId::new(Timestamp::default(), 1));
        let (mut book, mut plain, mut now) = (Book::default(), Book::default(), 1_795_000_000_000_i64);
        for (wait, number, template, not_taken) in steps {
            now += i64::from(wait);
            let at = Timestamp::from_millis(now);
            let message = text(number, MessageClass::Notice, template, 1, at);
            let sent = Sent { account, message: &message };
            if plain.full_until(&rules, &sent, at).is_some() {
                continue;
            }
            book.note(&rules, &sent, at);
            if not_taken {
                book.take_back(&rules, &sent, at);
            } else {
                plain.note(&rules, &sent, at);
            }
        }
        for (wait, number, template, _) in probe {
            now += i64::from(wait);
            let at = Timestamp::from_millis(now);
            let message = text(number, MessageClass::Notice, template, 1, at);
            let sent = Sent { account, message: &message };
            prop_assert_eq!(book.full_until(&rules, &sent, at), plain.full_until(&rules, &sent, at));
        }
    }
}
