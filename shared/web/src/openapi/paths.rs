//! The paths of the document: an entry for each operation.

use super::names::{input_name, reference};
use crate::idempotency::KEY_MAX;
use crate::operation::{Operation, RequestBody, ResponseBody};
use axum::http::Method;
use model::Schema;
use model::field::{FieldDef, Presence};
use serde_json::{Map, Value, json};

/// Every refusal an operation may answer with, by the status and when.
const REFUSALS: [(&str, &str, &str); 7] = [
    (
        "400",
        "Invalid",
        "The request breaks rules; each names its field.",
    ),
    (
        "401",
        "Unauthenticated",
        "No token, or none that can be verified.",
    ),
    (
        "403",
        "Forbidden",
        "Not this tenant's token, not the scope, or a locked record.",
    ),
    ("404", "NotFound", "No such record in this tenant."),
    (
        "409",
        "Conflict",
        "It clashes with what is stored: a stale version, a reference to nothing, something still in use, or an Idempotency-Key that was used for another body.",
    ),
    (
        "429",
        "Throttled",
        "Too much at once: come back after `Retry-After` seconds.",
    ),
    ("500", "Failed", "Something went wrong on our side."),
];

pub fn paths(operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let path = paths
            .entry(operation.path.clone())
            .or_insert_with(|| json!({ "parameters": path_parameters(&operation.path) }));
        path[operation.method.as_str().to_lowercase()] = describe(operation);
    }
    Value::Object(paths)
}

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation_id(operation),
        "tags": [operation.group()],
        "summary": operation.summary,
        "description": description(operation),
        "security": security(operation),
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Some(body) = body(&operation.body) {
        // A search without a body finds everything.
        let required =
            !matches!(operation.response, ResponseBody::Found(_)) && !is_optional(&operation.body);
        described["requestBody"] =
            json!({ "required": required, "content": { "application/json": { "schema": body } } });
    }
    described
}

/// A member's own token has no scope.
fn security(operation: &Operation) -> Vec<Value> {
    let mut security = vec![json!({ "token": [operation.scope.to_string()] })];
    if operation.or_member {
        security.push(json!({ "token": [] }));
    }
    security
}

fn description(operation: &Operation) -> String {
    let addition = match operation.is_addition {
        true => " *An addition of this project.*",
        false => "",
    };
    format!("{}{addition}", operation.description)
}

