//! The dates that follow from joining and from changes of status (semantics
//! 3.2, 3.6).

use jiff::civil::Date;
use model::resources::Settings;
use model::resources::membership::{
    DATE_STATUS, DateStatus, IS_NEW, JOIN_DATE, JOIN_OR_RENEWAL_DATE, LAPSE_DATE, STATUS, Status,
    TERMINATION_DATE,
};
use model::resources::settings::{SETTINGS_ID, today};
use model::{Record, Result};
use web::Ctx;

pub async fn settle(ctx: &Ctx, before: Option<&Record>, after: &mut Record) -> Result<()> {
    let Some(before) = before else {
        return join(ctx, after).await;
    };
    let inactive = |record: &Record| record.get(STATUS) == Some(Status::Inactive);
    match (inactive(before), inactive(after)) {
        (false, true) => leave(before, after, tenant_today(ctx).await?),
        (true, false) => after.clear(TERMINATION_DATE),
        _ => {}
    }
    Ok(())
}

async fn join(ctx: &Ctx, after: &mut Record) -> Result<()> {
    if !after.has(JOIN_DATE) {
        after.set(JOIN_DATE, tenant_today(ctx).await?);
    }
    if !after.has(JOIN_OR_RENEWAL_DATE) {
        after.put(JOIN_OR_RENEWAL_DATE, after.get(JOIN_DATE));
    }
    if !after.has(IS_NEW) {
        after.set(IS_NEW, true);
    }
    if !after.has(DATE_STATUS) {
        after.set(DATE_STATUS, DateStatus::Updated);
    }
    Ok(())
}

/// A termination date that comes with the change stands; the member has
/// lapsed on that day.
fn leave(before: &Record, after: &mut Record, today: Date) {
    let given = after
        .get(TERMINATION_DATE)
        .filter(|date| before.get(TERMINATION_DATE) != Some(*date));
    let day = given.unwrap_or(today);
    after.set(TERMINATION_DATE, day);
    after.set(LAPSE_DATE, day);
}

async fn tenant_today(ctx: &Ctx) -> Result<Date> {
    let settings = ctx.store.get::<Settings>(SETTINGS_ID).await?;
    Ok(today(settings.as_ref(), ctx.write_context().now))
}
