//! A worker: pages of a shard's actions, worked by membership and concluded
//! together. What is pending is claimed by the very write that records its
//! effect, or by the one that says how it ended without one.

use super::act::{Outcome, conclude};
use super::breaker::Tally;
use super::progress::Buckets;
use super::state::MembershipState;
use crate::notice_mail::NoticeCache;
use crate::selection::{ActionSpec, RunSelection};
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use ledger::context::TenantBilling;
use ledger::head::{self, BillingHead};
use model::resource::ID_FIELD;
use model::resources::billing_run as run;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, BillingRunActions,
};
use model::resources::catalogue;
use model::resources::membership::{self as m, Memberships, Status};
use model::{Error, Record, Result};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use tokio::sync::Mutex;

/// Memberships worked at once.
const PARALLEL: usize = 16;
/// Order numbers taken at once; those not used are a gap.
const NUMBERS: u32 = 100;

pub struct Worker<'a> {
    pub(super) billing: &'a TenantBilling,
    pub(super) run: Record,
    pub(super) selection: RunSelection,
    pub(super) generation: i64,
    pub(super) lease_until: Timestamp,
    pub(super) book: NoticeCache,
    numbers: Mutex<Range<i64>>,
    reasons: Vec<Record>,
}

/// What a page has come to.
#[derive(Default)]
pub struct Worked {
    pub tally: Tally,
    /// Actions that have to be taken up again, and the shortest pause asked for.
    pub left: Option<u32>,
}

