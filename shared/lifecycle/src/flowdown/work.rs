//! Through the people and child organizations of one organization, and through the
//! memberships of one of them.

use super::plan::{Source, Target, plan, source_of};
use super::write::{Planned, Written};
use jiff::civil::Date;
use model::lookup::Lookup;
use model::resource::{ID_FIELD, Resource};
use model::resources::membership::computed::principal_id;
use model::resources::membership::indexes::of_parent;
use model::resources::membership::{self as m, Memberships, of_owner};
use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::people::of_organization;
use model::resources::settings::{SETTINGS_ID, prefers_derived};
use model::resources::tenant_settings::TenantSettings;
use model::resources::{Contacts, Organizations, Settings, StatusReasons, Types};
use model::{Record, Result, WriteContext};
use std::collections::{BTreeMap, BTreeSet};
use store::Store;

/// Owners that are looked at together, each with two memberships.
pub(super) const PAGE: i32 = 50;

/// Flowdown for one tenant, as of now.
pub struct Flow<'a> {
    pub store: &'a Store,
    pub by: WriteContext,
    pub today: Date,
    pub(super) reasons: Vec<Record>,
    types: BTreeMap<String, Record>,
    /// Whether a derived membership stands beside a person's own (rule MEM-18).
    beside_own: bool,
    /// Memberships that may still be written.
    pub(super) left: usize,
    /// Organizations whose membership was written: what derives from it is to follow.
    pub(super) moved: BTreeSet<String>,
    /// Memberships that could not be written, each with why.
    pub refused: Vec<String>,
}

