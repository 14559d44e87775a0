//! `POST /{resource}/{tenantId}/batch`: up to 100 operations, each on its own.

mod bulk;

use crate::body::{Json, object};
use crate::client_write::{self, Hooks};
use crate::context::Ctx;
use crate::crud;
use crate::error::{HandlerResult, envelope, status};
use crate::response;
use axum::response::IntoResponse;
use bulk::{BulkChange, Change};
use futures::StreamExt;
use model::resource::{ID_FIELD, Resource};
use model::{Error, Problems, Record, Result};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Operations in one batch.
pub const OPERATIONS_MAX: usize = 100;
/// Operations under way at once.
const PARALLEL: usize = 8;

/// Bytes of objects in one response: Lambda allows 6 MB in all.
const OBJECT_BYTES: usize = 4_000_000;

/// Which operations a resource allows in a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    All,
    /// For records that clients neither create nor delete.
    ChangesOnly,
}

pub async fn run<R: Resource, H: Hooks<R>>(ctx: Ctx, Json(body): Json) -> HandlerResult {
    run_allowed::<R, H>(ctx, body, Allowed::All).await
}

pub async fn run_changes<R: Resource, H: Hooks<R>>(ctx: Ctx, Json(body): Json) -> HandlerResult {
    run_allowed::<R, H>(ctx, body, Allowed::ChangesOnly).await
}

async fn run_allowed<R: Resource, H: Hooks<R>>(
    mut ctx: Ctx,
    body: Value,
    allowed: Allowed,
) -> HandlerResult {
    // Hooks then do without what would cost a read or a transaction for each record (decision
    // 16).
    ctx.in_batch = true;
    let operations = operations(body)?;
    let labels: Vec<[String; 2]> = operations.iter().map(label).collect();
    let (bulk, single) = split::<R, H>(operations);
    let outcomes = execute::<R, H>(&ctx, bulk, single, allowed).await;
    let mut results: Vec<Value> = labels
        .iter()
        .zip(outcomes)
        .map(|(label, outcome)| result_json::<R>(label, outcome))
        .collect();
    limit_size(&mut results);
    let succeeded = results
        .iter()
        .filter(|result| result["success"] == true)
        .count();
    let answer = json!({ "success_count": succeeded, "error_count": results.len() - succeeded, "results": results });
    Ok(axum::Json(answer).into_response())
}

/// Leaves out the objects that no longer fit into a response. Every outcome is
/// still reported, and the records can be read.
fn limit_size(results: &mut [Value]) {
    let mut bytes = 0;
    for object in results.iter_mut().filter_map(Value::as_object_mut) {
        bytes += object.get("object").map_or(0, model::patch::size_of);
        // Not before: a batch is carried out by now, and the size of its answer is no reason to
        // refuse it.
        if bytes > OBJECT_BYTES {
            object.remove("object");
        }
    }
}

fn operations(body: Value) -> Result<Vec<Map<String, Value>>> {
    let mut body = object(body)?;
    let Some(Value::Array(operations)) = body.remove("operations") else {
        return Err(Error::invalid(
            "/operations",
            "is required: an array of operations",
        ));
    };
    if let Some(name) = body.keys().next() {
        return Err(Error::invalid(
            format!("/{}", model::schema::escape(name)),
            "is not a field of a batch",
        ));
    }
    if operations.len() > OPERATIONS_MAX {
        return Err(Error::invalid(
            "/operations",
            format!("must have at most {OPERATIONS_MAX} items"),
        ));
    }
    let indexed = operations.into_iter().enumerate();
    indexed
        .map(|(i, op)| {
            object(op).map_err(|_| Error::invalid(format!("/operations/{i}"), "must be an object"))
        })
        .collect()
}

/// An operation's kind and its record's id, as they were sent.
fn label(operation: &Map<String, Value>) -> [String; 2] {
    ["operation", "id"].map(|name| {
        let text = operation.get(name).and_then(Value::as_str);
        text.unwrap_or("").to_owned()
    })
}

/// An operation as it was sent.
type RawOperation = Map<String, Value>;

/// Something and its index in the batch.
type Indexed<T> = (usize, T);

/// Changes of distinct records, which can be written in bulk, and the rest.
fn split<R: Resource, H: Hooks<R>>(
    operations: Vec<RawOperation>,
) -> (Vec<Indexed<BulkChange>>, Vec<Indexed<RawOperation>>) {
    let mut named: HashMap<String, usize> = HashMap::new();
    for operation in &operations {
        let [_, id] = label(operation);
        *named.entry(id).or_default() += 1;
    }
    let (mut bulk, mut single) = (Vec::new(), Vec::new());
    for (index, operation) in operations.into_iter().enumerate() {
        let [_, id] = label(&operation);
        // All bulk changes are made from one read, so of two of one record the second would be
        // stale.
        let distinct = named.get(&id) == Some(&1);
        match change(&operation).filter(|_| distinct && !H::SAVES_ONE_BY_ONE) {
            Some(change) => bulk.push((index, BulkChange { id, change })),
            None => single.push((index, operation)),
        }
    }
    (bulk, single)
}

/// The change an operation asks for, if it is a well-formed one.
fn change(operation: &Map<String, Value>) -> Option<Change> {
    let [name, id] = label(operation);
    // Errors are dropped here and told by `execute_one`, to which anything malformed goes.
    check_members(&name, &id, operation).ok()?;
    match name.as_str() {
        "update" => object(operation.get("object")?.clone())
            .ok()
            .map(Change::Replace),
        "patch" => directives(operation.get("patch_directives").cloned())
            .ok()
            .map(Change::Patch),
        _ => None,
    }
}

