//! What staff may do to an action, and while its run is in which state
//! (rules ACT-11, ACT-12).

use ledger::order::Order;
use model::resources::billing_run::rules::{refuse_while_deleting, refuse_while_locked};
use model::resources::billing_run::{self, APPROVAL, RunStatus};
use model::resources::billing_run_action::{
    AMOUNT, ActionStatus, ERROR_MESSAGE, ERROR_STACK, EXCLUDED_AT, EXCLUDED_BY, EXCLUSION_REASON,
    FAILURE_NOTICE, LAST_REFRESH, ORDER_ID, OUTCOME, OWN_NOTICES, PLANNED_ERROR, RUN_ID, STATUS,
    SUCCESS_NOTICE, TYPE, UNKNOWN_SINCE, UNPRICED, client_may_move,
};
use model::resources::{BillingRunActions, BillingRuns};
use model::{Error, Problems, Record, Resource, Result, WriteContext};
use store::Together;
use web::{Ctx, Hooks};

/// Attempts at a move while others change the run.
const ATTEMPTS: usize = 12;

pub enum ActionHooks {}

impl Hooks<BillingRunActions> for ActionHooks {
    const SAVES_ONE_BY_ONE: bool = true;
    // Shown as of the run's last planning, which writes only what it changes.
    const UNVERSIONED: &'static [&'static str] = &[LAST_REFRESH.name(), OUTCOME.name()];

    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        let run = run_of(ctx, after).await?;
        refuse_while_deleting(&run)?;
        refuse_while_locked(&run)?;
        if before.is_some_and(|before| notices(before) != notices(after)) {
            after.set(OWN_NOTICES, true);
        }
        let moved = moved(before, after);
        note_exclusion(&ctx.write_context(), before, after, moved, problems);
        let Some((from, to)) = moved else {
            return Ok(());
        };
        if !client_may_move(from, to) {
            problems.add("/status", format!("cannot move from {from} to {to}"));
            return Ok(());
        }
        if is_retry(from, to) {
            check_answered(ctx, after, problems).await?;
            after.clear(ERROR_MESSAGE);
            after.clear(ERROR_STACK);
            if after.is(PLANNED_ERROR) && !after.has(AMOUNT) {
                after.set(UNPRICED, true);
            }
            after.clear(PLANNED_ERROR);
        }
        check_run(&run, from, to, problems);
        Ok(())
    }

    async fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        let moved = moved(before, &after);
        let saved = match (before, moved) {
            (Some(before), Some((from, ActionStatus::Pending))) => {
                to_pending(ctx, context, (before, from), after).await?
            }
            _ => {
                ctx.store
                    .save::<BillingRunActions>(context, before, after)
                    .await?
            }
        };
        if let Some((from, to)) = moved {
            let judged = before.is_some_and(|before| before.is(PLANNED_ERROR));
            count(ctx, &saved, (from, to), judged).await;
        }
        Ok(saved)
    }
}

/// Who excludes an action, when and why stays with it until it is brought back.
fn note_exclusion(
    by: &WriteContext,
    before: Option<&Record>,
    after: &mut Record,
    moved: Option<(ActionStatus, ActionStatus)>,
    problems: &mut Problems,
) {
    let reason = |action: &Record| action.get(EXCLUSION_REASON);
    match moved {
        Some((_, ActionStatus::Excluded)) => {
            after.set(EXCLUDED_BY, by.user.clone());
            after.set(EXCLUDED_AT, by.now);
        }
        Some((ActionStatus::Excluded, _)) => {
            after.clear(EXCLUDED_BY);
            after.clear(EXCLUDED_AT);
            after.clear(EXCLUSION_REASON);
        }
        _ if after.get(STATUS) == Some(ActionStatus::Excluded) => {}
        _ if before.and_then(reason) != reason(after) => problems.add(
            "/exclusion_reason",
            "is for actions that are excluded, or are being excluded",
        ),
        _ => {}
    }
}

