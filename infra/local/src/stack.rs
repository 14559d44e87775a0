//! What every command that works on the data needs, started in order: the
//! folder, the database, its tables.

use crate::engine::Engine;
use crate::folder::{Folder, Lock};
use crate::tables;
use std::sync::Arc;
use store::{Connection, Database};
use web::App;

/// A running stack, all but its address. Dropping it closes its files.
pub struct Stack {
    /// What the functions work on.
    pub app: App,
    /// Where the database answers.
    pub connection: Connection,
    pub folder: Folder,
    // Fields are dropped in this order: the database before the lock.
    _engine: Engine,
    _lock: Lock,
}

impl Stack {
    /// Opens what is in the folder, which `lock` keeps for this process, and
    /// makes what is missing.
    ///
    /// # Errors
    /// One line that says which file cannot be used and why.
    pub async fn open(folder: Folder, lock: Lock) -> Result<Stack, String> {
        let engine = Engine::start(Some(&folder.database()))?;
        let connection = Connection::local(&engine.endpoint);
        let names = tables::make(&connection).await.map_err(|cause| {
            let file = folder.database();
            format!("cannot use the database {}: {cause}", file.display())
        })?;
        let database = Arc::new(Database::new(&connection, names));
        Ok(Stack {
            app: App { database },
            connection,
            folder,
            _engine: engine,
            _lock: lock,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    use std::path::Path;
    use std::time::Duration;

    async fn open(path: &Path) -> Stack {
        let folder = Folder::open(path).unwrap();
        let lock = folder.lock().unwrap();
        Stack::open(folder, lock).await.unwrap()
    }

    async fn put(stack: &Stack, id: &str, expires: i64) {
        let client = store::client(&stack.connection);
        let request = client.put_item().table_name("ledger");
        let request = request.item("_pk", S("acme#t".into()));
        let request = request.item("_sk", S(id.into()));
        let request = request.item("_expires", N(expires.to_string()));
        request.send().await.unwrap();
    }

    async fn ids(stack: &Stack) -> Vec<String> {
        let client = store::client(&stack.connection);
        let request = client.query().table_name("ledger");
        let request = request.key_condition_expression("#pk = :pk");
        let request = request.expression_attribute_names("#pk", "_pk");
        let request = request.expression_attribute_values(":pk", S("acme#t".into()));
        let found = request.send().await.unwrap();
        let id = |item: &std::collections::HashMap<_, _>| match &item["_sk"] {
            S(id) => id.clone(),
            _ => panic!("a key that is no text"),
        };
        found.items().iter().map(id).collect()
    }

    #[tokio::test]
    async fn what_is_stored_outlives_the_process_until_it_expires() {
        let parent = tempfile::tempdir().unwrap();
        let stack = open(parent.path()).await;
        put(&stack, "stays", 4_000_000_000).await;
        put(&stack, "goes", 1_000_000_000).await;
        drop(stack);
        let stack = open(parent.path()).await;
        let mut left = ids(&stack).await;
        for _ in 0..600 {
            if left == ["stays"] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            left = ids(&stack).await;
        }
        panic!("still there: {left:?}");
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(parent.path()).unwrap();
        std::fs::write(folder.database(), "no database".repeat(1000)).unwrap();
        let lock = folder.lock().unwrap();
        let refused = Stack::open(folder, lock).await.err().unwrap();
        assert!(refused.contains("dynamodb.sqlite"), "{refused}");
    }
}
