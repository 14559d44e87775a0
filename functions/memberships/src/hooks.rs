//! Where a membership's writes differ from the plain ones (rules MEM-2 to MEM-16).

use crate::related::RelatedRecords;
use ledger::context::Ports;
use ledger::{brought, members};
use lifecycle::flowdown;
use model::lookup::Lookup;
use model::resources::membership::computed::{copy_owner, shows_the_same};
use model::resources::membership::derive::{defaults, derive, leave_at_once};
use model::resources::membership::indexes::of_number;
use model::resources::membership::inherited::{moves_others, note_overridden};
use model::resources::membership::offered;
use model::resources::membership::{
    BILLED, COVERED_THROUGH, FOLLOWED_MAX, ID, NUMBER_COUNTED, NUMBER_FIELD, OPEN_ORDER, ORDER_ID,
    ORDER_NUMBER, OWNER_TYPE, OwnerType,
};
use model::resources::owner::owner_field;
use model::resources::{Contacts, Memberships, Organizations, Packages};
use model::{Error, Problems, Record, Result, WriteContext};
use store::Together;
use terms::coverage;
use terms::package::Packages as Offers;
use web::{Ctx, Hooks, owner};

/// Numbers tried for a new membership while others set theirs.
const NUMBER_ATTEMPTS: usize = 20;

pub enum MembershipHooks {}

impl Hooks<Memberships> for MembershipHooks {
    fn saves_alone(before: &Record, after: &Record) -> bool {
        moves_others(before, after)
            || members::takes_part(before, after)
            || brought::told(Some(before), after)
    }

    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        if let Some(before) = before {
            note_overridden(before, after);
        }
        crate::history::check(before, after, problems);
        crate::parents::check(ctx, before, after, problems).await?;
        let needed = defaults(before, after);
        let related = RelatedRecords::load(ctx, before, after, needed).await?;
        assign_number(ctx, before, after, problems).await?;
        let lookups = related.lookups();
        if before.is_none() {
            leave_at_once(after, lookups.today);
        }
        let mut context = ctx.write_context();
        if needed.moment {
            context.now = ctx.now().await?;
        }
        derive(&context, before, after, &lookups, problems);
        offered::check(before, after, related.offered(), problems);
        if brought::told(before, after) {
            complete_bill(ctx, before, after, problems).await?;
        } else if coverage::turns_on_packages(before, after) {
            let packages = Lookup::all::<Packages>();
            let packages = Offers::new(ctx.store.query_all::<Packages>(&packages).await?);
            settle_billed(before, after, &packages, problems);
        }
        brought::contradicts(before, after, problems);
        Ok(())
    }

    async fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        // On the heap, or a deep future lies within a deeper one.
        let saved = Box::pin(save(ctx, context, before, after)).await?;
        Ok(flowdown::follow::<Memberships>(&ctx.store, context, saved).await)
    }

    async fn before_delete(ctx: &Ctx, record: &Record) -> Result<()> {
        if record.has(ORDER_ID) || record.has(OPEN_ORDER) || record.has(COVERED_THROUGH) {
            return Err(Error::conflict(
                "/id",
                "has been billed: make the membership inactive instead",
            ));
        }
        crate::lookups::check_childless(ctx, record.text(ID)).await?;
        crate::lookups::check_not_planned(ctx, record.text(ID)).await?;
        crate::parents::check_left(ctx, record).await
    }

    async fn delete(ctx: &Ctx, record: &Record) -> Result<()> {
        Box::pin(flowdown::delete(&ctx.store, &ctx.write_context(), record)).await
    }
}

/// Writes a membership with all that its write means for orders and numbers.
async fn save(
    ctx: &Ctx,
    context: &WriteContext,
    before: Option<&Record>,
    after: Record,
) -> Result<Record> {
    if brought::told(before, &after) {
        return save_bill(ctx, context, before, after).await;
    }
    let number = new_number(before, &after);
    let of_ledger = |before: &&Record| members::takes_part(before, &after);
    if let Some(before) = before.filter(of_ledger).filter(|_| number.is_none()) {
        let ports: Ports = ctx.extension()?;
        let user = &context.user;
        let billing = ports.for_tenant(ctx.store.tenant(), user, "api").await?;
        let (store, packages) = (&billing.store, &billing.packages);
        let written = members::write(store, packages, &billing.when(), before, after).await?;
        if written.returned {
            let (record, notes) = (&written.record, &written.notes);
            billing.tell_of_return(record, notes).await;
        }
        return Ok(written.record);
    }
    let (id, owner) = (after.text(ID).to_owned(), owner_field(&after));
    match save_numbered(ctx, context, before, after).await {
        // Its id is its owner's: only one write can have made it.
        Err(Error::Exists { .. }) => Err(Error::invalid(
            format!("/{}", owner.name()),
            format!("already has the membership {id}: change that one"),
        )),
        saved => saved,
    }
}

