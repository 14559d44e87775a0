//! One process after another on the same file.

use crate::support::*;
use serde_json::{Value, json};
use states::{Executor, HistoryPage, Status, execution_arn};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Three items of one shard each.
pub fn items() -> Value {
    json!([{"shards": [0]}, {"shards": [1]}, {"shards": [2]}])
}

pub struct Life {
    pub runtime: Runtime,
    executor: Arc<Executor>,
    pub stub: Arc<Stub>,
    pub recorder: Arc<Recorder>,
}

impl Life {
    /// A process: everything in it ends when it is dropped, wherever it stands.
    pub fn begin(file: &Path, definition: &str, stub: Arc<Stub>) -> Self {
        let runtime = Runtime::new().unwrap();
        let recorder = Arc::new(Recorder::default());
        let executor = open(Some(file), definition, &stub, recorder.clone());
        Self {
            runtime,
            executor,
            stub,
            recorder,
        }
    }

    pub fn resume(self) -> Self {
        self.runtime
            .block_on(async { self.executor.resume() })
            .unwrap();
        self
    }

    pub fn start(self) -> Self {
        self.runtime.block_on(async { start(&self.executor) });
        self
    }

    pub fn event(&self) -> Value {
        self.runtime.block_on(self.recorder.event())
    }

    pub fn status(&self) -> Status {
        let arn = execution_arn("m", "r1-1");
        self.executor.describe_execution(&arn).unwrap().status
    }

    pub fn kinds(&self) -> Vec<String> {
        let arn = execution_arn("m", "r1-1");
        let page = HistoryPage {
            after: None,
            limit: 1000,
            newest_first: false,
        };
        let history = self.executor.history(&arn, page).unwrap();
        let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
        history.iter().map(kind).collect()
    }

    /// Waits until the history is as `reached` says, then dies.
    pub fn dies_when(self, reached: impl Fn(Vec<String>) -> bool) -> Arc<Stub> {
        self.runtime.block_on(async {
            let poll = async {
                while !reached(self.kinds()) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::time::timeout(PATIENCE, poll).await.unwrap();
        });
        self.dies()
    }

    pub fn dies_after(self, kind: &str) -> Arc<Stub> {
        self.dies_when(|kinds| kinds.iter().any(|earlier| earlier == kind))
    }

    pub fn dies(self) -> Arc<Stub> {
        self.stub.clone()
    }
}

/// Sets what the database says, while nothing has it open.
pub fn alter(file: &Path, sql: &str) -> usize {
    rusqlite::Connection::open(file)
        .unwrap()
        .execute(sql, [])
        .unwrap()
}

pub fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("executions.db");
    (folder, file)
}
