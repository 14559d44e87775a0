//! One request to a function, whose process has a crash point.

use crate::crash_point::{Crash, CrashPoint};
use std::sync::Arc;
use tests::{Answer, Call, TestApp, intercept};

/// What can happen at a call.
pub const CRASHES: [Crash; 5] = [
    Crash::BeforeCall,
    Crash::AfterCall,
    Crash::AnswerLost,
    Crash::Throttled,
    Crash::Undone,
];

/// Sends the request; `None` where the process has ended before its answer.
pub async fn attempt(app: &TestApp, call: Call, crash_point: &Arc<CrashPoint>) -> Option<Answer> {
    let connection = intercept::over(&app.core.connection, crash_point.clone());
    let function = app.function_over(&connection, call.segment());
    tokio::select! {
        () = crash_point.died() => None,
        answer = Box::pin(call.through(&function)) => Some(Answer::read(&answer)),
    }
}
