//! The two intrinsic functions of CloudFormation that the local stack follows,
//! in their short and their long form (`!Sub x`, `Fn::Sub: x`).

use serde::Deserialize;
use serde_json::Value;

/// The `<name>` of `!Sub "${AWS::StackName}-<name>"`: what a resource is called
/// once the name of the stack is left out.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct NameInStack(pub String);

impl TryFrom<Value> for NameInStack {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let text = argument(&value, "Sub").and_then(Value::as_str);
        text.and_then(|text| text.strip_prefix("${AWS::StackName}-"))
            .filter(|name| !name.is_empty() && name.chars().all(plain))
            .map(|name| Self(name.to_owned()))
            .ok_or("must be !Sub \"${AWS::StackName}-<name>\" with a name in kebab-case")
    }
}

/// The logical id of `!GetAtt <logical id>.Arn`.
pub(super) fn arn_of(value: &Value) -> Option<&str> {
    match argument(value, "GetAtt")? {
        Value::String(text) => text.strip_suffix(".Arn"),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(id), Value::String(name)] if name == "Arn" => Some(id),
            _ => None,
        },
        _ => None,
    }
}

fn argument<'a>(value: &'a Value, function: &str) -> Option<&'a Value> {
    let call = value.as_object().filter(|call| call.len() == 1)?;
    let (name, argument) = call.iter().next()?;
    let name = name.strip_prefix('!').or(name.strip_prefix("Fn::"))?;
    (name == function).then_some(argument)
}
