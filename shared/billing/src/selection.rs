//! What a run does, narrowed from its record: one specification for each enabled switch,
//! or, for reminders, for each reminder.

use jiff::civil::Date;
use model::action_id::{ActionId, membership_part};
use model::field::{date, whole};
use model::resource::ID_FIELD;
use model::resources::billing_run::{self, SWITCHES, Switch};
use model::resources::billing_run_action::{self as action, ActionType};
use model::{Error, Record, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Reverse;

#[derive(Clone, Debug, PartialEq)]
pub struct ActionSpec {
    pub kind: ActionType,
    /// 0 for everything but reminders.
    pub reminder: i64,
    /// The reminders of its list that are later than it, from the latest on.
    pub later: Vec<i64>,
    /// Inclusive at both ends.
    pub from: Date,
    pub to: Date,
    pub types: Option<Vec<String>>,
    pub packages: Option<Vec<String>>,
    pub reasons: Option<Vec<String>>,
    pub new_reason: Option<String>,
    pub success_notice: Option<String>,
    pub failure_notice: Option<String>,
    pub pro_forma: bool,
}

impl ActionSpec {
    /// Orders a list of reminders: the later is the one whose range ends at the
    /// earlier expiration dates (rule REM-8).
    pub fn lateness(&self) -> impl Ord + use<> {
        (Reverse(self.to), Reverse(self.from), self.reminder)
    }

    /// Without its restriction by status reason, if `lifted`.
    pub fn lifted(&self, lifted: bool) -> Cow<'_, ActionSpec> {
        match lifted && self.reasons.is_some() {
            true => Cow::Owned(ActionSpec {
                reasons: None,
                ..self.clone()
            }),
            false => Cow::Borrowed(self),
        }
    }

    /// Whether its mail is all that it does.
    pub fn only_mails(&self) -> bool {
        use ActionType::{AutoRenewalOrder, Drop, RenewalOrder};
        !matches!(self.kind, RenewalOrder | AutoRenewalOrder | Drop)
    }

    /// Whether it makes or charges an order that is to be paid: a forecast is
    /// none.
    pub fn bills(&self) -> bool {
        let kinds = [ActionType::RenewalOrder, ActionType::AutoRenewalOrder];
        kinds.contains(&self.kind) && !self.pro_forma
    }
}

