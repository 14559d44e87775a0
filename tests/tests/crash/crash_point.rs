//! A process that ends, or loses an answer, at a chosen one of its calls.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::intercept::{Fault, Interceptor, operation};
use tokio::sync::watch;

/// What happens at the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The process ends before the call is made.
    BeforeCall,
    /// The call is made; the process ends before it has the answer.
    AfterCall,
    /// The call is made, and the process goes on without its answer.
    AnswerLost,
    /// The call is not made: it is throttled, however often the client repeats it.
    Throttled,
    /// The call is not made, once: a batch leaves it, a transaction meets another.
    Undone,
}

/// Which calls count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those that change something: a crash anywhere between two of them leaves
    /// the same state.
    Effects,
    All,
}

/// Counts the calls of a process to the store and to outside services, and
/// makes one of them fail.
#[derive(Debug)]
pub struct CrashPoint {
    counted: Counted,
    calls: AtomicUsize,
    at: Option<(usize, Crash)>,
    dead: watch::Sender<bool>,
    /// The request that the same happens to, however often the client repeats it.
    repeated: Mutex<Option<(String, Fault)>>,
}

impl CrashPoint {
    /// Fails at the call of this number, counted from 1; without one, only counts.
    pub fn new(counted: Counted, at: Option<(usize, Crash)>) -> CrashPoint {
        CrashPoint {
            counted,
            calls: AtomicUsize::new(0),
            at,
            dead: watch::Sender::new(false),
            repeated: Mutex::new(None),
        }
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Returns once the process has ended.
    pub async fn died(&self) {
        let mut dead = self.dead.subscribe();
        let _ = dead.wait_for(|dead| *dead).await;
    }

    fn die(&self) {
        self.dead.send_replace(true);
    }

    fn fault_of_call(&self) -> Fault {
        if *self.dead.borrow() {
            return Fault::NotMade;
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        match self.at {
            Some((at, crash)) if at == call => match crash {
                Crash::BeforeCall => {
                    self.die();
                    Fault::NotMade
                }
                Crash::AfterCall => Fault::NotAnswered,
                Crash::AnswerLost => Fault::Lost,
                Crash::Throttled => Fault::Refused("ThrottlingException"),
                Crash::Undone => Fault::Undone,
            },
            _ => Fault::None,
        }
    }

    /// Makes a call of a port to the outside; `lost` stands for its lost answer.
    pub async fn call<T>(&self, call: impl Future<Output = T>, lost: T) -> T {
        match self.fault_of_call() {
            // No crash is an error of DynamoDB's, which a port could not answer.
            Fault::None | Fault::Refused(_) | Fault::Undone => call.await,
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

impl Interceptor for CrashPoint {
    fn fault(&self, request: &HttpRequest) -> Fault {
        let invocation = request.headers().get("amz-sdk-invocation-id");
        let mut repeated = self.repeated.lock().unwrap();
        if let Some((own, fault)) = repeated.as_ref()
            && Some(own.as_str()) == invocation
        {
            return *fault;
        }
        if !self.is_counted(request) {
            let dead = *self.dead.borrow();
            return if dead { Fault::NotMade } else { Fault::None };
        }
        let fault = self.fault_of_call();
        if matches!(fault, Fault::Lost | Fault::Refused(_)) {
            *repeated = invocation.map(|own| (own.to_owned(), fault));
        }
        fault
    }

    fn made_unanswered(&self) {
        self.die();
    }
}
