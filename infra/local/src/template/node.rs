//! A value of the template together with its path, for errors that name the place.

use std::fmt;

use yaml_serde::Value;

/// Why a template was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The place, such as `Resources.LedgerTable.Properties.KeySchema[0]`;
    /// empty for the file as a whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
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

/// Reads YAML with CloudFormation's short forms (`!Ref`, `!Sub`) kept as tags.
pub(super) fn read(text: &str) -> Result<Value, TemplateError> {
    yaml_serde::from_str(text).map_err(|error| TemplateError {
        path: String::new(),
        message: error.to_string(),
    })
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    path: String,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        let path = String::new();
        Self { path, value }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> TemplateError {
        TemplateError {
            path: self.path.clone(),
            message: message.into(),
        }
    }

    /// The members of a mapping, in the order of the file.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Self)>, TemplateError> {
        self.literal()?;
        let mapping = self
            .value
            .as_mapping()
            .ok_or_else(|| self.error("must be a mapping"))?;
        mapping
            .iter()
            .map(|(name, value)| self.entry(name, value))
            .collect()
    }

    fn entry(&self, name: &'a Value, value: &'a Value) -> Result<(&'a str, Self), TemplateError> {
        let name = name
            .as_str()
            .ok_or_else(|| self.error("every name must be text"))?;
        let path = match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        Ok((name, Self { path, value }))
    }

    /// A member that may be absent.
    pub(super) fn get(&self, name: &str) -> Result<Option<Self>, TemplateError> {
        let entries = self.entries()?;
        Ok(entries
            .into_iter()
            .find(|(n, _)| *n == name)
            .map(|(_, node)| node))
    }

    /// A member that must be there.
    pub(super) fn field(&self, name: &str) -> Result<Self, TemplateError> {
        self.get(name)?
            .ok_or_else(|| self.error(format!("{name} is missing")))
    }

    /// Refuses, by name, every member that is not among `known`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), TemplateError> {
        match self
            .entries()?
            .into_iter()
            .find(|(name, _)| !known.contains(name))
        {
            None => Ok(()),
            Some((name, node)) => Err(node.error(format!(
                "{name} is not known to the local stack; teach it, or list it as ignored"
            ))),
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Result<Vec<Self>, TemplateError> {
        self.literal()?;
        let items = self
            .value
            .as_sequence()
            .ok_or_else(|| self.error("must be a list"))?;
        let item = |(at, value)| Self {
            path: format!("{}[{at}]", self.path),
            value,
        };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// Reads every item of a list.
    pub(super) fn each<T>(
        &self,
        read: impl Fn(&Node<'a>) -> Result<T, TemplateError>,
    ) -> Result<Vec<T>, TemplateError> {
        self.items()?.iter().map(read).collect()
    }

    pub(super) fn text(&self) -> Result<&'a str, TemplateError> {
        self.literal()?;
        self.value
            .as_str()
            .ok_or_else(|| self.error("must be text"))
    }

    pub(super) fn flag(&self) -> Result<bool, TemplateError> {
        self.literal()?;
        self.value
            .as_bool()
            .ok_or_else(|| self.error("must be true or false"))
    }

    pub(super) fn whole_number(&self) -> Result<u64, TemplateError> {
        self.literal()?;
        self.value
            .as_u64()
            .ok_or_else(|| self.error("must be a whole number"))
    }
}
