//! Every documented operation is there, and nothing else but what is marked.

use super::{DESCRIPTION, GROUPS, list, text};
use crate::successes::LATER;
use serde_json::Value;
use std::collections::BTreeSet;

fn name(operation: &Value) -> String {
    format!("{} {}", text(operation, "method"), text(operation, "path"))
}

fn documented() -> impl Iterator<Item = &'static Value> {
    GROUPS.iter().flat_map(|group| list(group, "operations"))
}

/// The description of a documented operation.
fn described(operation: &Value) -> &'static Value {
    &DESCRIPTION["paths"][text(operation, "path")][text(operation, "method").to_lowercase()]
}

fn built() -> impl Iterator<Item = &'static Value> {
    documented().filter(|operation| !described(operation).is_null())
}

#[test]
fn every_documented_operation_is_there_but_for_those_of_later() {
    let all: BTreeSet<String> = documented().map(name).collect();
    assert_eq!(all.len(), 58);
    for later in LATER {
        assert!(all.contains(later), "{later} is no documented operation");
    }
    let missing: Vec<String> = documented()
        .filter(|operation| described(operation).is_null())
        .map(name)
        .collect();
    assert_eq!(missing, sorted(LATER));
}

fn sorted<const N: usize>(names: [&str; N]) -> Vec<String> {
    // In the order of the contract: by group, path and method.
    let wanted: BTreeSet<&str> = names.into();
    documented()
        .map(name)
        .filter(|name| wanted.contains(name.as_str()))
        .collect()
}

#[test]
fn what_is_not_documented_is_marked_as_an_addition() {
    let known: BTreeSet<String> = documented().map(name).collect();
    let groups = [
        "applications",
        "memberships",
        "billingNotices",
        "billingRuns",
        "billingRunActions",
    ];
    for operation in api::operations() {
        let name = format!("{} {}", operation.method, operation.path);
        if groups.contains(&operation.group()) {
            assert_eq!(
                operation.is_addition,
                !known.contains(&name),
                "{name} is an .addition() if no document has it"
            );
        }
    }
}

#[test]
fn every_documented_parameter_is_taken() {
    for operation in built() {
        let taken: Vec<&Value> = list(described(operation), "parameters").collect();
        for wanted in list(operation, "query") {
            let found = taken.iter().find(|taken| taken["name"] == wanted["name"]);
            let Some(found) = found else {
                panic!("{} takes no {wanted}", name(operation));
            };
            assert_eq!(
                found["schema"]["enum"],
                wanted["enum"],
                "{} {wanted}",
                name(operation)
            );
        }
    }
}

#[test]
fn every_documented_status_is_described() {
    for operation in built() {
        for status in list(operation, "statuses") {
            let responses = &described(operation)["responses"];
            assert!(
                !responses[status.to_string()].is_null(),
                "{} {status}",
                name(operation)
            );
        }
    }
}

/// The bodies that are no records: search criteria and the like.
#[test]
fn every_documented_criterion_is_taken() {
    for operation in built() {
        let place = &described(operation)["requestBody"]["content"]["application/json"]["schema"];
        let named = text(place, "$ref").trim_start_matches('#');
        let schema = DESCRIPTION.pointer(named).unwrap_or(place);
        for wanted in list(operation, "criteria").chain(list(operation, "body")) {
            let field = &schema["properties"][text(wanted, "name")];
            assert!(!field.is_null(), "{} takes no {wanted}", name(operation));
            if let Some(exact) = wanted["exact_items"].as_u64() {
                assert_eq!(field["minItems"], exact, "{} {wanted}", name(operation));
                assert_eq!(field["maxItems"], exact, "{} {wanted}", name(operation));
            }
        }
    }
}