impl<'a> Flow<'a> {
    /// Reads what all memberships have in common. Up to about `most` are written.
    pub async fn new(store: &'a Store, by: &WriteContext, most: usize) -> Result<Flow<'a>> {
        let settings = store.get_consistent::<Settings>(SETTINGS_ID).await?;
        let beside_own = prefers_derived(settings.as_ref());
        let settings = TenantSettings::stored(settings.as_ref())?;
        let (reasons, types) = (Lookup::all::<StatusReasons>(), Lookup::all::<Types>());
        let types = store.query_all::<Types>(&types.consistent()).await?;
        let id = |kind: &Record| kind.text(ID_FIELD).to_owned();
        Ok(Flow {
            store,
            by: WriteContext {
                now: settings.now(by.now),
                user: by.user.clone(),
                via: "flowdown".into(),
            },
            today: settings.today(by.now),
            beside_own,
            reasons: store.query_all::<StatusReasons>(&reasons).await?,
            types: types.into_iter().map(|kind| (id(&kind), kind)).collect(),
            left: most,
            moved: BTreeSet::new(),
            refused: Vec::new(),
        })
    }

    /// Whether no more may be written.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Brings all that derives from an organization's memberships up to date, a page at
    /// a time.
    pub async fn organization(&mut self, id: &str) -> Result<Written> {
        let own = self.owned(OwnerType::Organization, id).await?;
        let Some(source) = self.source(&own) else {
            return Ok(Written::All);
        };
        let picked: Vec<String> = source.assigned.keys().cloned().collect();
        for ids in picked.chunks(PAGE as usize) {
            match Box::pin(self.targets::<Contacts>(&source, ids)).await? {
                Written::All => {}
                stopped => return Ok(stopped),
            }
        }
        match Box::pin(self.related::<Contacts>(&source)).await? {
            Written::All => {}
            stopped => return Ok(stopped),
        }
        match Box::pin(self.related::<Organizations>(&source)).await? {
            Written::All => {}
            stopped => return Ok(stopped),
        }
        for parent in &own {
            match Box::pin(self.derived(&source, parent.text(m::ID))).await? {
                Written::All => {}
                stopped => return Ok(stopped),
            }
        }
        Ok(Written::All)
    }

    /// Who belongs to the source's organization now.
    async fn related<R: Owner>(&mut self, source: &Source) -> Result<Written> {
        let related = of_organization::<R>(&source.organization).limit(PAGE);
        let mut next = None;
        loop {
            let page = self.store.query_keys(&related, next).await?;
            let ids: Vec<String> = page.items.into_iter().map(|(_, id)| id).collect();
            match Box::pin(self.targets::<R>(source, &ids)).await? {
                Written::All => {}
                stopped => return Ok(stopped),
            }
            next = page.next;
            if next.is_none() {
                return Ok(Written::All);
            }
        }
    }

    /// Who has derived from this membership of the organization: some have left.
    async fn derived(&mut self, source: &Source, parent: &str) -> Result<Written> {
        let children = of_parent(parent).limit(PAGE);
        let mut next = None;
        loop {
            let page = self.store.query::<Memberships>(&children, next).await?;
            let of = |kind: OwnerType| -> Vec<String> {
                let owned = page.items.iter();
                let owned = owned.filter(|one| one.get(OWNER_TYPE) == Some(kind));
                owned
                    .map(|one| one.text(owner_field(one)).to_owned())
                    .collect()
            };
            let (people, parts) = (of(OwnerType::Contact), of(OwnerType::Organization));
            match Box::pin(self.targets::<Contacts>(source, &people)).await? {
                Written::All => {}
                stopped => return Ok(stopped),
            }
            match Box::pin(self.targets::<Organizations>(source, &parts)).await? {
                Written::All => {}
                stopped => return Ok(stopped),
            }
            next = page.next;
            if next.is_none() {
                return Ok(Written::All);
            }
        }
    }

    /// Brings the memberships that some owners have of one source up to date.
    pub(super) async fn targets<R: Owner>(
        &mut self,
        source: &Source,
        ids: &[String],
    ) -> Result<Written> {
        let principals = ids.iter().map(|id| principal_id(R::TYPE, id));
        let derived = ids.iter().map(|id| source.derived_id(R::TYPE, id));
        let owned: Vec<String> = principals.chain(derived).collect();
        let owners = self.store.get_many::<R>(ids).await?;
        let owned = self.store.get_many::<Memberships>(&owned).await?;
        let mut planned = Vec::new();
        for (place, owner) in owners.iter().enumerate() {
            let Some(owner) = owner else { continue };
            let both = [&owned[place], &owned[ids.len() + place]];
            let owned: Vec<Record> = both.into_iter().flatten().cloned().collect();
            planned.extend(self.planned::<R>(source, owner, &owned));
        }
        Box::pin(self.write::<R>(source, planned)).await
    }

    pub(super) fn planned<R: Owner>(
        &self,
        source: &Source,
        owner: &Record,
        owned: &[Record],
    ) -> Option<Planned> {
        let target = Target {
            owner,
            owner_type: R::TYPE,
            owned,
            beside_own: self.beside_own,
        };
        let after = plan(source, &target, self.today)?;
        let mut owned = owned.iter();
        let before = owned.find(|one| one.text(m::ID) == after.text(m::ID));
        Some(Planned {
            before: before.cloned(),
            after,
            owner: owner.clone(),
        })
    }

    /// Brings all that one owner derives up to date: of the organization it belongs to,
    /// and of those it has left.
    pub async fn owner<R: Owner>(&mut self, id: &str) -> Result<Written> {
        let Some(owner) = self.store.get_consistent::<R>(id).await? else {
            return Ok(Written::All);
        };
        let owned = self.owned(R::TYPE, id).await?;
        let parents = owned.iter().filter_map(|one| {
            let parent = one.get(m::PARENT_ID_FIELD)?;
            parent.split(':').nth(1).map(str::to_owned)
        });
        let mut organizations: BTreeSet<String> = parents.collect();
        organizations.extend(Target::belongs_to(&owner, R::TYPE));
        for organization in organizations {
            let of = self.owned(OwnerType::Organization, &organization).await?;
            let Some(source) = self.source(&of) else {
                continue;
            };
            let planned = self.planned::<R>(&source, &owner, &owned);
            let planned = planned.into_iter().collect();
            match Box::pin(self.write::<R>(&source, planned)).await? {
                Written::All => {}
                stopped => return Ok(stopped),
            }
        }
        Ok(Written::All)
    }

    pub(super) fn source(&self, memberships: &[Record]) -> Option<Source> {
        let membership = source_of(memberships)?;
        Some(Source::new(membership.clone(), &self.types))
    }

    /// All that an owner owns.
    pub(super) async fn owned(&self, owner_type: OwnerType, id: &str) -> Result<Vec<Record>> {
        let owned = of_owner(owner_type, id).consistent();
        self.store.query_all::<Memberships>(&owned).await
    }
}

/// What owns memberships that derive from an organization's.
pub trait Owner: Resource {
    const TYPE: OwnerType;
    /// What it is to the organization that its memberships derive from, in words.
    const BELONGS: &'static str;
}

impl Owner for Contacts {
    const TYPE: OwnerType = OwnerType::Contact;
    const BELONGS: &'static str = "who belongs to";
}

impl Owner for Organizations {
    const TYPE: OwnerType = OwnerType::Organization;
    const BELONGS: &'static str = "which is a part of";
}
