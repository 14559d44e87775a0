//! A stored object: JSON fields, read and written through typed constants.

use crate::field::{Field, FieldType};
use serde_json::{Map, Value};

/// A JSON object checked by a [`crate::Schema`]. Fields whose name begins with
/// `_` are the server's own: stored, never taken from or shown to a client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(Map<String, Value>);

impl Record {
    pub fn new(fields: Map<String, Value>) -> Self {
        Record(fields)
    }

    pub fn get<T: FieldType>(&self, field: Field<T>) -> Option<T> {
        self.0.get(field.name()).and_then(T::from_json)
    }

    /// The text of a field without copying it; empty when absent.
    pub fn text(&self, field: Field<String>) -> &str {
        self.0
            .get(field.name())
            .and_then(Value::as_str)
            .unwrap_or("")
    }

    pub fn is(&self, field: Field<bool>) -> bool {
        self.get(field) == Some(true)
    }

    pub fn set<T: FieldType>(&mut self, field: Field<T>, value: T) {
        self.0.insert(field.name().to_owned(), value.into_json());
    }

    /// Sets or, with `None`, removes.
    pub fn put<T: FieldType>(&mut self, field: Field<T>, value: Option<T>) {
        match value {
            Some(value) => self.set(field, value),
            None => self.clear(field),
        }
    }

    pub fn clear<T: FieldType>(&mut self, field: Field<T>) {
        self.0.remove(field.name());
    }

    pub fn has<T: FieldType>(&self, field: Field<T>) -> bool {
        self.0.get(field.name()).is_some_and(|v| !v.is_null())
    }

    /// The raw value of a field named by a schema line.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The fields of these names, as far as they are there.
    pub fn pick(&self, names: &[&str]) -> Map<String, Value> {
        let held = |name: &&str| Some(((*name).to_owned(), self.raw(name)?.clone()));
        names.iter().filter_map(held).collect()
    }

    pub fn set_raw(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub fn remove_raw(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    pub fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    /// A null field and an absent one are the same thing; only the latter is stored.
    pub fn drop_nulls(&mut self) {
        self.0.retain(|_, value| !value.is_null());
    }

    /// The server's own fields, beginning with `_`.
    pub fn is_internal(name: &str) -> bool {
        name.starts_with('_')
    }

    /// What a client may see before secrets are taken out by the schema.
    pub fn without_internal(&self) -> Map<String, Value> {
        self.0
            .iter()
            .filter(|(name, _)| !Self::is_internal(name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect()
    }
}
