//! One action: judged again, then worked by its type (semantics 2.3, 2.4).

use super::case::Case;
use super::page::Worker;
use crate::eligibility::{Facts, judge};
use crate::member::DueMembership;
use crate::plan::{removal, without_reasons};
use crate::scope::Part;
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
    /// Another worker has the action.
    Lost,
}

impl Outcome {
    /// Seconds until the action is to be taken up again, if it is.
    pub fn pause(&self) -> Option<u32> {
        match self {
            Outcome::Later(seconds) => Some(*seconds),
            Outcome::Failed { passing: true, .. } => Some(2),
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
    /// Works one claimed action; `record` is kept as it is stored.
    pub async fn act(&self, record: &mut Record, case: &mut Case) -> Result<Outcome> {
        for _ in 0..ATTEMPTS {
            if case.stale {
                case.refresh(self.desk).await?;
            }
            if let Some(outcome) = self.attempt(record, case).await? {
                return Ok(outcome);
            }
            case.stale = true;
        }
        Ok(Outcome::Later(1))
    }

    /// `None` when somebody else wrote first.
    async fn attempt(&self, record: &mut Record, case: &mut Case) -> Result<Option<Outcome>> {
        if let Some(effect) = record.get(action::EFFECT) {
            return self.finish(record, case, effect, true).await.map(Some);
        }
        let Some(kind) = record.get(action::TYPE) else {
            return Err(Error::internal("an action without a type"));
        };
        // A charge under way goes on; one that staff try again begins anew.
        let charging = record.get(action::STATUS) == Some(ActionStatus::ProcessingOrder);
        if kind == ActionType::AutoRenewalOrder && charging {
            return self.charge(record, case).await;
        }
        let part = match self.judge_again(record, case)? {
            Ok(part) => part,
            Err(outcome) => return Ok(Some(outcome)),
        };
        match kind {
            ActionType::RenewalNotice => self.notice(record, case, part).await,
            ActionType::RenewalOrder => self.bill(record, case, part).await,
            ActionType::AutoRenewalOrder => self.renew_automatically(record, case, part).await,
            ActionType::RenewalReminder
            | ActionType::AutoRenewalReminder
            | ActionType::ExpiringCardReminder => self.remind(record, case, part).await,
            ActionType::Drop => self.drop_member(record, case, part).await,
        }
    }

    /// The part the action belongs to, if the member is still concerned.
    fn judge_again<'a>(
        &'a self,
        record: &Record,
        case: &Case,
    ) -> Result<std::result::Result<&'a Part, Outcome>> {
        let facts = Facts {
            packages: &self.desk.packages,
            today: self.desk.tenant.today(),
            series: &self.scope.series,
        };
        let Some(stored) = &case.member else {
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
        if kind == ActionType::Drop && case.billed_here {
            return Ok(Err(Outcome::no_longer_eligible(
                "the member was billed or charged by this run",
            )));
        }
        let planned_for = record.get(action::EXPIRATION_DATE);
        let part = self
            .scope
            .part(kind, record.get(action::REMINDER_NUMBER).unwrap_or(0));
        let concerned = part.filter(|part| {
            let part = without_reasons(part, case.reason_set_here);
            member.expiration_date == planned_for && judge(&member, &part, &facts).is_ok()
        });
        Ok(concerned.ok_or_else(|| {
            let (status, why) = removal(&self.scope, record, Some(&member), &facts);
            Outcome::Skipped(status, why)
        }))
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
            (ActionStatus::Error, Some(why.clone()))
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
        Outcome::Later(seconds) => {
            let pause = jiff::SignedDuration::from_secs(i64::from(*seconds));
            // Pauses and leases are the machine's time, whatever the tenant's clock shows.
            after.put(
                action::NOT_BEFORE,
                jiff::Timestamp::now().checked_add(pause).ok(),
            );
            // Nobody works it while it waits: the next generation need not wait longer.
            after.clear(action::CLAIM_LEASE);
            // The effect is recorded, so what had to wait is the mail.
            if record.has(action::EFFECT) {
                after.set(action::MAIL, "unsent".to_owned());
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
