//! A group of applications, from the first that is submitted to a refund.

use super::{Story, id};
use model::resources::GroupApplicationProcesses;
use serde_json::{Value, json};

pub async fn of_a_group(story: &mut Story) {
    let process = json!({ "id": "team", "name": "Team", "contact_form_id": "rolodex-contacts__1",
        "checkout_settings": { "business_unit_id": "b-1", "bank_account_id": "a-1" } });
    story.app.seed::<GroupApplicationProcesses>(process).await;
    let group = json!({ "name": "Engineers", "contact_id": "m-1" });
    let group = id(&story.app.post("/applicationGroups/acme", group).await.ok());
    let mut orders = Vec::new();
    for contact in ["g-1", "g-2"] {
        story.app.seed_contact(contact).await;
        let body = json!({ "type": "join", "process_id": "join-1", "owner_type": "contact", "contact_id": contact,
            "application_group_id": group, "group_application_process_id": "team",
            "membership_package_id": "anniversary", "membership_type_id": "regular", "status": "under review" });
        let made = story.post("/applications/acme", body).await;
        orders.push(made["order_id"].as_str().expect("an order").to_owned());
    }
    let shown = story.get(&format!("/applicationGroups/acme/{group}")).await;
    let url = format!(
        "/orders/acme/{}",
        shown["order_id"].as_str().expect("an order")
    );
    story.get(&url).await;
    for (payment, amount) in [("g-1", 150), ("g-2", 150)] {
        let payment = json!({ "id": payment, "type": "check", "amount": amount });
        story.post(&format!("{url}/payments"), payment).await;
    }
    let void = format!("/orders/acme/{}/void", orders[0]);
    story.post(&void, json!({ "payments": "credit" })).await;
    let back = json!({ "id": "r-1", "reason": "returned" });
    story
        .post(&format!("{url}/payments/g-2/reverse"), back)
        .await;
    story.post(&format!("{url}/credit"), Value::Null).await;
    let refund = json!({ "id": "r-2", "amount": 1, "reason": "too much" });
    story
        .post(&format!("{url}/payments/g-1/refund"), refund)
        .await;
    let preview = json!({ "application_group_id": group, "destination_email_address": "s@example.org",
        "email_template": { "subject": "s", "body": "<p>{{ order.total }} {{ applications | length }}</p>" } });
    story
        .post("/memberships/acme/previewGroupApplicationEmail", preview)
        .await;
}
