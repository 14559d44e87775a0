//! The records that a membership's computed fields depend on, read for one write.

use jiff::{Timestamp, civil::Date};
use lifecycle::affiliated;
use lifecycle::flowdown::has_beside;
use model::lookup::Lookup;
use model::resources::membership::derive::{Affiliated, Lookups, Needed};
use model::resources::membership::inherited::turns;
use model::resources::membership::offered::{self, Offered};
use model::resources::membership::{PACKAGE_ID, TYPE_ID, names};
use model::resources::owner::{OWNER_TYPE, owner_field};
use model::resources::settings::SETTINGS_ID;
use model::resources::{Memberships, Packages, Settings, StatusReasons, Types};
use model::{Record, Result};
use serde_json::Value;
use web::{Ctx, owner};

/// Read once, and only what the write needs.
pub struct RelatedRecords {
    owner: Option<Record>,
    package: Option<Record>,
    reasons: Vec<Record>,
    today: Option<Date>,
    affiliated: Affiliated,
    /// Only where type, package or what is held changes.
    kind: Option<Record>,
    chapters: Option<Value>,
    /// Whether the owner has others that derive; only where it could matter.
    derives: bool,
}

impl RelatedRecords {
    /// A change in a batch keeps the copies of an owner that stays the same: a
    /// hundred owners would be more requests than a hundred changes.
    ///
    /// # Errors
    /// `Conflict` naming every reference that leads nowhere, if the owner's does.
    pub async fn load(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &Record,
        needed: Needed,
    ) -> Result<RelatedRecords> {
        let chosen = offered::is_chosen_anew(before, after);
        let owner = match ctx.in_batch && has_owner_of(before, after) {
            true => None,
            false => owner::find::<Memberships>(&ctx.store, before, after).await?,
        };
        let mut wanted = names::wanted(before, after);
        if chosen {
            wanted.extend(names::held(after));
        }
        Ok(RelatedRecords {
            kind: match chosen {
                true => ctx.store.get::<Types>(after.text(TYPE_ID)).await?,
                false => None,
            },
            chapters: match chosen {
                true => {
                    let settings = ctx.store.get::<Settings>(SETTINGS_ID).await?;
                    settings.and_then(|s| s.raw("chapter_configuration").cloned())
                }
                false => None,
            },
            derives: turns(before, after) && owns_derived(ctx, after).await?,
            owner,
            package: match needed.package || chosen {
                true => ctx.store.get::<Packages>(after.text(PACKAGE_ID)).await?,
                false => None,
            },
            reasons: match needed.reasons {
                true => {
                    ctx.store
                        .query_all::<StatusReasons>(&Lookup::all::<StatusReasons>())
                        .await?
                }
                false => Vec::new(),
            },
            today: match needed.today {
                true => Some(ctx.settings().await?.today(Timestamp::now())),
                false => None,
            },
            affiliated: affiliated::read_with_types(&ctx.store, &wanted).await?,
        })
    }

    pub fn offered(&self) -> Offered<'_> {
        Offered {
            kind: self.kind.as_ref(),
            package: self.package.as_ref(),
            chapters: self.chapters.as_ref(),
            known: &self.affiliated,
        }
    }

    pub fn lookups(&self) -> Lookups<'_> {
        Lookups {
            owner: self.owner.as_ref(),
            package: self.package.as_ref(),
            reasons: &self.reasons,
            today: self.today,
            affiliated: Some(&self.affiliated),
            derives: self.derives,
            event: None,
        }
    }
}

async fn owns_derived(ctx: &Ctx, after: &Record) -> Result<bool> {
    match (after.get(OWNER_TYPE), after.get(owner_field(after))) {
        (Some(owner_type), Some(owner)) => has_beside(&ctx.store, owner_type, &owner).await,
        _ => Ok(false),
    }
}

fn has_owner_of(before: Option<&Record>, after: &Record) -> bool {
    let owner = |record: &Record| (record.get(OWNER_TYPE), record.get(owner_field(record)));
    before.is_some_and(|before| owner(before) == owner(after))
}
