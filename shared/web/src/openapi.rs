//! The OpenAPI document of a list of operations: 3.1, and 3.0 made of it. Everything in it comes from
//! the operations and the schemas that requests are checked by.

mod example;
mod names;
mod older;
mod paths;
mod schema;

pub use older::to_3_0;

use crate::operation::{Operation, RequestBody, ResponseBody};
use names::{SYSTEM_FIELDS, input_name, reference};
use schema::{input, output, system_fields};
use serde_json::{Map, Value, json};

const DESCRIPTION: &str = "\
The back end that associations run their memberships on: applications, memberships, billing \
notices, billing runs and what a run does to each member.

**Callers.** `Authorization: Bearer <token>`. A token is good for one tenant, which every path names, \
and carries scopes: `read`, `write`, `billing`, `admin` (everything). Each operation names the scope it needs.

**Pages.** A page has at most 100 items. While there is more, an answer carries a key \
(`LastEvaluatedKey`, or the header `x-last-evaluated-key` where the answer is a bare array); send it as \
`exclusiveStartKey` for the next page, with everything else unchanged.

**Parameters.** A query parameter that an operation does not name is refused with a 400.

**Changes.** A PUT names the version it was made from, in `sys_version` or as `If-Match` with the `ETag` \
that was answered; a PATCH and a DELETE may, as `If-Match`. A POST with an `Idempotency-Key` is carried out once for a day, however \
often it is sent.

**Errors.** `errors` names every field that is refused, as a JSON pointer, and the rule. A 429 says when to \
come back. The `request_id` helps us find out what happened.

Fields marked *guessed* are not shown by the documents this API follows: their names or types may change.";

/// A group of operations: the first segment of their paths, and what it holds.
pub type Group = (&'static str, &'static str);

/// The document. `groups` stand in it in their order.
pub fn document(operations: &[Operation], groups: &[Group]) -> Value {
    let mut schemas = fixed_schemas();
    for operation in operations {
        add_schemas(operation, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Membership API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "MIT", "identifier": "MIT" },
            // The release of the IANA data by which days and schedules are reckoned.
            "x-time-zone-data": model::zone::RELEASE,
        },
        "servers": [{ "url": "/" }],
        "tags": groups.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect::<Vec<_>>(),
        "paths": paths::paths(operations),
        "components": {
            "schemas": schemas,
            "responses": paths::refusals(),
            "headers": paths::headers(),
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "A token of one tenant; the scopes an operation needs stand beside it.",
            }},
        },
    })
}

fn add_schemas(operation: &Operation, schemas: &mut Map<String, Value>) {
    match operation.body {
        RequestBody::Record(schema) | RequestBody::Batch(schema) => {
            schemas.insert(input_name(schema), input(schema));
        }
        RequestBody::Fields(schema) => {
            schemas.insert(schema.title.to_owned(), input(schema));
        }
        RequestBody::Nothing | RequestBody::Patch | RequestBody::Object => {}
    }
    match operation.response {
        ResponseBody::Record(schema)
        | ResponseBody::List(schema)
        | ResponseBody::Page(schema)
        | ResponseBody::Found(schema)
        | ResponseBody::Batch(schema)
        | ResponseBody::Fields(schema)
        | ResponseBody::FieldsPage(schema) => {
            schemas.insert(schema.title.to_owned(), output(schema));
        }
        ResponseBody::Draft(schema) => {
            schemas.insert(input_name(schema), input(schema));
        }
        ResponseBody::Text | ResponseBody::Nothing | ResponseBody::Csv => {}
    }
}

/// The shapes that no resource has.
fn fixed_schemas() -> Map<String, Value> {
    let fixed = json!({
        "Error": {
            "type": "object",
            "description": "A refusal. The gateway's own have only a `message`.",
            "required": ["message"],
            "properties": {
                "code": { "type": "string", "description": "One word for programs." },
                "message": { "type": "string" },
                "errors": { "type": "array", "items": reference("Problem") },
                "request_id": { "type": "string" },
            },
            "additionalProperties": false,
        },
        (SYSTEM_FIELDS): system_fields(),
        "Ignored": { "description": "Maintained by the server. In a request it is ignored; `sys_version` may name the version that a PUT was made from." },
        "Problem": {
            "type": "object",
            "required": ["path", "message"],
            "properties": {
                "path": { "type": "string", "description": "A JSON pointer to the field, or the name of a parameter." },
                "message": { "type": "string", "description": "The rule." },
            },
            "additionalProperties": false,
        },
        "Patch": {
            "type": "array",
            "description": "RFC 6902.",
            "maxItems": model::patch::OPERATIONS_MAX,
            "items": {
                "type": "object",
                "required": ["op", "path"],
                "properties": {
                    "op": { "type": "string", "enum": ["add", "copy", "move", "remove", "replace", "test"] },
                    "path": { "type": "string", "description": "A JSON pointer." },
                    "from": { "type": "string", "description": "A JSON pointer, for copy and move." },
                    "value": { "description": "Any JSON, for add, replace and test." },
                },
            },
            "examples": [[{ "op": "replace", "path": "/name", "value": "A new name" }]],
        },
    });
    match fixed {
        Value::Object(schemas) => schemas,
        _ => Map::new(),
    }
}
