//! What staff may write into a run, by where it stands (rules RUN-8 to RUN-11).

use billing::action_counts::{self, ActionCounts, settling};
use billing::approve::approve;
use billing::claim::claim_execution;
use ledger::context::Ports;
use model::Scope;
use model::error::Problems;
use model::json::same_or_absent;
use model::resource::ID_FIELD;
use model::resources::billing_run::rules::client_may_move;
use model::resources::billing_run::{self as run, RunStatus, SWITCHES};
use model::resources::billing_run_action::ActionType;
use model::resources::catalogue::APPLIES_TO;
use model::resources::membership::Status;
use model::resources::{BillingNotices, StatusReasons, billing_notice};
use model::{Record, Result, TenantId};
use serde_json::Value;
use services::executions::Machine;
use web::Ctx;

/// A new run is a draft, or scheduled.
pub fn check_new(after: &mut Record, problems: &mut Problems) {
    match after.get(run::STATUS) {
        None if !after.has(run::STATUS) => after.set(run::STATUS, RunStatus::Draft),
        Some(RunStatus::Draft | RunStatus::Scheduled) | None => {}
        Some(other) => problems.add(
            "/status",
            format!("a new run is draft or scheduled, not {other}"),
        ),
    }
}

/// A change by staff: the move, and what it entails.
pub async fn check_change(
    ctx: &Ctx,
    billing: &Ports,
    before: &Record,
    after: &mut Record,
    problems: &mut Problems,
) -> Result<()> {
    let (Some(from), Some(to)) = (before.get(run::STATUS), after.get(run::STATUS)) else {
        return Ok(());
    };
    let edited = edited(before, after);
    if !client_may_move(from, to) {
        problems.add("/status", format!("cannot move from {from} to {to}"));
        return Ok(());
    }
    check_edits(from, to, before, after, edited, problems);
    if edited
        && from == to
        && matches!(
            from,
            RunStatus::ReadyForExecution | RunStatus::ScheduledForExecution
        )
    {
        after.set(run::STATUS, RunStatus::Draft);
        after.clear(run::APPROVAL);
        after.clear(run::PLANNED_GENERATION);
        return Ok(());
    }
    if edited {
        // What was planned by other options is no plan any more.
        after.clear(run::PLANNED_GENERATION);
    }
    if from != to {
        entail(ctx, billing, before, after, to, problems).await?;
    }
    Ok(())
}

/// What a move of status brings with it.
async fn entail(
    ctx: &Ctx,
    billing: &Ports,
    before: &Record,
    after: &mut Record,
    to: RunStatus,
    problems: &mut Problems,
) -> Result<()> {
    match to {
        RunStatus::ScheduledForExecution | RunStatus::Running => {
            debug_assert!(ctx.caller.may(Scope::Billing));
            let billing = billing
                .for_tenant(ctx.store.tenant(), &ctx.caller.user, "api")
                .await?;
            approve(&billing, before, after, problems).await?;
            if to == RunStatus::Running {
                after.set(run::RUN_DATE, billing.tenant.now());
                claim_execution(
                    &billing.ports,
                    ctx.store.tenant(),
                    after,
                    Machine::Execution,
                );
            }
        }
        RunStatus::ReadyForExecution => {
            if !is_planned(before) {
                problems.add("/status", "planning did not complete: refresh the run");
            }
            if before.get(run::STATUS) == Some(RunStatus::Completed) {
                let why = "a completed run is opened by setting a failed action back to pending";
                problems.add("/status", why);
            }
            after.clear(run::APPROVAL);
        }
        RunStatus::Cancelled => {
            let counts = action_counts::count(&ctx.store, before.text(ID_FIELD)).await?;
            cancel(billing, ctx.store.tenant(), before, after, &counts);
        }
        _ => after.clear(run::APPROVAL),
    }
    Ok(())
}

/// Workers of the cancelled generation are refused from here on. What they have begun,
/// as a charge whose outcome nobody knows, an execution of its own settles.
fn cancel(
    billing: &Ports,
    tenant: &TenantId,
    before: &Record,
    after: &mut Record,
    counts: &ActionCounts,
) {
    counts.write(after);
    after.clear(run::APPROVAL);
    let generation = before.get(run::GENERATION).unwrap_or(0) + 1;
    if before.get(run::STATUS) == Some(RunStatus::Running) {
        claim_execution(billing, tenant, after, Machine::Execution);
        settling(after, counts);
    } else {
        after.set(run::GENERATION, generation);
    }
}

