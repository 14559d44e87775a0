//! The part of JSONPath the deployed files use: `$`, `$.name.name`, and `$$.Map.Item.Value`
//! within an `ItemSelector`.

use crate::failure::Failure;
use serde_json::{Map, Value};

const ITEM: &str = "$$.Map.Item.Value";

/// A reference path into a state's input or into the item of a Map.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    text: String,
    names: Vec<String>,
    of_item: bool,
}

/// What a path is looked up in.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub input: &'a Value,
    pub item: Option<&'a Value>,
}

impl<'a> Scope<'a> {
    pub fn input(input: &'a Value) -> Self {
        Self { input, item: None }
    }
}

impl Path {
    /// # Errors
    /// The rule that `text` breaks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (of_item, rest) = match text.strip_prefix(ITEM) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('$').ok_or_else(|| refusal(text))?),
        };
        Ok(Self {
            text: text.to_owned(),
            names: names(rest).ok_or_else(|| refusal(text))?,
            of_item,
        })
    }

    /// A path into the input alone.
    ///
    /// # Errors
    /// The rule that `text` breaks.
    pub fn parse_input(text: &str) -> Result<Self, String> {
        let path = Self::parse(text)?;
        if path.of_item {
            return Err(format!("{text} is only supported in ItemSelector"));
        }
        Ok(path)
    }

    pub fn get<'a>(&self, scope: Scope<'a>) -> Option<&'a Value> {
        // Elsewhere than in an ItemSelector there is no item.
        let start = if self.of_item {
            scope.item?
        } else {
            scope.input
        };
        self.names.iter().try_fold(start, |value, name| {
            value.as_object().and_then(|object| object.get(name))
        })
    }

    pub fn need<'a>(&self, field: &str, scope: Scope<'a>) -> Result<&'a Value, Failure> {
        self.get(scope).ok_or_else(|| {
            Failure::runtime(format!(
                "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{}'",
                self.text, scope.input
            ))
        })
    }

    /// `into` with `what` at this path, as `ResultPath` puts it; objects on the way are made.
    pub fn put(&self, mut into: Value, what: Value) -> Result<Value, Failure> {
        let mut place = &mut into;
        for name in &self.names {
            let Value::Object(object) = place else {
                return Err(self.no_place());
            };
            place = object
                .entry(name.as_str())
                .or_insert_with(|| Value::Object(Map::new()));
        }
        *place = what;
        Ok(into)
    }

    fn no_place(&self) -> Failure {
        let cause = format!(
            "Unable to apply ResultPath '{}': the input has something that is not an object on its way",
            self.text
        );
        Failure::new("States.ResultPathMatchFailure", cause)
    }
}

fn names(rest: &str) -> Option<Vec<String>> {
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let names = rest.strip_prefix('.')?.split('.');
    let plain = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    names
        .map(|name| plain(name).then(|| name.to_owned()))
        .collect()
}

fn refusal(text: &str) -> String {
    format!(
        "path {text} is not supported by the local executor: use $ or $.name.name, or {ITEM} in ItemSelector"
    )
}

/// A payload template: `Parameters`, `ResultSelector` or `ItemSelector`.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    Constant(Value),
    Path { field: String, path: Path },
    Object(Vec<(String, Template)>),
    List(Vec<Template>),
}

impl Template {
    /// `parse_path` decides which paths are allowed here.
    ///
    /// # Errors
    /// The rule that a field breaks, with the field's name.
    pub fn parse(
        value: Value,
        parse_path: fn(&str) -> Result<Path, String>,
    ) -> Result<Self, String> {
        match value {
            Value::Object(object) => object
                .into_iter()
                .map(|(name, value)| Self::parse_field(name, value, parse_path))
                .collect::<Result<_, _>>()
                .map(Self::Object),
            Value::Array(list) => list
                .into_iter()
                .map(|value| Self::parse(value, parse_path))
                .collect::<Result<_, _>>()
                .map(Self::List),
            other => Ok(Self::Constant(other)),
        }
    }

    fn parse_field(
        name: String,
        value: Value,
        parse_path: fn(&str) -> Result<Path, String>,
    ) -> Result<(String, Self), String> {
        // Only a field whose name ends so is a path: other texts that begin with `$` are
        // constants.
        let Some(short) = name.strip_suffix(".$") else {
            return Ok((name, Self::parse(value, parse_path)?));
        };
        let text = value
            .as_str()
            .ok_or_else(|| format!("{name} must be a path in a string"))?;
        let path = parse_path(text).map_err(|rule| format!("{name}: {rule}"))?;
        let short = short.to_owned();
        Ok((short, Self::Path { field: name, path }))
    }

    pub fn fill(&self, scope: Scope<'_>) -> Result<Value, Failure> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Path { field, path } => path.need(field, scope).cloned(),
            Self::List(list) => list.iter().map(|part| part.fill(scope)).collect(),
            Self::Object(parts) => parts
                .iter()
                .map(|(name, part)| Ok((name.clone(), part.fill(scope)?)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_template_is_filled_and_numbers_keep_their_text() {
        let template = Template::parse(
            json!({"a.$": "$.x.y", "b": {"c.$": "$$.Map.Item.Value.z"}, "d": ["", 0]}),
            Path::parse,
        )
        .unwrap();
        let input: Value = serde_json::from_str(r#"{"x":{"y":1.10}}"#).unwrap();
        let item = json!({"z": [3]});
        let filled = template
            .fill(Scope {
                input: &input,
                item: Some(&item),
            })
            .unwrap();
        assert_eq!(filled.to_string(), r#"{"a":1.10,"b":{"c":[3]},"d":["",0]}"#);
    }

    #[test]
    fn a_missing_path_is_a_runtime_failure_that_names_path_and_field() {
        let template = Template::parse(json!({"a.$": "$.x"}), Path::parse_input).unwrap();
        let failure = template.fill(Scope::input(&json!({}))).unwrap_err();
        assert_eq!(failure.error, "States.Runtime");
        assert!(failure.cause.contains("'$.x'") && failure.cause.contains("'a.$'"));
    }

    #[test]
    fn other_paths_are_refused() {
        for text in [
            "x",
            "$x",
            "$.",
            "$.a[0]",
            "$..a",
            "$$.Execution.Id",
            "States.Array($.a)",
        ] {
            let rule = Path::parse(text).unwrap_err();
            assert!(rule.contains(text), "{rule}");
        }
        assert!(Path::parse_input("$$.Map.Item.Value").is_err());
    }

    #[test]
    fn a_result_is_put_at_its_path() {
        let put =
            |path: &str, into: Value| Path::parse_input(path).unwrap().put(into, json!({"r": 1}));
        assert_eq!(put("$", json!({"a": 1})).unwrap(), json!({"r": 1}));
        assert_eq!(
            put("$.b.c", json!({"a": 1})).unwrap(),
            json!({"a": 1, "b": {"c": {"r": 1}}})
        );
        let failure = put("$.a.c", json!({"a": 1})).unwrap_err();
        assert_eq!(failure.error, "States.ResultPathMatchFailure");
    }
}
