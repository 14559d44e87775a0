//! Approving a run: by whom, which plan, and whether the tenant's modes allow
//! what it would do (rule RUN-11).

use crate::action_counts::{self, ActionCounts};
use crate::selection::RunSelection;
use ledger::context::TenantBilling;
use model::deployment::{NO_CARDS, NO_MAIL};
use model::error::Problems;
use model::field::{moment, whole};
use model::resource::ID_FIELD;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::resources::billing_run_action::ActionType;
use model::resources::settings::Charges;
use model::{Error, Record, Result, sys};
use serde_json::{Value, json};
use services::mail::Delivery;

/// The plan that was approved, in a run's approval.
const PLAN_HASH: &str = "plan_hash";
/// The approval's own number, in a run's approval: the generation that it lets work.
const NUMBER: &str = "number";

/// Writes the approval into a run that is about to be saved, with the
/// statistics of the plan that is approved. Adds what forbids it.
pub async fn approve(
    billing: &TenantBilling,
    before: &Record,
    after: &mut Record,
    problems: &mut Problems,
) -> Result<()> {
    if before.get(run::PLANNED_GENERATION).is_none() {
        problems.add("/status", "the run has not been planned: refresh it first");
        return Ok(());
    }
    // Counted now: the run's statistics may be late, and this is what is approved.
    let counts = action_counts::count(&billing.store, before.text(ID_FIELD)).await?;
    check_modes(billing, &RunSelection::of(after)?, &counts, problems);
    let made = [before.text(run::PLANNED_BY), before.text(sys::CREATED_BY)];
    if billing.tenant.second_approver && made.contains(&billing.user.as_str()) {
        problems.add(
            "/status",
            "the setting require_second_approver asks for somebody else than who made or planned the run",
        );
    }
    if counts.count(None, "pending") + counts.count(None, "processing") == 0 {
        problems.add("/status", "the run has no pending action to execute");
    }
    let plan_hash = counts.plan_hash(after);
    counts.write(after);
    after.set(run::PLAN_HASH, plan_hash.clone());
    // The claim that starts the execution raises the generation, so no two approvals
    // that anything was worked under have the same.
    let number = before.get(run::GENERATION).unwrap_or(0) + 1;
    let approval = json!({
        "by": billing.user,
        "at": moment(billing.tenant.now()),
        PLAN_HASH: plan_hash,
        NUMBER: number,
        "totals": after.get(run::TOTALS),
        "not_possible": counts.impossible(None),
    });
    keep(before, after, approval.clone());
    after.set(run::APPROVAL, approval);
    Ok(())
}

/// Every approval stays readable, also once another has followed or none holds.
fn keep(before: &Record, after: &mut Record, approval: Value) {
    let known = before.get(run::APPROVALS).unwrap_or_default();
    let mut all = known.as_array().cloned().unwrap_or_default();
    if all.is_empty() {
        // A run that was approved before they were kept.
        all.extend(before.get(run::APPROVAL));
    }
    all.push(approval);
    all.drain(..all.len().saturating_sub(run::APPROVALS_MAX));
    after.set(run::APPROVALS, all.into());
}

/// Whose hand it is where time has triggered something.
pub const SCHEDULER: &str = "scheduler";

/// Approves, as the scheduler, a run that a recurring one has made and time has had
/// planned, where the tenant wants that; by the same rules as for staff. Answers the
/// run as it stands then; one that may not be approved waits for staff and says why.
pub async fn automatically(billing: &TenantBilling, before: &Record) -> Result<Record> {
    // Once staff have asked for a planning, or anything was worked, it is theirs: so
    // a run that a limit has stopped never goes on by itself.
    let untouched = before.has(run::RECURRING_ID)
        && before.text(run::PLANNED_BY) == SCHEDULER
        && before.get(run::PLANNED_GENERATION) == before.get(run::GENERATION)
        && !before.is(run::EVER_CLAIMED);
    if !billing.tenant.auto_approve || !untouched {
        return Ok(before.clone());
    }
    let (tenant, id) = (billing.store.tenant(), before.text(ID_FIELD));
    let billing = billing.ports.for_tenant(tenant, SCHEDULER, &billing.via);
    let billing = billing.await?;
    let (mut after, mut problems) = (before.clone(), Problems::default());
    approve(&billing, before, &mut after, &mut problems).await?;
    match problems.into_result() {
        Ok(()) => after.set(run::STATUS, RunStatus::ScheduledForExecution),
        Err(why) => {
            after = before.clone();
            after.set(run::ERROR, format!("not approved automatically: {why}"));
        }
    }
    let (by, store) = (billing.context(), &billing.store);
    match store.save::<BillingRuns>(&by, Some(before), after).await {
        // Staff were faster: what they have made of it stands.
        Err(Error::Stale { .. }) => store.require::<BillingRuns>(id).await,
        settled => settled,
    }
}

/// The number of the approval that a run is worked under; 0 without one.
pub fn number(record: &Record) -> i64 {
    let approval = record.get(run::APPROVAL).unwrap_or_default();
    approval.get(NUMBER).and_then(whole).unwrap_or(0)
}

/// Whether a run's plan still is what was approved; one that nobody approved is
/// held to none.
pub fn holds_for(record: &Record, counts: &ActionCounts) -> bool {
    let approval = record.get(run::APPROVAL);
    let approval = approval.or_else(|| record.get(run::FORMER_APPROVAL));
    let approved = approval.as_ref().and_then(|a| a.get(PLAN_HASH)?.as_str());
    approved.is_none_or(|approved| approved == counts.plan_hash(record))
}

/// The approval holds for what is left of the plan: what execution itself has
/// taken out, as no longer eligible, is no difference from what was approved.
pub fn carry_over(record: &mut Record, counts: &ActionCounts) {
    if let Some(mut approval) = record.get(run::APPROVAL) {
        approval[PLAN_HASH] = counts.plan_hash(record).into();
        record.set(run::APPROVAL, approval);
    }
}

/// A test deployment must not mail or charge real people: with a mode off, a
/// run that would is refused.
fn check_modes(
    billing: &TenantBilling,
    selection: &RunSelection,
    counts: &ActionCounts,
    problems: &mut Problems,
) {
    let pending = |kind| counts.count(Some(kind), "pending") > 0;
    let deployment = billing.ports.defaults.deployment;
    if pending(ActionType::AutoRenewalOrder) {
        let why = match billing.tenant.charges {
            _ if !deployment.cards => Some(NO_CARDS),
            Charges::Off => Some("the setting charges is off"),
            Charges::Test | Charges::Live => None,
        };
        if let Some(why) = why {
            problems.add("/status", format!("the run would charge cards, and {why}"));
        }
    }
    let orders = [ActionType::RenewalOrder, ActionType::AutoRenewalOrder];
    let tenant = &billing.tenant;
    if orders.into_iter().any(pending)
        && let Err(why) = tenant.currency.check_in_use(tenant.today())
    {
        let why =
            format!("the run would make orders, and the setting currency is in no use: {why}");
        problems.add("/status", why);
    }
    let mails = selection.specs.iter().any(|spec| {
        pending(spec.kind) && (spec.success_notice.is_some() || spec.failure_notice.is_some())
    });
    if mails {
        let why = match billing.tenant.delivery {
            _ if !deployment.mail => Some(NO_MAIL),
            Delivery::Off => Some("the setting delivery is off"),
            Delivery::Redirect(_) | Delivery::Live => None,
        };
        if let Some(why) = why {
            problems.add("/status", format!("the run would send mail, and {why}"));
        }
    }
}
