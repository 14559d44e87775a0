//! CloudFormation's intrinsic functions: the two forms the local stack follows,
//! and the refusal of all others where a literal is required.

use yaml_serde::Value;

use super::node::{Node, TemplateError};

impl<'a> Node<'a> {
    /// The `<name>` of `!Sub "${AWS::StackName}-<name>"`: what a resource is
    /// called once the name of the stack is left out.
    pub(super) fn name_in_stack(&self) -> Result<&'a str, TemplateError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        self.argument_of("Sub")
            .and_then(Value::as_str)
            .and_then(|text| text.strip_prefix("${AWS::StackName}-"))
            .filter(|name| !name.is_empty() && name.chars().all(plain))
            .ok_or_else(|| {
                self.error("must be !Sub \"${AWS::StackName}-<name>\" with a name in kebab-case")
            })
    }

    /// The logical id of `!GetAtt <logical id>.Arn`.
    pub(super) fn arn_of(&self) -> Result<&'a str, TemplateError> {
        let target = match self.argument_of("GetAtt") {
            Some(Value::String(text)) => text.strip_suffix(".Arn"),
            Some(Value::Sequence(parts)) => match parts.as_slice() {
                [Value::String(id), Value::String(name)] if name == "Arn" => Some(id.as_str()),
                _ => None,
            },
            _ => None,
        };
        target.ok_or_else(|| self.error("must be !GetAtt <logical id>.Arn"))
    }

    /// Refuses an intrinsic function, whose value only a deployment knows.
    pub(super) fn literal(&self) -> Result<(), TemplateError> {
        match self.intrinsic() {
            None => Ok(()),
            Some((name, _)) => Err(self.error(format!("must be a literal, not {name}"))),
        }
    }

    fn argument_of(&self, function: &str) -> Option<&'a Value> {
        let (name, argument) = self.intrinsic()?;
        let name = name.trim_start_matches('!').trim_start_matches("Fn::");
        (name == function).then_some(argument)
    }

    /// The function as written and its argument: `!Sub x` or `Fn::Sub: x`.
    fn intrinsic(&self) -> Option<(String, &'a Value)> {
        match self.value {
            Value::Tagged(tagged) => Some((tagged.tag.to_string(), &tagged.value)),
            Value::Mapping(mapping) if mapping.len() == 1 => {
                let (name, argument) = mapping.iter().next()?;
                let name = name.as_str()?;
                let long = name.starts_with("Fn::") || name == "Ref";
                long.then(|| (name.to_owned(), argument))
            }
            _ => None,
        }
    }
}
