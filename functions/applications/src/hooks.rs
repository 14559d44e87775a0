//! Where an application's writes differ from the plain ones (rules APPL-2 to APPL-7).

use crate::process;
use model::resources::application::{
    ApplicationStatus, Applications, DATE, NAME, ORDER_ID, PROCESS_ID, STATUS,
};
use model::resources::application_setup::{
    APPLIES_TO, ApplicationProcesses, ApplicationStatusReasons, requires_approval,
};
use model::resources::people;
use model::resources::settings::{SETTINGS_ID, Settings};
use model::resources::tenant_settings::TenantSettings;
use model::{Error, Problems, Record, Result};
use web::{Ctx, Hooks, owner, status_reasons};

pub enum ApplicationHooks {}

impl Hooks<Applications> for ApplicationHooks {
    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        if before.is_none() && !after.has(STATUS) {
            after.set(STATUS, ApplicationStatus::NotYetSubmitted);
        }
        fill_name(ctx, before, after).await?;
        let submitted = check_move(before, after, problems)?;
        if submitted || process::is_chosen_anew(before, after) {
            let id = after.text(PROCESS_ID);
            // One that is not there is told by the save, as every reference is.
            if let Some(process) = ctx.store.get::<ApplicationProcesses>(id).await? {
                process::check(&process, after, problems);
                if submitted && !requires_approval(&process) {
                    after.set(STATUS, ApplicationStatus::Approved);
                }
            }
        }
        if submitted && !after.has(DATE) {
            let settings = ctx.store.get::<Settings>(SETTINGS_ID).await?;
            let settings = TenantSettings::stored(settings.as_ref())?;
            after.set(DATE, settings.now(ctx.write_context().now));
        }
        status_reasons::fill_or_check::<ApplicationStatusReasons, _>(
            ctx, before, after, problems, STATUS, APPLIES_TO,
        )
        .await
    }

    /// One that was activated is used by its membership, which `delete` sees.
    async fn before_delete(_ctx: &Ctx, record: &Record) -> Result<()> {
        if record.has(ORDER_ID) {
            return Err(Error::conflict("/order_id", "has an order: it is kept"));
        }
        Ok(())
    }
}

async fn fill_name(ctx: &Ctx, before: Option<&Record>, after: &mut Record) -> Result<()> {
    if after.has(NAME) {
        return Ok(());
    }
    let owner = owner::find::<Applications>(&ctx.store, before, after).await?;
    let name = owner.and_then(|owner| owner.get(people::NAME));
    // Without an owner it is refused for that, not for the missing copy.
    after.set(NAME, name.unwrap_or_default());
    Ok(())
}

/// Whether the change submits the application.
///
/// # Errors
/// `Conflict` for a rejection that would leave an order open.
fn check_move(before: Option<&Record>, after: &Record, problems: &mut Problems) -> Result<bool> {
    use ApplicationStatus::{Approved, Rejected, UnderReview};
    let Some(to) = after.get(STATUS) else {
        return Ok(false);
    };
    let from = before.and_then(|before| before.get(STATUS));
    let refused = match from {
        Some(from) if from == to => return Ok(false),
        Some(from) if !from.may_become(to) => Some(format!("cannot move from {from} to {to}")),
        None if matches!(to, Approved | Rejected) => Some(format!(
            "a new application is not yet submitted or under review, not {to}"
        )),
        _ => None,
    };
    if let Some(rule) = refused {
        problems.add("/status", rule);
        return Ok(false);
    }
    if to == Rejected && after.has(ORDER_ID) {
        return Err(Error::conflict(
            "/order_id",
            "has an order: cancel it and take it away before rejecting the application",
        ));
    }
    Ok(to == UnderReview)
}
