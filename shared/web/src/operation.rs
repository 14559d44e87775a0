//! What an operation is. The router serves it and `infra/openapi.json` describes
//! it from the same line, so neither can say what the other does not.

use axum::http::Method;
use model::field::{FieldDef, TEXT};
use model::{Schema, Scope};

/// What a request's body holds.
#[derive(Clone, Copy)]
pub enum RequestBody {
    Nothing,
    /// A record as clients write it: what the server owns may be left out.
    Record(&'static Schema),
    /// Exactly these fields.
    Fields(&'static Schema),
    /// An array of RFC 6902 directives.
    Patch,
    /// `{operations: […]}` on records of this kind.
    Batch(&'static Schema),
    /// Any JSON object: several shapes are taken, and the summary names them.
    Object,
}

/// What a 200 holds.
#[derive(Clone, Copy)]
pub enum ResponseBody {
    Record(&'static Schema),
    /// A record that is not saved: what a client would write.
    Draft(&'static Schema),
    /// A bare array, the next key in the header `x-last-evaluated-key`.
    List(&'static Schema),
    /// `{Count, Items, LastEvaluatedKey}`
    Page(&'static Schema),
    /// `{Items, LastEvaluatedKey}`
    Found(&'static Schema),
    /// `{success_count, error_count, results}`
    Batch(&'static Schema),
    /// An object of exactly these fields.
    Fields(&'static Schema),
    /// A page of such objects.
    FieldsPage(&'static Schema),
    /// A JSON string, such as the id of what was deleted.
    Text,
    Nothing,
    /// A CSV file, or a 303 to one that is too large for an answer.
    Csv,
}

/// One line of the API.
#[derive(Clone)]
pub struct Operation {
    pub method: Method,
    /// As axum and OpenAPI both write it: `/types/{tenantId}/{id}`.
    pub path: String,
    /// What a caller's token must hold.
    pub scope: Scope,
    /// Whether a member's own token will do instead.
    pub or_member: bool,
    /// At most six words, the first an imperative verb.
    pub summary: String,
    pub description: String,
    /// Whether it stands beside what the API's publisher documents of its group.
    pub is_addition: bool,
    pub query: &'static [FieldDef],
    pub body: RequestBody,
    pub response: ResponseBody,
}

pub const FIELDS: FieldDef = FieldDef::new("fields", TEXT)
    .about("Names of the fields to answer with, separated by commas; dotted paths go inside objects. All when left out; `id` always.");
const CONSISTENT: FieldDef = FieldDef::new("consistentRead", TEXT)
    .about("Any text: read what was written last, not what was written a moment ago.");
pub const START: FieldDef = FieldDef::new("exclusiveStartKey", TEXT)
    .about("The last page's key, as it was answered, for the page after it.");
const FIELDS_TO_RETURN: FieldDef = FieldDef::new("fieldsToReturn", TEXT)
    .about("As `fields` elsewhere: names separated by commas.");

/// The parameters of reading one record.
pub const READ: &[FieldDef] = &[FIELDS, CONSISTENT];
/// The parameters of looking up pages of records.
pub const LOOK_UP: &[FieldDef] = &[FIELDS, START];
/// The parameters of a search.
pub const SEARCH: &[FieldDef] = &[START, FIELDS_TO_RETURN];
/// The parameters of a look-up that one page answers.
pub const ONE_PAGE: &[FieldDef] = &[FIELDS];

impl Operation {
    pub fn get(path: impl Into<String>) -> Operation {
        Operation::new(Method::GET, path, Scope::Read)
    }

    pub fn post(path: impl Into<String>, scope: Scope) -> Operation {
        Operation::new(Method::POST, path, scope)
    }

    pub fn put(path: impl Into<String>, scope: Scope) -> Operation {
        Operation::new(Method::PUT, path, scope)
    }

    pub fn patch(path: impl Into<String>, scope: Scope) -> Operation {
        Operation::new(Method::PATCH, path, scope).body(RequestBody::Patch)
    }

    pub fn delete(path: impl Into<String>, scope: Scope) -> Operation {
        Operation::new(Method::DELETE, path, scope).response(ResponseBody::Text)
    }

    fn new(method: Method, path: impl Into<String>, scope: Scope) -> Operation {
        Operation {
            method,
            path: path.into(),
            scope,
            or_member: false,
            summary: String::new(),
            description: String::new(),
            is_addition: false,
            query: &[],
            body: RequestBody::Nothing,
            response: ResponseBody::Nothing,
        }
    }

    pub fn scope(self, scope: Scope) -> Operation {
        Operation { scope, ..self }
    }

    /// A member's own token, which carries a contact and no scope, will do too:
    /// what is theirs is the handler's to decide.
    pub fn or_member(self) -> Operation {
        Operation {
            or_member: true,
            ..self
        }
    }

    /// What it is called in the reference, and what a reader would not guess.
    pub fn about(self, summary: impl Into<String>, description: impl Into<String>) -> Operation {
        Operation {
            summary: summary.into(),
            description: description.into(),
            ..self
        }
    }

    /// Of this project's own making: the documents of its group do not have it.
    pub fn addition(self) -> Operation {
        Operation {
            is_addition: true,
            ..self
        }
    }

    pub fn query(self, query: &'static [FieldDef]) -> Operation {
        Operation { query, ..self }
    }

    pub fn body(self, body: RequestBody) -> Operation {
        Operation { body, ..self }
    }

    pub fn response(self, response: ResponseBody) -> Operation {
        Operation { response, ..self }
    }

    /// Whether an `Idempotency-Key` is taken: a POST that only reads may be sent
    /// again as it is.
    pub fn takes_idempotency_key(&self) -> bool {
        self.method == Method::POST && self.scope != Scope::Read
    }

    /// The group it stands in: the first segment of its path.
    pub fn group(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}
