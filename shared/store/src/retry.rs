//! Pauses between attempts: full jitter, so that those who were refused
//! together do not come back together.

use std::time::Duration;

const FIRST_MILLIS: u64 = 25;
const LONGEST_MILLIS: u64 = 2_000;
/// Attempts at what is throttled, before the caller is told.
pub const ATTEMPTS: u32 = 8;

pub async fn pause(attempt: u32) {
    let ceiling = (FIRST_MILLIS << attempt.min(10)).min(LONGEST_MILLIS);
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..=ceiling))).await;
}
