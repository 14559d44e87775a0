//! `POST /{resource}/{tenantId}/batch`: up to 100 operations, each on its own.

mod together;

use crate::body::{Json, object};
use crate::context::Ctx;
use crate::crud;
use crate::edge::{self, Hooks};
use crate::error::{Failure, envelope, status};
use crate::reply;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use model::resource::{ID_FIELD, Resource};
use model::{Error, Problems, Record, Result};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use together::{Wanted, Wish};

/// Operations in one batch.
pub const OPERATIONS_MAX: usize = 100;
/// Operations under way at once.
const PARALLEL: usize = 8;

/// Bytes of objects in one answer: Lambda allows 6 MB in all.
const ANSWER_BYTES: usize = 4_000_000;

/// What a resource allows in a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Allows {
    Everything,
    /// Records that are neither made nor deleted by clients.
    ChangesOnly,
}

pub async fn run<R: Resource, H: Hooks<R>>(
    ctx: Ctx,
    Json(body): Json,
) -> std::result::Result<Response, Failure> {
    run_allowing::<R, H>(ctx, body, Allows::Everything).await
}

pub async fn run_changes<R: Resource, H: Hooks<R>>(
    ctx: Ctx,
    Json(body): Json,
) -> std::result::Result<Response, Failure> {
    run_allowing::<R, H>(ctx, body, Allows::ChangesOnly).await
}

async fn run_allowing<R: Resource, H: Hooks<R>>(
    mut ctx: Ctx,
    body: Value,
    allows: Allows,
) -> std::result::Result<Response, Failure> {
    ctx.in_batch = true;
    let operations = operations(body)?;
    let labels: Vec<[String; 2]> = operations.iter().map(label).collect();
    let (together, alone) = split::<R, H>(operations);
    let outcomes = carry_out::<R, H>(&ctx, together, alone, allows).await;
    let told = labels.iter().zip(outcomes);
    let mut results: Vec<Value> = told
        .map(|(label, outcome)| tell::<R>(label, outcome))
        .collect();
    shorten(&mut results);
    let succeeded = results
        .iter()
        .filter(|result| result["success"] == true)
        .count();
    let answer = json!({ "success_count": succeeded, "error_count": results.len() - succeeded, "results": results });
    Ok(axum::Json(answer).into_response())
}

/// Leaves out the objects that no longer fit into an answer: what was done is
/// told all the same, and the records can be read.
fn shorten(results: &mut [Value]) {
    let mut bytes = 0;
    for object in results.iter_mut().filter_map(Value::as_object_mut) {
        bytes += object.get("object").map_or(0, model::patch::size_of);
        if bytes > ANSWER_BYTES {
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

/// What an operation calls itself: its kind and the record's id.
fn label(operation: &Map<String, Value>) -> [String; 2] {
    ["operation", "id"].map(|name| {
        let text = operation.get(name).and_then(Value::as_str);
        text.unwrap_or("").to_owned()
    })
}

/// An operation as it was sent.
type Sent = Map<String, Value>;

/// Something and its place in the batch.
type Placed<T> = (usize, T);

/// The changes of distinct records, which need few requests, and the rest.
fn split<R: Resource, H: Hooks<R>>(
    operations: Vec<Sent>,
) -> (Vec<Placed<Wanted>>, Vec<Placed<Sent>>) {
    let mut named: HashMap<String, usize> = HashMap::new();
    for operation in &operations {
        let [_, id] = label(operation);
        *named.entry(id).or_default() += 1;
    }
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for (place, operation) in operations.into_iter().enumerate() {
        let [_, id] = label(&operation);
        let distinct = named.get(&id) == Some(&1);
        match change(&operation).filter(|_| distinct && !H::SAVES_ONE_BY_ONE) {
            Some(change) => together.push((place, Wanted { id, change })),
            None => alone.push((place, operation)),
        }
    }
    (together, alone)
}

/// The change an operation asks for, if it is a well-formed one.
fn change(operation: &Map<String, Value>) -> Option<Wish> {
    let [name, id] = label(operation);
    check_members(&name, &id, operation).ok()?;
    match name.as_str() {
        "update" => object(operation.get("object")?.clone())
            .ok()
            .map(Wish::Replace),
        "patch" => directives(operation.get("patch_directives").cloned())
            .ok()
            .map(Wish::Patch),
        _ => None,
    }
}

type Outcome = Result<Option<Record>>;

async fn carry_out<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    together: Vec<Placed<Wanted>>,
    alone: Vec<Placed<Sent>>,
    allows: Allows,
) -> Vec<Outcome> {
    let (places, wanted): (Vec<usize>, Vec<Wanted>) = together.into_iter().unzip();
    let singly = alone.into_iter().map(|(place, operation)| async move {
        (place, one::<R, H>(ctx, place, operation, allows).await)
    });
    let singly = futures::stream::iter(singly)
        .buffered(PARALLEL)
        .collect::<Vec<_>>();
    let (changed, mut outcomes) =
        futures::join!(together::change::<R, H>(ctx, &wanted, PARALLEL), singly);
    let changed = changed.into_iter().map(|outcome| outcome.map(Some));
    outcomes.extend(places.into_iter().zip(changed));
    outcomes.sort_by_key(|(place, _)| *place);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn tell<R: Resource>([name, id]: &[String; 2], outcome: Outcome) -> Value {
    match outcome {
        Ok(record) => {
            let id = record
                .as_ref()
                .map_or(id.as_str(), |record| record.text(ID_FIELD));
            let mut result = json!({ "id": id, "operation": name, "success": true, "status": 200 });
            if let Some(record) = &record {
                result["object"] = reply::shown::<R>(record, None);
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

async fn one<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    place: usize,
    mut operation: Map<String, Value>,
    allows: Allows,
) -> Outcome {
    let [name, id] = label(&operation);
    let (name, id) = (name.as_str(), id.as_str());
    check_members(name, id, &operation)?;
    let needs_object = || Error::invalid("/object", "is required for create and update");
    match name {
        "create" if allows == Allows::Everything => {
            let body = object(operation.remove("object").ok_or_else(needs_object)?)?;
            let made = edge::create::<R, H>(ctx, ctx.new_id(place), body).await;
            made.map(Some)
        }
        "update" => {
            let body = object(operation.remove("object").ok_or_else(needs_object)?)?;
            let before = ctx.store.require::<R>(id).await?;
            let written = edge::replace::<R, H>(ctx, &before, body, None).await;
            written.map(Some)
        }
        "patch" => {
            let directives = directives(operation.remove("patch_directives"))?;
            let written = crud::apply::<R, H>(ctx, id, &directives, None).await;
            written.map(Some)
        }
        "delete" if allows == Allows::Everything => {
            let record = ctx.store.require::<R>(id).await?;
            edge::delete::<R, H>(ctx, &record).await.map(|()| None)
        }
        _ if allows == Allows::ChangesOnly => {
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
            list.sort_by_key(|(place, _)| *place);
            Ok(Value::Array(
                list.into_iter().map(|(_, directive)| directive).collect(),
            ))
        }
        _ => Err(Error::invalid("/patch_directives", "is required for patch")),
    }
}
