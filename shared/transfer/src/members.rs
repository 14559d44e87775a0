//! The records around memberships, looked up for many rows together.

use jiff::civil::Date;
use lifecycle::affiliated;
use model::lookup::Lookup;
use model::resource::ID_FIELD;
use model::resources::catalogue::most_contacts;
use model::resources::membership::derive::{Affiliated, Lookups};
use model::resources::membership::offered::Offered;
use model::resources::membership::{OWNER_TYPE, OwnerType, PACKAGE_ID, TYPE_ID};
use model::resources::owner::owner_field;
use model::resources::settings::SETTINGS_ID;
use model::resources::{Contacts, Organizations, Packages, Settings, StatusReasons, Types};
use model::{Record, Resource, Result};
use serde_json::Value;
use std::collections::HashMap;
use store::Store;

/// What stays the same while an import has the data to itself.
pub struct Catalogue {
    packages: HashMap<String, Record>,
    /// The same, as terms are computed from them.
    pub terms: terms::package::Packages,
    reasons: Vec<Record>,
    pub today: Date,
    affiliated: Affiliated,
    types: HashMap<String, Record>,
    chapters: Option<Value>,
}

impl Catalogue {
    pub async fn load(store: &Store, today: Date) -> Result<Catalogue> {
        // Consistent, because packages may have been imported a moment ago.
        let packages = Lookup::all::<Packages>().consistent();
        let packages = store.query_all::<Packages>(&packages).await?;
        let types = Lookup::all::<Types>().consistent();
        let types = store.query_all::<Types>(&types).await?;
        let settings = store.get_consistent::<Settings>(SETTINGS_ID).await?;
        let reasons = Lookup::all::<StatusReasons>().consistent();
        Ok(Catalogue {
            terms: terms::package::Packages::new(packages.iter().cloned()),
            packages: by_id(packages.into_iter()),
            reasons: store.query_all::<StatusReasons>(&reasons).await?,
            today,
            affiliated: affiliated::read_all(store).await?,
            types: by_id(types.into_iter()),
            chapters: settings.and_then(|s| s.raw("chapter_configuration").cloned()),
        })
    }

    pub fn offered(&self, membership: &Record) -> Offered<'_> {
        Offered {
            kind: self.types.get(membership.text(TYPE_ID)),
            package: self.packages.get(membership.text(PACKAGE_ID)),
            chapters: self.chapters.as_ref(),
            known: &self.affiliated,
        }
    }

    /// The package of an organization's membership, and its seats; `None` without a limit.
    pub fn seats(&self, membership: &Record) -> Option<(String, usize)> {
        let package = self.packages.get(membership.text(PACKAGE_ID))?;
        Some((package.text(ID_FIELD).to_owned(), most_contacts(package)?))
    }

    pub fn lookups<'a>(&'a self, owners: &'a Owners, membership: &Record) -> Lookups<'a> {
        Lookups {
            owner: owners.of(membership),
            package: self.packages.get(membership.text(PACKAGE_ID)),
            reasons: &self.reasons,
            today: Some(self.today),
            affiliated: Some(&self.affiliated),
            derives: false,
            event: None,
        }
    }
}

/// The contacts and organizations that own some memberships.
pub struct Owners {
    contacts: HashMap<String, Record>,
    organizations: HashMap<String, Record>,
}

impl Owners {
    pub async fn of_all<'a>(
        store: &Store,
        memberships: impl Iterator<Item = &'a Record>,
    ) -> Result<Owners> {
        let (organizations, contacts): (Vec<_>, Vec<_>) =
            memberships.partition(|record| is_organizations(record));
        Ok(Owners {
            contacts: read::<Contacts>(store, &contacts).await?,
            organizations: read::<Organizations>(store, &organizations).await?,
        })
    }

    fn of(&self, membership: &Record) -> Option<&Record> {
        let id = membership.text(owner_field(membership));
        match is_organizations(membership) {
            true => self.organizations.get(id),
            false => self.contacts.get(id),
        }
    }
}

fn is_organizations(membership: &Record) -> bool {
    membership.get(OWNER_TYPE) == Some(OwnerType::Organization)
}

async fn read<R: Resource>(
    store: &Store,
    memberships: &[&Record],
) -> Result<HashMap<String, Record>> {
    let owner = |record: &&Record| record.text(owner_field(record)).to_owned();
    let ids: Vec<String> = memberships.iter().map(owner).collect();
    let found = store.get_many::<R>(&ids).await?;
    Ok(by_id(found.into_iter().flatten()))
}

fn by_id(records: impl Iterator<Item = Record>) -> HashMap<String, Record> {
    let id = |record: &Record| record.text(ID_FIELD).to_owned();
    records.map(|record| (id(&record), record)).collect()
}
