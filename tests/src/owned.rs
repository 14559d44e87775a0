//! Memberships of one contact, as many as are asked for.

use crate::records::{a_membership, record, with};
use crate::{TestApp, import};
use model::resources::Memberships;
use model::resources::membership::computed::{copy_owner, fill_computed};
use model::resources::membership::of_owner;
use model::resources::owner::OwnerType;
use model::resources::people::COPIES_DUE;
use model::{Record, resources::Contacts};
use serde_json::json;
use store::Change;

impl TestApp {
    /// So many memberships of the contact `c-1`: the principal one, and others
    /// derived from organizations'.
    pub async fn seed_owned(&self, count: usize) {
        let owner = self.store.require::<Contacts>("c-1").await;
        let owner = owner.expect("the contact");
        let insert = |n: usize| {
            let of_organization = json!({
                "id": format!("contact:c-1:o-{n}"), "origin": "flowdown", "flowdown_depth": 1,
                "parent_membership_id": format!("organization:o-{n}"),
            });
            let principal = json!({ "id": "contact:c-1", "origin": "principal" });
            let own = if n == 0 { principal } else { of_organization };
            let body = with(
                a_membership(),
                json!({ "number": n + 1, "status": "active" }),
            );
            let mut member = record(with(body, own));
            copy_owner(&owner, &mut member);
            fill_computed(&mut member);
            let change = self.store.change::<Memberships>(&import(), None, member);
            change.expect("a sound membership")
        };
        let changes: Vec<Change> = (0..count).map(insert).collect();
        let written = self.store.write_all(&changes).await;
        assert!(written.iter().all(Result::is_ok), "{written:?}");
    }

    /// Lets the scheduler write what requests have left of that contact's copies.
    pub async fn finish_copies(&self) {
        let owner = self.store.require::<Contacts>("c-1").await;
        if owner.expect("the contact").has(COPIES_DUE) {
            let long_ago = json!({ "_copies_due": "2020-01-01T00:00:00.000Z" });
            self.set::<Contacts>("c-1", long_ago).await;
        }
        let look = scheduler::tick(&self.core.billing).await;
        look.expect("the scheduler looks");
        let owner = self.store.require::<Contacts>("c-1").await;
        assert!(!owner.expect("the contact").has(COPIES_DUE));
    }

    /// The memberships of the contact `c-1`.
    pub async fn owned(&self) -> Vec<Record> {
        let owned = of_owner(OwnerType::Contact, "c-1").consistent();
        let owned = self.store.query_all::<Memberships>(&owned).await;
        owned.expect("memberships")
    }
}
