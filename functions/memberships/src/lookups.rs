//! Memberships by their owner and by their parent.

use axum::extract::Path;
use axum::response::Response;
use model::resource::{ID, ID_FIELD};
use model::resources::billing_run::{self, RunStatus};
use model::resources::billing_run_action as action;
use model::resources::membership::inherited::is_derived;
use model::resources::membership::{self, OwnerType, Status, indexes};
use model::resources::settings::{SETTINGS_ID, prefers_derived};
use model::resources::{BillingRunActions, BillingRuns, Memberships, Settings};
use model::{Error, Record, Result};
use web::lookup::{QueryParams, page};
use web::{Ctx, HandlerResult, response};

/// `GET …/contact/{contactId}`: the membership of the contact that counts (rules MEM-3
/// and MEM-18).
pub async fn of_contact(
    ctx: Ctx,
    Path((_, contact)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(of_owner(&ctx, OwnerType::Contact, &contact, &params).await?)
}

/// `GET …/organization/{organizationId}`: only what the organization itself owns.
pub async fn of_organization(
    ctx: Ctx,
    Path((_, organization)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(of_owner(&ctx, OwnerType::Organization, &organization, &params).await?)
}

/// `GET …/parentMembership/{parent_membership_id}`: the direct children.
pub async fn of_parent(
    ctx: Ctx,
    Path((_, parent)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(page::<Memberships>(&ctx, &indexes::of_parent(&parent), &params).await?)
}

/// `GET …/order/{order_id}`: those whose last order it is.
pub async fn of_order(
    ctx: Ctx,
    Path((_, order)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(page::<Memberships>(&ctx, &indexes::of_order(&order), &params).await?)
}

async fn of_owner(
    ctx: &Ctx,
    kind: OwnerType,
    owner: &str,
    params: &QueryParams,
) -> Result<Response> {
    let none = || Error::NotFound {
        what: "Membership",
        id: format!("of {kind} {owner}"),
    };
    // It becomes part of a key, where only what can be an id may stand.
    if !ID.matches(owner) {
        return Err(none());
    }
    let lookup = params.apply(membership::of_owner(kind, owner).limit(2));
    let found = ctx.store.query::<Memberships>(&lookup, None).await?;
    let mut found = found.items;
    // The settings matter only where there is a choice.
    if found.len() > 1 && kind == OwnerType::Contact {
        let settings = ctx.store.get::<Settings>(SETTINGS_ID).await?;
        if prefers_derived(settings.as_ref()) {
            let all = params.apply(membership::of_owner(kind, owner));
            found = ctx.store.query_all::<Memberships>(&all).await?;
            // Stable, so that the principal stays the first of those that do not count.
            found.sort_by_key(|one| !counts_first(one));
        }
    }
    let record = found.first().ok_or_else(none)?;
    Ok(response::record::<Memberships>(record, params.fields()))
}

/// A derived membership that is not over (rule MEM-18).
fn counts_first(one: &Record) -> bool {
    is_derived(one) && one.get(membership::STATUS) != Some(Status::Inactive)
}

/// # Errors
/// `Conflict` naming a billing run that is still to do something to it: what
/// staff have looked through and approved would not be what is done.
pub async fn check_not_planned(ctx: &Ctx, id: &str) -> Result<()> {
    let mut next = None;
    loop {
        let actions = action::of_membership(id);
        let page = ctx.store.query::<BillingRunActions>(&actions, next).await?;
        let open = page.items.iter().filter(|action| {
            let status = action.get(action::STATUS);
            status.is_some_and(|status| !status.is_settled())
        });
        let runs: Vec<String> = open.map(|open| open.text(action::RUN_ID).into()).collect();
        let runs = ctx.store.get_many::<BillingRuns>(&runs).await?;
        // Of a cancelled run actions stay pending and are never worked.
        let works = |run: &Record| run.get(billing_run::STATUS) != Some(RunStatus::Cancelled);
        if let Some(run) = runs.into_iter().flatten().find(works) {
            let (run, name) = (run.text(ID_FIELD), run.text(billing_run::NAME));
            let why = format!(
                "is to be worked by the billing run {run} ({name}): exclude its actions from the run first, or cancel the run"
            );
            return Err(Error::conflict("/id", why));
        }
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

/// # Errors
/// `Conflict` while other memberships are derived from this one.
pub async fn check_childless(ctx: &Ctx, id: &str) -> Result<()> {
    let children = indexes::of_parent(id).limit(1);
    let found = ctx.store.query::<Memberships>(&children, None).await?;
    if found.items.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "/id",
        "has memberships that are derived from it",
    ))
}
