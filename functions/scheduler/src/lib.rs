//! What time triggers: due planning and execution, runs whose execution got lost,
//! copies and flowdown that a request has left. The crates `billing` and `lifecycle` do the
//! work; this function calls them once a minute.

use ledger::context::Ports;

/// One look at everything that is due. What fails on one side stops nothing on
/// the other.
pub async fn tick(ports: &Ports) -> model::Result<()> {
    // On the heap: futures this deep are more than the compiler lays out in one.
    let runs = Box::pin(billing::schedule::tick(ports)).await;
    let copies = Box::pin(lifecycle::copies::tick(&ports.database)).await;
    let flowdown = Box::pin(lifecycle::flowdown::tick(ports)).await;
    runs.and(copies).and(flowdown)
}
