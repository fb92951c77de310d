//! A lane under campaigns: who gets how much, what shares a call, and that nothing is lost on the way to `waiting` and back.

use super::*;
use crate::examples::message;
use jixinda_domain::{MessageClass, TemplateId, Timestamp};
use std::collections::HashMap;

const CAMPAIGN: u128 = 1;
const SMALL: u128 = 2;
const CAPACITY: usize = 2000;

fn application(number: u128) -> ApplicationId {
    ApplicationId::new(Timestamp::default(), number)
}

fn ready(owner: u128, number: u32) -> Ready {
    let mut message = message(MessageClass::Notice);
    message.application_id = application(owner);
    message.id = MessageId::new(Timestamp::from_millis(1), owner << 32 | u128::from(number));
    message.recipient = PhoneNumber::parse(&format!("138{number:08}")).expect("a number");
    Ready { message, tries: 0, past: Past::default(), alone: false, probes: false, explanation: None }
}

fn of_template(owner: u128, number: u32, template: u128) -> Ready {
    let mut ready = ready(owner, number);
    ready.message.template_id = TemplateId::new(Timestamp::default(), template);
    ready
}

fn same() -> Vec<String> {
    vec!["template-code".to_owned()]
}

fn equal(_: &ApplicationId) -> u32 {
    1
}

fn owners(batch: &[Ready]) -> HashMap<u128, usize> {
    let mut owners = HashMap::new();
    for ready in batch {
        let owner = (1..=9).find(|owner| ready.message.application_id == application(*owner)).expect("an owner");
        *owners.entry(owner).or_default() += 1;
    }
    owners
}

/// A lane with what the store knows of its messages, so that released ids come back as dispatch brings them.
#[derive(Default)]
struct Scene {
    lane: Lane,
    stored: HashMap<MessageId, (u128, u32, u128)>,
}

impl Scene {
    fn offer(&mut self, owner: u128, numbers: std::ops::Range<u32>, template: u128) {
        for number in numbers {
            let ready = of_template(owner, number, template);
            self.stored.insert(ready.message.id, (owner, number, template));
            self.lane.offer(ready, &same(), CAPACITY);
        }
    }

    /// One call, and then the feed.
    fn call(&mut self, most: usize, weight: impl Fn(&ApplicationId) -> u32) -> Vec<Ready> {
        let batch = self.lane.take(most, weight);
        for ready in &batch {
            assert!(self.stored.remove(&ready.message.id).is_some(), "none goes twice");
        }
        let ids = self.lane.release(CAPACITY);
        self.lane.arriving();
        for id in ids {
            let (owner, number, template) = self.stored[&id];
            self.lane.offer(of_template(owner, number, template), &same(), CAPACITY);
        }
        self.lane.arrived();
        batch
    }
}

#[test]
fn ten_texts_are_handed_over_while_a_campaign_of_a_hundred_thousand_waits() {
    // With the same template they share calls, with another one they do not; a provider may take one text a call, or a hundred.
    // They come when the lane is full, or a second later at 200 texts a second.
    for (template, most, before) in [(1, 1, 0), (1, 100, 200), (2, 1, 200), (2, 100, 0), (2, 100, 200)] {
        let mut scene = Scene::default();
        scene.offer(CAMPAIGN, 0..100_000, 1);
        let mut sent = 0;
        while sent < before {
            sent += scene.call(most, equal).len();
        }
        scene.offer(SMALL, 0..10, template);
        let (mut of_small, mut sent) = (0, 0);
        while of_small < 10 {
            let batch = scene.call(most, equal);
            of_small += owners(&batch).get(&SMALL).copied().unwrap_or(0);
            sent += batch.len();
            assert!(sent <= 400, "two seconds are over, {of_small} of 10 are handed over ({template}, {most})");
        }
        assert!(scene.stored.len() > 99_000, "the campaign waits");
    }
}

#[test]
fn two_campaigns_share_by_weight_and_nothing_is_lost_or_overtaken() {
    for (templates, most) in [([1, 1], 1), ([1, 1], 100), ([1, 2], 30), ([1, 2], 100)] {
        let weight = |id: &ApplicationId| if *id == application(CAMPAIGN) { 3 } else { 1 };
        let mut scene = Scene::default();
        scene.offer(CAMPAIGN, 0..20_000, templates[0]);
        scene.offer(SMALL, 20_000..30_000, templates[1]);
        let (mut of_campaign, mut of_small, mut last) = (0, 0, HashMap::new());
        let mut measured = false;
        while !scene.stored.is_empty() {
            let batch = scene.call(most, weight);
            assert!(!batch.is_empty(), "{} are stuck", scene.stored.len());
            for ready in &batch {
                let before = last.insert(ready.message.application_id, ready.message.id);
                assert!(before.is_none_or(|before| before < ready.message.id), "each keeps its order");
            }
            let owners = owners(&batch);
            of_campaign += owners.get(&CAMPAIGN).unwrap_or(&0);
            of_small += owners.get(&SMALL).unwrap_or(&0);
            if !measured && of_campaign + of_small >= 16_000 {
                measured = true;
                let share = of_campaign as f64 / of_small as f64;
                assert!((2.85..=3.15).contains(&share), "{of_campaign} to {of_small} by {most}");
            }
        }
        assert_eq!((of_campaign, of_small), (20_000, 10_000));
        assert!(scene.lane.backlogs.is_empty() && scene.lane.turns.is_empty() && scene.lane.ready == 0);
    }
}

