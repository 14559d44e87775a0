//! What the database is asked, and the capacity units it says that took.
//!
//! Every request is made to ask for them (`ReturnConsumedCapacity`), so the
//! figures are the engine's own; it counts as DynamoDB does, the copies in
//! indexes and the double price of transactions included. A refused condition
//! is answered without its units, here as there.

use crate::intercept::{self, Fault, Interceptor, operation};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::Connection;

const WRITES: [&str; 6] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
    "BatchExecuteStatement",
    "BatchWriteItem",
];

/// What has been asked and charged.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// By operation.
    pub requests: BTreeMap<String, u64>,
    /// Read and write capacity units, by table.
    pub units: BTreeMap<String, Units>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    pub read: f64,
    pub write: f64,
}

impl Usage {
    pub fn requests(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Requests that may change something.
    pub fn writing_requests(&self) -> u64 {
        let writes = self.requests.iter();
        let writes = writes.filter(|(name, _)| WRITES.contains(&name.as_str()));
        writes.map(|(_, count)| count).sum()
    }

    pub fn table(&self, name: &str) -> Units {
        self.units.get(name).copied().unwrap_or_default()
    }

    /// Of all tables.
    pub fn all(&self) -> Units {
        let add = |sum: Units, units: &Units| Units {
            read: sum.read + units.read,
            write: sum.write + units.write,
        };
        self.units.values().fold(Units::default(), add)
    }
}

/// Counts what goes over a connection.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Usage>>);

impl Meter {
    pub fn over(&self, connection: &Connection) -> Connection {
        intercept::over(connection, Arc::new(self.clone()))
    }

    /// What was used since this was last asked.
    pub fn take(&self) -> Usage {
        std::mem::take(&mut *self.0.lock().expect("no panic before"))
    }
}

impl Interceptor for Meter {
    fn fault(&self, _: &HttpRequest) -> Fault {
        Fault::None
    }

    fn rewrite(&self, request: &mut HttpRequest) {
        let name = operation(request).to_owned();
        let body = request.body().bytes().unwrap_or_default();
        // The scheduler looks for due work whether or not a run is under way.
        let scheduler = String::from_utf8_lossy(body).contains(r#""IndexName":"due_work""#);
        if let Some(rest) = body.strip_prefix(b"{").filter(|_| !scheduler) {
            let asking = [br#"{"ReturnConsumedCapacity":"TOTAL","#.as_slice(), rest].concat();
            let length = asking.len().to_string();
            request.headers_mut().insert("content-length", length);
            *request.body_mut() = asking.into();
            let mut usage = self.0.lock().expect("no panic before");
            *usage.requests.entry(name).or_default() += 1;
        }
    }

    fn reads_answers(&self) -> bool {
        true
    }

    fn answered(&self, operation: &str, answer: &[u8]) {
        let Ok(answer) = serde_json::from_slice::<Answer>(answer) else {
            return;
        };
        let mut usage = self.0.lock().expect("no panic before");
        for consumed in of_tables(&answer.consumed) {
            let table = consumed["TableName"].as_str().unwrap_or_default();
            let charged = consumed["CapacityUnits"].as_f64().unwrap_or_default();
            let units = usage.units.entry(table.to_owned()).or_default();
            match WRITES.contains(&operation) {
                true => units.write += charged,
                false => units.read += charged,
            }
        }
    }
}

/// The rest of an answer is skipped over.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "ConsumedCapacity", default)]
    consumed: Value,
}

/// One table's, or those of the several that a request may be about.
fn of_tables(consumed: &Value) -> &[Value] {
    match consumed {
        Value::Array(many) => many,
        Value::Object(_) => std::slice::from_ref(consumed),
        _ => &[],
    }
}
