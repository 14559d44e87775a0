//! One action: judged again, then worked by its type (rules ACT-13 to ACT-18).

use super::mail::UNSENT;
use super::page::Worker;
use super::state::MembershipState;
use crate::eligibility::{Facts, judge};
use crate::member::DueMembership;
use crate::plan::{removal, without_reasons};
use crate::selection::ActionSpec;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::{Error, Record, Result, sys};

/// How an action has ended, or that it has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; a note for staff if something beside it failed.
    Completed(Option<String>),
    PaymentFailure(String),
    Error(String),
    /// A defect or an outage, with detail for operators; one that may pass is
    /// tried again.
    Failed {
        why: String,
        detail: String,
        passing: bool,
    },
    /// A charge whose outcome nobody could tell since this moment.
    GivenUp(jiff::Timestamp),
    Skipped(ActionStatus, String),
    /// Not yet: to be taken up again after so many seconds.
    Later(u32),
    /// The same, where the effect is recorded and only its mail was put off.
    Unsent(u32),
    /// Another worker has the action, or staff took it out a moment ago: it is
    /// looked at again.
    Lost,
}

impl Outcome {
    /// Seconds until the action is to be taken up again, if it is.
    pub fn pause(&self) -> Option<u32> {
        match self {
            Outcome::Later(seconds) | Outcome::Unsent(seconds) => Some(*seconds),
            Outcome::Failed { passing: true, .. } => Some(2),
            Outcome::Lost => Some(1),
            _ => None,
        }
    }

    pub fn no_longer_eligible(why: impl Into<String>) -> Outcome {
        Outcome::Skipped(ActionStatus::NoLongerEligible, why.into())
    }
}

/// Attempts at an action that others' writes overtake.
const ATTEMPTS: usize = 6;

impl Worker<'_> {
    /// Works one action; `record` is kept as it is stored.
    pub async fn act(&self, record: &mut Record, state: &mut MembershipState) -> Result<Outcome> {
        // An effect that is recorded from here on is ours, its mail not yet sent.
        let resumed = record.has(action::EFFECT);
        for _ in 0..ATTEMPTS {
            if state.stale {
                state.refresh(self.billing).await?;
            }
            if let Some(outcome) = self.attempt(record, state, resumed).await? {
                return Ok(outcome);
            }
            state.stale = true;
        }
        Ok(Outcome::Later(1))
    }

    /// `None` when somebody else wrote first.
    async fn attempt(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        resumed: bool,
    ) -> Result<Option<Outcome>> {
        if let Some(effect) = record.get(action::EFFECT) {
            return self.finish(record, state, effect, resumed).await.map(Some);
        }
        let Some(kind) = record.get(action::TYPE) else {
            return Err(Error::internal("an action without a type"));
        };
        // A charge under way goes on; one that staff try again begins anew.
        let charging = record.get(action::STATUS) == Some(ActionStatus::ProcessingOrder);
        if kind == ActionType::AutoRenewalOrder && charging {
            return self.charge(record, state).await;
        }
        let spec = match self.judge_again(record, state)? {
            Ok(spec) => spec,
            Err(outcome) => return Ok(Some(outcome)),
        };
        match kind {
            ActionType::RenewalNotice => self.notice(record, state, spec).await,
            ActionType::RenewalOrder => self.bill(record, state, spec).await,
            ActionType::AutoRenewalOrder => self.renew_automatically(record, state, spec).await,
            ActionType::RenewalReminder
            | ActionType::AutoRenewalReminder
            | ActionType::ExpiringCardReminder => self.remind(record, state, spec).await,
            ActionType::Drop => self.drop_member(record, state, spec).await,
        }
    }

    /// The spec the action belongs to, if the member is still concerned.
    fn judge_again<'a>(
        &'a self,
        record: &Record,
        state: &MembershipState,
    ) -> Result<std::result::Result<&'a ActionSpec, Outcome>> {
        let facts = Facts {
            packages: &self.billing.packages,
            today: self.billing.tenant.today(),
            series: &self.selection.series,
        };
        let Some(stored) = &state.member else {
            return Ok(Err(Outcome::no_longer_eligible(
                "the membership does not exist any more",
            )));
        };
        if stored.is(sys::LOCKED) {
            return Ok(Err(Outcome::Error(
                "locked: the membership may not be changed (sys_locked)".into(),
            )));
        }
        let member = DueMembership::of(stored)?;
        let kind = record.get(action::TYPE).unwrap_or(ActionType::Drop);
        if kind == ActionType::Drop && state.billed_here {
            return Ok(Err(Outcome::no_longer_eligible(
                "the member was billed or charged by this run",
            )));
        }
        let planned_for = record.get(action::EXPIRATION_DATE);
        let spec = self
            .selection
            .spec(kind, record.get(action::REMINDER_NUMBER).unwrap_or(0));
        let concerned = spec.filter(|spec| {
            let spec = without_reasons(spec, state.reason_set_here);
            member.expiration_date == planned_for && judge(&member, &spec, &facts).is_ok()
        });
        Ok(concerned.ok_or_else(|| {
            let (status, why) = removal(&self.selection, record, Some(&member), &facts);
            Outcome::Skipped(status, why)
        }))
    }
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
    after.put(action::ERROR_MESSAGE, message);
    after.set(action::DATE, now);
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
