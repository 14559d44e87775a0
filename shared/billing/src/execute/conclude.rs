//! Outcomes are written into their actions, a page at a time.

use super::claim_page::is_open;
use super::context::RunContext;
use super::deliver::UNSENT;
use super::outcome::Outcome;
use model::resources::billing_run as run;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, BillingRunActions,
};
use model::{Error, Record, Result};

/// Writes how each action has ended.
pub async fn conclude_page(context: &RunContext<'_>, ended: &[(Record, Outcome)]) -> Result<()> {
    let (store, by) = (&context.billing.store, context.billing.context());
    let (mut changes, mut outcomes) = (Vec::new(), Vec::new());
    for (record, outcome) in ended {
        if let Some(after) = concluded(context, record, outcome) {
            changes.push(store.change::<BillingRunActions>(&by, Some(record), after)?);
            outcomes.push(outcome);
        }
    }
    let written = store.write_all(&changes).await;
    for ((change, outcome), written) in changes.iter().zip(outcomes).zip(written) {
        match written {
            Ok(()) => {}
            Err(Error::Stale { .. }) => conclude_again(context, change.id(), outcome).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The action has another version than the worker knows, as after a step that
/// panicked between a write and its answer: the outcome is put onto what is
/// stored, if that is still this generation's.
async fn conclude_again(context: &RunContext<'_>, id: &str, outcome: &Outcome) -> Result<()> {
    // Whoever has claimed it since concludes it; what staff have settled stays so.
    let ours = |stored: &Record| {
        let held = stored.get(action::CLAIM_GENERATION) == Some(context.generation);
        held && is_open(stored)
    };
    let conclude = |stored: &Record| {
        let after = ours(stored).then(|| concluded(context, stored, outcome));
        Ok(after.flatten())
    };
    let updated = context.billing.update::<BillingRunActions>(id, conclude);
    updated.await.map(|_| ())
}

/// The action as an outcome leaves it; `None` when there is nothing to write.
fn concluded(context: &RunContext<'_>, record: &Record, outcome: &Outcome) -> Option<Record> {
    let mut after = conclude(record, outcome, context.billing.tenant.now())?;
    // Whose log tells operators what happened.
    after.put(action::EXECUTION_ARN, context.run.get(run::EXECUTION_ARN));
    Some(after)
}

/// How an action ends that failed. An order, a charge or a drop that is recorded
/// is done; it was the mail that failed.
fn failed(record: &Record, why: &str) -> (ActionStatus, Option<String>) {
    use ActionType::{AutoRenewalOrder, Drop, RenewalOrder};
    let kind = record.get(action::TYPE);
    let does = matches!(kind, Some(RenewalOrder | AutoRenewalOrder | Drop));
    match record.get(action::EFFECT).filter(|_| does) {
        Some(effect) => {
            let known = record.get(action::ERROR_MESSAGE);
            let note = format!("notice perhaps sent: {why}");
            let parts: Vec<String> = known.into_iter().chain([note]).collect();
            (effect, Some(parts.join("; ")))
        }
        None => (ActionStatus::Error, Some(why.to_owned())),
    }
}

/// Tries of an action whose failure may pass.
const TRIES_MAX: i64 = 5;

/// Writes an outcome into the action; `None` when there is nothing to write.
pub fn conclude(record: &Record, outcome: &Outcome, now: jiff::Timestamp) -> Option<Record> {
    let mut after = record.clone();
    let tries = record.get(action::TRIES).unwrap_or(0);
    let (status, message) = match outcome {
        Outcome::Failed { passing: true, .. } if tries < TRIES_MAX => {
            // It stays open: the next pass goes on by what its record says.
            after.set(action::TRIES, tries + 1);
            return Some(after);
        }
        Outcome::Failed { why, detail, .. } => {
            after.set(action::ERROR_STACK, detail.clone());
            failed(record, why)
        }
        Outcome::Completed(note) => (ActionStatus::Completed, note.clone()),
        Outcome::PaymentFailure(why) => (ActionStatus::PaymentFailure, Some(why.clone())),
        Outcome::Error(why) => (ActionStatus::Error, Some(why.clone())),
        Outcome::NotApproved(why) => {
            after.set(action::PLANNED_ERROR, true);
            (ActionStatus::Error, Some(why.clone()))
        }
        Outcome::GivenUp(since) => {
            after.set(action::UNKNOWN_SINCE, *since);
            (
                ActionStatus::Error,
                Some("payment outcome unknown: ask the provider before trying again".into()),
            )
        }
        Outcome::Skipped(status, why) => (*status, Some(why.clone())),
        Outcome::Later(seconds) | Outcome::Unsent(seconds) => {
            let pause = jiff::SignedDuration::from_secs(i64::from(*seconds));
            // Pauses and leases are the machine's time, whatever the tenant's clock shows.
            after.put(
                action::NOT_BEFORE,
                jiff::Timestamp::now().checked_add(pause).ok(),
            );
            // Nobody works it while it waits: the next generation need not wait longer.
            after.clear(action::CLAIM_LEASE);
            if matches!(outcome, Outcome::Unsent(_)) {
                after.set(action::MAIL, UNSENT.to_owned());
            }
            return Some(after);
        }
        Outcome::Lost => return None,
    };
    after.set(action::STATUS, status);
    after.put(action::ERROR_MESSAGE, message.map(action::reason));
    after.set(action::DATE, now);
    // A settled action carries no trace of the work: staff may try it again, and
    // then it begins anew.
    after.clear(action::CLAIM_LEASE);
    after.clear(action::NOT_BEFORE);
    after.clear(action::TRIES);
    after.clear(action::CLAIM_GENERATION);
    after.clear(action::EFFECT);
    after.clear(action::MAIL);
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(kind: ActionType, effect: ActionStatus) -> Record {
        let mut record = Record::default();
        record.set(action::TYPE, kind);
        record.set(action::STATUS, ActionStatus::ProcessingOrder);
        record.set(action::EFFECT, effect);
        record.set(action::TRIES, TRIES_MAX);
        record
    }

    fn outage() -> Outcome {
        Outcome::Failed {
            why: "a technical failure".into(),
            detail: String::new(),
            passing: true,
        }
    }

    fn ended(record: &Record) -> (Option<ActionStatus>, String) {
        let ended = conclude(record, &outage(), jiff::Timestamp::UNIX_EPOCH).unwrap();
        let message = ended.text(action::ERROR_MESSAGE).to_owned();
        (ended.get(action::STATUS), message)
    }

    #[test]
    fn what_is_done_stays_done_when_its_mail_fails_for_good() {
        let order = recorded(ActionType::RenewalOrder, ActionStatus::Completed);
        let note = "notice perhaps sent: a technical failure";
        assert_eq!(ended(&order), (Some(ActionStatus::Completed), note.into()));
        let effect = ActionStatus::PaymentFailure;
        let mut refused = recorded(ActionType::AutoRenewalOrder, effect);
        refused.set(action::ERROR_MESSAGE, "payment refused: no".into());
        let both = format!("payment refused: no; {note}");
        assert_eq!(ended(&refused), (Some(effect), both));
        let notice = recorded(ActionType::RenewalNotice, ActionStatus::Completed);
        let why = "a technical failure".to_owned();
        assert_eq!(ended(&notice), (Some(ActionStatus::Error), why));
    }

    /// One that waits for an earlier action of its member may have sent its
    /// mail before a crash.
    #[test]
    fn only_a_mail_that_was_put_off_is_known_to_be_unsent() {
        let record = recorded(ActionType::RenewalOrder, ActionStatus::Completed);
        let now = jiff::Timestamp::UNIX_EPOCH;
        let waits = conclude(&record, &Outcome::Later(1), now).unwrap();
        assert!(!waits.has(action::MAIL));
        let put_off = conclude(&record, &Outcome::Unsent(1), now).unwrap();
        assert_eq!(put_off.text(action::MAIL), UNSENT);
    }
}
