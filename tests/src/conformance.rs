//! Every answer in every test is held against the API's description: its status
//! and its shape have to be documented.

use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| api::document(api::OpenApi::Newer));

/// Validators by the schema's place in the document: making one takes long.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// # Panics
/// When the answer is not one that the operation documents.
#[track_caller]
pub fn check(method: &str, path: &str, answer: &Value) {
    let status = answer["statusCode"].to_string();
    let Some((template, operation)) = operation(method, path) else {
        assert!(
            matches!(status.as_str(), "400" | "401" | "403" | "404"),
            "{method} {path} is not described and answers {status}"
        );
        return;
    };
    let responses = format!("/paths/{}/{operation}/responses", escape(&template));
    let place = resolve(&format!("{responses}/{status}"));
    assert!(
        DOCUMENT.pointer(&place).is_some(),
        "{method} {template} answers {status}, which is not described"
    );
    let Some(described) = DOCUMENT.pointer(&format!("{place}/content")) else {
        return assert_eq!(
            answer["body"].as_str().unwrap_or_default(),
            "",
            "{method} {template}"
        );
    };
    if described.get("application/json").is_none() {
        return;
    }
    let body = answer["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).expect("a body of JSON");
    let schema = format!("{place}/content/application~1json/schema");
    let errors: Vec<String> = validator(&schema)
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{method} {template} {status}: {errors:#?}\n{body:#}"
    );
}

/// The described path that `path` is of, and the method's name there.
pub fn operation(method: &str, path: &str) -> Option<(String, String)> {
    let method = method.to_lowercase();
    let paths = DOCUMENT["paths"].as_object()?;
    let mut matching: Vec<&String> = paths
        .iter()
        .filter(|(template, described)| described.get(&method).is_some() && is_of(template, path))
        .map(|(template, _)| template)
        .collect();
    // Where a name and a parameter both fit, the name does.
    matching.sort_by_key(|template| template.matches('{').count());
    matching
        .first()
        .map(|template| ((*template).clone(), method))
}

fn is_of(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(part, given)| part == given || (part.starts_with('{') && !given.is_empty()))
}

/// Where a reference leads, if there is one.
fn resolve(place: &str) -> String {
    let named = DOCUMENT
        .pointer(place)
        .and_then(|found| found["$ref"].as_str());
    named.map_or_else(
        || place.to_owned(),
        |name| name.trim_start_matches('#').to_owned(),
    )
}

fn escape(template: &str) -> String {
    template.replace('/', "~1")
}

/// The validator of a schema of the document.
pub fn validator(place: &str) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().expect("no test has failed in here");
    let made = known.entry(place.to_owned()).or_insert_with(|| {
        let mut schema = DOCUMENT.pointer(place).cloned().unwrap_or(json!(false));
        schema["components"] = DOCUMENT["components"].clone();
        Arc::new(
            jsonschema::draft202012::options()
                .should_validate_formats(true)
                .build(&schema)
                .expect("a schema"),
        )
    });
    made.clone()
}
