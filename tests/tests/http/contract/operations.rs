//! Every documented operation is there, and nothing else but what `infra/docs` lists.

use super::{DESCRIPTION, GROUPS, list, text};
use serde_json::Value;
use std::collections::BTreeSet;

/// Documented, and not built yet: their routes do not exist. This list only
/// shrinks.
const LATER: [&str; 10] = [
    "GET /memberships/{tenantId}/certificate/{id}",
    "GET /memberships/{tenantId}/idCard/{id}",
    "POST /applications/{tenantId}/generateApplication/{processId}/{ownerType}/{id}",
    "POST /applications/{tenantId}/generateOrder",
    "POST /memberships/{tenantId}/activate/{application_id}",
    "POST /memberships/{tenantId}/initiateSnapshotLookback",
    "POST /memberships/{tenantId}/previewCertificate",
    "POST /memberships/{tenantId}/previewGroupApplicationEmail",
    "POST /memberships/{tenantId}/previewIdCard/{id}",
    "POST /memberships/{tenantId}/reprocessFlowDown",
];

/// In the five groups beyond what is documented.
const ADDITIONS: [&str; 2] = [
    "GET /billingRuns/{tenantId}/{id}/explain/{membershipId}",
    "GET /billingRuns/{tenantId}/{id}/report",
];

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
fn every_documented_operation_is_there_but_for_the_ten_of_later() {
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
fn what_is_not_documented_is_listed_as_an_addition() {
    let listed = include_str!("../../../../infra/docs/additions.md");
    let known: BTreeSet<String> = documented().map(name).collect();
    let groups = [
        "applications",
        "memberships",
        "billingNotices",
        "billingRuns",
        "billingRunActions",
    ];
    let mut added = Vec::new();
    for operation in api::operations() {
        let name = format!("{} {}", operation.method, operation.path);
        if groups.contains(&operation.group()) && !known.contains(&name) {
            let (_, last) = operation.path.split_once("/{id}/").unwrap();
            let last = last.split('/').next().unwrap();
            assert!(
                listed.contains(&format!("/{last}")),
                "additions.md does not list {name}"
            );
            added.push(name);
        }
    }
    added.sort();
    assert_eq!(added, ADDITIONS);
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
