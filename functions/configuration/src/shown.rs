//! Contacts, organizations, chapters, sections and add-ons: what memberships show
//! of them follows.

use model::{Record, Resource, Result, WriteContext};
use web::{Ctx, Hooks};

pub enum ShownHooks {}

impl<R: Resource> Hooks<R> for ShownHooks {
    const SAVES_ONE_BY_ONE: bool = true;

    async fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        match before {
            Some(before) => lifecycle::copies::save::<R>(&ctx.store, context, before, after).await,
            None => ctx.store.save::<R>(context, before, after).await,
        }
    }
}
