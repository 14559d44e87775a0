//! The end of a process at one of its calls.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::tap::{Fault, Judge, operation};
use tokio::sync::watch;

/// What happens at the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// The process dies before the call is made.
    DiesBefore,
    /// The call is made; the process dies before it knows.
    DiesAfter,
    /// The call is made, and the process lives on without its answer.
    LosesAnswer,
}

/// Which calls count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those that change something: between two of them no death differs from
    /// another.
    Effects,
    All,
}

/// Counts the calls of a process to the store and to outside services, and
/// strikes at one of them.
#[derive(Debug)]
pub struct Doom {
    counted: Counted,
    calls: AtomicUsize,
    at: Option<(usize, Blow)>,
    dead: watch::Sender<bool>,
    /// The request whose answers are lost, however often the client repeats it.
    lost: Mutex<Option<String>>,
}

impl Doom {
    /// Strikes at the call of this number, counted from 1; without one, only counts.
    pub fn new(counted: Counted, at: Option<(usize, Blow)>) -> Doom {
        Doom {
            counted,
            calls: AtomicUsize::new(0),
            at,
            dead: watch::Sender::new(false),
            lost: Mutex::new(None),
        }
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Returns once the process is dead.
    pub async fn died(&self) {
        let mut dead = self.dead.subscribe();
        let _ = dead.wait_for(|dead| *dead).await;
    }

    fn die(&self) {
        self.dead.send_replace(true);
    }

    fn strike(&self) -> Fault {
        if *self.dead.borrow() {
            return Fault::NotMade;
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        match self.at {
            Some((at, blow)) if at == call => match blow {
                Blow::DiesBefore => {
                    self.die();
                    Fault::NotMade
                }
                Blow::DiesAfter => Fault::NotAnswered,
                Blow::LosesAnswer => Fault::Lost,
            },
            _ => Fault::None,
        }
    }

    /// Makes a call of a port to the outside; `lost` stands for its lost answer.
    pub async fn call<T>(&self, call: impl Future<Output = T>, lost: T) -> T {
        match self.strike() {
            // No blow is an error of DynamoDB's, which a port could not answer.
            Fault::None | Fault::Refused(_) => call.await,
            Fault::NotMade => std::future::pending().await,
            Fault::NotAnswered => {
                call.await;
                self.die();
                std::future::pending().await
            }
            Fault::Lost => {
                call.await;
                lost
            }
        }
    }

    fn is_counted(&self, request: &HttpRequest) -> bool {
        let operation = operation(request);
        let reads = ["GetItem", "BatchGetItem", "Query", "DescribeExecution"];
        self.counted == Counted::All || !reads.contains(&operation)
    }
}

impl Judge for Doom {
    fn judge(&self, request: &HttpRequest) -> Fault {
        let invocation = request.headers().get("amz-sdk-invocation-id");
        let mut lost = self.lost.lock().unwrap();
        if lost.is_some() && lost.as_deref() == invocation {
            return Fault::Lost;
        }
        if !self.is_counted(request) {
            let dead = *self.dead.borrow();
            return if dead { Fault::NotMade } else { Fault::None };
        }
        let fault = self.strike();
        if fault == Fault::Lost {
            *lost = invocation.map(str::to_owned);
        }
        fault
    }

    fn made_unanswered(&self) {
        self.die();
    }
}
