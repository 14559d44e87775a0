//! The file that is deployed, and what has to hold within it.

use std::collections::{BTreeMap, BTreeSet};

use yaml_serde::Value;

use super::{DEPLOYED, deployed, table};
use crate::template::{AttributeType, IndexDefinition, KeySchema, Projection, Substitution};

fn key(hash: &str, range: &str) -> KeySchema {
    KeySchema {
        hash: hash.to_owned(),
        range: Some(range.to_owned()),
    }
}

fn index(name: &str, hash: &str, range: &str, projection: Projection) -> IndexDefinition {
    IndexDefinition {
        name: name.to_owned(),
        key: key(hash, range),
        projection,
    }
}

#[test]
fn every_table_has_its_name_its_variable_and_the_common_key() {
    let template = deployed();
    let names = template.tables().iter().map(|table| {
        assert_eq!(table.key, key("_pk", "_sk"), "{}", table.logical_id);
        let mut keys = table.attributes.iter().take(2);
        assert!(keys.all(|key| key.kind == AttributeType::Text));
        (table.name.clone(), table.environment_variable())
    });
    let wanted = [
        ("memberships", "MEMBERSHIPS_TABLE"),
        ("applications", "APPLICATIONS_TABLE"),
        ("billing-notices", "BILLING_NOTICES_TABLE"),
        ("billing-runs", "BILLING_RUNS_TABLE"),
        ("billing-run-actions", "BILLING_RUN_ACTIONS_TABLE"),
        ("configuration", "CONFIGURATION_TABLE"),
        ("ledger", "LEDGER_TABLE"),
    ];
    let wanted = wanted.map(|(name, variable)| (name.to_owned(), variable.to_owned()));
    assert_eq!(names.collect::<Vec<_>>(), wanted);
}

#[test]
fn indexes_are_read_with_their_projections() {
    let by_membership = index(
        "by_membership",
        "_membership",
        "_sk",
        Projection::KeysOnly {},
    );
    let packed = |name: &str| Projection::Include {
        attributes: vec![name.to_owned()],
    };
    assert_eq!(
        table("MembershipsTable").indexes,
        [
            index("due", "_due_shard", "_due_on", packed("_due")),
            index("by_number", "_number_shard", "_number", packed("_search")),
            index("by_parent", "_parent", "_sk", Projection::All {}),
            index("by_order", "_order", "_sk", Projection::KeysOnly {}),
        ]
    );
    assert_eq!(
        table("ApplicationsTable").indexes,
        [
            index("by_owner", "_owner", "_sk", Projection::All {}),
            index("by_date", "_date_shard", "_date", packed("_search")),
        ]
    );
    assert_eq!(
        table("BillingRunsTable").indexes,
        [
            index("due_work", "_due_shard", "_due_at", Projection::KeysOnly {}),
            index("by_recurring", "_recurring", "_sk", Projection::KeysOnly {}),
        ]
    );
    assert_eq!(
        table("BillingRunActionsTable").indexes,
        std::slice::from_ref(&by_membership)
    );
    assert_eq!(table("LedgerTable").indexes, [by_membership]);
    assert_eq!(table("BillingNoticesTable").indexes, []);
    assert_eq!(table("ConfigurationTable").indexes, []);
}

#[test]
fn only_the_ledger_forgets() {
    let template = deployed();
    let forgetful = template.tables().iter().filter_map(|table| {
        let attribute = table.time_to_live.as_deref()?;
        Some((table.logical_id.as_str(), attribute))
    });
    assert_eq!(forgetful.collect::<Vec<_>>(), [("LedgerTable", "_expires")]);
}