/// What the write makes of `billed`. Who asks for something else is told, instead of
/// finding it as it was.
fn settle_billed(
    before: Option<&Record>,
    after: &mut Record,
    packages: &Offers,
    problems: &mut Problems,
) {
    let (was, asked) = (before.is_some_and(|b| b.is(BILLED)), after.is(BILLED));
    coverage::settle_billed(before, after, packages);
    let is = after.is(BILLED);
    if asked != was && is != asked {
        let why = match is {
            true => "an order covers the coming term: void that one",
            false => "no coming term is known: set expiration_date",
        };
        problems.add("/billed", format!("would be {is}, as {why}"));
    }
}

/// A bill made elsewhere that an admin tells of.
async fn complete_bill(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &mut Record,
    problems: &mut Problems,
) -> Result<()> {
    if before.is_none() || new_number(before, after).is_some() {
        problems.add(
            "/billed",
            "a bill made elsewhere is told of a membership that is there: make it first, and then change billed with the order_ fields by themselves",
        );
        return Ok(());
    }
    brought::complete(before, after, ctx.currency().await?, problems);
    Ok(())
}

/// Saves a membership with the order that is made of what was told.
async fn save_bill(
    ctx: &Ctx,
    context: &WriteContext,
    before: Option<&Record>,
    after: Record,
) -> Result<Record> {
    let ports: Ports = ctx.extension()?;
    let billing = ports.for_tenant(ctx.store.tenant(), &context.user, "api");
    let billing = billing.await?;
    let (store, packages) = (&billing.store, &billing.packages);
    store.mark_references::<Memberships>(before, &after).await?;
    let numbers = match after.get(ORDER_NUMBER) {
        Some(number) => {
            brought::Numbers::read(store)
                .await?
                .check_free(store, number)
                .await?;
            brought::Numbers::pass(store, number).await?
        }
        None => brought::Numbers::default(),
    };
    brought::write(store, packages, &billing.when(), before, after, &numbers).await
}

/// Saves a membership with a number that no other has. One that the counter gave
/// may have been set by an admin meanwhile: then the next one is taken.
async fn save_numbered(
    ctx: &Ctx,
    context: &WriteContext,
    before: Option<&Record>,
    mut after: Record,
) -> Result<Record> {
    let counted = after.is(NUMBER_COUNTED);
    after.clear(NUMBER_COUNTED);
    for _ in 0..NUMBER_ATTEMPTS {
        let number = new_number(before, &after);
        let (record, mut together) = with_owner(ctx, before, after.clone()).await?;
        if let Some(number) = number {
            together = together.unique(NUMBER_FIELD.name(), number);
        }
        let save = ctx
            .store
            .save_together::<Memberships>(context, before, record, &together);
        match save.await {
            Err(error) if counted && is_number_taken(&error) => {
                after.set(NUMBER_FIELD, ctx.store.number("membership").await?);
            }
            Ok(saved) => {
                if let Some(number) = number.filter(|number| *number <= FOLLOWED_MAX) {
                    ctx.store.raise_counter("membership", number).await?;
                }
                return Ok(saved);
            }
            refused => return refused,
        }
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

fn is_number_taken(error: &Error) -> bool {
    let path = format!("/{}", NUMBER_FIELD.name());
    matches!(error, Error::Conflict(problems) if problems.iter().any(|problem| problem.path == path))
}

/// The membership with what it shows of its owner, on condition that the owner
/// stays as it is: one that changes at the same time finds no membership to
/// change, or changes it.
async fn with_owner(
    ctx: &Ctx,
    before: Option<&Record>,
    mut after: Record,
) -> Result<(Record, Together)> {
    let together = Together::default();
    if before.is_some_and(|before| shows_the_same(before, &after)) {
        return Ok((after, together));
    }
    let owner = owner::find::<Memberships>(&ctx.store, before, &after).await?;
    let Some(owner) = owner else {
        return Ok((after, together));
    };
    copy_owner(&owner, &mut after);
    let together = match after.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => together.unchanged::<Organizations>(&owner),
        _ => together.unchanged::<Contacts>(&owner),
    };
    Ok((after, together))
}

/// Gives a new membership its number, or checks the one that an admin sets.
async fn assign_number(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &mut Record,
    problems: &mut Problems,
) -> Result<()> {
    if before.is_none() && !after.has(NUMBER_FIELD) {
        after.set(NUMBER_FIELD, ctx.store.number("membership").await?);
        after.set(NUMBER_COUNTED, true);
        return Ok(());
    }
    let Some(number) = new_number(before, after) else {
        return Ok(());
    };
    if ctx.in_batch {
        problems.add("/number", "cannot change in a batch");
    }
    let id = before.map_or("", |before| before.text(ID));
    match ctx.store.other_than(id, &of_number(number)).await? {
        Some(holder) => Err(Error::conflict(
            "/number",
            format!("{number} is that of the membership {holder}"),
        )),
        None => Ok(()),
    }
}

/// The number that a write gives, unless it was there before.
fn new_number(before: Option<&Record>, after: &Record) -> Option<i64> {
    let kept = before.and_then(|before| before.get(NUMBER_FIELD));
    after
        .get(NUMBER_FIELD)
        .filter(|number| Some(*number) != kept)
}
