//! What happens when staff write a run: rules before, executions after.

use crate::rules;
use billing::{claim, deletion};
use ledger::context::Ports;
use model::error::Problems;
use model::resource::ID_FIELD;
use model::resources::billing_run::rules::refuse_while_deleting;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::{Record, Result, WriteContext};
use web::{Ctx, Hooks};

pub enum RunHooks {}

impl Hooks<BillingRuns> for RunHooks {
    const SAVES_ONE_BY_ONE: bool = true;
    // Counted on while the run works, and while staff exclude actions.
    const UNVERSIONED: &'static [&'static str] = &[run::STATISTICS.name()];

    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        before.map_or(Ok(()), refuse_while_deleting)?;
        let billing: Ports = ctx.extension()?;
        rules::check_references(ctx, before, after, problems).await?;
        match before {
            None => rules::check_new(after, problems),
            Some(before) => rules::check_change(ctx, &billing, before, after, problems).await?,
        }
        Ok(())
    }

    /// A run that has just been approved for now is started; a cancelled one's
    /// execution is ended. Both are mended by the scheduler if they fail here.
    async fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        let saved = ctx
            .store
            .save::<BillingRuns>(context, before, after)
            .await?;
        let (was, is) = (
            before.and_then(|record| record.get(run::STATUS)),
            saved.get(run::STATUS),
        );
        if was == is {
            return Ok(saved);
        }
        let billing: Ports = ctx.extension()?;
        let done = match is {
            Some(RunStatus::Running) => claim::start(&billing, ctx.store.tenant(), &saved)
                .await
                .map(|_| ()),
            Some(RunStatus::Cancelled) => stop(ctx, &billing, before, &saved).await,
            _ => Ok(()),
        };
        if let Err(error) = done {
            tracing::warn!(run = saved.text(ID_FIELD), %error, "the execution could not be started or stopped now");
        }
        Ok(saved)
    }

    /// A run that did anything is kept for audit; one that did not takes its
    /// actions with it. Once it is claimed that is certain: what cannot be done
    /// now is done by the scheduler.
    async fn delete(ctx: &Ctx, record: &Record) -> Result<()> {
        let id = record.text(ID_FIELD);
        deletion::claim(&ctx.store, &ctx.write_context(), record).await?;
        let most = deletion::IN_A_REQUEST;
        if let Err(error) = deletion::go_on(&ctx.store, id, most).await {
            tracing::warn!(run = id, %error, "the run could not be deleted whole now");
        }
        Ok(())
    }
}

/// Ends what worked the run before it was cancelled, and starts what settles what was
/// begun: in this order, as both work the same actions.
async fn stop(ctx: &Ctx, billing: &Ports, before: Option<&Record>, saved: &Record) -> Result<()> {
    let worked_by = before.and_then(|before| before.get(run::EXECUTION_ARN));
    if let Some(arn) = worked_by {
        billing
            .executions
            .stop(&arn, "the run was cancelled")
            .await?;
    }
    if saved.is(run::SETTLING) {
        claim::start(billing, ctx.store.tenant(), saved).await?;
    }
    Ok(())
}
