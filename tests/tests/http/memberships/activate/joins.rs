//! Joins: the membership is made, or waits for the payment.

use super::{activate, app, approved, events, join, pay, shows};
use model::resources::Packages;
use serde_json::{Value, json};

#[tokio::test]
async fn a_join_that_is_paid_makes_the_membership() {
    let app = app().await;
    let wanted = json!({
        "chapter_id": "north", "additional_chapter_ids": ["south"], "add_ons": [{ "add_on_id": "journal" }],
        "do_not_renew": true, "do_not_show_in_directory": true, "hidden_directory_fields": ["city"],
        "referral_contact_id": "c-1", "notes": "by post",
        "custom_field_values": [{ "custom_field_id": "shoe_size__c", "string_value": "41" }],
        "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_ok" },
    });
    let made = approved(&app, join(wanted.clone())).await;
    pay(&app, &made, "p-1", 100.0).await;
    pay(&app, &made, "p-2", 40.0).await;
    assert_eq!(activate(&app, &made).await.ok(), Value::Null);
    let member = app.membership("contact:c-1").await;
    shows(
        &member,
        json!({
            "status": "active", "is_new": true, "origin": "principal", "name": "Ada Byron", "email_address": "ada@example.org",
            "type_id": "regular", "package_id": "anniversary", "date_status": "updated",
            "join_date": "2026-03-10", "membership_join_date": "2026-03-10", "join_or_last_renewal_date": "2026-03-10",
            "term_start_date": "2026-03-10", "expiration_date": "2027-03-09", "renewal_date": null,
            "primary_chapter_id": "north", "chapter_ids": ["north", "south"], "add_on_ids": ["journal"],
            "application_id": made["id"], "application_process_id": "join-1",
            "order_id": made["order_id"], "order_balance_due": 0, "billed": null,
            "do_not_renew": true, "do_not_show_in_directory": true, "hidden_directory_fields": ["city"],
            "referral_contact_id": "c-1", "notes": "by post", "renew_automatically": true,
            "custom_field_values": wanted["custom_field_values"],
        }),
    );
    assert_eq!(events(&member), ["join"]);
    shows(
        &member["chapters"][0],
        json!({
            "chapter_id": "north", "dues": 15.25, "is_new_member": true, "order_id": made["order_id"],
        }),
    );
    let order = app.orders("contact:c-1").await.remove(0);
    assert_eq!(
        member["chapters"][0]["order_line_item_id"],
        order["line_items"][1]["id"]
    );
    // Found by chapter as any member is.
    let found = app.get("/memberships/acme/chapter/north").await.ok();
    assert_eq!(found["Count"], 1);
    let again = activate(&app, &made).await;
    assert_eq!(again.ok(), Value::Null);
    assert_eq!(app.membership("contact:c-1").await, member);
}

#[tokio::test]
async fn a_join_that_is_not_paid_waits_inactive() {
    let app = app().await;
    let body = join(json!({ "chapter_id": "north", "override_join_date": "2019-05-01" }));
    let made = approved(&app, body).await;
    activate(&app, &made).await.ok();
    let waits = app.membership("contact:c-1").await;
    shows(
        &waits,
        json!({
            "status": "inactive", "date_status": "not yet updated", "package_id": "anniversary",
            "join_date": null, "term_start_date": null, "expiration_date": null,
            "order_id": made["order_id"], "order_balance_due": 140, "termination_date": null,
        }),
    );
    assert_eq!(events(&waits), Vec::<&str>::new());
    assert_eq!(
        app.get("/memberships/acme/chapter/north").await.ok()["Count"],
        0
    );
    let part = pay(&app, &made, "p-1", 40.0).await;
    assert_eq!(part["payments"][0]["unapplied"], false);
    assert_eq!(app.membership("contact:c-1").await["status"], "inactive");
    pay(&app, &made, "p-2", 100.0).await;
    let member = app.membership("contact:c-1").await;
    shows(
        &member,
        json!({
            "status": "active", "date_status": "updated", "join_date": "2019-05-01",
            "join_or_last_renewal_date": "2026-03-10", "expiration_date": "2027-03-09", "order_status": "completed",
        }),
    );
    assert_eq!(events(&member), ["join"]);
    assert_eq!(
        app.get("/memberships/acme/chapter/north").await.ok()["Count"],
        1
    );
}

#[tokio::test]
async fn a_void_takes_a_join_back() {
    let app = app().await;
    let made = approved(&app, join(json!({}))).await;
    activate(&app, &made).await.ok();
    pay(&app, &made, "p-1", 120.0).await;
    let order = made["order_id"].as_str().unwrap();
    let void = json!({ "payments": "credit" });
    app.post(&format!("/orders/acme/{order}/void"), void)
        .await
        .ok();
    shows(
        &app.membership("contact:c-1").await,
        json!({
            "status": "inactive", "expiration_date": null, "join_date": null,
        }),
    );
}

#[tokio::test]
async fn dates_and_status_come_when_the_package_says_so() {
    let app = app().await;
    app.set::<Packages>(
        "immediate",
        json!({ "does_not_receive_member_benefits": true }),
    )
    .await;
    for (contact, package, status) in [
        ("f-1", "free", "active"),
        ("f-2", "immediate", "active without benefits"),
    ] {
        app.seed_contact(contact).await;
        let changes = json!({ "contact_id": contact, "membership_package_id": package });
        let made = approved(&app, join(changes)).await;
        activate(&app, &made).await.ok();
        let member = app.membership(&format!("contact:{contact}")).await;
        shows(
            &member,
            json!({ "status": status, "expiration_date": "2027-03-09", "date_status": "updated" }),
        );
    }
}
