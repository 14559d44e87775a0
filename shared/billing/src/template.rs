//! From a template to a run: the same switches and options, with dates instead
//! of relative dates (rules TPL-3 to TPL-6).

use jiff::civil::Date;
use model::resource::ID_FIELD;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus, SWITCHES};
use model::resources::billing_template as template;
use model::{Error, Problem, Problems, Record, Result, WriteContext};
use serde_json::{Map, Value};
use terms::RelativeDate;

/// The draft of a run that executes on `reference`, for whoever may save it. It
/// has no id yet.
///
/// # Errors
/// `Invalid` when the template is inactive, or its dates make no range from that
/// day: a start may be relative to something else than its end.
pub fn run_of(by: &WriteContext, template: &Record, reference: Date) -> Result<Record> {
    let id = template.text(ID_FIELD);
    if !template::is_active(template) {
        let why = format!("template {id} is not active");
        return Err(Error::invalid("/template_id", why));
    }
    let mut made = Record::default();
    let name = format!("{} {reference}", template.text(template::NAME));
    made.set(run::NAME, name);
    made.set(run::STATUS, RunStatus::Draft);
    made.set(run::TEMPLATE_ID, id.to_owned());
    made.put(
        run::NOTIFICATION_EMAIL,
        template.get(template::NOTIFICATION_EMAIL),
    );
    for switch in SWITCHES {
        made.put(switch.flag, template.get(switch.flag));
        // Those of a switch that is off may be unfinished (rule RUN-2).
        let options = template.get(switch.options);
        if let Some(options) = options.filter(|_| template.is(switch.flag)) {
            let path = format!("/{}", switch.options.name());
            made.set(switch.options, dated(options, reference, &path)?);
        }
    }
    check(by, &made)?;
    Ok(made)
}

/// Whether what was made can be saved as it is.
fn check(by: &WriteContext, made: &Record) -> Result<()> {
    let mut saved = made.clone();
    saved.set(ID_FIELD, model::ids::generate());
    let mut problems = Problems::default();
    store::check::<BillingRuns>(by, None, &mut saved, &mut problems);
    problems.into_result()
}

/// `value` with every relative date in it resolved.
fn dated(value: Value, reference: Date, path: &str) -> Result<Value> {
    match value {
        Value::Object(fields) if fields.contains_key("relative_to") => {
            let under = |problems: Vec<Problem>| {
                Error::Invalid(problems.into_iter().map(|p| p.under(path)).collect())
            };
            let relative = RelativeDate::parse(&Value::Object(fields)).map_err(under)?;
            Ok(relative.resolve(reference).to_string().into())
        }
        Value::Object(fields) => {
            let dated = fields.into_iter().map(|(name, inner)| {
                let inner = dated(inner, reference, &format!("{path}/{name}"))?;
                Ok((name, inner))
            });
            Ok(Value::Object(dated.collect::<Result<Map<_, _>>>()?))
        }
        Value::Array(items) => {
            let dated = items
                .into_iter()
                .enumerate()
                .map(|(at, item)| dated(item, reference, &format!("{path}/{at}")));
            Ok(Value::Array(dated.collect::<Result<_>>()?))
        }
        other => Ok(other),
    }
}
