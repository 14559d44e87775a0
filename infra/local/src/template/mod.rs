//! `template.yaml` read as the one source of tables, state machines and functions.
//!
//! What is deployed and what runs on a laptop are made from the same file, so
//! a property of a table that this reader does not know is an error and never
//! silently left out.

mod create;
mod error;
mod function;
mod intrinsic;
mod layout;
mod machine;
mod request;
mod table;
#[cfg(test)]
mod tests;

pub use create::TableError;
pub use error::TemplateError;
pub use function::FunctionDefinition;
pub use machine::{StateMachineDefinition, Substitution};
pub use table::{
    Attribute, AttributeType, IndexDefinition, KeySchema, Projection, TableDefinition,
};

use function::Properties;
use serde::Deserialize;
use yaml_serde::{Mapping, Value};

/// What the local stack needs of a SAM template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    tables: Vec<TableDefinition>,
    state_machines: Vec<StateMachineDefinition>,
    functions: Vec<FunctionDefinition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    #[serde(default)]
    globals: Globals,
    resources: Mapping,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Globals {
    #[serde(default)]
    function: Properties,
}

impl Template {
    /// Reads a SAM template from its YAML text.
    ///
    /// # Errors
    /// Text that is no YAML; a table with a property this reader does not know,
    /// or with an intrinsic function where a literal is required; a state
    /// machine or function that lacks what the local stack needs. The error
    /// names the place as a path such as `Resources.LedgerTable.Properties.Tags`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let file: File = yaml_serde::from_str(text)
            .map_err(|error| TemplateError::new("", error.to_string()))?;
        let mut template = Self {
            tables: Vec::new(),
            state_machines: Vec::new(),
            functions: Vec::new(),
        };
        for (id, resource) in &file.resources {
            let id = id.as_str().unwrap_or_default();
            match resource.get("Type").and_then(Value::as_str) {
                Some("AWS::DynamoDB::Table") => {
                    template.tables.push(TableDefinition::read(id, resource)?);
                }
                Some("AWS::Serverless::StateMachine") => {
                    let machine = StateMachineDefinition::read(id, resource)?;
                    template.state_machines.push(machine);
                }
                Some("AWS::Serverless::Function") => {
                    let globals = &file.globals.function;
                    let function = FunctionDefinition::read(id, resource, globals)?;
                    template.functions.push(function);
                }
                // Policies, alarms and the like have no counterpart on a laptop.
                _ => {}
            }
        }
        Ok(template)
    }

    /// The tables, in the order of the file.
    #[must_use]
    pub fn tables(&self) -> &[TableDefinition] {
        &self.tables
    }

    /// The state machines, in the order of the file.
    #[must_use]
    pub fn state_machines(&self) -> &[StateMachineDefinition] {
        &self.state_machines
    }

    /// The functions, in the order of the file.
    #[must_use]
    pub fn functions(&self) -> &[FunctionDefinition] {
        &self.functions
    }
}
