//! The machine's own clock: what waits, waits in real time, also over a restart.

use jiff::Timestamp;
use std::time::Duration;

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Seconds since 1970 with three decimals, as the AWS JSON protocol writes a time.
pub(crate) fn epoch_seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Sleeps until the clock shows `ms`. It looks again every few seconds, because a laptop that
/// was asleep stops tokio's timers but not the clock.
pub(crate) async fn sleep_until(ms: i64) {
    loop {
        // A negative rest, of a time that passed while the process was down, ends the wait too.
        let Some(left) = u64::try_from(ms - now_ms()).ok().filter(|left| *left > 0) else {
            return;
        };
        tokio::time::sleep(Duration::from_millis(left.min(5_000))).await;
    }
}
