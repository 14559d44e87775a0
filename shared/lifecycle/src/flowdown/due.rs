//! What is due: works through it as far as a request or a look of the scheduler may,
//! and takes the marks away.

use super::newcomers;
use super::work::{Flow, Owner};
use super::write::Written;
use crate::jobs::{self, Kind};
use jiff::{SignedDuration, Timestamp};
use ledger::context::Ports;
use model::lookup::Lookup;
use model::resource::{ID_FIELD, Resource};
use model::resources::membership::indexes::due_flowdown;
use model::resources::membership::{self as m, Memberships};
use model::resources::owner::{OwnerType, owner_field};
use model::resources::people::{FLOWDOWN_DUE, due_copies};
use model::resources::{Contacts, Organizations, Settings, Types};
use model::{Error, Record, Result, TenantId, WriteContext};
use serde_json::Map;
use store::Store;

/// Memberships written while a request waits.
pub const IN_A_REQUEST: usize = 400;
/// Memberships written when the scheduler looks at a record.
pub const AT_A_LOOK: usize = 4_000;
/// Attempts at what others' writes overtake.
pub(super) const ATTEMPTS: usize = 8;
/// A request whose write has made something due is at it until then.
const REQUEST_ENDS_WITHIN: SignedDuration = SignedDuration::from_secs(20);

/// Goes on with what the write of `saved` has made due, as far as a request can. The
/// write is made: what fails here is logged and left to the scheduler. Answers the
/// record as it is then: a derived membership may have been written once more.
pub async fn follow<R: Resource>(store: &Store, by: &WriteContext, saved: Record) -> Record {
    if !saved.has(FLOWDOWN_DUE) || R::NAME == Types::NAME {
        return saved;
    }
    let id = saved.text(ID_FIELD);
    if let Err(error) = Box::pin(look::<R>(store, by, id, IN_A_REQUEST)).await {
        tracing::warn!(id, %error, "flowdown is left to the scheduler");
    }
    if R::NAME != Memberships::NAME || !m::inherited::is_derived(&saved) {
        return saved;
    }
    let stored = store.get_consistent::<R>(id).await;
    stored.ok().flatten().unwrap_or(saved)
}

/// Works through what is due by one record, and by those that this moves.
async fn look<R: Resource>(store: &Store, by: &WriteContext, id: &str, most: usize) -> Result<()> {
    let mut flow = Flow::new(store, by, most).await?;
    match R::NAME {
        Memberships::NAME => {
            let Some(record) = store.get_consistent::<Memberships>(id).await? else {
                return Ok(());
            };
            let owner = record.text(owner_field(&record)).to_owned();
            match record.get(m::OWNER_TYPE) {
                Some(OwnerType::Organization) => {
                    Box::pin(flow.memberships::<Organizations>(&owner)).await?
                }
                _ => Box::pin(flow.memberships::<Contacts>(&owner)).await?,
            };
        }
        Organizations::NAME => Box::pin(flow.record::<Organizations>(id)).await?,
        _ => Box::pin(flow.record::<Contacts>(id)).await?,
    }
    // Child organizations: each level is due by the writes of the level above.
    while let Some(organization) = flow.moved.pop_first() {
        if flow.is_spent() {
            break;
        }
        Box::pin(flow.memberships::<Organizations>(&organization)).await?;
    }
    Ok(())
}

