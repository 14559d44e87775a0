//! The Choice state, with the one comparison the deployed files use.

use crate::failure::Failure;
use crate::fields::{DefinitionError, Fields};
use crate::paths::{Path, Scope};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) struct Choice {
    rules: Vec<Rule>,
    default: Option<String>,
}

#[derive(Debug, Clone)]
struct Rule {
    variable: Path,
    equals: String,
    next: String,
}

impl Choice {
    pub fn parse(fields: &mut Fields) -> Result<Self, DefinitionError> {
        let rules = fields
            .objects("Choices")?
            .into_iter()
            .map(Rule::parse)
            .collect::<Result<Vec<_>, _>>()?;
        if rules.is_empty() {
            return Err(fields.error("Choices must hold at least one rule"));
        }
        let default = fields.text("Default")?;
        Ok(Self { rules, default })
    }

    pub fn targets(&self) -> impl Iterator<Item = &String> {
        self.rules
            .iter()
            .map(|rule| &rule.next)
            .chain(&self.default)
    }

    /// The name of the next state.
    pub fn pick(&self, input: &Value) -> Result<&str, Failure> {
        for rule in &self.rules {
            // A missing variable is States.Runtime at the service too, not a rule that does not
            // hold.
            let value = rule.variable.need("Variable", Scope::input(input))?;
            if value.as_str() == Some(&rule.equals) {
                return Ok(&rule.next);
            }
        }
        self.default.as_deref().ok_or_else(|| {
            Failure::new(
                "States.NoChoiceMatched",
                "No rule of the Choice state matched and it has no Default",
            )
        })
    }
}

impl Rule {
    fn parse(mut fields: Fields) -> Result<Self, DefinitionError> {
        let variable = fields.need_text("Variable")?;
        let rule = Self {
            variable: Path::parse_input(&variable).map_err(|rule| fields.error(rule))?,
            equals: fields.need_text("StringEquals")?,
            next: fields.need_text("Next")?,
        };
        fields.finish()?;
        Ok(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn choice(default: Option<&str>) -> Choice {
        let mut value = json!({"Choices": [
            {"Variable": "$.next", "StringEquals": "again", "Next": "Work"},
            {"Variable": "$.next", "StringEquals": "done", "Next": "Done"}]});
        if let Some(name) = default {
            value["Default"] = json!(name);
        }
        Choice::parse(&mut Fields::new("state Worked", value).unwrap()).unwrap()
    }

    #[test]
    fn the_first_rule_that_holds_decides() {
        assert_eq!(choice(None).pick(&json!({"next": "done"})), Ok("Done"));
        assert_eq!(choice(Some("Other")).pick(&json!({"next": 1})), Ok("Other"));
    }

    #[test]
    fn no_rule_and_no_variable_are_different_errors() {
        let failure = choice(None).pick(&json!({"next": "x"})).unwrap_err();
        assert_eq!(failure.error, "States.NoChoiceMatched");
        let failure = choice(Some("Other")).pick(&json!({})).unwrap_err();
        assert_eq!(failure.error, "States.Runtime");
    }
}
