//! `template.yaml` read as the one source of tables, state machines and functions.
//!
//! What is deployed and what runs on a laptop are made from the same file, so
//! a property of a table that this reader does not know is an error and never
//! silently left out.

mod create;
mod function;
mod intrinsic;
mod key;
mod layout;
mod machine;
mod node;
mod request;
mod table;
#[cfg(test)]
mod tests;

pub use create::TableError;
pub use function::FunctionDefinition;
pub use key::{Attribute, AttributeKind, KeySchema};
pub use machine::StateMachineDefinition;
pub use node::TemplateError;
pub use table::{IGNORED_TABLE_PROPERTIES, IndexDefinition, Projection, TableDefinition};

use node::Node;

/// What the local stack needs of a SAM template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    tables: Vec<TableDefinition>,
    state_machines: Vec<StateMachineDefinition>,
    functions: Vec<FunctionDefinition>,
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
        let value = node::read(text)?;
        let root = Node::root(&value);
        let resources = root.field("Resources")?;
        let globals = function::Globals::read(&root)?;
        Ok(Self {
            tables: each(&resources, "AWS::DynamoDB::Table", TableDefinition::read)?,
            state_machines: each(
                &resources,
                "AWS::Serverless::StateMachine",
                StateMachineDefinition::read,
            )?,
            functions: each(&resources, "AWS::Serverless::Function", |id, resource| {
                FunctionDefinition::read(id, resource, &globals)
            })?,
        })
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

/// Reads every resource of one type.
fn each<T>(
    resources: &Node<'_>,
    kind: &str,
    read: impl Fn(&str, &Node<'_>) -> Result<T, TemplateError>,
) -> Result<Vec<T>, TemplateError> {
    let mut found = Vec::new();
    for (id, resource) in resources.entries()? {
        if resource.field("Type")?.text()? == kind {
            found.push(read(id, &resource)?);
        }
    }
    Ok(found)
}
