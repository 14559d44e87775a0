//! The file that is deployed, and what has to hold within it.

use std::collections::{BTreeMap, BTreeSet};

use model::index::Index;
use yaml_serde::Value;

use super::{DEPLOYED, deployed, table};
use crate::template::{AttributeType, IndexDefinition, KeySchema, Projection, Substitution};

fn key(hash: &str, range: &str) -> KeySchema {
    KeySchema {
        hash: hash.to_owned(),
        range: Some(range.to_owned()),
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

/// The index as the template has to define it.
fn definition(index: &Index) -> IndexDefinition {
    IndexDefinition {
        name: index.name.to_owned(),
        key: key(index.hash, index.range),
        projection: match index.projection {
            model::index::Projection::Keys => Projection::KeysOnly {},
            model::index::Projection::All => Projection::All {},
            model::index::Projection::Packed(name) => Projection::Include {
                attributes: vec![name.to_owned()],
            },
        },
    }
}

#[test]
fn the_indexes_are_those_of_the_resources() {
    let by_name = |indexes: Vec<IndexDefinition>| -> BTreeMap<String, IndexDefinition> {
        let named = indexes.into_iter();
        named.map(|index| (index.name.clone(), index)).collect()
    };
    for table in deployed().tables() {
        let variable = table.environment_variable();
        let known = model::resources::indexes().into_iter();
        let known = known.filter(|index| index.table.variable() == variable);
        assert_eq!(
            by_name(table.indexes.clone()),
            by_name(known.map(|index| definition(&index)).collect()),
            "left: {} in template.yaml, right: INDEXES of its resources in shared/model",
            table.logical_id
        );
    }
}

/// Which function asks for which index is checked where requests are recorded;
/// this says what to add for a new one.
#[test]
fn every_index_is_granted_to_a_function_and_no_other_is() {
    let mut granted = BTreeSet::new();
    for (_, properties) in functions() {
        let policies = yaml_serde::to_string(&properties["Policies"]).unwrap();
        granted.extend(policies.split("${").skip(1).filter_map(|part| {
            let (table, rest) = part.split_once(".Arn}/index/")?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            Some((variable_of(table), name.to_owned()))
        }));
    }
    let known = model::resources::indexes().into_iter();
    let known = known.map(|index| (index.table.variable().to_owned(), index.name.to_owned()));
    assert_eq!(
        granted,
        known.collect(),
        "left: index ARNs in the policies of template.yaml, right: INDEXES of the resources in \
         shared/model; add the ARN to the function that reads the index, or take it away"
    );
}

fn variable_of(logical_id: &str) -> String {
    table(logical_id).environment_variable()
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
fn state_machines_are_one_file_with_a_filling_each() {
    let template = deployed();
    let phases = [
        (
            "billing-refresh",
            "Billing",
            "refresh",
            "BillingRefreshFailed",
        ),
        (
            "billing-execution",
            "Billing",
            "execution",
            "BillingExecutionFailed",
        ),
        (
            "membership-jobs",
            "Membership",
            "job",
            "MembershipJobFailed",
        ),
    ];
    assert_eq!(template.state_machines().len(), phases.len());
    for (machine, (name, of, phase, failure)) in template.state_machines().iter().zip(phases) {
        assert_eq!(machine.name, name);
        assert_eq!(machine.definition_uri, "infra/shards.asl.json");
        let text = |text: &str| Substitution::Text(text.to_owned());
        let steps = Substitution::FunctionArn(format!("{of}StepsFunction"));
        let filled = [
            ("StepsFunctionArn".to_owned(), steps),
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
        ("functions/cards", 29),
        ("functions/configuration", 29),
        ("functions/membership-steps", 300),
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
    let across = model::resources::indexes().into_iter();
    let across: Vec<Index> = across.filter(|index| index.across_tenants).collect();
    assert_eq!(across.len(), 3);
    for index in across {
        let arn = format!("index/{}", index.name);
        let readers = functions().into_iter().filter(|(_, properties)| {
            yaml_serde::to_string(&properties["Policies"])
                .unwrap()
                .contains(&arn)
        });
        let readers: Vec<_> = readers.map(|(id, _)| id).collect();
        assert_eq!(readers, ["SchedulerFunction"], "{arn}");
    }
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

#[test]
fn a_page_of_another_origin_reads_the_same_headers_deployed() {
    let document: Value = yaml_serde::from_str(DEPLOYED).unwrap();
    let cors = &document["Resources"]["Api"]["Properties"]["CorsConfiguration"];
    let exposed = cors["ExposeHeaders"].as_sequence().unwrap();
    let exposed: Vec<&str> = exposed.iter().filter_map(Value::as_str).collect();
    assert_eq!(exposed.join(", "), web::response::EXPOSED_HEADERS);
}