/// Keeps the run's statistics in step. They are counted anew when the run is
/// planned, approved and settled, so a count that is lost here is no more than
/// a figure that is late.
async fn count(
    ctx: &Ctx,
    action: &Record,
    (from, to): (ActionStatus, ActionStatus),
    was_impossible: bool,
) {
    let Some(kind) = action.get(TYPE) else {
        return;
    };
    let mut moves: Vec<_> = billing_run::moves(kind, from.bucket(), to.bucket()).collect();
    if was_impossible {
        moves.extend(billing_run::added(kind, "not_possible", -1));
    }
    let amounts: Vec<(&[&str], i64)> = moves
        .iter()
        .map(|(path, amount)| (path.as_slice(), *amount))
        .collect();
    let counted = ctx
        .store
        .add_to::<BillingRuns>(action.text(RUN_ID), &amounts)
        .await;
    if let Err(error) = counted {
        tracing::warn!(run = action.text(RUN_ID), %error, "statistics are late");
    }
}

/// The move of status a write makes, if it makes one.
fn moved(before: Option<&Record>, after: &Record) -> Option<(ActionStatus, ActionStatus)> {
    let (from, to) = (before?.get(STATUS)?, after.get(STATUS)?);
    (from != to).then_some((from, to))
}

fn is_retry(from: ActionStatus, to: ActionStatus) -> bool {
    to == ActionStatus::Pending && from != ActionStatus::Excluded
}

fn notices(action: &Record) -> [Option<String>; 2] {
    [action.get(SUCCESS_NOTICE), action.get(FAILURE_NOTICE)]
}

/// A charge of unknown outcome may have succeeded: only the provider's answer,
/// whoever has asked for it, makes it one that can be tried again.
async fn check_answered(ctx: &Ctx, action: &mut Record, problems: &mut Problems) -> Result<()> {
    if !action.has(UNKNOWN_SINCE) {
        return Ok(());
    }
    let order = Order::find(&ctx.store, action.text(ORDER_ID)).await?;
    if order.is_some_and(|order| !order.value.is_being_charged()) {
        action.clear(UNKNOWN_SINCE);
    } else {
        problems.add(
            "/status",
            "cannot be retried before the payment provider has told the outcome of the charge",
        );
    }
    Ok(())
}

async fn run_of(ctx: &Ctx, action: &Record) -> Result<Record> {
    ctx.store.require::<BillingRuns>(action.text(RUN_ID)).await
}

/// Excluding and bringing back end when the run starts; what has failed is
/// tried again once the run no longer works.
fn check_run(run: &Record, from: ActionStatus, to: ActionStatus, problems: &mut Problems) {
    use RunStatus::{Completed, Error, ReadyForExecution, ScheduledForExecution, TimedOut};
    let allowed: &[RunStatus] = if is_retry(from, to) {
        &[ReadyForExecution, Completed, Error, TimedOut]
    } else {
        &[ReadyForExecution, ScheduledForExecution]
    };
    let status = run.get(billing_run::STATUS);
    if let Some(status) = status.filter(|status| !allowed.contains(status)) {
        problems.add(
            "/status",
            format!("cannot move from {from} to {to} while the run is {status}"),
        );
    }
}

/// Adds work to a run, on condition that the run has not changed: execution
/// never takes on an action that was not there when it started. A completed
/// run is thereby open again and needs approval.
async fn to_pending(
    ctx: &Ctx,
    context: &WriteContext,
    (before, from): (&Record, ActionStatus),
    after: Record,
) -> Result<Record> {
    for _ in 0..ATTEMPTS {
        let run = run_of(ctx, &after).await?;
        refuse_while_deleting(&run)?;
        refuse_while_locked(&run)?;
        let mut problems = Problems::default();
        check_run(&run, from, ActionStatus::Pending, &mut problems);
        problems.into_result()?;
        let together = reopen_or_hold(ctx, context, &run)?;
        let saved = ctx.store.save_together::<BillingRunActions>(
            context,
            Some(before),
            after.clone(),
            &together,
        );
        match saved.await {
            // The action stands as it was read; only its run has moved on.
            Err(Error::Stale { what, .. }) if what == BillingRuns::SCHEMA.title => {}
            saved => return saved,
        }
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

/// What becomes of the run: opened again if it is completed, else held as it is.
fn reopen_or_hold(ctx: &Ctx, context: &WriteContext, run: &Record) -> Result<Together> {
    if run.get(billing_run::STATUS) != Some(RunStatus::Completed) {
        return Ok(Together::default().unchanged::<BillingRuns>(run));
    }
    let mut opened = run.clone();
    opened.set(billing_run::STATUS, RunStatus::ReadyForExecution);
    opened.clear(APPROVAL);
    let change = ctx
        .store
        .change::<BillingRuns>(context, Some(run), opened)?;
    Ok(Together::default().with(vec![change]))
}
