//! Contacts, organizations, chapters, sections and add-ons: what memberships show
//! of them follows.

use lifecycle::flowdown;
use model::resource::ID_FIELD;
use model::resources::Organizations;
use model::resources::people::PARENT_ORGANIZATION_ID;
use model::{Problems, Record, Resource, Result, WriteContext};
use web::{Ctx, Hooks};

pub enum ShownHooks {}

impl<R: Resource> Hooks<R> for ShownHooks {
    const SAVES_ONE_BY_ONE: bool = true;

    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        let parent = after.get(PARENT_ORGANIZATION_ID);
        let moved = before.and_then(|before| before.get(PARENT_ORGANIZATION_ID)) != parent;
        if R::NAME == Organizations::NAME
            && moved
            && let Some(parent) = parent
            && is_below(ctx, &parent, after.text(ID_FIELD)).await?
        {
            let rule = format!("{parent} is itself a part of this organization");
            problems.add(format!("/{}", PARENT_ORGANIZATION_ID.name()), rule);
        }
        Ok(())
    }

    async fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        let saved = match before {
            Some(before) => lifecycle::copies::save::<R>(&ctx.store, context, before, after).await,
            None => ctx.store.save::<R>(context, before, after).await,
        }?;
        Ok(flowdown::follow::<R>(&ctx.store, context, saved).await)
    }
}

/// Steps up that are looked at: more than memberships flow down.
const STEPS: usize = 100;

/// Whether the organization `id` is a part of `top`, at any depth.
async fn is_below(ctx: &Ctx, id: &str, top: &str) -> Result<bool> {
    let mut at = id.to_owned();
    for _ in 0..STEPS {
        let Some(above) = ctx.store.get_consistent::<Organizations>(&at).await? else {
            return Ok(false);
        };
        match above.get(PARENT_ORGANIZATION_ID) {
            Some(parent) if parent == top => return Ok(true),
            Some(parent) => at = parent,
            None => return Ok(false),
        }
    }
    Ok(false)
}
