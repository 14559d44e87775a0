//! The states of a machine, with the fields the deployed files use.

use crate::choice::Choice;
use crate::failure::Failure;
use crate::fields::{DefinitionError, Fields};
use crate::map_state::MapState;
use crate::paths::{Path, Scope, Template};
use crate::retry::{Catcher, Retrier};
use serde_json::Value;

type Result<T> = std::result::Result<T, DefinitionError>;

/// The one integration: the service wraps the function's answer and its errors.
pub(crate) const LAMBDA_INVOKE: &str = "arn:aws:states:::lambda:invoke";

#[derive(Debug)]
pub(crate) enum State {
    Task(Task),
    Map(Box<MapState>),
    Choice(Choice),
    Pass(Pass),
    Wait(Wait),
    Succeed,
    Fail(Fail),
}

#[derive(Debug)]
pub(crate) struct Task {
    pub function: String,
    pub payload: Template,
    pub timeout_seconds: Option<u64>,
    pub result: ResultFields,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    pub next: String,
}

#[derive(Debug)]
pub(crate) struct Pass {
    pub parameters: Template,
    pub result: Path,
    pub next: String,
}

#[derive(Debug)]
pub(crate) struct Wait {
    seconds: Path,
    pub next: String,
}

#[derive(Debug)]
pub(crate) struct Fail {
    error: String,
    cause: Path,
}

/// `ResultSelector` and `ResultPath`: what of a result is kept, and where.
#[derive(Debug)]
pub(crate) struct ResultFields {
    selector: Option<Template>,
    path: Path,
}

impl State {
    pub fn parse(fields: &mut Fields, top: bool) -> Result<Self> {
        match fields.need_text("Type")?.as_str() {
            "Task" => Task::parse(fields).map(Self::Task),
            // Positions are kept by the index of an iteration, which an inner Map would need a
            // second of.
            "Map" if top => MapState::parse(fields).map(|map| Self::Map(Box::new(map))),
            "Map" => Err(fields.error("a Map within a Map is not supported by the local executor")),
            "Choice" => Choice::parse(fields).map(Self::Choice),
            "Pass" => Pass::parse(fields).map(Self::Pass),
            "Wait" => Wait::parse(fields).map(Self::Wait),
            "Succeed" => Ok(Self::Succeed),
            "Fail" => Fail::parse(fields).map(Self::Fail),
            other => Err(fields.error(format!(
                "Type {other} is not supported by the local executor"
            ))),
        }
    }

    /// The type's name, as history events begin with it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Map(_) => "Map",
            Self::Choice(_) => "Choice",
            Self::Pass(_) => "Pass",
            Self::Wait(_) => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail(_) => "Fail",
        }
    }
}

impl Task {
    fn parse(fields: &mut Fields) -> Result<Self> {
        if fields.need_text("Resource")? != LAMBDA_INVOKE {
            return Err(fields.error(format!("Resource must be {LAMBDA_INVOKE}")));
        }
        let at = format!("{}, Parameters", fields.at);
        let mut parameters = Fields::new(at, fields.need("Parameters")?)?;
        let task = Self {
            function: parameters.need_text("FunctionName")?,
            payload: template(&mut parameters, "Payload")?,
            timeout_seconds: fields.positive("TimeoutSeconds")?,
            result: ResultFields::parse(fields)?,
            retry: Retrier::parse_all(fields)?,
            catch: Catcher::parse_all(fields)?,
            next: fields.need_text("Next")?,
        };
        parameters.finish()?;
        Ok(task)
    }
}

impl Pass {
    fn parse(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            parameters: template(fields, "Parameters")?,
            result: input_path(fields, "ResultPath")?,
            next: fields.need_text("Next")?,
        })
    }
}

impl Wait {
    fn parse(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            seconds: input_path(fields, "SecondsPath")?,
            next: fields.need_text("Next")?,
        })
    }

    pub fn seconds(&self, input: &Value) -> std::result::Result<i64, Failure> {
        let value = self.seconds.need("SecondsPath", Scope::input(input))?;
        let seconds = value
            .as_i64()
            .filter(|seconds| (0..=99_999_999).contains(seconds));
        seconds.ok_or_else(|| {
            Failure::runtime(format!(
                "SecondsPath must lead to an integer from 0 to 99999999, not {value}"
            ))
        })
    }
}

impl Fail {
    fn parse(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            error: fields.need_text("Error")?,
            cause: input_path(fields, "CausePath")?,
        })
    }

    pub fn failure(&self, input: &Value) -> Failure {
        match self.cause.need("CausePath", Scope::input(input)) {
            Ok(Value::String(cause)) => Failure::new(&self.error, cause),
            Ok(_) => Failure::runtime("CausePath does not lead to a string"),
            Err(failure) => failure,
        }
    }
}

impl ResultFields {
    pub fn parse(fields: &mut Fields) -> Result<Self> {
        // In a ResultSelector `$` is the result, and there is no item.
        let selector = fields
            .take("ResultSelector")
            .map(|value| Template::parse(value, Path::parse_input));
        let selector = selector.transpose();
        Ok(Self {
            selector: selector.map_err(|rule| fields.error(format!("ResultSelector: {rule}")))?,
            path: input_path(fields, "ResultPath")?,
        })
    }

    /// The state's output.
    pub fn output(&self, input: &Value, result: Value) -> std::result::Result<Value, Failure> {
        let kept = match &self.selector {
            Some(selector) => selector.fill(Scope::input(&result))?,
            None => result,
        };
        self.path.put(input.clone(), kept)
    }
}

fn template(fields: &mut Fields, name: &str) -> Result<Template> {
    let value = fields.need(name)?;
    Template::parse(value, Path::parse_input)
        .map_err(|rule| fields.error(format!("{name}: {rule}")))
}

pub(crate) fn input_path(fields: &mut Fields, name: &str) -> Result<Path> {
    let text = fields.need_text(name)?;
    Path::parse_input(&text).map_err(|rule| fields.error(format!("{name}: {rule}")))
}
