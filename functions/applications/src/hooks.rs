//! Where an application's writes differ from the plain ones (rules APPL-2 to
//! APPL-7, APPL-14).

use ledger::context::Ports;
use lifecycle::application::{approval, assigned, group, mail, order, rules};
use model::resources::application::{
    ApplicationStatus, ApplicationType, Applications, DATE, GROUP_PROCESS_ID, NAME, NAME_COPIED,
    ORDER_ID, PACKAGE_ID, PROCESS_ID, STATUS, TYPE, TYPE_ID,
};
use model::resources::application_setup::{
    APPLIES_TO, ApplicationProcesses, ApplicationStatusReasons, GroupApplicationProcesses,
};
use model::resources::joining::Assignment;
use model::resources::settings::{SETTINGS_ID, Settings};
use model::resources::tenant_settings::TenantSettings;
use model::resources::{Packages, Types, people};
use model::{Error, Problems, Record, Resource, Result, WriteContext};
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
        let submitted = check_move(before, after, problems);
        rules::check_kept(before, after, problems);
        if submitted || rules::is_chosen_anew(before, after) {
            let id = after.text(PROCESS_ID);
            let package = named::<Packages>(ctx, after.text(PACKAGE_ID)).await?;
            let kind = named::<Types>(ctx, after.text(TYPE_ID)).await?;
            let group = after.text(GROUP_PROCESS_ID);
            if let Some(process) = named::<GroupApplicationProcesses>(ctx, group).await? {
                group::check_process(&process, after, package.as_ref(), problems);
            }
            // One that is not there is told by the save, as every reference is.
            if let Some(process) = ctx.store.get::<ApplicationProcesses>(id).await? {
                rules::check_process(&process, after, package.as_ref(), problems);
                if submitted && after.get(TYPE) == Some(ApplicationType::Join) {
                    assign_chapter(ctx, before, after, package.as_ref()).await?;
                }
                if submitted && !approval::is_needed(&ctx.store, &process, after).await? {
                    after.set(STATUS, ApplicationStatus::Approved);
                }
            }
            rules::check_sold(before, after, [package.as_ref(), kind.as_ref()], problems);
        }
        if rules::picks_anew(before, after) {
            let package = named::<Packages>(ctx, after.text(PACKAGE_ID)).await?;
            rules::check_seats(after, package.as_ref(), problems);
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

    /// Its order is made, or voided, with it.
    async fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        if !order::takes_part(before, &after) {
            return ctx.store.save::<Applications>(context, before, after).await;
        }
        let ports: Ports = ctx.extension()?;
        let user = &context.user;
        let billing = ports.for_tenant(ctx.store.tenant(), user, "api").await?;
        let saved = order::save(&billing, before, after).await?;
        if is_submitted(&saved) && !before.is_some_and(is_submitted) {
            mail::submitted(&billing, &saved).await;
        }
        Ok(saved)
    }

    /// One that was activated is used by its membership, which `delete` sees.
    async fn before_delete(_ctx: &Ctx, record: &Record) -> Result<()> {
        if record.has(ORDER_ID) {
            return Err(Error::conflict("/order_id", "has an order: it is kept"));
        }
        Ok(())
    }
}

/// The owner's name, unless another is given: it then follows the owner.
async fn fill_name(ctx: &Ctx, before: Option<&Record>, after: &mut Record) -> Result<()> {
    let kept = |before: &Record| after.has(NAME) && before.get(NAME) == after.get(NAME);
    let given = after.has(NAME) && !before.is_some_and(kept);
    if !given && after.has(NAME) && !after.is(NAME_COPIED) {
        return Ok(());
    }
    let owner = owner::find::<Applications>(&ctx.store, before, after).await?;
    let name = owner.and_then(|owner| owner.get(people::NAME));
    if given {
        let same = after.get(NAME) == name;
        after.put(NAME_COPIED, same.then_some(true));
        return Ok(());
    }
    after.set(NAME_COPIED, true);
    // Without an owner it is refused for that, not for the missing copy.
    after.set(NAME, name.unwrap_or_default());
    Ok(())
}

/// Who joins and names no chapter is given the one of their address.
async fn assign_chapter(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &mut Record,
    package: Option<&Record>,
) -> Result<()> {
    let owner = owner::find::<Applications>(&ctx.store, before, after).await?;
    match owner {
        Some(owner) => {
            let when = [Assignment::Assign];
            assigned::fill(&ctx.store, after, package, &owner, &when).await
        }
        None => Ok(()),
    }
}

async fn named<R: Resource>(ctx: &Ctx, id: &str) -> Result<Option<Record>> {
    match id {
        "" => Ok(None),
        id => ctx.store.get::<R>(id).await,
    }
}

/// Whether an application has come, whatever was decided since.
fn is_submitted(application: &Record) -> bool {
    let status = application.get(STATUS);
    status.is_some_and(|status| status != ApplicationStatus::NotYetSubmitted)
}

/// Whether the change submits the application.
fn check_move(before: Option<&Record>, after: &Record, problems: &mut Problems) -> bool {
    use ApplicationStatus::{Approved, Rejected, UnderReview};
    let Some(to) = after.get(STATUS) else {
        return false;
    };
    let from = before.and_then(|before| before.get(STATUS));
    let refused = match from {
        Some(from) if from == to => return false,
        Some(from) if !from.may_become(to) => Some(format!("cannot move from {from} to {to}")),
        None if matches!(to, Approved | Rejected) => Some(format!(
            "a new application is not yet submitted or under review, not {to}"
        )),
        _ => None,
    };
    if let Some(rule) = refused {
        problems.add("/status", rule);
        return false;
    }
    to == UnderReview
}
