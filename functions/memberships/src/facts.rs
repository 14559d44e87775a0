//! What settling a membership turns on, looked up for one write.

use jiff::civil::Date;
use model::resources::membership::PACKAGE_ID;
use model::resources::membership_settle::{Facts, Wants};
use model::resources::settings::{SETTINGS_ID, today};
use model::resources::{Memberships, Packages, Settings, StatusReasons};
use model::{Record, Result};
use web::{Ctx, owner};

pub struct Found {
    owner: Option<Record>,
    package: Option<Record>,
    reasons: Vec<Record>,
    today: Option<Date>,
}

impl Found {
    /// # Errors
    /// `Conflict` naming every reference that leads nowhere, if the owner's does.
    pub async fn look_up(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &Record,
        wants: Wants,
    ) -> Result<Found> {
        let owner = owner::find::<Memberships>(&ctx.store, before, after).await?;
        Ok(Found {
            owner,
            package: match wants.package {
                true => ctx.store.get::<Packages>(after.text(PACKAGE_ID)).await?,
                false => None,
            },
            reasons: match wants.reasons {
                true => {
                    ctx.store
                        .query_all(&ctx.store.all::<StatusReasons>())
                        .await?
                }
                false => Vec::new(),
            },
            today: match wants.today {
                true => Some(tenant_today(ctx).await?),
                false => None,
            },
        })
    }

    pub fn facts(&self) -> Facts<'_> {
        Facts {
            owner: self.owner.as_ref(),
            package: self.package.as_ref(),
            reasons: &self.reasons,
            today: self.today,
        }
    }
}

async fn tenant_today(ctx: &Ctx) -> Result<Date> {
    let settings = ctx.store.get::<Settings>(SETTINGS_ID).await?;
    Ok(today(settings.as_ref(), ctx.write_context().now))
}