#[test]
fn a_call_is_of_one_group_filled_up_by_others_who_pay_for_it() {
    let mut lane = Lane::default();
    for number in 0..3 {
        lane.offer(of_template(SMALL, number, 1), &same(), CAPACITY);
    }
    for number in 100..400 {
        lane.offer(of_template(CAMPAIGN, number, 1), &same(), CAPACITY);
        lane.offer(of_template(3, number, 2), &same(), CAPACITY);
    }
    assert_eq!(owners(&lane.take(100, equal)), HashMap::from([(SMALL, 3), (CAMPAIGN, 97)]));
    let mut sent = HashMap::from([(CAMPAIGN, 97), (3, 0)]);
    for _ in 0..5 {
        let batch = lane.take(100, equal);
        let templates: HashSet<TemplateId> = batch.iter().map(|ready| ready.message.template_id).collect();
        assert_eq!(templates.len(), 1);
        for (owner, count) in owners(&batch) {
            *sent.entry(owner).or_insert(0) += count;
        }
    }
    assert!(sent[&CAMPAIGN].abs_diff(sent[&3]) <= 100, "{sent:?}");
}

#[test]
fn a_number_stands_in_a_call_once_whoever_sends_to_it() {
    let mut lane = Lane::default();
    for number in [1, 2, 1, 3] {
        let mut again = ready(SMALL, number);
        again.message.id = MessageId::new(Timestamp::from_millis(1), lane.ready() as u128);
        lane.offer(again, &same(), CAPACITY);
    }
    lane.offer(ready(CAMPAIGN, 3), &same(), CAPACITY);
    lane.offer(ready(CAMPAIGN, 4), &same(), CAPACITY);
    let numbers = |batch: Vec<Ready>| -> Vec<String> {
        batch.into_iter().map(|ready| ready.message.recipient.e164()[6..].to_owned()).collect()
    };
    assert_eq!(numbers(lane.take(9, equal)), ["00000001", "00000002", "00000003", "00000004"]);
    let mut rest = [numbers(lane.take(9, equal)), numbers(lane.take(9, equal))].concat();
    rest.sort();
    assert_eq!((rest, lane.ready()), (vec!["00000001".to_owned(), "00000003".to_owned()], 0));
}

#[test]
fn who_travels_alone_has_no_company() {
    let mut lane = Lane::default();
    lane.offer(Ready { alone: true, ..ready(SMALL, 1) }, &same(), CAPACITY);
    lane.offer(ready(SMALL, 2), &same(), CAPACITY);
    lane.offer(ready(CAMPAIGN, 3), &same(), CAPACITY);
    assert_eq!(lane.take(9, equal).len(), 1);
    assert_eq!(lane.take(9, equal).len(), 2);
}

#[test]
fn what_comes_later_does_not_overtake_what_waits() {
    let mut lane = Lane::default();
    for number in 0..20 {
        lane.offer(ready(SMALL, number), &same(), 10);
    }
    assert_eq!((lane.ready(), lane.take(6, equal).len()), (10, 6));
    assert!(!lane.offer(ready(SMALL, 20), &same(), 10), "there is room, but others wait for it");
    let released = lane.release(10);
    assert_eq!(released.len(), 6);
    assert!(lane.release(10).is_empty(), "they are on their way already");
    assert!(!lane.offer(ready(SMALL, 21), &same(), 10));
    lane.arriving();
    // Two were cancelled meanwhile.
    for number in 10..14 {
        assert!(lane.offer(ready(SMALL, number), &same(), 10));
    }
    lane.arrived();
    assert_eq!(lane.ready(), 8);
    let (ready, waiting) = lane.empty();
    assert_eq!((ready.len(), waiting.len(), lane.ready()), (8, 6, 0));
}

#[test]
fn one_alone_may_have_all_the_room_and_a_newcomer_finds_its_part() {
    let mut lane = Lane::default();
    for number in 0..30 {
        lane.offer(ready(CAMPAIGN, number), &same(), 10);
    }
    assert_eq!(lane.ready(), 10);
    for number in 0..30 {
        lane.offer(ready(SMALL, number), &same(), 10);
    }
    assert_eq!(lane.ready(), 15, "its half; nobody was put out");
    lane.take(8, equal);
    lane.take(5, equal);
    assert_eq!(lane.ready(), 2);
    let released = lane.release(10);
    assert_eq!(released.len(), 8, "each has its half from now on");
}