/// Reminders of one series are sent once: the template's id, or the run's (rule REM-3).
pub fn series_of(run: &Record) -> &str {
    match run.text(billing_run::TEMPLATE_ID) {
        "" => run.text(ID_FIELD),
        template => template,
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunSelection {
    pub run_id: String,
    /// As [`series_of`] says.
    pub series: String,
    pub batch_id: Option<String>,
    /// In the order of work.
    pub specs: Vec<ActionSpec>,
}

impl RunSelection {
    pub fn of(run: &Record) -> Result<RunSelection> {
        let run_id = run.text(ID_FIELD).to_owned();
        let mut specs = Vec::new();
        for switch in SWITCHES.iter().filter(|switch| run.is(switch.flag)) {
            let options = run.get(switch.options).unwrap_or(Value::Null);
            specs.extend(read(switch, &options)?);
        }
        Ok(RunSelection {
            series: series_of(run).to_owned(),
            batch_id: run.get(billing_run::BATCH_ID),
            specs,
            run_id,
        })
    }

    /// The spec an action was planned by.
    pub fn spec(&self, kind: ActionType, reminder: i64) -> Option<&ActionSpec> {
        self.specs
            .iter()
            .find(|spec| spec.kind == kind && spec.reminder == reminder)
    }

    /// What the run says of an action.
    pub fn spec_of(&self, record: &Record) -> Option<&ActionSpec> {
        let reminder = record.get(action::REMINDER_NUMBER).unwrap_or(0);
        self.spec(record.get(action::TYPE)?, reminder)
    }

    /// The id of the action that a specification plans for a member.
    pub fn action_id(&self, membership: &str, spec: &ActionSpec) -> String {
        let id = ActionId {
            run: self.run_id.clone(),
            membership: membership_part(membership).into_owned(),
            kind: spec.kind,
            reminder: spec.reminder,
        };
        id.to_string()
    }

    /// The expiration dates that any spec is about.
    pub fn dates(&self) -> Option<(Date, Date)> {
        dates(&self.specs, |_| true)
    }

    /// Those that any spec of a type is about.
    pub fn dates_of(&self, kind: ActionType) -> Option<(Date, Date)> {
        dates(&self.specs, |spec| spec.kind == kind)
    }
}

fn dates(specs: &[ActionSpec], of: impl Fn(&&ActionSpec) -> bool) -> Option<(Date, Date)> {
    let from = specs.iter().filter(&of).map(|spec| spec.from).min()?;
    let to = specs.iter().filter(&of).map(|spec| spec.to).max()?;
    Some((from, to))
}

fn read(switch: &Switch, options: &Value) -> Result<Vec<ActionSpec>> {
    match options.get("reminders").and_then(Value::as_array) {
        Some(reminders) => {
            let list = reminders.iter().map(|own| spec(switch, options, own));
            Ok(ranked(list.collect::<Result<_>>()?))
        }
        None => Ok(vec![spec(switch, options, options)?]),
    }
}

/// A list of reminders, each with those that are later.
pub fn ranked(mut list: Vec<ActionSpec>) -> Vec<ActionSpec> {
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by_key(|place| Reverse(list[*place].lateness()));
    let mut later = Vec::new();
    for place in order {
        list[place].later.clone_from(&later);
        later.push(list[place].reminder);
    }
    list
}

fn spec(switch: &Switch, options: &Value, own: &Value) -> Result<ActionSpec> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let day = |name: &str| {
        let found = own.get(name).and_then(Value::as_str).and_then(date);
        found.ok_or_else(|| {
            Error::invalid(format!("/{}/{name}", switch.options.name()), "is required")
        })
    };
    let (success, failure) = notices(switch.kind);
    Ok(ActionSpec {
        kind: switch.kind,
        reminder: own.get("id").and_then(whole).unwrap_or(0),
        later: Vec::new(),
        from: day("expiration_date_range_start")?,
        to: day("expiration_date_range_end")?,
        types: list(
            options,
            "include_only_certain_membership_types",
            "membership_type_ids",
        ),
        packages: list(
            options,
            "include_only_certain_membership_packages",
            "membership_package_ids",
        ),
        reasons: list(
            options,
            "include_only_certain_status_reasons",
            "status_reason_ids",
        ),
        new_reason: text(options, "new_status_reason_id"),
        success_notice: text(own, success),
        failure_notice: failure.and_then(|name| text(own, name)),
        pro_forma: options.get("pro_forma") == Some(&Value::Bool(true)),
    })
}

/// The options' names of the notice for success and for failure.
fn notices(kind: ActionType) -> (&'static str, Option<&'static str>) {
    match kind {
        ActionType::RenewalNotice => ("renewal_notice_id", None),
        ActionType::RenewalOrder => ("renewal_order_notice_id", None),
        ActionType::AutoRenewalOrder => (
            "auto_renewal_success_notice_id",
            Some("auto_renewal_failure_notice_id"),
        ),
        ActionType::Drop => ("drop_notice_id", None),
        ActionType::RenewalReminder
        | ActionType::AutoRenewalReminder
        | ActionType::ExpiringCardReminder => ("reminder_notice_id", None),
    }
}

/// The ids of a restriction, if it is on.
fn list(options: &Value, switch: &str, name: &str) -> Option<Vec<String>> {
    if options.get(switch) != Some(&Value::Bool(true)) {
        return None;
    }
    let ids = options.get(name).and_then(Value::as_array);
    Some(
        ids.into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect(),
    )
}

#[cfg(test)]
mod tests;
