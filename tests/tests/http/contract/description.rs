//! `infra/openapi.json` is what the code says, and its examples hold.

use super::DESCRIPTION;
use api::OpenApi;
use serde_json::{Value, json};
use tests::conformance;
use tests::records::{a_run, an_application, with};

#[test]
fn the_checked_in_description_is_the_one_the_code_makes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap();
    assert!(
        checked_in == api::document_text(OpenApi::Newer),
        "infra/openapi.json is out of date. To mend it: cargo run -- openapi > infra/openapi.json"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let mut led = 0;
    each(&DESCRIPTION, "", &mut |place, value| {
        if let Some(name) = value["$ref"].as_str() {
            let target = name.trim_start_matches('#');
            assert!(DESCRIPTION.pointer(target).is_some(), "{place}: {name}");
            led += 1;
        }
    });
    assert!(led > 100, "{led}");
}

#[test]
fn examples_are_valid() {
    let mut valid = 0;
    each(&DESCRIPTION, "", &mut |place, value| {
        for example in value["examples"].as_array().into_iter().flatten() {
            let errors: Vec<String> = conformance::validator(place)
                .iter_errors(example)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{place}: {errors:#?}");
            valid += 1;
        }
    });
    assert!(valid > 10, "{valid}");
}

/// What only 3.1 knows; where a name is a field's it is none.
#[test]
fn the_older_form_says_what_it_can_and_nothing_else() {
    let older = api::document(OpenApi::Older);
    assert_eq!(older["openapi"], "3.0.3");
    let names = |document: &Value, place: &str| {
        let members = document.pointer(place).unwrap().as_object().unwrap();
        members.keys().cloned().collect::<Vec<_>>()
    };
    for place in ["/paths", "/components/schemas", "/components/responses"] {
        assert_eq!(names(&older, place), names(&DESCRIPTION, place));
    }
    let (mut nullable, mut examples) = (0, 0);
    each(&older, "", &mut |place, value| {
        if place.ends_with("/properties") || place.contains("/example") {
            return;
        }
        assert!(!value["type"].is_array(), "{place}");
        for keyword in ["unevaluatedProperties", "const", "examples", "identifier"] {
            assert!(value.get(keyword).is_none(), "{place}: {keyword}");
        }
        let siblings = value.as_object().map_or(0, serde_json::Map::len);
        assert!(
            value.get("$ref").is_none() || siblings == 1,
            "{place}: beside a $ref"
        );
        nullable += usize::from(value["nullable"] == true);
        examples += usize::from(value.get("example").is_some());
    });
    assert!(nullable > 1_000 && examples > 10, "{nullable} {examples}");
}

/// These bodies are accepted, so clients must be able to form them.
#[test]
fn what_the_server_fills_need_not_be_sent() {
    let run = with(a_run(), json!({ "id": null, "status": null }));
    for (schema, body) in [
        ("ApplicationInput", an_application()),
        ("BillingRunInput", run),
    ] {
        let described = conformance::validator(&format!("/components/schemas/{schema}"));
        let errors: Vec<String> = described
            .iter_errors(&body)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{schema}: {errors:#?}");
    }
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let mut ids = std::collections::BTreeSet::new();
    for operation in DESCRIPTION["paths"].as_object().unwrap().values() {
        for (method, described) in operation.as_object().unwrap() {
            if method != "parameters" {
                let id = described["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} twice");
            }
        }
    }
}

/// An answer off its schema fails whatever test it is given in.
#[test]
#[should_panic(expected = "Unevaluated properties are not allowed")]
fn an_answer_off_its_schema_is_noticed() {
    let body = json!({ "id": "t-1", "no_such_field": 1 }).to_string();
    let answer = json!({ "statusCode": 200, "body": body });
    conformance::check("GET", "/types/acme/t-1", &answer);
}

#[test]
#[should_panic(expected = "answers 418, which is not described")]
fn a_status_that_is_not_described_is_noticed() {
    conformance::check("GET", "/types/acme/t-1", &json!({ "statusCode": 418 }));
}

fn each(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(place, value);
    let below = |name: &str| format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                each(inner, &below(name), visit);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                each(inner, &below(&index.to_string()), visit);
            }
        }
        _ => {}
    }
}
