//! Figures of the month-end snapshots, each beside the month before (rule FILE-5).

use super::count::YEAR;
use super::job::Snapshots;
use super::months::{MONTHS, Months};
use super::series::{Monthly, Series};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Months that a figure shows.
const SHOWN: usize = 25;

/// What a statistic is of.
enum Of {
    Months(fn(&Series) -> &Monthly),
    Retention,
    Each(fn(&Series) -> &BTreeMap<String, Monthly>),
}

/// Each statistic's id, its name, and what it is of.
const ALL: [(&str, &str, Of); 9] = [
    (
        "members",
        "Members at the end of the month",
        Of::Months(|series| &series.members),
    ),
    (
        "joins",
        "Joins in the month",
        Of::Months(|series| &series.joins),
    ),
    (
        "renewals",
        "Renewals in the month",
        Of::Months(|series| &series.renewals),
    ),
    (
        "reinstatements",
        "Reinstatements in the month",
        Of::Months(|series| &series.reinstatements),
    ),
    (
        "lapses",
        "Lapses in the month",
        Of::Months(|series| &series.lapses),
    ),
    (
        "retention",
        "Members of a year before who are members, in percent",
        Of::Retention,
    ),
    (
        "members-by-type",
        "Members by type at the end of the month",
        Of::Each(|series| &series.types),
    ),
    (
        "members-by-status",
        "Memberships by status at the end of the month",
        Of::Each(|series| &series.statuses),
    ),
    (
        "members-by-chapter",
        "Members by chapter at the end of the month",
        Of::Each(|series| &series.chapters),
    ),
];

/// The statistic of an id, of what was computed last; `None` for an id that is none.
pub fn statistic(id: &str, snapshots: Option<&Snapshots>) -> Option<Map<String, Value>> {
    let (_, name, of) = ALL.iter().find(|(known, ..)| *known == id)?;
    let mut figure = match snapshots {
        Some(snapshots) => figure(of, snapshots),
        None => json!({ "status": "not computed",
            "error": "no snapshots are there: ask for initiateSnapshotLookback first" }),
    };
    figure["id"] = id.into();
    figure["name"] = (*name).into();
    figure.as_object().cloned()
}

fn figure(of: &Of, snapshots: &Snapshots) -> Value {
    let (series, months) = (&snapshots.series, Months::of_last(snapshots.last));
    let last = MONTHS - 1;
    let mut figure = match of {
        Of::Months(counts) => {
            let value = |at: usize| Some(f64::from(at_month(counts(series), at)));
            by_month(value, months)
        }
        Of::Retention => by_month(|at| retention(series, at), months),
        Of::Each(counts) => {
            let counts = counts(series);
            let sum = |at: usize| {
                counts
                    .values()
                    .map(|counts| f64::from(at_month(counts, at)))
                    .sum()
            };
            let each = counts.iter().map(|(value, counts)| {
                let count = |at: usize| Some(f64::from(at_month(counts, at)));
                let mut one = compared(count(last), count(last - 1));
                one["id"] = value.as_str().into();
                one
            });
            let values: Vec<Value> = each.collect();
            let mut figure = compared(Some(sum(last)), Some(sum(last - 1)));
            figure["values"] = values.into();
            figure
        }
    };
    figure["status"] = "ready".into();
    figure["dataSource"] = format!(
        "history of memberships through {}, computed at {}",
        snapshots.last, snapshots.computed_at
    )
    .into();
    figure
}

fn at_month(counts: &Monthly, at: usize) -> u32 {
    counts.get(at).copied().unwrap_or(0)
}

/// The share of a year before's members who are members; `None` where there was none.
fn retention(series: &Series, at: usize) -> Option<f64> {
    let before = at_month(&series.members, at.checked_sub(YEAR)?);
    let retained = f64::from(at_month(&series.retained, at));
    (before > 0).then(|| tenths(retained * 100.0 / f64::from(before)))
}

fn by_month(value: impl Fn(usize) -> Option<f64>, months: Months) -> Value {
    let last = MONTHS - 1;
    let mut figure = compared(value(last), value(last - 1));
    if value(last).is_none() {
        figure["error"] = "there was no member a year before".into();
    }
    let shown = MONTHS - SHOWN..MONTHS;
    let shown =
        shown.map(|at| json!({ "period": months.name(at), "value": value(at).map(number) }));
    figure["values"] = shown.collect();
    figure
}

/// A value beside that of the period before.
fn compared(value: Option<f64>, before: Option<f64>) -> Value {
    let difference = value.zip(before).map(|(value, before)| value - before);
    let share = difference.zip(before.filter(|before| *before != 0.0));
    json!({
        "value": value.map(number),
        "value_for_previous_period": before.map(number),
        "value_difference_numeric": difference.map(tenths).map(number),
        "value_difference_percentage": share.map(|(difference, before)| number(tenths(difference * 100.0 / before))),
    })
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Whole where it is.
fn number(value: f64) -> Value {
    match value.fract() == 0.0 {
        true => json!(value as i64),
        false => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::civil::date;

    fn snapshots() -> Snapshots {
        let mut members = vec![0; MONTHS];
        members[MONTHS - 13] = 40;
        members[MONTHS - 2] = 50;
        members[MONTHS - 1] = 60;
        let mut retained = vec![0; MONTHS];
        retained[MONTHS - 1] = 35;
        let types = BTreeMap::from([("regular".to_owned(), members.clone())]);
        let series = Series {
            members,
            retained,
            types,
            ..Series::default()
        };
        Snapshots {
            job: "snapshots-1".into(),
            last: date(2026, 2, 28),
            computed_at: Timestamp::UNIX_EPOCH,
            series,
        }
    }

    fn found(id: &str) -> Value {
        Value::Object(statistic(id, Some(&snapshots())).unwrap())
    }

    #[test]
    fn a_month_is_compared_with_the_one_before() {
        let members = found("members");
        assert_eq!(
            (&members["value"], &members["value_for_previous_period"]),
            (&json!(60), &json!(50))
        );
        assert_eq!(
            (
                &members["value_difference_numeric"],
                &members["value_difference_percentage"]
            ),
            (&json!(10), &json!(20))
        );
        let values = members["values"].as_array().unwrap();
        assert_eq!(values.len(), SHOWN);
        assert_eq!(
            values[SHOWN - 1],
            json!({ "period": "2026-02", "value": 60 })
        );
        let joins = found("joins");
        assert_eq!(
            (&joins["value"], &joins["value_difference_percentage"]),
            (&json!(0), &Value::Null)
        );
    }

    #[test]
    fn retention_is_of_the_members_of_a_year_before() {
        let retention = found("retention");
        assert_eq!(
            (&retention["value"], &retention["value_for_previous_period"]),
            (&json!(87.5), &Value::Null)
        );
    }

    #[test]
    fn each_value_of_a_dimension_is_compared() {
        let types = found("members-by-type");
        assert_eq!(types["value"], 60);
        assert_eq!(types["values"][0]["id"], "regular");
        assert_eq!(types["values"][0]["value_difference_numeric"], 10);
        assert!(statistic("id-1", Some(&snapshots())).is_none());
    }

    #[test]
    fn before_the_first_job_a_figure_says_so() {
        let figure = statistic("members", None).unwrap();
        assert_eq!(
            (figure.get("status"), figure.get("value")),
            (Some(&json!("not computed")), None)
        );
    }
}
