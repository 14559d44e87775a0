//! What memberships show of other records follows them: of their owner, a contact
//! or an organization (rule MEM-5), and the names of what they hold (rule MEM-19).
//! As a rule one transaction writes the owner and all that it owns. Where that is
//! too much, the owner's own write claims the work by a mark; what is left after a
//! crash, or of very many, is gone on with by the scheduler. A renaming is always
//! claimed so: a membership that is written at the same time may hold the older
//! name, and the scheduler's look finds it.

use crate::shown::Shown;
use crate::walk::{Walked, copies, walk};
use jiff::{SignedDuration, Timestamp};
use model::resource::{ID_FIELD, Resource};
use model::resources::membership::computed::principal_id;
use model::resources::membership::{ID, Memberships};
use model::resources::people::{self, COPIES_DUE, due_copies};
use model::resources::{AddOns, Chapters, Contacts, Organizations, Sections};
use model::{Error, Record, Result, TenantId, WriteContext};
use std::sync::Arc;
use store::{Database, Store, Together};

/// Memberships in one transaction: with the owner nine records of at most 400 KB,
/// and a transaction holds 4 MB.
pub(crate) const AT_ONCE: i32 = 8;
/// Memberships written while a request waits.
pub const IN_A_REQUEST: usize = 400;
/// Memberships written when the scheduler looks at an owner.
pub const AT_A_LOOK: usize = 4_000;
/// Attempts at what others' writes overtake.
const ATTEMPTS: usize = 8;
/// A request that has claimed the work is at it until then.
const REQUEST_ENDS_WITHIN: SignedDuration = SignedDuration::from_secs(20);

