//! Approving a run: by whom, which plan, and whether the tenant's modes allow
//! what it would do (rule RUN-11).

use crate::action_counts::{self, ActionCounts};
use crate::selection::RunSelection;
use ledger::context::TenantBilling;
use model::error::Problems;
use model::field::{moment, whole};
use model::resources::billing_run as run;
use model::resources::billing_run_action::ActionType;
use model::resources::settings::Charges;
use model::{Record, Result, sys};
use serde_json::json;
use services::mail::Delivery;

/// The plan that was approved, in a run's approval.
const PLAN_HASH: &str = "plan_hash";
/// The approval's own number, in a run's approval: the generation that it lets work.
const NUMBER: &str = "generation";

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
    let counts =
        action_counts::count(&billing.store, before.text(model::resource::ID_FIELD)).await?;
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
    after.set(run::STATISTICS, counts.statistics());
    after.set(run::PLAN_HASH, plan_hash.clone());
    // The claim that starts the execution raises the generation, so no two approvals
    // that anything was worked under have the same.
    let number = before.get(run::GENERATION).unwrap_or(0) + 1;
    after.set(
        run::APPROVAL,
        json!({ "by": billing.user, "at": moment(billing.tenant.now()), PLAN_HASH: plan_hash, NUMBER: number }),
    );
    Ok(())
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
    if billing.tenant.charges == Charges::Off && pending(ActionType::AutoRenewalOrder) {
        problems.add(
            "/status",
            "the run would charge cards, and the setting charges is off",
        );
    }
    let mails = selection.specs.iter().any(|spec| {
        pending(spec.kind) && (spec.success_notice.is_some() || spec.failure_notice.is_some())
    });
    if billing.tenant.delivery == Delivery::Off && mails {
        problems.add(
            "/status",
            "the run would send mail, and the setting delivery is off",
        );
    }
}
