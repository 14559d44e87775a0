//! Books on their way into the store.

use super::{Books, Entry};
use crate::commit::Writes;
use model::resources::membership::Memberships;
use model::{Result, WriteContext};
use store::Store;
use terms::package::Packages;

impl Books {
    /// Writes everything that has changed, together; `false` when another was
    /// first.
    pub async fn write(
        &mut self,
        store: &Store,
        by: &WriteContext,
        packages: &Packages,
    ) -> Result<bool> {
        let writes = self.add_to(Writes::new(store), store, by, packages)?;
        match writes.is_empty() {
            true => Ok(true),
            false => writes.commit().await?.is_committed(),
        }
    }

    /// Adds everything that has changed to other writes.
    pub fn add_to<'a>(
        &mut self,
        mut writes: Writes<'a>,
        store: &Store,
        by: &WriteContext,
        packages: &Packages,
    ) -> Result<Writes<'a>> {
        self.derive_billed(packages);
        for account in self.accounts.values() {
            if account.member != account.read && !account.is_applicant {
                let (before, after) = (Some(&account.read), account.member.clone());
                writes = writes.record(store.change::<Memberships>(by, before, after)?)?;
            }
            if account.head.now != account.head.read.value {
                writes = writes.document(&account.head.read.with(account.head.now.clone()))?;
            }
        }
        for order in self.orders.values().filter_map(Entry::changed) {
            writes = writes.document(&order)?;
        }
        for receipt in self.receipts.values().filter_map(Entry::changed) {
            writes = writes.document(&receipt)?;
        }
        Ok(writes)
    }
}
