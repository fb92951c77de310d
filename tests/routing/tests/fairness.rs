//! Sharing by weight: what `Fair` promises, for any parties, weights and order of things.

use jixinda_routing::fair::Fair;
use proptest::prelude::*;
use std::collections::HashMap;

#[derive(Clone, Debug)]
enum Step {
    Push(u8),
    Take(usize),
    Pop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0_u8..6).prop_map(Step::Push),
        2 => (0_usize..12).prop_map(Step::Take),
        1 => Just(Step::Pop),
    ];
    prop::collection::vec(step, 0..400)
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled_and_each_keeps_its_order(
        steps in steps(),
        weights in prop::collection::vec(1_u32..=100, 6),
    ) {
        let weight = |key: &u8| weights[usize::from(*key)];
        let mut fair = Fair::default();
        let (mut pushed, mut got) = ([0_u32; 6], Vec::new());
        for step in steps {
            match step {
                Step::Push(key) => {
                    fair.push(key, (key, pushed[usize::from(key)]));
                    pushed[usize::from(key)] += 1;
                }
                Step::Take(most) => {
                    let waiting = fair.len();
                    let taken = fair.take(most, weight);
                    prop_assert_eq!(taken.len(), most.min(waiting), "it gives what there is");
                    got.extend(taken);
                }
                Step::Pop => got.extend(fair.pop(weight)),
            }
            let all: u32 = pushed.iter().sum();
            prop_assert_eq!(fair.len() + got.len(), all as usize);
        }
        got.extend(fair.take(usize::MAX, weight));
        prop_assert!(fair.is_empty());
        let mut next = [0_u32; 6];
        for (key, number) in got {
            prop_assert_eq!(number, next[usize::from(key)], "in order, each once");
            next[usize::from(key)] += 1;
        }
        prop_assert_eq!(next, pushed);
    }

    #[test]
    fn those_who_wait_share_by_weight(
        weights in prop::collection::vec(1_u32..=100, 2..8),
        most in 1_usize..300,
        rounds in 1_u32..20,
    ) {
        let round: u32 = weights.iter().sum();
        let mut fair = Fair::default();
        for (key, weight) in weights.iter().enumerate() {
            (0..weight * (rounds + 1)).for_each(|_| fair.push(key, key));
        }
        let mut got: HashMap<usize, u32> = HashMap::new();
        let mut left = (round * rounds) as usize + weights[0] as usize / 2;
        while left > 0 {
            for key in fair.take(most.min(left), |key| weights[*key]) {
                *got.entry(key).or_default() += 1;
                left -= 1;
            }
        }
        for (key, weight) in weights.iter().enumerate() {
            let share = got.get(&key).copied().unwrap_or_default();
            prop_assert!(share.abs_diff(weight * rounds) <= *weight, "{share} for {weight} in {rounds} rounds");
        }
    }

    #[test]
    fn nobody_waits_longer_than_a_round(
        weights in prop::collection::vec(1_u32..=100, 2..8),
        before in 0_usize..1000,
    ) {
        let mut fair = Fair::default();
        let newcomer = weights.len() - 1;
        for key in 0..newcomer {
            (0..2000).for_each(|_| fair.push(key, key));
        }
        fair.take(before, |key| weights[*key]);
        fair.push(newcomer, newcomer);
        let round: u32 = weights[..newcomer].iter().sum();
        let ahead = std::iter::from_fn(|| fair.pop(|key| weights[*key])).take_while(|key| *key != newcomer).count();
        prop_assert!(ahead <= round as usize, "{ahead} of others in front, a round has {round}");
    }
}