/// Saves a change of any record. If memberships show something of it, they show
/// what has become of it.
///
/// # Errors
/// As [`Store::save`]; `Conflict` naming a membership that cannot be written;
/// `Throttled` while others keep writing the memberships.
pub async fn save<R: Resource>(
    store: &Store,
    by: &WriteContext,
    before: &Record,
    mut after: Record,
) -> Result<Record> {
    let shown = Shown::of::<R>().filter(|shown| shown.changes(before, &after));
    let owner_type = match shown {
        None => return store.save::<R>(by, Some(before), after).await,
        Some(Shown::Name(_)) => return claim::<R>(store, by, before, after).await,
        Some(Shown::Owner(owner_type)) => owner_type,
    };
    let (shown, id) = (Shown::Owner(owner_type), before.text(ID_FIELD));
    let principal = principal_id(owner_type, id);
    let renamed = before.text(people::NAME) != after.text(people::NAME);
    // An older claim may be about a name.
    let renamed = renamed || before.has(COPIES_DUE);
    for _ in 0..ATTEMPTS {
        // Every copy is written here, so an older claim has nothing left to do.
        after.clear(COPIES_DUE);
        let (mut changes, mut is_owned) = (Vec::new(), false);
        for place in shown.places(id) {
            // Applications show no more than the name.
            if place.what() == "application" && !renamed {
                continue;
            }
            let lookup = place.lookup.clone().limit(AT_ONCE + 1);
            let found = place.page(store, &lookup, None).await?;
            changes.extend(copies(store, by, shown, &after, &place, &found.items)?);
            if found.next.is_some() || changes.len() > AT_ONCE as usize {
                return claim::<R>(store, by, before, after).await;
            }
            is_owned |= found.items.iter().any(|found| found.text(ID) == principal);
        }
        let mut together = Together::default().with(changes);
        if !is_owned {
            // One that is being made shows the owner as it was read.
            together = together.absent::<Memberships>(principal.clone());
        }
        let saved = store.save_together::<R>(by, Some(before), after.clone(), &together);
        match saved.await {
            // The owner stands as it was read; only what it shows has moved on.
            Err(Error::Stale { what, .. }) if what != R::SCHEMA.title => {}
            Ok(saved) => {
                catch_up::<R>(store, by, shown, &saved).await;
                return Ok(saved);
            }
            refused => return refused,
        }
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

/// A derived membership that was made between the reading and the writing shows the
/// owner as it was: its making asked that the owner had not changed, so it is there by
/// now. The owner is written: what fails here is logged.
async fn catch_up<R: Resource>(store: &Store, by: &WriteContext, shown: Shown, owner: &Record) {
    for _ in 0..ATTEMPTS {
        match walk::<R>(store, by, shown, owner, IN_A_REQUEST).await {
            Ok(Walked::All | Walked::Enough) => return,
            Ok(Walked::Overtaken) => {}
            Err(error) => {
                let id = owner.text(ID_FIELD);
                tracing::warn!(owner = id, %error, "a membership made meanwhile does not follow");
                return;
            }
        }
    }
}

/// Saves the owner with the mark, and works on what it owns as far as a request
/// can. From here on the change is made, whatever becomes of the request.
async fn claim<R: Resource>(
    store: &Store,
    by: &WriteContext,
    before: &Record,
    mut after: Record,
) -> Result<Record> {
    after.set(COPIES_DUE, Timestamp::now());
    let claimed = store.save::<R>(by, Some(before), after).await?;
    let id = claimed.text(ID_FIELD);
    // Whoever was writing a membership meanwhile is found by the scheduler's look.
    let last = !matches!(Shown::of::<R>(), Some(Shown::Name(_)));
    match go_on::<R>(store, by, id, IN_A_REQUEST, last).await {
        Ok(finished) => Ok(finished.unwrap_or(claimed)),
        Err(error) => {
            tracing::warn!(owner = id, %error, "copies are left to the scheduler");
            Ok(claimed)
        }
    }
}

/// Writes up to about `most` memberships that show something of a record whose
/// copies are due, and takes the mark away when none is left and this is the last
/// look: the record as it then is.
async fn go_on<R: Resource>(
    store: &Store,
    by: &WriteContext,
    id: &str,
    most: usize,
    last: bool,
) -> Result<Option<Record>> {
    let Some(shown) = Shown::of::<R>() else {
        return Ok(None);
    };
    for _ in 0..ATTEMPTS {
        let owner = store.get_consistent::<R>(id).await?;
        let Some(owner) = owner.filter(|owner| owner.has(COPIES_DUE)) else {
            return Ok(None);
        };
        match walk::<R>(store, by, shown, &owner, most).await? {
            Walked::Enough => return Ok(None),
            Walked::Overtaken => {}
            Walked::All if !last => return Ok(None),
            Walked::All => {
                let mut after = owner.clone();
                after.clear(COPIES_DUE);
                match store.save::<R>(by, Some(&owner), after).await {
                    Err(Error::Stale { .. }) => {}
                    saved => return saved.map(Some),
                }
            }
        }
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

/// Goes on with what requests have left, of all tenants. One owner that fails is
/// logged and stops no other.
pub async fn tick(database: &Arc<Database>) -> Result<()> {
    // The index is no tenant's; any store of this database reads it.
    let reader = database.tenant(&TenantId::parse("scheduler")?);
    let now = Timestamp::now();
    let due = due_copies(now.checked_sub(REQUEST_ENDS_WITHIN).unwrap_or(now));
    let mut next = None;
    loop {
        let page = reader.query_keys(&due, next).await?;
        for (partition, id) in &page.items {
            if let Err(error) = look(database, partition, id).await {
                tracing::warn!(partition, owner = id, %error, "copies could not be written");
            }
        }
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

/// `partition` is the table's: `<tenant>#contacts#07`.
async fn look(database: &Arc<Database>, partition: &str, id: &str) -> Result<()> {
    let mut parts = partition.split('#');
    let store = database.tenant(&TenantId::parse(parts.next().unwrap_or_default())?);
    let by = WriteContext {
        user: "scheduler".into(),
        via: "scheduler".into(),
        now: Timestamp::now(),
    };
    let most = AT_A_LOOK;
    let done = match parts.next() {
        Some(Organizations::NAME) => go_on::<Organizations>(&store, &by, id, most, true).await,
        Some(Chapters::NAME) => go_on::<Chapters>(&store, &by, id, most, true).await,
        Some(Sections::NAME) => go_on::<Sections>(&store, &by, id, most, true).await,
        Some(AddOns::NAME) => go_on::<AddOns>(&store, &by, id, most, true).await,
        _ => go_on::<Contacts>(&store, &by, id, most, true).await,
    };
    done.map(|_| ())
}
