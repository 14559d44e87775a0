//! What SAM builds is what a deployment needs: a package that leaves the feature out
//! starts with an adapter that only a laptop has, and ends there.

use super::deployed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const FEATURE: &str = "deployed";

/// The workspace's packages as cargo reads them, and what the root says beside them.
fn metadata() -> Value {
    let command = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(command.status.success(), "{command:?}");
    serde_json::from_slice(&command.stdout).unwrap()
}

/// A package of the workspace.
struct Package {
    /// The names of those of the workspace that it is made of.
    uses: Vec<String>,
    /// What the feature switches on; `None` for a package without it.
    switches_on: Option<BTreeSet<String>>,
}

fn package(described: &Value) -> Package {
    let dependencies = described["dependencies"].as_array().unwrap().iter();
    let own = dependencies.filter(|one| one["path"].is_string() && one["kind"].is_null());
    let feature = described["features"].get(FEATURE);
    let switches = feature.map(|names| serde_json::from_value(names.clone()).unwrap());
    Package {
        uses: own
            .map(|one| one["name"].as_str().unwrap().into())
            .collect(),
        switches_on: switches,
    }
}

impl Package {
    /// Whether the feature changes this package, and not only those below it.
    fn differs(&self) -> bool {
        let forwards = |one: &String| one.ends_with("/deployed");
        self.switches_on.iter().flatten().any(|one| !forwards(one))
    }
}

/// Everything of the workspace that a package is made of, itself included.
fn made_of(packages: &BTreeMap<String, Package>, name: &str, found: &mut BTreeSet<String>) {
    if found.insert(name.into()) {
        let uses = &packages[name].uses;
        uses.iter().for_each(|used| made_of(packages, used, found));
    }
}

/// The packages in which the feature of `name` is on.
fn reached(packages: &BTreeMap<String, Package>, name: &str, found: &mut BTreeSet<String>) {
    let switched = packages[name].switches_on.iter().flatten();
    found.insert(name.into());
    for next in switched.filter_map(|one| one.strip_suffix("/deployed")) {
        if !found.contains(next) {
            reached(packages, next, found);
        }
    }
}

#[test]
fn what_is_built_for_lambda_is_what_a_deployment_needs() {
    let metadata = metadata();
    let built_with = &metadata["metadata"]["lambda"]["build"]["features"];
    assert_eq!(built_with, &serde_json::json!([FEATURE]));
    let described = metadata["packages"].as_array().unwrap().iter();
    let packages = described.map(|one| (one["name"].as_str().unwrap().to_owned(), package(one)));
    let packages: BTreeMap<_, _> = packages.collect();
    let template = deployed();
    assert!(template.functions().len() > 5);
    for function in template.functions() {
        let (_, name) = function.code_uri.rsplit_once('/').unwrap();
        assert!(
            packages[name].switches_on.is_some(),
            "{name}: its Cargo.toml has no feature {FEATURE:?}, so that `sam build` refuses it"
        );
        let (mut parts, mut on) = (BTreeSet::new(), BTreeSet::new());
        made_of(&packages, name, &mut parts);
        reached(&packages, name, &mut on);
        let needed = parts.into_iter().filter(|part| packages[part].differs());
        let missing: Vec<_> = needed.filter(|part| !on.contains(part)).collect();
        assert!(
            missing.is_empty(),
            "{name} leaves {FEATURE:?} off in {missing:?}"
        );
    }
}
