//! Organizations whose memberships flow down to their people.

use crate::TestApp;
use crate::records::with;
use lifecycle::jobs::{Kind, State};
use model::resources::membership::FLOWDOWN_DUE;
use model::resources::membership::indexes::of_parent;
use model::resources::{Contacts, Memberships, Organizations, Packages, Types};
use model::{Record, Resource};
use serde_json::{Value, json};

impl TestApp {
    /// A catalogue with the type `firm`, whose people receive `person`, and the package
    /// `seats` for two who are picked.
    pub async fn with_firms() -> TestApp {
        let app = TestApp::with_catalogue().await;
        app.seed_firms().await;
        app
    }

    pub async fn seed_firms(&self) {
        self.seed::<Types>(json!({ "id": "person", "name": "Person", "customer_type": "contact" }))
            .await;
        self.seed::<Types>(
            json!({ "id": "firm", "name": "Firm", "customer_type": "organization",
            "enable_flowdown": true, "flowdown_membership_type_id": "person" }),
        )
        .await;
        self.seed::<Packages>(
            json!({ "id": "seats", "name": "seats", "business_unit_id": "b-1", "price": 0,
            "membership_type_id": "firm",
            "expiration_options": { "expiration_type": "calendar", "calendar_expiration_options": {
                "start_of_calendar_year": 1, "number_of_years": 1 } },
            "organizational_membership_options": { "maximum_number_of_contacts": 2 } }),
        )
        .await;
    }

    pub async fn firm(&self, id: &str, parent: Option<&str>) {
        let firm =
            json!({ "id": id, "name": format!("Firm {id}"), "parent_organization_id": parent });
        self.seed::<Organizations>(firm).await;
    }

    /// Somebody of an organization.
    pub async fn person(&self, id: &str, firm: Option<&str>) {
        let name = format!("Person {id}");
        let person = json!({ "id": id, "name": name, "organization_id": firm,
            "email_address": format!("{id}@example.org") });
        self.seed::<Contacts>(person).await;
    }

    /// The organization's own membership.
    pub async fn firm_joins(&self, id: &str, changes: Value) -> Value {
        let body = json!({ "owner_type": "organization", "organization_id": id, "type_id": "firm",
            "package_id": "seats", "join_date": "2026-01-01", "expiration_date": "2026-12-31" });
        self.post("/memberships/acme", with(body, changes))
            .await
            .ok()
    }

    /// Lets the scheduler go on with what requests have left due of these memberships and
    /// contacts.
    ///
    /// # Panics
    /// If something stays due.
    pub async fn finish_flowdown(&self, ids: &[&str]) {
        // More often than there are records, because the stack's own scheduler is at the
        // same ones: what it has just done may be marked again.
        for _ in 0..10 * (ids.len() + 1) {
            let mut due = false;
            for id in ids {
                due |= match id.contains(':') {
                    true => self.came_due::<Memberships>(id).await,
                    false => self.came_due::<Contacts>(id).await,
                };
            }
            if !due {
                return;
            }
            let look = scheduler::tick(&self.core.billing).await;
            look.expect("the scheduler looks");
        }
        panic!("something stays due of {ids:?}");
    }

    /// Whether flowdown is due by a record; then it has been for long.
    async fn came_due<R: Resource>(&self, id: &str) -> bool {
        let found = self.store.get_consistent::<R>(id).await;
        let found = found.expect("the store answers");
        let due = found.is_some_and(|one| one.has(FLOWDOWN_DUE));
        if due {
            let long_ago = json!({ "_flowdown_due": "2020-01-01T00:00:00.000Z" });
            self.set::<R>(id, long_ago).await;
        }
        due
    }

    /// Has everything flow down, and waits for the end.
    pub async fn reprocess_flow_down(&self) {
        let id = self.post("/memberships/acme/reprocessFlowDown", json!({}));
        let id = id.await.ok();
        let job = self.ended_job(Kind::Flowdown, id.as_str().expect("an id"));
        let job = job.await;
        assert_eq!((job.state, job.problems), (State::Completed, vec![]));
    }

    /// What derives from a membership, by id.
    pub async fn derived(&self, parent: &str) -> Vec<Record> {
        let found = self
            .store
            .query_all::<Memberships>(&of_parent(parent))
            .await;
        found.expect("memberships")
    }

    /// Replaces one field, and answers the record.
    pub async fn replace(&self, url: &str, path: &str, value: Value) -> Value {
        let patch = json!([{ "op": "add", "path": path, "value": value }]);
        self.patch(url, patch).await.ok()
    }
}
