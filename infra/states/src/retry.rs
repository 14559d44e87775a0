//! Retriers and catchers: which error they take, and how long a retry waits.

use crate::failure::{DATA_LIMIT, Failure, RUNTIME, TIMEOUT};
use crate::fields::{DefinitionError, Fields};
use crate::paths::Path;
use serde_json::{Value, json};

const ALL: &str = "States.ALL";

#[derive(Debug, Clone)]
pub(crate) struct Retrier {
    errors: Vec<String>,
    interval_seconds: u64,
    backoff_rate: f64,
    max_delay_seconds: Option<u64>,
    max_attempts: u64,
    full_jitter: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Catcher {
    errors: Vec<String>,
    result_path: Path,
    pub next: String,
}

impl Retrier {
    pub fn parse_all(fields: &mut Fields) -> Result<Vec<Self>, DefinitionError> {
        let list = fields.objects("Retry")?;
        let list: Vec<Self> = list
            .into_iter()
            .map(Self::parse)
            .collect::<Result<_, _>>()?;
        all_is_last(fields, "Retry", list.iter().map(|retrier| &retrier.errors))?;
        Ok(list)
    }

    /// Defaults are the language's: one second, twice as long each time, three attempts.
    fn parse(mut fields: Fields) -> Result<Self, DefinitionError> {
        let retrier = Self {
            errors: errors(&mut fields)?,
            interval_seconds: fields.positive("IntervalSeconds")?.unwrap_or(1),
            backoff_rate: backoff_rate(&mut fields)?,
            max_delay_seconds: fields.positive("MaxDelaySeconds")?,
            max_attempts: fields.whole("MaxAttempts", 0)?.unwrap_or(3),
            full_jitter: full_jitter(&mut fields)?,
        };
        if retrier
            .max_delay_seconds
            .is_some_and(|most| most <= retrier.interval_seconds)
        {
            return Err(fields.error("MaxDelaySeconds must be greater than IntervalSeconds"));
        }
        fields.finish()?;
        Ok(retrier)
    }

    /// The retrier that takes this error, if it has an attempt left. Only the first that
    /// names the error counts; `used` holds each retrier's attempts so far.
    pub fn find(list: &[Self], used: &[u64], failure: &Failure) -> Option<usize> {
        let index = list
            .iter()
            .position(|retrier| takes(&retrier.errors, failure))?;
        // A used-up retrier does not hand on to one behind it that takes the error too.
        let used = used.get(index).copied().unwrap_or(0);
        (used < list[index].max_attempts).then_some(index)
    }

    /// Milliseconds until the next attempt, after `used` retries by this retrier. `chance`
    /// is a random number from 0 to 1.
    pub fn delay_ms(&self, used: u64, chance: f64) -> i64 {
        let power = i32::try_from(used).unwrap_or(i32::MAX);
        let grown = self.interval_seconds as f64 * self.backoff_rate.powi(power);
        // Without MaxDelaySeconds the most that the service takes for it, 366 days.
        let most = self.max_delay_seconds.unwrap_or(31_622_400) as f64;
        let share = if self.full_jitter { chance } else { 1.0 };
        (grown.min(most) * share * 1000.0) as i64
    }
}

impl Catcher {
    pub fn parse_all(fields: &mut Fields) -> Result<Vec<Self>, DefinitionError> {
        let list = fields.objects("Catch")?;
        let list: Vec<Self> = list
            .into_iter()
            .map(Self::parse)
            .collect::<Result<_, _>>()?;
        all_is_last(fields, "Catch", list.iter().map(|catcher| &catcher.errors))?;
        Ok(list)
    }

    fn parse(mut fields: Fields) -> Result<Self, DefinitionError> {
        let path = fields.need_text("ResultPath")?;
        let catcher = Self {
            errors: errors(&mut fields)?,
            result_path: Path::parse_input(&path).map_err(|rule| fields.error(rule))?,
            next: fields.need_text("Next")?,
        };
        fields.finish()?;
        Ok(catcher)
    }

    pub fn find<'a>(list: &'a [Self], failure: &Failure) -> Option<&'a Self> {
        list.iter().find(|catcher| takes(&catcher.errors, failure))
    }

    /// The input of the next state: the failed state's input with the error put into it.
    pub fn output(&self, input: &Value, failure: &Failure) -> Result<Value, Failure> {
        let error = json!({"Error": failure.error, "Cause": failure.cause});
        self.result_path.put(input.clone(), error)
    }
}

