//! Where a membership's writes differ from the plain ones (rules MEM-2 to MEM-16).

use crate::related::RelatedRecords;
use model::resources::Memberships;
use model::resources::membership::derive::{defaults, derive};
use model::resources::membership::{COVERED_THROUGH, ID, NUMBER_FIELD, OPEN_ORDER, ORDER_ID};
use model::resources::owner::owner_field;
use model::{Error, Problems, Record, Result, WriteContext};
use web::{Ctx, Hooks};

pub enum MembershipHooks {}

impl Hooks<Memberships> for MembershipHooks {
    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        let needed = defaults(before, after);
        let related = RelatedRecords::load(ctx, before, after, needed).await?;
        assign_number(ctx, before, after).await?;
        derive(
            &ctx.write_context(),
            before,
            after,
            &related.lookups(),
            problems,
        );
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
            Err(Error::Exists { .. }) => Err(Error::invalid(
                format!("/{}", owner.name()),
                format!("already has the membership {id}: change that one"),
            )),
            saved => saved,
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

/// Gives a new membership its number. One that an import sets is reserved, so
/// that nobody else gets it.
async fn assign_number(ctx: &Ctx, before: Option<&Record>, after: &mut Record) -> Result<()> {
    if before.is_none() && !after.has(NUMBER_FIELD) {
        after.set(NUMBER_FIELD, ctx.store.number("membership").await?);
        return Ok(());
    }
    let kept = before.and_then(|before| before.get(NUMBER_FIELD));
    match after.get(NUMBER_FIELD) {
        Some(set) if Some(set) != kept => ctx.store.raise_counter("membership", set).await,
        _ => Ok(()),
    }
}
