//! Takes the fields of one JSON object by name, so that what nobody took can be refused by name.

use serde_json::{Map, Value};

/// Why a state machine definition can't be run here, with the place and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {rule}")]
pub struct DefinitionError {
    /// The machine, state or array element, as in `billing-refresh, state Work`.
    pub at: String,
    /// What is wrong with it.
    pub rule: String,
}

pub(crate) struct Fields {
    pub at: String,
    left: Map<String, Value>,
}

type Result<T> = std::result::Result<T, DefinitionError>;

impl Fields {
    pub fn new(at: impl Into<String>, value: Value) -> Result<Self> {
        let at = at.into();
        match value {
            Value::Object(left) => Ok(Self { at, left }),
            _ => Err(error(&at, "must be an object")),
        }
    }

    pub fn error(&self, rule: impl Into<String>) -> DefinitionError {
        error(&self.at, rule)
    }

    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name)
    }

    pub fn need(&mut self, name: &str) -> Result<Value> {
        self.take(name)
            .ok_or_else(|| self.error(format!("{name} is required")))
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(format!("{name} must be a string"))),
        }
    }

    pub fn need_text(&mut self, name: &str) -> Result<String> {
        self.text(name)?
            .ok_or_else(|| self.error(format!("{name} is required")))
    }

    /// A positive integer of at most 99,999,999, the language's largest number of seconds.
    pub fn positive(&mut self, name: &str) -> Result<Option<u64>> {
        self.whole(name, 1)
    }

    /// An integer from `least` to 99,999,999.
    pub fn whole(&mut self, name: &str, least: u64) -> Result<Option<u64>> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(number) if (least..=99_999_999).contains(&number) => Ok(Some(number)),
            _ => Err(self.error(format!(
                "{name} must be an integer from {least} to 99999999"
            ))),
        }
    }

    pub fn list(&mut self, name: &str) -> Result<Vec<Value>> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(self.error(format!("{name} must be an array"))),
        }
    }

    /// The elements of the array `name`, each ready to be taken apart.
    pub fn objects(&mut self, name: &str) -> Result<Vec<Fields>> {
        let at = self.at.clone();
        let list = self.list(name)?;
        list.into_iter()
            .enumerate()
            .map(|(index, value)| Fields::new(format!("{at}, {name}[{index}]"), value))
            .collect()
    }

    /// A comment is allowed everywhere; any other field that is left is refused.
    pub fn finish(mut self) -> Result<()> {
        self.text("Comment")?;
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.error(format!(
                "field {name} is not supported by the local executor"
            ))),
        }
    }
}

fn error(at: &str, rule: impl Into<String>) -> DefinitionError {
    DefinitionError {
        at: at.to_owned(),
        rule: rule.into(),
    }
}
