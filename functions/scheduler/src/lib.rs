//! What time triggers: due planning and execution, and runs whose execution
//! got lost. The crate `billing` does the work; this function calls it once a minute.

use ledger::context::Ports;

/// One look at everything that is due.
pub async fn tick(ports: &Ports) -> model::Result<()> {
    // On the heap: a future this deep is more than the compiler lays out in one.
    Box::pin(billing::schedule::tick(ports)).await
}
