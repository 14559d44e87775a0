//! Rows as records: what is made, what is refused and why.

mod bills;
mod members;
mod refusals;
mod rows;
mod seats;
mod spreadsheets;

use crate::*;
use model::resources::{Contacts, Memberships, Organizations, Packages, StatusReasons, Types};
use serde_json::{Value, json};
use tests::records::{a_contact, a_membership, with};

const CONTACTS: &str = "\
id,name,first_name,email_address,address.city,address.latitude,contact_role_ids
c-1,Ada Byron,Ada,ada@example.org,London,51.25,chair|press
007,\"Müller, \"\"Bob\"\"\nJr.\",,,,,
";

const NUMBERED: &str = "owner_type,contact_id,type_id,package_id,number\n";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app
}

async fn membership(app: &TestApp, id: &str) -> Value {
    let found = app.store.get_consistent::<Memberships>(id).await.unwrap();
    Value::Object(found.expect("a membership").into_fields())
}
