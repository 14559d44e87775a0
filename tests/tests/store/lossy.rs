//! A connection that carries a request out and loses its answer, or leaves it undone.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::Connection;
use tests::intercept::{self, Fault, Interceptor};

/// Meets the next so many requests of one operation with a fault.
#[derive(Debug)]
pub struct Lossy {
    operation: &'static str,
    fault: Fault,
    left: AtomicUsize,
}

impl Lossy {
    /// `connection`, losing the first `count` answers to `operation`.
    pub fn over(
        connection: &Connection,
        operation: &'static str,
        count: usize,
    ) -> (Connection, Arc<Lossy>) {
        Lossy::with(Fault::Lost, connection, operation, count)
    }

    /// `connection`, leaving the first `count` requests of `operation` undone.
    pub fn undone(
        connection: &Connection,
        operation: &'static str,
        count: usize,
    ) -> (Connection, Arc<Lossy>) {
        Lossy::with(Fault::Undone, connection, operation, count)
    }

    fn with(
        fault: Fault,
        connection: &Connection,
        operation: &'static str,
        count: usize,
    ) -> (Connection, Arc<Lossy>) {
        let left = AtomicUsize::new(count);
        let lossy = Arc::new(Lossy {
            operation,
            fault,
            left,
        });
        (intercept::over(connection, lossy.clone()), lossy)
    }

    /// Requests that are still to be met.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }
}

impl Interceptor for Lossy {
    fn fault(&self, request: &HttpRequest) -> Fault {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let next = |left: usize| left.checked_sub(1);
        let loses = target.ends_with(self.operation)
            && self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next)
                .is_ok();
        if loses { self.fault } else { Fault::None }
    }
}
