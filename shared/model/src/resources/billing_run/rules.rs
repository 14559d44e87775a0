//! Rules of a billing run beyond its single fields (rules RUN-3, RUN-8).

use super::fields::{DELETING_SINCE, NOTIFICATION_EMAIL, RunStatus, STATUS, SWITCHES};
use crate::address;
use crate::error::{Error, Problems, Result};
use crate::record::Record;
use crate::sys;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    check_switches(after, problems);
    address::check(NOTIFICATION_EMAIL, before, after, problems);
    let from = before.and_then(|run| run.get(STATUS));
    if let (Some(from), Some(to)) = (from, after.get(STATUS))
        && !may_move(from, to)
    {
        problems.add("/status", format!("cannot move from {from} to {to}"));
    }
}

/// What holds for the switches of a run and of a template alike.
pub(crate) fn check_switches(after: &Record, problems: &mut Problems) {
    if !SWITCHES.iter().any(|switch| after.is(switch.flag)) {
        problems.add(
            "",
            "at least one of the seven switches (generate_…, send_…, perform_…) must be true",
        );
    }
    for switch in SWITCHES.iter().filter(|switch| after.is(switch.flag)) {
        if let Some(options) = after.get(switch.options) {
            check_options(&options, &format!("/{}", switch.options.name()), problems);
        }
    }
}

fn check_options(options: &Value, path: &str, problems: &mut Problems) {
    // A template's ends are objects relative to a day, so nothing is compared before a run is
    // made of it.
    check_range(options, path, problems);
    let mut seen = BTreeSet::new();
    let reminders = options.get("reminders").and_then(Value::as_array);
    for (index, reminder) in reminders.into_iter().flatten().enumerate() {
        let path = format!("{path}/reminders/{index}");
        check_range(reminder, &path, problems);
        if let Some(id) = reminder.get("id").and_then(crate::field::whole)
            && !seen.insert(id)
        {
            problems.add(
                format!("{path}/id"),
                format!("{id} stands twice in the list"),
            );
        }
    }
}

fn check_range(options: &Value, path: &str, problems: &mut Problems) {
    let date = |name: &str| {
        options
            .get(name)
            .and_then(Value::as_str)
            .and_then(crate::field::date)
    };
    if let (Some(start), Some(end)) = (
        date("expiration_date_range_start"),
        date("expiration_date_range_end"),
    ) && end < start
    {
        problems.add(
            format!("{path}/expiration_date_range_end"),
            "must not lie before expiration_date_range_start",
        );
    }
}

/// Every move there is, by whomever (the table of rule RUN-8).
pub fn may_move(from: RunStatus, to: RunStatus) -> bool {
    use RunStatus::{
        Cancelled, Completed, Draft, Error, Preprocessing, ReadyForExecution, Running, Scheduled,
        ScheduledForExecution, TimedOut,
    };
    // Any other change of the run leaves the status as it is.
    from == to
        || match from {
            Draft => matches!(to, Scheduled | Preprocessing | Cancelled),
            Scheduled => matches!(to, Draft | Preprocessing | Cancelled),
            Preprocessing => matches!(
                to,
                ReadyForExecution | Completed | Error | TimedOut | Cancelled
            ),
            ReadyForExecution => matches!(
                to,
                Draft | Preprocessing | ScheduledForExecution | Running | Cancelled
            ),
            ScheduledForExecution => matches!(
                to,
                Draft | Preprocessing | ReadyForExecution | Running | Cancelled
            ),
            Running => matches!(
                to,
                Completed | Error | TimedOut | ReadyForExecution | Cancelled
            ),
            Completed => to == ReadyForExecution,
            Error | TimedOut => matches!(to, Preprocessing | ReadyForExecution | Cancelled),
            Cancelled => false,
        }
}

/// Why nothing of a run can be changed, for staff.
pub const BEING_DELETED: &str = "the billing run is being deleted";

/// Refuses what would change a run that is being deleted, or anything of it.
///
/// # Errors
/// `Conflict`, saying so.
pub fn refuse_while_deleting(run: &Record) -> Result<()> {
    match run.has(DELETING_SINCE) {
        true => Err(Error::conflict("/id", BEING_DELETED)),
        false => Ok(()),
    }
}

/// A locked run is neither planned nor executed, and its actions stay as they
/// are. What was under way when it was locked goes on to its end.
///
/// # Errors
/// `Forbidden`, saying so.
pub fn refuse_while_locked(run: &Record) -> Result<()> {
    match run.is(sys::LOCKED) {
        true => Err(Error::Forbidden(
            "the billing run is locked (sys_locked); only the admin scope may unlock it".into(),
        )),
        false => Ok(()),
    }
}

/// The moves a client may ask for by PUT or PATCH; the rest are the server's.
pub fn client_may_move(from: RunStatus, to: RunStatus) -> bool {
    let server_only = matches!(
        to,
        RunStatus::Preprocessing | RunStatus::Completed | RunStatus::Error | RunStatus::TimedOut
    );
    from == to
        || (may_move(from, to) && !server_only && from != RunStatus::Running)
        || (from == RunStatus::Running && to == RunStatus::Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_run_stays_cancelled_and_a_completed_one_is_never_refreshed() {
        for to in RunStatus::ALL
            .iter()
            .filter(|to| **to != RunStatus::Cancelled)
        {
            assert!(!may_move(RunStatus::Cancelled, *to), "{to}");
        }
        assert!(!may_move(RunStatus::Completed, RunStatus::Preprocessing));
    }

    #[test]
    fn no_client_sets_what_the_server_decides() {
        for from in RunStatus::ALL {
            for to in [
                RunStatus::Preprocessing,
                RunStatus::Completed,
                RunStatus::Error,
                RunStatus::TimedOut,
            ] {
                assert!(*from == to || !client_may_move(*from, to), "{from} to {to}");
            }
        }
        assert!(client_may_move(
            RunStatus::ReadyForExecution,
            RunStatus::Running
        ));
        assert!(!client_may_move(
            RunStatus::Running,
            RunStatus::ReadyForExecution
        ));
    }
}
