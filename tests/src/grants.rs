//! What functions ask of the database, and what the template allows each to ask.

use crate::intercept::{Fault, Interceptor, operation};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use yaml_serde::Value as Yaml;

/// An IAM action on a table, an index of it, or the part of the ledger where
/// answers to an `Idempotency-Key` are kept.
pub type Grant = (String, String);

/// Where those answers are.
const IDEMPOTENCY_KEYS: &str = "ledger, #idempotency# only";

/// Notes what goes over a connection.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<BTreeSet<Grant>>);

impl Recorder {
    /// What was asked for since this was last called.
    pub fn take(&self) -> BTreeSet<Grant> {
        std::mem::take(&mut *self.0.lock().expect("no panic before"))
    }
}

impl Interceptor for Recorder {
    fn fault(&self, request: &HttpRequest) -> Fault {
        let body = request.body().bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(body).expect("a request of JSON");
        let asked = asked(operation(request), &body);
        self.0.lock().expect("no panic before").extend(asked);
        Fault::None
    }
}

/// The actions that IAM is asked about for a request.
fn asked(operation: &str, body: &Value) -> Vec<Grant> {
    let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
    match operation {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| grant(operation, table)).collect()
        }
        "TransactWriteItems" => {
            let writes = list("TransactItems");
            let writes = writes.iter().filter_map(Value::as_object).flatten();
            writes
                .map(|(kind, write)| match kind.as_str() {
                    "ConditionCheck" => grant("ConditionCheckItem", &text(write, "TableName")),
                    kind => grant(&format!("{kind}Item"), &text(write, "TableName")),
                })
                .collect()
        }
        "BatchExecuteStatement" => list("Statements")
            .iter()
            .map(|statement| partiql(&text(statement, "Statement")))
            .collect(),
        "Query" if body["IndexName"].is_string() => {
            let (table, index) = (text(body, "TableName"), text(body, "IndexName"));
            vec![grant("Query", &format!("{table}/index/{index}"))]
        }
        _ => {
            let key = [&body["Key"], &body["Item"]].map(|item| text(&item["_pk"], "S"));
            match key.iter().any(|key| key.contains("#idempotency#")) {
                true => vec![grant(operation, IDEMPOTENCY_KEYS)],
                false => vec![grant(operation, &text(body, "TableName"))],
            }
        }
    }
}

/// `UPDATE "memberships" …` is the action `PartiQLUpdate`.
fn partiql(statement: &str) -> Grant {
    let action = match statement.split_whitespace().next() {
        Some("UPDATE") => "PartiQLUpdate",
        Some("INSERT") => "PartiQLInsert",
        Some("DELETE") => "PartiQLDelete",
        Some("SELECT") => "PartiQLSelect",
        other => panic!("{other:?} is no PartiQL statement"),
    };
    let table = statement.split('"').nth(1).expect("a table in quotes");
    grant(action, table)
}

fn grant(action: &str, place: &str) -> Grant {
    (action.to_owned(), place.to_owned())
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// What the template's policies allow the function `logical_id`.
pub fn allowed(logical_id: &str) -> BTreeSet<Grant> {
    let template: Yaml = yaml_serde::from_str(local::tables::TEMPLATE).expect("a template");
    let policies = &template["Resources"][logical_id]["Properties"]["Policies"];
    let mut allowed = BTreeSet::new();
    for statement in many(policies).flat_map(|policy| many(&policy["Statement"])) {
        let keys_only = !statement["Condition"].is_null();
        for place in many(&statement["Resource"]).filter_map(place) {
            for action in many(&statement["Action"]).filter_map(Yaml::as_str) {
                let Some(action) = action.strip_prefix("dynamodb:") else {
                    continue;
                };
                if !keys_only {
                    allowed.insert(grant(action, &place));
                }
                if place == "ledger" {
                    allowed.insert(grant(action, IDEMPOTENCY_KEYS));
                }
            }
        }
    }
    allowed
}

/// A list, or the one value that stands in its place.
fn many(value: &Yaml) -> Box<dyn Iterator<Item = &Yaml> + '_> {
    match value {
        Yaml::Sequence(items) => Box::new(items.iter()),
        Yaml::Null => Box::new(std::iter::empty()),
        one => Box::new(std::iter::once(one)),
    }
}

/// `!GetAtt LedgerTable.Arn` or `!Sub "${LedgerTable.Arn}/index/by_membership"`
/// by the table's own name; `None` for what is no table.
fn place(resource: &Yaml) -> Option<String> {
    let Yaml::Tagged(tagged) = resource else {
        return None;
    };
    let target = tagged.value.as_str()?.trim_start_matches("${");
    let (logical_id, rest) = target.split_once(".Arn")?;
    let template = crate::template();
    let table = template
        .tables()
        .iter()
        .find(|t| t.logical_id == logical_id)?;
    Some(format!("{}{}", table.name, rest.trim_start_matches('}')))
}
