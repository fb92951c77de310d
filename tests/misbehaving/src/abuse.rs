//! Wrongs that need nothing of the gateway: time, memory, stack, traps.

use std::hint::black_box;

use crate::wasi;

/// Does one wrong; returns only where there is none of that name.
pub fn commit(abuse: &str) {
    match abuse {
        "spin" => spin(),
        "trap" => panic!("on request"),
        "hoard" => hoard(),
        "recurse" => _ = black_box(recurse(black_box(1))),
        "recurse-in-memory" => _ = black_box(recurse_in_memory(black_box(1))),
        "exit" => wasi::exit(),
        _ => {}
    }
}

fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn hoard() {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        held.push(black_box(vec![1; 1 << 20]));
    }
}

/// Fills the stack that the host keeps; no loop can take its place.
fn recurse(depth: u64) -> u64 {
    if depth == 0 { 0 } else { recurse(depth.wrapping_add(1)).rotate_left(3).wrapping_mul(depth) ^ depth }
}

/// Fills the stack that a Rust guest keeps in its own memory.
fn recurse_in_memory(depth: u64) -> u64 {
    let room = black_box([depth; 32]);
    if depth == 0 { 0 } else { recurse_in_memory(black_box(depth + 1)) + room[black_box(7)] }
}
