//! State machines: where their definition stands and what is filled into it.

use std::collections::BTreeMap;

use super::node::{Node, TemplateError};

/// A state machine as `template.yaml` defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachineDefinition {
    /// Its name among the template's resources, such as `BillingRefreshStateMachine`.
    pub logical_id: String,
    /// Its name without the stack's, such as `billing-refresh`.
    pub name: String,
    /// The file of its states, relative to the template.
    pub definition_uri: String,
    /// What `${Name}` in that file stands for: the logical id of the function
    /// whose ARN is filled in.
    pub substitutions: BTreeMap<String, String>,
}

impl StateMachineDefinition {
    pub(super) fn read(logical_id: &str, resource: &Node<'_>) -> Result<Self, TemplateError> {
        let properties = resource.field("Properties")?;
        let kind = properties.field("Type")?;
        if kind.text()? != "STANDARD" {
            return Err(kind.error("must be STANDARD, the only type the local stack runs"));
        }
        Ok(Self {
            logical_id: logical_id.to_owned(),
            name: properties.field("Name")?.name_in_stack()?.to_owned(),
            definition_uri: properties.field("DefinitionUri")?.text()?.to_owned(),
            substitutions: match properties.get("DefinitionSubstitutions")? {
                None => BTreeMap::new(),
                Some(names) => substitutions(&names)?,
            },
        })
    }
}

fn substitutions(names: &Node<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let entries = names.entries()?.into_iter();
    entries
        .map(|(name, value)| Ok((name.to_owned(), value.arn_of()?.to_owned())))
        .collect()
}
