//! Functions: their package, their time limit and the settings they expect.

use std::collections::BTreeSet;

use super::node::{Node, TemplateError};

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

/// What every function has unless it says otherwise.
pub(super) struct Globals {
    timeout_seconds: Option<u64>,
    environment: BTreeSet<String>,
}

impl Globals {
    pub(super) fn read(root: &Node<'_>) -> Result<Self, TemplateError> {
        let mut defaults = Self {
            timeout_seconds: None,
            environment: BTreeSet::new(),
        };
        let Some(globals) = root.get("Globals")? else {
            return Ok(defaults);
        };
        if let Some(function) = globals.get("Function")? {
            defaults.timeout_seconds = timeout(&function)?;
            defaults.environment = environment(&function)?;
        }
        Ok(defaults)
    }
}

impl FunctionDefinition {
    pub(super) fn read(
        logical_id: &str,
        resource: &Node<'_>,
        globals: &Globals,
    ) -> Result<Self, TemplateError> {
        let properties = resource.field("Properties")?;
        let mut names = environment(&properties)?;
        names.extend(globals.environment.iter().cloned());
        Ok(Self {
            logical_id: logical_id.to_owned(),
            code_uri: properties.field("CodeUri")?.text()?.to_owned(),
            timeout_seconds: timeout(&properties)?
                .or(globals.timeout_seconds)
                .ok_or_else(|| properties.error("Timeout is missing"))?,
            environment: names,
        })
    }
}

fn timeout(properties: &Node<'_>) -> Result<Option<u64>, TemplateError> {
    match properties.get("Timeout")? {
        None => Ok(None),
        Some(seconds) => seconds.whole_number().map(Some),
    }
}

fn environment(properties: &Node<'_>) -> Result<BTreeSet<String>, TemplateError> {
    let Some(environment) = properties.get("Environment")? else {
        return Ok(BTreeSet::new());
    };
    let variables = environment.field("Variables")?.entries()?;
    Ok(variables
        .into_iter()
        .map(|(name, _)| name.to_owned())
        .collect())
}
