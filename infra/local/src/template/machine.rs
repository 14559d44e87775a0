//! State machines: where their definition stands and what is filled into it.

use super::error::{TemplateError, read};
use super::intrinsic::{NameInStack, arn_of};
use serde::Deserialize;
use std::collections::BTreeMap;
use yaml_serde::Value;

/// A state machine as `template.yaml` defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachineDefinition {
    /// Its name among the template's resources, such as `BillingRefreshStateMachine`.
    pub logical_id: String,
    /// Its name without the stack's, such as `billing-refresh`.
    pub name: String,
    /// The file of its states, relative to the template.
    pub definition_uri: String,
    /// What `${Name}` in that file stands for.
    pub substitutions: BTreeMap<String, Substitution>,
}

/// What a placeholder of a definition stands for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub enum Substitution {
    /// The text as it stands.
    Text(String),
    /// The ARN of the function with this logical id.
    FunctionArn(String),
}

impl TryFrom<serde_json::Value> for Substitution {
    type Error = &'static str;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        match value {
            serde_json::Value::String(text) => Ok(Self::Text(text)),
            value => arn_of(&value)
                .map(|id| Self::FunctionArn(id.to_owned()))
                .ok_or("must be text or !GetAtt <logical id>.Arn"),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    name: NameInStack,
    #[serde(rename = "Type")]
    _type: Type,
    definition_uri: String,
    #[serde(default)]
    definition_substitutions: BTreeMap<String, Substitution>,
}

/// The only type the local stack runs.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Type {
    Standard,
}

impl StateMachineDefinition {
    pub(super) fn read(logical_id: &str, resource: &Value) -> Result<Self, TemplateError> {
        let properties = read::<Resource>(logical_id, resource)?.properties;
        Ok(Self {
            logical_id: logical_id.to_owned(),
            name: properties.name.0,
            definition_uri: properties.definition_uri,
            substitutions: properties.definition_substitutions,
        })
    }
}