/// `types_create`, `memberships_contact`, `billingRuns_refresh`.
fn operation_id(operation: &Operation) -> String {
    let fixed: Vec<&str> = operation
        .path
        .split('/')
        .skip(2)
        .filter(|segment| !segment.is_empty() && !segment.starts_with('{'))
        .collect();
    let whole = !operation.path.ends_with("/{id}");
    let name = match (fixed.is_empty(), operation.method.as_str()) {
        (false, _) => fixed.join("_"),
        (true, "POST") => "create".into(),
        (true, "GET") if matches!(operation.response, ResponseBody::List(_)) && whole => {
            "list".into()
        }
        (true, "GET") => "get".into(),
        (true, "PUT") => "replace".into(),
        (true, method) => method.to_lowercase(),
    };
    format!("{}_{name}", operation.group())
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split(['{', '}']).skip(1).step_by(2);
    names
        .map(|name| {
            let schema = match name {
                "tenantId" => json!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$" }),
                _ => json!({ "type": "string", "minLength": 1 }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let query = operation.query.iter().map(|field| {
        let schema = match field.kind {
            model::Kind::Choice(names) => json!({ "type": "string", "enum": names }),
            _ => json!({ "type": "string" }),
        };
        json!({ "name": field.name, "in": "query", "required": false, "schema": schema, "description": field.about })
    });
    query.chain(header(operation)).collect()
}

fn header(operation: &Operation) -> Option<Value> {
    if operation.takes_idempotency_key() {
        return Some(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": KEY_MAX },
            "description": "Any text of the caller's: for a day the request is carried out once, however often it is sent with it.",
        }));
    }
    matches!(operation.method, Method::PUT | Method::PATCH | Method::DELETE).then(|| {
        json!({
            "name": "If-Match", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "The `ETag` of the version that is to be changed or deleted; if the record has another by now, a 409.",
        })
    })
}

/// None of the fields has to be there, so the body need not either.
fn is_optional(body: &RequestBody) -> bool {
    let needed = |field: &FieldDef| field.presence == Presence::Required;
    matches!(body, RequestBody::Fields(schema) if !schema.fields().any(needed))
}

fn body(body: &RequestBody) -> Option<Value> {
    Some(match body {
        RequestBody::Nothing => return None,
        RequestBody::Record(schema) => reference(&input_name(schema)),
        RequestBody::Fields(schema) => reference(schema.title),
        RequestBody::Patch => reference("Patch"),
        RequestBody::Object => json!({ "type": "object" }),
        RequestBody::Batch(schema) => batch(schema),
    })
}

/// An operation that is not well formed spoils no other, so it is no reason to
/// refuse the batch, and the items are described, not prescribed.
fn batch(schema: &Schema) -> Value {
    let object = format!(
        "For create and update: see `{}`. An update names the `sys_version` it was made from.",
        input_name(schema)
    );
    json!({
        "type": "object",
        "required": ["operations"],
        "properties": { "operations": {
            "type": "array",
            "maxItems": crate::batch::OPERATIONS_MAX,
            "items": {
                "type": "object",
                "properties": {
                    "operation": { "description": "`create`, `update`, `patch` or `delete`." },
                    "id": { "description": "Which record; not for create." },
                    "object": { "description": object },
                    "patch_directives": { "description": "For patch: an array of RFC 6902 directives, or an object keyed 0, 1, 2 …" },
                },
            },
        }},
        "additionalProperties": false,
        "examples": [{ "operations": [{
            "operation": "patch", "id": "an-id",
            "patch_directives": [{ "op": "replace", "path": "/name", "value": "A new name" }],
        }]}],
    })
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    responses.insert("200".into(), success(operation));
    if matches!(operation.response, ResponseBody::Csv) {
        responses.insert("303".into(), elsewhere());
    }
    let changes = operation.method != Method::GET;
    for (status, name, _) in REFUSALS {
        // A GET meets nothing that it could conflict with.
        if status != "409" || changes {
            let refusal = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.insert(status.into(), refusal);
        }
    }
    Value::Object(responses)
}

fn success(operation: &Operation) -> Value {
    let mut headers = json!({ "x-request-id": { "$ref": "#/components/headers/RequestId" } });
    let schema = match operation.response {
        ResponseBody::Nothing => {
            return json!({ "description": "Done; no body.", "headers": headers });
        }
        ResponseBody::Csv => {
            let csv = json!({ "text/csv": { "schema": { "type": "string" } } });
            return json!({ "description": "A CSV file.", "headers": headers, "content": csv });
        }
        ResponseBody::Record(schema) => {
            headers["etag"] = json!({ "$ref": "#/components/headers/ETag" });
            reference(schema.title)
        }
        ResponseBody::Draft(schema) => reference(&input_name(schema)),
        ResponseBody::Fields(schema) => reference(schema.title),
        ResponseBody::List(schema) => {
            headers["x-last-evaluated-key"] =
                json!({ "$ref": "#/components/headers/LastEvaluatedKey" });
            json!({ "type": "array", "items": reference(schema.title) })
        }
        ResponseBody::Page(schema) | ResponseBody::FieldsPage(schema) => page(schema, true),
        ResponseBody::Found(schema) => page(schema, false),
        ResponseBody::Batch(schema) => outcomes(schema),
        ResponseBody::Text => json!({ "type": "string" }),
    };
    json!({ "description": "Done.", "headers": headers, "content": { "application/json": { "schema": schema } } })
}

fn elsewhere() -> Value {
    json!({
        "description": "Too large for an answer: where it is, or where it goes on.",
        "headers": {
            "x-request-id": { "$ref": "#/components/headers/RequestId" },
            "location": { "$ref": "#/components/headers/Location" },
        },
    })
}

fn page(schema: &Schema, counted: bool) -> Value {
    let mut page = json!({
        "type": "object",
        "required": ["Items", "LastEvaluatedKey"],
        "properties": {
            "Items": { "type": "array", "items": reference(schema.title) },
            "LastEvaluatedKey": { "type": ["string", "null"], "description": "Null on the last page." },
        },
        "additionalProperties": false,
    });
    if counted {
        page["required"] = json!(["Count", "Items", "LastEvaluatedKey"]);
        page["properties"]["Count"] =
            json!({ "type": "integer", "description": "Items on this page." });
    }
    page
}

fn outcomes(schema: &Schema) -> Value {
    json!({
        "type": "object",
        "required": ["success_count", "error_count", "results"],
        "properties": {
            "success_count": { "type": "integer" },
            "error_count": { "type": "integer" },
            "results": { "type": "array", "items": {
                "type": "object",
                "required": ["id", "operation", "success", "status"],
                "properties": {
                    "id": { "type": "string" },
                    "operation": { "type": "string" },
                    "success": { "type": "boolean" },
                    "status": { "type": "integer", "description": "As the single operation would answer." },
                    "object": reference(schema.title),
                    "error": { "type": "string" },
                    "errors": { "type": "array", "items": reference("Problem") },
                },
                "additionalProperties": false,
            }},
        },
        "additionalProperties": false,
    })
}

/// The refusals as components.
pub fn refusals() -> Value {
    let described = REFUSALS.iter().map(|(status, name, about)| {
        let mut response = json!({
            "description": about,
            "headers": { "x-request-id": { "$ref": "#/components/headers/RequestId" } },
            "content": { "application/json": { "schema": reference("Error") } },
        });
        if *status == "429" {
            response["headers"]["retry-after"] =
                json!({ "$ref": "#/components/headers/RetryAfter" });
        }
        ((*name).to_owned(), response)
    });
    Value::Object(described.collect())
}

pub fn headers() -> Value {
    let text = |about: &str| json!({ "schema": { "type": "string" }, "description": about });
    json!({
        "RequestId": text("The request's id, as logs have it."),
        "ETag": text("The record's version, for If-Match."),
        "LastEvaluatedKey": text("Where the next page begins; absent on the last one."),
        "Location": text("An address, absolute or of this API."),
        "RetryAfter": { "schema": { "type": "integer" }, "description": "Seconds." },
    })
}
