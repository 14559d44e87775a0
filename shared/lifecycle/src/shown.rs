//! What memberships and applications show of a record, and where they are found.

use model::lookup::Lookup;
use model::resource::Resource;
use model::resources::application::{self, Applications, NAME, NAME_COPIED};
use model::resources::membership::affiliations::{Affiliation, Standing, affiliation};
use model::resources::membership::computed::{refreshed, shows_otherwise};
use model::resources::membership::names::{renamed, renames};
use model::resources::membership::{Memberships, of_owner};
use model::resources::owner::{OwnerType, owner_type};
use model::resources::people;
use model::{Record, Result, WriteContext};
use store::{Change, Page, PageToken, Store};

/// What of a resource's records is shown by memberships, and by applications the
/// name of an owner.
#[derive(Clone, Copy)]
pub enum Shown {
    /// Name, address and more, of whom they belong to.
    Owner(OwnerType),
    /// The name, of what they hold.
    Name(&'static Affiliation),
}

impl Shown {
    /// `None` where memberships show nothing of such records.
    pub fn of<R: Resource>() -> Option<Shown> {
        let owner = owner_type::<R>().map(Shown::Owner);
        owner.or_else(|| affiliation::<R>().map(Shown::Name))
    }

    /// Whether they would show something else of a record that changes so.
    pub fn changes(self, before: &Record, after: &Record) -> bool {
        match self {
            Shown::Owner(_) => shows_otherwise(before, after),
            Shown::Name(_) => renames(before, after),
        }
    }

    /// Where those stand that show something of the record of this id: in its own
    /// partition the memberships that an owner owns, by an index its applications,
    /// under links what holds a chapter.
    pub(crate) fn places(self, id: &str) -> Vec<Place> {
        match self {
            Shown::Owner(owner_type) => vec![
                Place {
                    kind: Kind::Owned,
                    lookup: of_owner(owner_type, id).consistent(),
                },
                Place {
                    kind: Kind::Application,
                    lookup: application::of_owner(owner_type, id),
                },
            ],
            Shown::Name(kind) => {
                let links = kind.links_to(id, Standing::All);
                vec![Place {
                    kind: Kind::Holding,
                    lookup: Lookup::linked::<Memberships>(&links).consistent(),
                }]
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    /// Memberships of an owner.
    Owned,
    /// An owner's applications.
    Application,
    /// Memberships that hold something.
    Holding,
}

/// Where records of one kind are found that show something of another.
pub(crate) struct Place {
    kind: Kind,
    pub lookup: Lookup,
}

impl Place {
    pub async fn page(
        &self,
        store: &Store,
        lookup: &Lookup,
        from: Option<PageToken>,
    ) -> Result<Page<Record>> {
        match self.kind {
            Kind::Owned => store.query::<Memberships>(lookup, from).await,
            Kind::Application => store.query::<Applications>(lookup, from).await,
            Kind::Holding => store.query_linked::<Memberships>(lookup, from).await,
        }
    }

    /// What a record becomes by the present state of the one it shows; `None` if it
    /// shows that already.
    pub fn follows(&self, shown: Shown, owner: &Record, record: &Record) -> Option<Record> {
        match (self.kind, shown) {
            (Kind::Application, _) => named_anew(owner, record),
            (_, Shown::Owner(_)) => refreshed(owner, record),
            (_, Shown::Name(kind)) => renamed(*kind, owner, record),
        }
    }

    pub fn change(
        &self,
        store: &Store,
        by: &WriteContext,
        before: &Record,
        after: Record,
    ) -> Result<Change> {
        match self.kind {
            Kind::Application => store.change::<Applications>(by, Some(before), after),
            Kind::Owned | Kind::Holding => store.change::<Memberships>(by, Some(before), after),
        }
    }

    /// What stands there, in words.
    pub fn what(&self) -> &'static str {
        match self.kind {
            Kind::Application => "application",
            Kind::Owned | Kind::Holding => "membership",
        }
    }
}

/// An application with its owner's name, unless another was given (rule APPL-6).
fn named_anew(owner: &Record, application: &Record) -> Option<Record> {
    let name = owner.get(people::NAME)?;
    let stale = application.is(NAME_COPIED) && application.text(NAME) != name;
    let mut after = application.clone();
    after.set(NAME, name);
    stale.then_some(after)
}