#[test]
fn state_machines_are_one_file_with_two_fillings() {
    let template = deployed();
    let phases = [
        ("billing-refresh", "refresh", "BillingRefreshFailed"),
        ("billing-execution", "execution", "BillingExecutionFailed"),
    ];
    assert_eq!(template.state_machines().len(), phases.len());
    for (machine, (name, phase, failure)) in template.state_machines().iter().zip(phases) {
        assert_eq!(machine.name, name);
        assert_eq!(machine.definition_uri, "infra/billing.asl.json");
        let text = |text: &str| Substitution::Text(text.to_owned());
        let steps = Substitution::FunctionArn("BillingStepsFunction".to_owned());
        let filled = [
            ("BillingStepsFunctionArn".to_owned(), steps),
            ("FailureError".to_owned(), text(failure)),
            ("Phase".to_owned(), text(phase)),
        ];
        assert_eq!(machine.substitutions, BTreeMap::from(filled));
    }
}

#[test]
fn functions_have_a_package_a_time_limit_and_their_settings() {
    let template = deployed();
    let limits: BTreeMap<_, _> = template
        .functions()
        .iter()
        .map(|function| (function.code_uri.as_str(), function.timeout_seconds))
        .collect();
    let wanted = [
        ("functions/applications", 29),
        ("functions/authorizer", 10),
        ("functions/billing-notices", 29),
        ("functions/billing-run-actions", 29),
        ("functions/billing-runs", 29),
        ("functions/billing-steps", 300),
        ("functions/configuration", 29),
        ("functions/memberships", 29),
        ("functions/orders", 29),
        ("functions/scheduler", 55),
    ];
    assert_eq!(limits, BTreeMap::from(wanted));
    let scheduler = template.functions().last().unwrap();
    assert!(scheduler.environment.contains("REFRESH_STATE_MACHINE_ARN"));
    assert!(scheduler.environment.contains("BILLING_RUNS_TABLE"));
}

/// A variable without a permission fails when it is first used; a permission
/// without a variable is one too many.
#[test]
fn a_function_may_use_exactly_the_tables_it_is_told_of() {
    for (id, properties) in functions() {
        let told = tables_in(&properties["Environment"]);
        assert_eq!(tables_in(&properties["Policies"]), told, "{id}");
        for (variable, value) in told_of(&properties) {
            let logical_id = tables_in(&value).pop_first().unwrap();
            assert_eq!(variable, table(&logical_id).environment_variable(), "{id}");
        }
    }
}

#[test]
fn only_the_scheduler_reads_across_tenants() {
    let readers = functions().into_iter().filter(|(_, properties)| {
        yaml_serde::to_string(&properties["Policies"])
            .unwrap()
            .contains("index/due_work")
    });
    let readers: Vec<_> = readers.map(|(id, _)| id).collect();
    assert_eq!(readers, ["SchedulerFunction"]);
}

#[test]
fn no_function_may_scan_or_do_everything() {
    for (id, properties) in functions() {
        let policies = yaml_serde::to_string(&properties["Policies"]).unwrap();
        for refused in ["Scan", "dynamodb:*", "states:*", "index/*", "'*'"] {
            assert!(!policies.contains(refused), "{id} {refused}");
        }
    }
}

fn functions() -> Vec<(String, Value)> {
    let template: Value = yaml_serde::from_str(DEPLOYED).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().iter();
    resources
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(id, resource)| {
            (
                id.as_str().unwrap().to_owned(),
                resource["Properties"].clone(),
            )
        })
        .collect()
}

/// The environment variables that hold the name of a table.
fn told_of(properties: &Value) -> Vec<(String, Value)> {
    let variables = properties["Environment"]["Variables"]
        .as_mapping()
        .unwrap()
        .iter();
    variables
        .map(|(name, value)| (name.as_str().unwrap().to_owned(), value.clone()))
        .filter(|(name, _)| name.ends_with("_TABLE"))
        .collect()
}

/// The logical ids of the tables that a part of the template speaks of.
fn tables_in(part: &Value) -> BTreeSet<String> {
    let text = yaml_serde::to_string(part).unwrap();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|w| w.ends_with("Table"))
        .map(str::to_owned)
        .collect()
}
