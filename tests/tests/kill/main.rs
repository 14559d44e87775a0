//! The kill test: the program is killed at random moments of planning and of
//! executing 1,000 actions, and started again; every action ends once.
//!
//! `KILL_ROUNDS` says how many times (2 unless told), `KILL_SEED` repeats the
//! moments of an earlier test as far as the machine allows.

#![cfg(test)]

mod program;
mod round;

use rand::SeedableRng;
use rand::rngs::StdRng;
use round::Round;
use tests::fixture::Fixture;

/// Members of every scenario: each makes 17 actions.
const EACH: usize = 59;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn a_killed_stack_goes_on_and_every_action_ends_once() {
    let seed = number("KILL_SEED").unwrap_or_else(rand::random);
    let rounds = number("KILL_ROUNDS").unwrap_or(2);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seeded = runtime.block_on(Fixture::create(EACH));
    for round in 0..rounds {
        let chance = StdRng::seed_from_u64(seed.wrapping_add(round));
        println!("round {round}: KILL_SEED={}", seed.wrapping_add(round));
        Round::new(&seeded, chance).play(&runtime);
    }
}