type Outcome = Result<Option<Record>>;

/// The outcomes stand in the order of the operations.
async fn execute<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    bulk: Vec<Indexed<BulkChange>>,
    single: Vec<Indexed<RawOperation>>,
    allowed: Allowed,
) -> Vec<Outcome> {
    let (indexes, changes): (Vec<usize>, Vec<BulkChange>) = bulk.into_iter().unzip();
    let single = by_record(single).into_iter().map(|operations| async move {
        let mut outcomes = Vec::with_capacity(operations.len());
        for (index, operation) in operations {
            let outcome = execute_one::<R, H>(ctx, index, operation, allowed).await;
            outcomes.push((index, outcome));
        }
        outcomes
    });
    let single = futures::stream::iter(single)
        .buffer_unordered(PARALLEL)
        .concat();
    // Together, because no operation of the one waits for one of the other: they are of different
    // records.
    let (changed, mut outcomes) =
        futures::join!(bulk::execute::<R, H>(ctx, &changes, PARALLEL), single);
    let changed = changed.into_iter().map(|outcome| outcome.map(Some));
    outcomes.extend(indexes.into_iter().zip(changed));
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Operations of one record in the order asked, for the later sees what the earlier left. What
/// names no record (a create) stands alone.
fn by_record(operations: Vec<Indexed<RawOperation>>) -> Vec<Vec<Indexed<RawOperation>>> {
    let mut groups: Vec<Vec<Indexed<RawOperation>>> = Vec::new();
    let mut group_of: HashMap<String, usize> = HashMap::new();
    for indexed in operations {
        let [_, id] = label(&indexed.1);
        match group_of.get(&id) {
            Some(&group) => groups[group].push(indexed),
            None => {
                if !id.is_empty() {
                    group_of.insert(id, groups.len());
                }
                groups.push(vec![indexed]);
            }
        }
    }
    groups
}

fn result_json<R: Resource>([name, id]: &[String; 2], outcome: Outcome) -> Value {
    match outcome {
        Ok(record) => {
            let id = record
                .as_ref()
                .map_or(id.as_str(), |record| record.text(ID_FIELD));
            let mut result = json!({ "id": id, "operation": name, "success": true, "status": 200 });
            if let Some(record) = &record {
                result["object"] = response::to_json::<R>(record, None);
            }
            result
        }
        Err(error) => {
            let envelope = envelope(&error);
            json!({
                "id": id, "operation": name, "success": false, "status": status(&error).0.as_u16(),
                "error": envelope["message"], "errors": envelope["errors"],
            })
        }
    }
}

async fn execute_one<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    index: usize,
    mut operation: RawOperation,
    allowed: Allowed,
) -> Outcome {
    let [name, id] = label(&operation);
    let (name, id) = (name.as_str(), id.as_str());
    check_members(name, id, &operation)?;
    let needs_object = || Error::invalid("/object", "is required for create and update");
    match name {
        // The id depends on the index, so that a batch that is sent again finds what it made.
        "create" if allowed == Allowed::All => {
            let body = object(operation.remove("object").ok_or_else(needs_object)?)?;
            let created = client_write::create::<R, H>(ctx, ctx.new_id(index), body).await;
            created.map(Some)
        }
        "update" => {
            let body = object(operation.remove("object").ok_or_else(needs_object)?)?;
            let before = ctx.store.require::<R>(id).await?;
            let written = client_write::replace::<R, H>(ctx, &before, body, None).await;
            written.map(Some)
        }
        "patch" => {
            let directives = directives(operation.remove("patch_directives"))?;
            let written = crud::apply::<R, H>(ctx, id, &directives, None).await;
            written.map(Some)
        }
        "delete" if allowed == Allowed::All => {
            let record = ctx.store.require::<R>(id).await?;
            client_write::delete::<R, H>(ctx, &record)
                .await
                .map(|()| None)
        }
        _ if allowed == Allowed::ChangesOnly => {
            Err(Error::invalid("/operation", "must be update or patch"))
        }
        _ => Err(Error::invalid(
            "/operation",
            "must be create, update, patch or delete",
        )),
    }
}

/// The members of one operation, as the documents name them.
fn check_members(name: &str, id: &str, operation: &Map<String, Value>) -> Result<()> {
    let mut problems = Problems::default();
    let known = ["operation", "id", "object", "patch_directives"];
    for member in operation.keys().filter(|m| !known.contains(&m.as_str())) {
        problems.add(
            format!("/{}", model::schema::escape(member)),
            "is not a field of an operation",
        );
    }
    if id.is_empty() && matches!(name, "update" | "patch" | "delete") {
        problems.add("/id", format!("is required to {name}"));
    }
    if name == "create" && !id.is_empty() {
        problems.add("/id", "is generated: leave it out");
    }
    problems.into_result()
}

/// An array, or an object keyed "0", "1", … as the documents' sample shows.
fn directives(value: Option<Value>) -> Result<Value> {
    match value {
        Some(Value::Array(list)) => Ok(Value::Array(list)),
        Some(Value::Object(keyed)) => {
            let mut list: Vec<(usize, Value)> = Vec::new();
            for (key, directive) in keyed {
                let place = key.parse().map_err(|_| {
                    Error::invalid(
                        "/patch_directives",
                        "must be an array, or an object keyed 0, 1, 2 …",
                    )
                })?;
                list.push((place, directive));
            }
            // By number: JSON keys come sorted as texts, "10" before "2".
            list.sort_by_key(|(place, _)| *place);
            Ok(Value::Array(
                list.into_iter().map(|(_, directive)| directive).collect(),
            ))
        }
        _ => Err(Error::invalid("/patch_directives", "is required for patch")),
    }
}
