//! Changes of distinct records in few requests: read together, each judged on
//! its own, written 25 a request.

use crate::context::Ctx;
use crate::crud;
use crate::edge::{self, Hooks};
use futures::StreamExt;
use model::resource::Resource;
use model::{Error, Record, Result, patch};
use serde_json::{Map, Value};

/// What is to become of one record.
pub struct Wanted {
    pub id: String,
    pub change: Wish,
}

pub enum Wish {
    Patch(Value),
    Replace(Map<String, Value>),
}

/// A record that may become another.
struct Prepared {
    place: usize,
    before: Record,
    after: Record,
}

/// Carries out changes of distinct records; the outcomes stand in their order.
pub async fn change<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    wanted: &[Wanted],
    parallel: usize,
) -> Vec<Result<Record>> {
    let ids: Vec<String> = wanted.iter().map(|wanted| wanted.id.clone()).collect();
    let stored = match ctx.store.get_many::<R>(&ids).await {
        Ok(stored) => stored,
        Err(error) => return wanted.iter().map(|_| Err(error.clone())).collect(),
    };
    let mut work = Vec::new();
    for (place, (wanted, before)) in wanted.iter().zip(stored).enumerate() {
        work.push(prepare::<R, H>(ctx, place, wanted, before));
    }
    let prepared: Vec<Result<Prepared>> = futures::stream::iter(work)
        .buffered(parallel)
        .collect()
        .await;
    let mut outcomes: Vec<Option<Result<Record>>> = wanted.iter().map(|_| None).collect();
    let mut sound = Vec::new();
    for (place, prepared) in prepared.into_iter().enumerate() {
        match prepared {
            Ok(prepared) => sound.push(prepared),
            Err(error) => outcomes[place] = Some(Err(error)),
        }
    }
    for (place, outcome) in write::<R, H>(ctx, wanted, sound).await {
        outcomes[place] = Some(outcome);
    }
    let unsent = || Err(Error::internal("a change was not sent"));
    outcomes
        .into_iter()
        .map(|o| o.unwrap_or_else(unsent))
        .collect()
}

async fn prepare<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    place: usize,
    wanted: &Wanted,
    before: Option<Record>,
) -> Result<Prepared> {
    let before = before.ok_or_else(|| Error::NotFound {
        what: R::SCHEMA.title,
        id: wanted.id.clone(),
    })?;
    let body = match &wanted.change {
        Wish::Replace(body) => {
            edge::check_version::<R>(&before, body, None)?;
            body.clone()
        }
        Wish::Patch(body) => crud::patched::<R>(&before, &patch::parse(body)?)?,
    };
    let after = edge::prepare::<R, H>(ctx, &before, body).await?;
    Ok(Prepared {
        place,
        before,
        after,
    })
}

async fn write<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    wanted: &[Wanted],
    prepared: Vec<Prepared>,
) -> Vec<(usize, Result<Record>)> {
    let pairs: Vec<(Option<&Record>, &Record)> = prepared
        .iter()
        .map(|prepared| (Some(&prepared.before), &prepared.after))
        .collect();
    let all = |error: Error| prepared.iter().map(move |p| (p.place, Err(error.clone())));
    let uses = match ctx.store.uses::<R>(&pairs).await {
        Ok(uses) => uses,
        Err(error) => return all(error).collect(),
    };
    if let Err(error) = ctx.store.mark(uses.iter()).await {
        return all(error).collect();
    }
    let context = ctx.write_context();
    let mut outcomes = Vec::new();
    let mut changes = Vec::new();
    for (prepared, uses) in prepared.iter().zip(uses) {
        let missing: Vec<_> = uses.missing.into_iter().map(|m| m.problem).collect();
        let change = match missing.is_empty() {
            true => {
                let after = prepared.after.clone();
                ctx.store
                    .change::<R>(&context, Some(&prepared.before), after)
            }
            false => Err(Error::Conflict(missing)),
        };
        match change {
            Ok(change) => changes.push((prepared.place, change)),
            Err(error) => outcomes.push((prepared.place, Err(error))),
        }
    }
    let (places, changes): (Vec<usize>, Vec<_>) = changes.into_iter().unzip();
    let written = ctx.store.write_all(&changes).await;
    for ((place, change), outcome) in places.into_iter().zip(changes).zip(written) {
        let outcome = match (outcome, &wanted[place].change) {
            (Ok(()), _) => Ok(change.after),
            // A patch says what to change, not what it was made from.
            (Err(Error::Stale { .. }), Wish::Patch(body)) => {
                crud::apply::<R, H>(ctx, &wanted[place].id, body, None).await
            }
            (Err(error), _) => Err(error),
        };
        outcomes.push((place, outcome));
    }
    outcomes
}