/// Whether the last planning that was asked for has completed.
fn is_planned(run: &Record) -> bool {
    // Execution raises the generation too: after it the two differ, and the plan is whole.
    let executed_since = run.text(run::CLAIMED_FOR) == "execution";
    run.has(run::PLANNED_GENERATION)
        && (executed_since || run.get(run::PLANNED_GENERATION) == run.get(run::GENERATION))
}

/// What makes a plan void: switches, options, the accounting batch.
fn edited(before: &Record, after: &Record) -> bool {
    SWITCHES.iter().any(|switch| {
        let options = |record: &Record| record.get(switch.options);
        before.is(switch.flag) != after.is(switch.flag)
            || !same_or_absent(options(before).as_ref(), options(after).as_ref())
    }) || before.get(run::BATCH_ID) != after.get(run::BATCH_ID)
}

fn check_edits(
    from: RunStatus,
    to: RunStatus,
    before: &Record,
    after: &Record,
    edited: bool,
    problems: &mut Problems,
) {
    let approves =
        matches!(to, RunStatus::ScheduledForExecution | RunStatus::Running) && from != to;
    if edited && approves {
        problems.add(
            "/status",
            "a run cannot be changed and approved at once: refresh it first",
        );
    }
    if edited && to == RunStatus::ReadyForExecution && from != to {
        problems.add(
            "/status",
            "a run cannot be changed and made ready for execution at once: refresh it",
        );
    }
    if edited && matches!(from, RunStatus::Completed | RunStatus::Cancelled) {
        problems.add(
            "",
            format!("switches, options and batch_id of a {from} run cannot be changed"),
        );
    }
    if matches!(from, RunStatus::Preprocessing | RunStatus::Running) {
        let free = [run::STATUS.name(), run::NOTIFICATION_EMAIL.name()];
        let names: std::collections::BTreeSet<&String> = before
            .fields()
            .keys()
            .chain(after.fields().keys())
            .collect();
        for name in names
            .into_iter()
            .filter(|name| !free.contains(&name.as_str()) && !Record::is_internal(name))
        {
            if !same_or_absent(before.raw(name), after.raw(name)) {
                problems.add(
                    format!("/{name}"),
                    format!("cannot be changed while the run is {from}"),
                );
            }
        }
    }
}

/// Notices must be active, a new status reason must fit.
pub async fn check_references(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) -> Result<()> {
    for switch in SWITCHES.iter().filter(|switch| after.is(switch.flag)) {
        let Some(options) = after.get(switch.options) else {
            continue;
        };
        if before.is_some_and(|before| {
            before.is(switch.flag) && before.get(switch.options).as_ref() == Some(&options)
        }) {
            continue;
        }
        let path = format!("/{}", switch.options.name());
        check_notices(ctx, &options, &path, problems).await?;
        check_reason(ctx, switch.kind, &options, &path, problems).await?;
    }
    Ok(())
}

async fn check_notices(
    ctx: &Ctx,
    options: &Value,
    path: &str,
    problems: &mut Problems,
) -> Result<()> {
    for (place, id) in notices(options, path) {
        let notice = ctx.store.get::<BillingNotices>(&id).await?;
        if notice.is_some_and(|notice| !billing_notice::is_active(&notice)) {
            problems.add(place, format!("notice {id} is not active"));
        }
    }
    Ok(())
}

/// The notices that options name, with where they stand.
fn notices(options: &Value, path: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, value) in options.as_object().into_iter().flatten() {
        match value {
            Value::String(id) if name.ends_with("notice_id") => {
                found.push((format!("{path}/{name}"), id.clone()))
            }
            Value::Array(items) => {
                let inner = items
                    .iter()
                    .enumerate()
                    .flat_map(|(i, item)| notices(item, &format!("{path}/{name}/{i}")));
                found.extend(inner);
            }
            _ => {}
        }
    }
    found
}

async fn check_reason(
    ctx: &Ctx,
    kind: ActionType,
    options: &Value,
    path: &str,
    problems: &mut Problems,
) -> Result<()> {
    let Some(id) = options
        .get("new_status_reason_id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty())
    else {
        return Ok(());
    };
    let Some(reason) = ctx.store.get::<StatusReasons>(id).await? else {
        return Ok(());
    };
    let fits = match (kind, reason.get(APPLIES_TO)) {
        (_, None) => true,
        (ActionType::Drop, Some(status)) => status == Status::Inactive,
        (_, Some(status)) => matches!(status, Status::Active | Status::ActiveWithoutBenefits),
    };
    if !fits {
        let place = format!("{path}/new_status_reason_id");
        problems.add(
            place,
            format!("reason {id} does not apply to the status members have after a {kind}"),
        );
    }
    Ok(())
}
