//! Pauses between attempts: full jitter, so that those who were refused
//! together do not come back together.

use model::{Error, Result};
use std::time::Duration;

const FIRST_MILLIS: u64 = 25;
const LONGEST_MILLIS: u64 = 2_000;
/// Attempts at what is throttled, before the caller is told.
pub const ATTEMPTS: u32 = 8;

/// Before another attempt at what a batch has left undone.
pub async fn again(attempt: &mut u32) -> Result<()> {
    *attempt += 1;
    if *attempt == ATTEMPTS {
        return Err(Error::Throttled {
            retry_after_seconds: 2,
        });
    }
    pause(*attempt).await;
    Ok(())
}

pub async fn pause(attempt: u32) {
    let ceiling = (FIRST_MILLIS << attempt.min(10)).min(LONGEST_MILLIS);
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..=ceiling))).await;
}
