//! Functions: their package, their time limit and the settings they expect.

use super::error::{TemplateError, read};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet};
use yaml_serde::Value;

/// A function as `template.yaml` defines it, `Globals` included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionDefinition {
    /// Its name among the template's resources, such as `BillingStepsFunction`.
    pub logical_id: String,
    /// The folder of its package, relative to the template.
    pub code_uri: String,
    /// How long one invocation may take, in seconds.
    pub timeout_seconds: u64,
    /// The names of its environment variables.
    pub environment: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    properties: Properties,
}

/// What a function has, or every function unless it says otherwise.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Properties {
    code_uri: Option<String>,
    timeout: Option<u64>,
    environment: Environment,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: BTreeMap<String, IgnoredAny>,
}

impl FunctionDefinition {
    pub(super) fn read(
        logical_id: &str,
        resource: &Value,
        globals: &Properties,
    ) -> Result<Self, TemplateError> {
        let properties = read::<Resource>(logical_id, resource)?.properties;
        let missing = |name| {
            let place = format!("Resources.{logical_id}.Properties");
            TemplateError::new(&place, format!("{name} is missing"))
        };
        // SAM gives a function its own variables and those of `Globals`.
        let variables = [&properties.environment, &globals.environment];
        let names = variables.into_iter().flat_map(|it| it.variables.keys());
        Ok(Self {
            logical_id: logical_id.to_owned(),
            environment: names.cloned().collect(),
            code_uri: properties.code_uri.ok_or_else(|| missing("CodeUri"))?,
            timeout_seconds: properties
                .timeout
                .or(globals.timeout)
                .ok_or_else(|| missing("Timeout"))?,
        })
    }
}
