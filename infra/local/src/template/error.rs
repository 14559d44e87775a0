//! Why a template was refused, and where.

use serde::de::DeserializeOwned;
use std::fmt;
use yaml_serde::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The place, such as `Resources.LedgerTable.Properties.KeySchema[0]`;
    /// empty for the file as a whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl TemplateError {
    pub(super) fn new(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return write!(f, "template: {}", self.message);
        }
        write!(f, "template, {}: {}", self.path, self.message)
    }
}

impl std::error::Error for TemplateError {}

/// Reads the resource `id`. It goes through JSON, where an intrinsic function
/// (`!Ref x`) is an object: YAML's reader would drop the tag and take the
/// argument for a literal.
///
/// # Errors
/// As the type says, with the path of the place.
pub(super) fn read<T: DeserializeOwned>(id: &str, resource: &Value) -> Result<T, TemplateError> {
    let path = format!("Resources.{id}");
    let json = serde_json::to_value(resource)
        .map_err(|error| TemplateError::new(&path, error.to_string()))?;
    serde_path_to_error::deserialize(json).map_err(|error| {
        let place = format!("{path}.{}", error.path());
        TemplateError::new(&place, error.into_inner().to_string())
    })
}