fn takes(errors: &[String], failure: &Failure) -> bool {
    match failure.error.as_str() {
        RUNTIME => false,
        DATA_LIMIT => errors.iter().any(|name| name == DATA_LIMIT),
        // Of the reserved names only States.ALL matches by class: `errors` refuses
        // States.TaskFailed.
        error => errors.iter().any(|name| name == ALL || name == error),
    }
}

fn errors(fields: &mut Fields) -> Result<Vec<String>, DefinitionError> {
    let list = fields.list("ErrorEquals")?;
    let names: Option<Vec<String>> = list
        .iter()
        .map(|name| name.as_str().map(str::to_owned))
        .collect();
    let names = names.filter(|names| !names.is_empty());
    let names = names.ok_or_else(|| fields.error("ErrorEquals must be a list of error names"))?;
    // The others never occur here, so a definition that names one would behave otherwise when
    // deployed.
    let known = [ALL, DATA_LIMIT, TIMEOUT];
    match names
        .iter()
        .find(|name| name.starts_with("States.") && !known.contains(&name.as_str()))
    {
        Some(name) => Err(fields.error(format!(
            "error name {name} is not supported by the local executor"
        ))),
        None => Ok(names),
    }
}

fn all_is_last<'a>(
    fields: &Fields,
    name: &str,
    lists: impl ExactSizeIterator<Item = &'a Vec<String>>,
) -> Result<(), DefinitionError> {
    let last = lists.len().saturating_sub(1);
    let misplaced = |(index, errors): (usize, &Vec<String>)| {
        errors.iter().any(|error| error == ALL) && (index != last || errors.len() > 1)
    };
    if lists.enumerate().any(misplaced) {
        return Err(fields.error(format!("{name}: States.ALL must stand alone and last")));
    }
    Ok(())
}

fn backoff_rate(fields: &mut Fields) -> Result<f64, DefinitionError> {
    let Some(value) = fields.take("BackoffRate") else {
        return Ok(2.0);
    };
    value
        .as_f64()
        .filter(|rate| *rate >= 1.0)
        .ok_or_else(|| fields.error("BackoffRate must be a number of at least 1"))
}

fn full_jitter(fields: &mut Fields) -> Result<bool, DefinitionError> {
    match fields.text("JitterStrategy")?.as_deref() {
        None | Some("NONE") => Ok(false),
        Some("FULL") => Ok(true),
        Some(_) => Err(fields.error("JitterStrategy must be FULL or NONE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retriers(list: Value) -> Result<Vec<Retrier>, DefinitionError> {
        Retrier::parse_all(&mut Fields::new("state Work", json!({"Retry": list}))?)
    }

    #[test]
    fn delays_grow_to_their_limit() {
        let list = retriers(json!([{"ErrorEquals": ["A"], "IntervalSeconds": 2,
            "BackoffRate": 2, "MaxDelaySeconds": 7, "JitterStrategy": "FULL"}]))
        .unwrap();
        let delays = [0, 1, 2, 3].map(|used| list[0].delay_ms(used, 1.0));
        assert_eq!(delays, [2000, 4000, 7000, 7000]);
        assert_eq!(list[0].delay_ms(1, 0.25), 1000);
    }

    #[test]
    fn only_the_first_retrier_that_names_the_error_counts() {
        let list = retriers(json!([{"ErrorEquals": ["A"], "MaxAttempts": 1},
            {"ErrorEquals": ["States.ALL"]}]))
        .unwrap();
        let find = |used: &[u64], error| Retrier::find(&list, used, &Failure::new(error, ""));
        assert_eq!(find(&[0, 0], "A"), Some(0));
        assert_eq!(find(&[1, 0], "A"), None);
        assert_eq!(find(&[1, 2], "B"), Some(1));
        assert_eq!(find(&[0, 0], RUNTIME), None);
        assert_eq!(find(&[0, 0], DATA_LIMIT), None);
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        for (list, rule) in [
            (json!([{"ErrorEquals": []}]), "ErrorEquals"),
            (
                json!([{"ErrorEquals": ["States.ALL", "A"]}]),
                "alone and last",
            ),
            (
                json!([{"ErrorEquals": ["A"], "IntervalSeconds": 0}]),
                "IntervalSeconds",
            ),
            (
                json!([{"ErrorEquals": ["A"], "BackoffRate": 0.5}]),
                "BackoffRate",
            ),
            (
                json!([{"ErrorEquals": ["A"], "MaxDelaySeconds": 1}]),
                "MaxDelaySeconds",
            ),
            (
                json!([{"ErrorEquals": ["States.TaskFailed"]}]),
                "States.TaskFailed",
            ),
        ] {
            let error = retriers(list).unwrap_err().to_string();
            assert!(
                error.contains("state Work") && error.contains(rule),
                "{error}"
            );
        }
    }
}
