//! Where a membership's writes differ from the plain ones (semantics 3).

use crate::{dates, owner};
use model::resources::catalogue::{APPLIES_TO, PACKAGE_TYPE_ID};
use model::resources::membership::{
    COVERED_THROUGH, ID, NUMBER_FIELD, OPEN_ORDER, ORDER_ID, ORIGIN, Origin, PACKAGE_ID, STATUS,
    Status, TYPE_ID,
};
use model::resources::membership_history::{Event, differs, record_event};
use model::resources::owner::owner_field;
use model::resources::{Memberships, Packages, StatusReasons, affiliations, membership_rules};
use model::{Error, Problem, Problems, Record, Result, WriteContext};
use web::{Ctx, Hooks, reasons};

pub enum Rules {}

impl Hooks<Memberships> for Rules {
    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        if !after.has(STATUS) {
            after.set(STATUS, Status::Active);
        }
        if !after.has(ORIGIN) {
            after.set(
                ORIGIN,
                before
                    .and_then(|b| b.get(ORIGIN))
                    .unwrap_or(Origin::Principal),
            );
        }
        if before.is_none() {
            identify(ctx, after).await?;
        }
        owner::copy(ctx, before, after).await?;
        dates::settle(ctx, before, after).await?;
        reasons::settle::<StatusReasons, _>(ctx, before, after, problems, STATUS, APPLIES_TO)
            .await?;
        check_package(ctx, before, after, problems).await?;
        if let Some(before) = before {
            affiliations::leave_missing(before, after, ctx.write_context().now);
        }
        membership_rules::derive(after);
        remember(&ctx.write_context(), before, after);
        Ok(())
    }

    async fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        let (id, owner) = (after.text(ID).to_owned(), owner_field(&after));
        let saved = ctx.store.save::<Memberships>(context, before, after).await;
        match saved {
            // Its id is its owner's: only one write can have made it.
            Err(Error::Conflict(problems)) if before.is_none() && is_taken(&problems) => {
                Err(Error::invalid(
                    format!("/{}", owner.name()),
                    format!("already has the membership {id}: change that one"),
                ))
            }
            settled => settled,
        }
    }

    async fn before_delete(ctx: &Ctx, record: &Record) -> Result<()> {
        if record.has(ORDER_ID) || record.has(OPEN_ORDER) || record.has(COVERED_THROUGH) {
            return Err(Error::conflict(
                "/id",
                "has been billed: make the membership inactive instead",
            ));
        }
        crate::lookups::check_childless(ctx, record.text(ID)).await
    }
}

fn is_taken(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.path == "/id")
}

/// The id its owner gives it, and a number of its own unless an import brings one.
async fn identify(ctx: &Ctx, after: &mut Record) -> Result<()> {
    if let Some(id) = membership_rules::id_of(after) {
        after.set(ID, id);
    }
    if !after.has(NUMBER_FIELD) {
        after.set(NUMBER_FIELD, ctx.store.number("membership").await?);
    }
    Ok(())
}

async fn check_package(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) -> Result<()> {
    let chosen = |record: &Record| (record.get(TYPE_ID), record.get(PACKAGE_ID));
    if before.map(chosen) == Some(chosen(after)) {
        return Ok(());
    }
    let package = ctx.store.get::<Packages>(after.text(PACKAGE_ID)).await?;
    let grants = package.and_then(|package| package.get(PACKAGE_TYPE_ID));
    if let Some(grants) = grants.filter(|grants| grants != after.text(TYPE_ID)) {
        problems.add(
            "/package_id",
            format!("grants the type {grants}, which type_id is not"),
        );
    }
    Ok(())
}

fn remember(context: &WriteContext, before: Option<&Record>, after: &mut Record) {
    let suspended = after.get(STATUS) == Some(Status::Suspended);
    match before {
        None => record_event(context, Event::Join, None, after),
        Some(before) if suspended && before.get(STATUS) != Some(Status::Suspended) => {
            record_event(context, Event::Suspension, Some(before), after);
        }
        Some(before) if differs(before, after) => {
            record_event(context, Event::ManualChange, Some(before), after);
        }
        Some(_) => {}
    }
}
