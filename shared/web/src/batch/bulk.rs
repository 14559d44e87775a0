//! Changes of distinct records in few requests: one read for all, each checked
//! on its own, 25 writes a request.

use crate::client_write::{self, Hooks};
use crate::context::Ctx;
use crate::crud;
use futures::StreamExt;
use model::resource::Resource;
use model::{Error, Record, Result, patch};
use serde_json::{Map, Value};

/// A change of one record.
pub struct BulkChange {
    pub id: String,
    pub change: Change,
}

pub enum Change {
    Patch(Value),
    Replace(Map<String, Value>),
}

/// A change that has been checked and can be written.
struct Prepared {
    index: usize,
    before: Record,
    after: Record,
}

/// Executes changes of distinct records; the outcomes stand in their order.
pub async fn execute<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    changes: &[BulkChange],
    parallel: usize,
) -> Vec<Result<Record>> {
    let ids: Vec<String> = changes.iter().map(|change| change.id.clone()).collect();
    let stored = match ctx.store.get_many::<R>(&ids).await {
        Ok(stored) => stored,
        Err(error) => return changes.iter().map(|_| Err(error.clone())).collect(),
    };
    let mut work = Vec::new();
    for (index, (change, before)) in changes.iter().zip(stored).enumerate() {
        work.push(prepare::<R, H>(ctx, index, change, before));
    }
    let prepared: Vec<Result<Prepared>> = futures::stream::iter(work)
        // In order, because the outcomes are matched with the changes by place.
        .buffered(parallel)
        .collect()
        .await;
    let mut outcomes: Vec<Option<Result<Record>>> = changes.iter().map(|_| None).collect();
    let mut valid = Vec::new();
    for (index, prepared) in prepared.into_iter().enumerate() {
        match prepared {
            Ok(prepared) => valid.push(prepared),
            Err(error) => outcomes[index] = Some(Err(error)),
        }
    }
    let alone = |p: &Prepared| H::saves_alone(&p.before, &p.after);
    let (alone, valid): (Vec<_>, Vec<_>) = valid.into_iter().partition(alone);
    for (index, outcome) in write::<R, H>(ctx, changes, valid).await {
        outcomes[index] = Some(outcome);
    }
    for prepared in alone {
        let index = prepared.index;
        let saved = save::<R, H>(ctx, &changes[index], prepared).await;
        outcomes[index] = Some(saved);
    }
    let unsent = || Err(Error::internal("a change was not sent"));
    outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(unsent))
        .collect()
}

async fn prepare<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    index: usize,
    change: &BulkChange,
    before: Option<Record>,
) -> Result<Prepared> {
    let before = before.ok_or_else(|| Error::NotFound {
        what: R::SCHEMA.title,
        id: change.id.clone(),
    })?;
    let update = match &change.change {
        Change::Replace(body) => client_write::replacement::<R, H>(&before, body.clone(), None)?,
        Change::Patch(body) => crud::patched::<R>(&before, &patch::parse(body)?)?,
    };
    let after = client_write::prepare::<R, H>(ctx, &before, update).await?;
    Ok(Prepared {
        index,
        before,
        after,
    })
}

async fn save<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    change: &BulkChange,
    prepared: Prepared,
) -> Result<Record> {
    let (context, before) = (ctx.write_context(), &prepared.before);
    match (
        H::save(ctx, &context, Some(before), prepared.after).await,
        &change.change,
    ) {
        // As below.
        (Err(Error::Stale { .. }), Change::Patch(body)) => {
            crud::apply::<R, H>(ctx, &change.id, body, None).await
        }
        (saved, _) => saved,
    }
}

async fn write<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    changes: &[BulkChange],
    prepared: Vec<Prepared>,
) -> Vec<(usize, Result<Record>)> {
    let pairs: Vec<(Option<&Record>, &Record)> = prepared
        .iter()
        .map(|prepared| (Some(&prepared.before), &prepared.after))
        .collect();
    // Looked up and marked together, so a failure here is one of every change: none is written
    // yet.
    let all = |error: Error| prepared.iter().map(move |p| (p.index, Err(error.clone())));
    // What the records refer to is marked as used before any of them is
    // written, so that nothing they refer to can be deleted in between.
    let uses = match ctx.store.uses::<R>(&pairs).await {
        Ok(uses) => uses,
        Err(error) => return all(error).collect(),
    };
    if let Err(error) = ctx.store.mark(uses.iter()).await {
        return all(error).collect();
    }
    let context = ctx.write_context();
    let mut outcomes = Vec::new();
    let mut writes = Vec::new();
    for (prepared, uses) in prepared.iter().zip(uses) {
        let missing: Vec<_> = uses.missing.into_iter().map(|m| m.problem).collect();
        let write = match missing.is_empty() {
            true => {
                let after = prepared.after.clone();
                ctx.store
                    .change::<R>(&context, Some(&prepared.before), after)
            }
            false => Err(Error::Conflict(missing)),
        };
        match write {
            Ok(write) => writes.push((prepared.index, write)),
            Err(error) => outcomes.push((prepared.index, Err(error))),
        }
    }
    let (indexes, writes): (Vec<usize>, Vec<_>) = writes.into_iter().unzip();
    let written = ctx.store.write_all(&writes).await;
    for ((index, write), outcome) in indexes.into_iter().zip(writes).zip(written) {
        let outcome = match (outcome, &changes[index].change) {
            (Ok(()), _) => Ok(write.after),
            // A patch says what to change, not what it was made from.
            (Err(Error::Stale { .. }), Change::Patch(body)) => {
                crud::apply::<R, H>(ctx, &changes[index].id, body, None).await
            }
            (Err(error), _) => Err(error),
        };
        outcomes.push((index, outcome));
    }
    outcomes
}