impl<'a> Worker<'a> {
    pub async fn new(
        billing: &'a TenantBilling,
        record: Record,
        generation: i64,
        lease_until: Timestamp,
    ) -> Result<Worker<'a>> {
        let selection = RunSelection::of(&record)?;
        let reasons = billing
            .store
            .query_all(&billing.store.all::<model::resources::StatusReasons>())
            .await?;
        let (book, numbers) = (NoticeCache::default(), Mutex::new(0..0));
        Ok(Worker {
            billing,
            selection,
            run: record,
            generation,
            lease_until,
            book,
            numbers,
            reasons,
        })
    }

    pub(super) async fn order_number(&self) -> Result<i64> {
        let mut block = self.numbers.lock().await;
        if block.is_empty() {
            *block = self.billing.store.numbers("order", NUMBERS).await?;
        }
        block
            .next()
            .ok_or_else(|| Error::internal("an empty block of order numbers"))
    }

    pub(super) fn spec_of(&self, record: &Record) -> Option<&ActionSpec> {
        self.selection.spec(
            record.get(action::TYPE)?,
            record.get(action::REMINDER_NUMBER).unwrap_or(0),
        )
    }

    fn sets_reason(&self, record: &Record) -> bool {
        self.spec_of(record)
            .is_some_and(|spec| spec.new_reason.is_some())
    }

    pub(super) fn set_reason(&self, member: &mut Record, spec: &ActionSpec) {
        if let Some(reason) = spec.new_reason.clone().filter(|id| !id.is_empty()) {
            member.set(m::STATUS_REASON_ID, reason);
        }
    }

    /// The active reason of a status that comes first by priority.
    pub(super) fn first_reason(&self, status: Status) -> Option<String> {
        let fits = |reason: &&Record| {
            reason.get(catalogue::APPLIES_TO) == Some(status)
                && reason.get(catalogue::IS_ACTIVE) != Some(false)
        };
        let priority = |reason: &&Record| {
            reason
                .get(catalogue::PRIORITY)
                .and_then(|n| model::field::decimal(&n))
                .unwrap_or(Decimal::MAX)
        };
        self.reasons
            .iter()
            .filter(fits)
            .min_by_key(priority)
            .map(|reason| reason.text(ID_FIELD).to_owned())
    }

    /// Works the open actions of a page. `page` holds whole memberships, in the
    /// order of work.
    pub async fn work_page(&self, page: Vec<Record>) -> Result<Worked> {
        let mut worked = Worked::default();
        let before = Buckets::of(&page);
        let groups = self.take(page, &mut worked).await?;
        let cases = self.cases(groups.keys()).await?;
        let work = groups
            .into_iter()
            .zip(cases)
            .map(|((_, actions), state)| self.work_member(actions, state));
        let outcomes: Vec<Vec<(Record, Outcome)>> = futures::stream::iter(work)
            .buffer_unordered(PARALLEL)
            .collect()
            .await;
        let outcomes: Vec<(Record, Outcome)> = outcomes.into_iter().flatten().collect();
        for (record, outcome) in &outcomes {
            let amount = record.text(action::AMOUNT).parse().unwrap_or_default();
            worked.tally.count(outcome, amount);
            if let Some(seconds) = outcome.pause() {
                worked.left = Some(worked.left.map_or(seconds, |known| known.min(seconds)));
            }
        }
        self.conclude(&outcomes).await?;
        self.count(&before, &outcomes).await;
        Ok(worked)
    }

    /// What is open, by membership; what another worker has left is claimed
    /// first. A membership's settled actions come along: they say what this run
    /// has done already.
    async fn take(
        &self,
        page: Vec<Record>,
        worked: &mut Worked,
    ) -> Result<BTreeMap<String, Vec<Record>>> {
        let now = Timestamp::now();
        let mut groups: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        let mut claims = Vec::new();
        for record in page {
            match self.may_take(&record, now) {
                Taking::AsItIs => groups.entry(membership(&record)).or_default().push(record),
                Taking::Claim => {
                    let after = self.claimed(&record);
                    claims.push(self.billing.store.change::<BillingRunActions>(
                        &self.billing.context(),
                        Some(&record),
                        after,
                    )?);
                }
                Taking::NotYet(seconds) => {
                    worked.left = Some(worked.left.map_or(seconds, |known| known.min(seconds)))
                }
            }
        }
        for (change, outcome) in claims
            .iter()
            .zip(self.billing.store.write_all(&claims).await)
        {
            match outcome {
                Ok(()) => groups
                    .entry(membership(&change.after))
                    .or_default()
                    .push(change.after.clone()),
                // Taken by another: looked at again.
                Err(Error::Stale { .. }) => worked.left = Some(1),
                Err(error) => return Err(error),
            }
        }
        groups.retain(|_, actions| actions.iter().any(is_open));
        groups
            .values_mut()
            .for_each(|actions| actions.sort_by_key(|record| record.text(ID_FIELD).to_owned()));
        Ok(groups)
    }

    fn may_take(&self, record: &Record, now: Timestamp) -> Taking {
        let Some(status) = record.get(action::STATUS) else {
            return Taking::AsItIs;
        };
        if status.is_settled() {
            return Taking::AsItIs;
        }
        if let Some(pause) = record.get(action::NOT_BEFORE).filter(|until| *until > now) {
            return Taking::NotYet(seconds_until(pause, now));
        }
        if status == ActionStatus::Pending {
            return Taking::AsItIs;
        }
        // A shard has one worker at a time within a generation: whoever claimed
        // this before us is gone. Another generation's may live until its lease ends.
        if record.get(action::CLAIM_GENERATION) == Some(self.generation) {
            return Taking::AsItIs;
        }
        match record.get(action::CLAIM_LEASE).filter(|until| *until > now) {
            Some(lease) => Taking::NotYet(seconds_until(lease, now)),
            None => Taking::Claim,
        }
    }

    /// The action, this generation's from the next write on.
    pub(super) fn claimed(&self, record: &Record) -> Record {
        let mut after = record.clone();
        if record.get(action::STATUS) == Some(ActionStatus::Pending) {
            after.set(action::STATUS, ActionStatus::Processing);
        }
        after.set(action::CLAIM_GENERATION, self.generation);
        after.set(action::CLAIM_LEASE, self.lease_until);
        after.clear(action::NOT_BEFORE);
        after
    }

    /// The action as an outcome leaves it; `None` when there is nothing to write.
    fn concluded(&self, record: &Record, outcome: &Outcome) -> Option<Record> {
        let mut after = conclude(record, outcome, self.billing.tenant.now())?;
        after.put(action::EXECUTION_ARN, self.run.get(run::EXECUTION_ARN));
        Some(after)
    }

    /// The memberships and heads of a page, read together.
    async fn cases(&self, ids: impl Iterator<Item = &String>) -> Result<Vec<MembershipState>> {
        let ids: Vec<String> = ids.cloned().collect();
        let keys: Vec<_> = ids.iter().map(|id| head::key(id)).collect();
        let (members, heads) = futures::join!(
            self.billing.store.get_many::<Memberships>(&ids),
            self.billing.store.documents::<BillingHead>(&keys)
        );
        let read = ids.iter().zip(members?).zip(heads?);
        Ok(read
            .map(|((id, member), head)| MembershipState::new(id, member, head))
            .collect())
    }

    /// A membership's actions, strictly one after another.
    async fn work_member(
        &self,
        actions: Vec<Record>,
        mut state: MembershipState,
    ) -> Vec<(Record, Outcome)> {
        let mut outcomes: Vec<(Record, Outcome)> = Vec::new();
        let mut blocked = None;
        for mut record in actions {
            if !is_open(&record) {
                remember(&record, self, &mut state);
                continue;
            }
            // Later actions wait for one that is not finished.
            let outcome = match blocked {
                Some(seconds) => Outcome::Later(seconds),
                None => self.act_safely(&mut record, &mut state).await,
            };
            if matches!(outcome, Outcome::Completed(_)) {
                state.reason_set_here |= self.sets_reason(&record);
            }
            blocked = outcome.pause().or(blocked);
            outcomes.push((record, outcome));
        }
        outcomes
    }

    /// An error, or even a panic, parks one action and stops nothing else.
    async fn act_safely(&self, record: &mut Record, state: &mut MembershipState) -> Outcome {
        let worked = AssertUnwindSafe(self.act(record, state))
            .catch_unwind()
            .await;
        match worked {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => {
                state.stale = true;
                let passing = error.is_transient();
                tracing::warn!(action = record.text(ID_FIELD), %error, passing, "an action failed");
                let detail = format!("{error:?}");
                Outcome::Failed {
                    why: staff_line(&error),
                    detail,
                    passing,
                }
            }
            Err(_) => {
                state.stale = true;
                tracing::error!(action = record.text(ID_FIELD), "a step panicked");
                let why =
                    "a defect of ours stopped this action; what it had done is kept".to_owned();
                Outcome::Failed {
                    why,
                    detail: "a step panicked; see the log".into(),
                    passing: false,
                }
            }
        }
    }

    async fn conclude(&self, outcomes: &[(Record, Outcome)]) -> Result<()> {
        let context = self.billing.context();
        let mut changes = Vec::new();
        for (record, outcome) in outcomes {
            if let Some(after) = self.concluded(record, outcome) {
                changes.push((
                    self.billing.store.change::<BillingRunActions>(
                        &context,
                        Some(record),
                        after,
                    )?,
                    outcome,
                ));
            }
        }
        let all: Vec<_> = changes.iter().map(|(change, _)| change.clone()).collect();
        for ((change, outcome), written) in
            changes.iter().zip(self.billing.store.write_all(&all).await)
        {
            match written {
                Ok(()) => {}
                Err(Error::Stale { .. }) => self.conclude_again(change.id(), outcome).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The action was written behind our back, as by a step that panicked after
    /// its effect: the outcome is put onto what is stored, if it is still ours.
    async fn conclude_again(&self, id: &str, outcome: &Outcome) -> Result<()> {
        let settle = |stored: &Record| {
            let ours = stored.get(action::CLAIM_GENERATION) == Some(self.generation);
            Ok(if ours && is_open(stored) {
                self.concluded(stored, outcome)
            } else {
                None
            })
        };
        self.billing
            .update::<BillingRunActions>(id, settle)
            .await
            .map(|_| ())
    }
}

/// What staff read of an error: what is for operators stays in the detail.
fn staff_line(error: &Error) -> String {
    match error {
        Error::Unknown(_) | Error::Internal(_) => "a technical failure; see error_stack".into(),
        other => other.to_string(),
    }
}

enum Taking {
    /// Settled, pending, or claimed by this generation before a crash or a pause.
    AsItIs,
    /// Left by another generation, whose worker may yet wake up.
    Claim,
    NotYet(u32),
}

fn membership(record: &Record) -> String {
    record.text(action::MEMBERSHIP_ID).to_owned()
}

pub fn is_open(record: &Record) -> bool {
    record
        .get(action::STATUS)
        .is_some_and(|status| !status.is_settled())
}

/// What an action that this run has settled means for the member's later ones.
fn remember(record: &Record, worker: &Worker<'_>, state: &mut MembershipState) {
    let status = record.get(action::STATUS);
    let done = matches!(
        status,
        Some(ActionStatus::Completed | ActionStatus::PaymentFailure)
    );
    let kind = record.get(action::TYPE);
    let bills = matches!(
        kind,
        Some(ActionType::RenewalOrder | ActionType::AutoRenewalOrder)
    );
    state.billed_here |= done && bills;
    state.reason_set_here |= done && worker.sets_reason(record);
}

fn seconds_until(then: Timestamp, now: Timestamp) -> u32 {
    u32::try_from(then.duration_since(now).as_secs())
        .unwrap_or(0)
        .max(1)
}
