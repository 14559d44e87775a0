//! Writing an association into a tenant's tables. Killed at any moment, it can
//! be begun again: what is there stays, what is missing is added.

use super::association::Association;
use super::generate::Member;
use super::{catalogue, notices};
use jiff::Timestamp;
use ledger::head::{self, BillingHead};
use ledger::order::{self, Order};
use ledger::renew::copy_order;
use model::resource::ID_FIELD;
use model::resources::membership::{
    ADD_ON_IDS, CHAPTER_IDS, ID, NUMBER_FIELD, PACKAGE_ID, SECTION_IDS, STATUS_REASON_ID, TYPE_ID,
};
use model::resources::{
    AddOns, BillingNotices, Chapters, Contacts, Memberships, Organizations, SectionTypes, Sections,
    Settings, StatusReasons, Types,
};
use model::{Error, Record, Resource, Result, WriteContext};
use std::collections::HashSet;
use store::{Change, Store, Versioned};
use terms::package::Packages;

/// Members computed and written together: what is in memory at once.
const CHUNK: u32 = 500;

/// Fills the store's tenant with the association, and tells `progress` how
/// many of its memberships are there.
///
/// # Errors
/// What the store says: nothing else can go wrong that another attempt with
/// the same association would not mend.
pub async fn fill(store: &Store, association: &Association, progress: impl Fn(u32)) -> Result<()> {
    let filling = Filling::begin(store, association).await?;
    let mut known = HashSet::new();
    for from in (0..association.members).step_by(CHUNK as usize) {
        let to = from.saturating_add(CHUNK).min(association.members);
        if !filling.is_done(to).await? {
            filling.write(from..to, &mut known).await?;
        }
        progress(to);
    }
    Ok(())
}

struct Filling<'a> {
    store: &'a Store,
    association: &'a Association,
    packages: Packages,
    context: WriteContext,
    /// The number of the first member.
    first: i64,
}