impl Flow<'_> {
    /// A contact or an organization whose own organization has changed.
    async fn record<R: Owner>(&mut self, id: &str) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let record = self.store.get_consistent::<R>(id).await?;
            let Some(record) = record.filter(|record| record.has(FLOWDOWN_DUE)) else {
                return Ok(());
            };
            match Box::pin(self.owner::<R>(id)).await? {
                Written::All if self.store.unmark::<R>(&record, FLOWDOWN_DUE).await? => {
                    return Ok(());
                }
                Written::All | Written::Overtaken => {}
                Written::Enough => return Ok(()),
            }
        }
        Err(overtaken())
    }

    /// An owner whose memberships have changed: what it derives, and what derives from it.
    pub(super) async fn memberships<R: Owner>(&mut self, id: &str) -> Result<()> {
        for _ in 0..ATTEMPTS {
            // As they are now: what changes from here on is due once more.
            let due = self.owned(R::TYPE, id).await?;
            match self.through::<R>(id).await? {
                Written::All => {}
                Written::Overtaken => continue,
                Written::Enough => return Ok(()),
            }
            for one in due.iter().filter(|one| one.has(m::FLOWDOWN_DUE)) {
                // One that was written meanwhile stays due.
                self.store
                    .unmark::<Memberships>(one, m::FLOWDOWN_DUE)
                    .await?;
            }
            return Ok(());
        }
        Err(overtaken())
    }

    async fn through<R: Owner>(&mut self, id: &str) -> Result<Written> {
        match Box::pin(self.owner::<R>(id)).await? {
            Written::All if R::TYPE == OwnerType::Organization => {
                Box::pin(self.organization(id)).await
            }
            written => Ok(written),
        }
    }
}

pub(super) fn overtaken() -> Error {
    Error::Throttled {
        retry_after_seconds: 1,
    }
}

/// Goes on with what is due, of all tenants. One record that fails is logged and stops
/// no other.
pub async fn tick(ports: &Ports) -> Result<()> {
    let until = Timestamp::now().checked_sub(REQUEST_ENDS_WITHIN);
    let until = until.unwrap_or_default();
    each(ports, &due_copies(until)).await?;
    each(ports, &due_flowdown(until)).await
}

async fn each(ports: &Ports, due: &Lookup) -> Result<()> {
    // The index is no tenant's; any store of this database reads it.
    let reader = ports.store(&TenantId::parse("scheduler")?);
    let mut next = None;
    loop {
        let page = reader.query_keys(due, next).await?;
        let together = Box::pin(newcomers::of_page(ports, &page.items)).await;
        let singly = page.items.iter().filter(|key| !together.contains(key));
        for (partition, id) in singly {
            if let Err(error) = Box::pin(one(ports, partition, id)).await {
                tracing::warn!(partition, id, %error, "flowdown could not go on");
            }
        }
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

pub(super) fn scheduler() -> WriteContext {
    WriteContext {
        user: "scheduler".into(),
        via: "scheduler".into(),
        now: Timestamp::now(),
    }
}

/// `partition` is the table's: `<tenant>#contacts#07`, `<tenant>#types`, or that of an
/// owner of memberships.
async fn one(ports: &Ports, partition: &str, id: &str) -> Result<()> {
    let mut parts = partition.split('#');
    let store = ports.store(&TenantId::parse(parts.next().unwrap_or_default())?);
    let by = scheduler();
    match parts.next() {
        Some(Types::NAME) => of_tenant::<Types>(ports, &store, id).await,
        Some(Settings::NAME) => of_tenant::<Settings>(ports, &store, id).await,
        Some(Contacts::NAME) => look::<Contacts>(&store, &by, id, AT_A_LOOK).await,
        Some(Organizations::NAME) => look::<Organizations>(&store, &by, id, AT_A_LOOK).await,
        // `contact:c` or `organization:o`.
        Some(owner) if owner.contains(':') => look::<Memberships>(&store, &by, id, AT_A_LOOK).await,
        // Of what only its name is shown.
        _ => Ok(()),
    }
}

/// What a type or the settings say of flowdown concerns memberships that nothing finds
/// by it: a job goes through all. One that began before the change does not count.
async fn of_tenant<R: Resource>(ports: &Ports, store: &Store, id: &str) -> Result<()> {
    let Some(record) = store.get_consistent::<R>(id).await? else {
        return Ok(());
    };
    let Some(since) = record.get(FLOWDOWN_DUE) else {
        return Ok(());
    };
    jobs::start(ports, store, Kind::Flowdown, "scheduler", Map::new()).await?;
    let job = jobs::newest(store, Kind::Flowdown).await?;
    if job.is_some_and(|job| job.started_at > since) {
        store.unmark::<R>(&record, FLOWDOWN_DUE).await?;
    }
    Ok(())
}