impl<'a> Filling<'a> {
    async fn begin(store: &'a Store, association: &'a Association) -> Result<Filling<'a>> {
        let context = WriteContext {
            user: "import".into(),
            via: "import".into(),
            now: Timestamp::now(),
        };
        // The settings come first: they tell which association was begun.
        add::<Settings>(store, &context, vec![association.settings()]).await?;
        add::<Types>(store, &context, catalogue::types()).await?;
        add::<model::resources::Packages>(store, &context, association.packages()).await?;
        add::<StatusReasons>(store, &context, catalogue::status_reasons()).await?;
        add::<Chapters>(store, &context, catalogue::chapters()).await?;
        add::<SectionTypes>(store, &context, catalogue::section_types()).await?;
        add::<Sections>(store, &context, catalogue::sections()).await?;
        add::<AddOns>(store, &context, catalogue::add_ons()).await?;
        add::<BillingNotices>(store, &context, notices::billing_notices()).await?;
        // Taken anew by each start: members that are written already keep theirs, and what is
        // left is a gap.
        let numbers = store.numbers("membership", association.members).await?;
        Ok(Filling {
            packages: Packages::new(association.packages()),
            first: numbers.start,
            store,
            association,
            context,
        })
    }

    /// Whether everything below `to` is there: the chunk that begins with it
    /// is begun only then.
    async fn is_done(&self, to: u32) -> Result<bool> {
        // Behind the last chunk there is no member to tell, so it is written again: what is there
        // refuses it.
        if to >= self.association.members {
            return Ok(false);
        }
        let next = self.member(to)?;
        let found = self
            .store
            .get_consistent::<Memberships>(next.membership.text(ID))
            .await?;
        Ok(found.is_some())
    }

    fn member(&self, number: u32) -> Result<Member> {
        let mut made = self
            .association
            .member(number, &self.packages)
            .map_err(Error::internal)?;
        made.membership
            .set(NUMBER_FIELD, self.first + i64::from(number));
        Ok(made)
    }

    /// Owners first, because what a membership refers to must be there.
    async fn write(
        &self,
        numbers: std::ops::Range<u32>,
        known: &mut HashSet<String>,
    ) -> Result<()> {
        let mut made = numbers
            .map(|number| self.member(number))
            .collect::<Result<Vec<_>>>()?;
        let staff = made
            .iter_mut()
            .flat_map(|member| std::mem::take(&mut member.staff));
        // Only what a membership refers to is marked as used.
        let staff = self.changes::<Contacts>(staff, false)?;
        let people = self.changes::<Contacts>(
            made.iter_mut().filter_map(|member| member.contact.take()),
            true,
        )?;
        let organizations = made
            .iter_mut()
            .filter_map(|member| member.organization.take());
        let organizations = self.changes::<Organizations>(organizations, true)?;
        for changes in [staff, people, organizations] {
            write_all(self.store, &changes).await?;
        }
        self.write_orders(&mut made).await?;
        for member in &made {
            self.mark(&member.membership, known).await?;
        }
        let memberships = made.into_iter().map(|member| member.membership);
        write_all(
            self.store,
            &self.changes::<Memberships>(memberships, false)?,
        )
        .await
    }

    fn changes<R: Resource>(
        &self,
        records: impl Iterator<Item = Record>,
        used: bool,
    ) -> Result<Vec<Change>> {
        let change = |record| {
            let change = self.store.change::<R>(&self.context, None, record)?;
            Ok(if used { change.used() } else { change })
        };
        records.map(change).collect()
    }

    /// Marks what the membership uses of the catalogue: each once, because the
    /// mark stays.
    async fn mark(&self, membership: &Record, known: &mut HashSet<String>) -> Result<()> {
        let one = [TYPE_ID, PACKAGE_ID, STATUS_REASON_ID].map(|field| membership.get(field));
        let many = [CHAPTER_IDS, SECTION_IDS, ADD_ON_IDS].map(|field| membership.get(field));
        let used = one.into_iter().flatten();
        let used = used.chain(many.into_iter().flatten().flatten());
        let before = known.len();
        known.extend(used);
        if known.len() > before {
            self.store
                .mark_references::<Memberships>(None, membership)
                .await?;
        }
        Ok(())
    }

    async fn write_orders(&self, made: &mut [Member]) -> Result<()> {
        let billed = made.iter().filter(|member| member.order.is_some()).count();
        if billed == 0 {
            return Ok(());
        }
        let mut numbers = self.store.numbers("order", billed as u32).await?;
        for member in made {
            if let Some(order) = member.order.take() {
                let number = numbers.next().unwrap_or(order.number);
                // Before the memberships, which carry a copy of what their order says.
                let order = self.write_order(Order { number, ..order }).await?;
                copy_order(&mut member.membership, &order);
            }
        }
        Ok(())
    }

    /// The order as stored: an earlier attempt has given it a number.
    async fn write_order(&self, order: Order) -> Result<Order> {
        let key = order::key(&order.id);
        let order = match self.store.put(&Versioned::new(order.clone())).await? {
            Some(_) => order,
            None => {
                let stored = self.store.document::<Order>(&key).await?;
                stored.map_or(order, |stored| stored.value)
            }
        };
        // Without the head's claim of the term a run would bill it a second time.
        let key = head::key(&order.membership_id);
        if self.store.document::<BillingHead>(&key).await?.is_none() {
            let head = BillingHead::new(&order.membership_id);
            let taken = head.value.claim_term(&order.id, &order.renewal.term());
            self.store
                .put(&head.with(taken.map_err(Error::internal)?))
                .await?;
        }
        Ok(order)
    }
}

/// Adds those that are not there yet, with what they refer to.
async fn add<R: Resource>(
    store: &Store,
    context: &WriteContext,
    records: Vec<Record>,
) -> Result<()> {
    for record in records {
        if store
            .get_consistent::<R>(record.text(ID_FIELD))
            .await?
            .is_none()
        {
            store.save::<R>(context, None, record).await?;
        }
    }
    Ok(())
}

/// Writes what is not there yet.
async fn write_all(store: &Store, changes: &[Change]) -> Result<()> {
    for outcome in store.write_all(changes).await {
        match outcome {
            Ok(()) | Err(Error::Exists { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
