//! Who gets a notice, and what becomes of an action that has nobody to tell.

use crate::support::{MARCH, bill, change_member, create, organization, recipients, reminders};
use model::resources::billing_run_action::ActionStatus;
use model::resources::{BillingNotices, Contacts};
use serde_json::{Value, json};
use tests::TestApp;
use tests::billing::run_body;
use tests::records::with;

async fn person(app: &TestApp, id: &str, roles: Value) {
    let email = format!("{id}@example.org");
    app.seed::<Contacts>(
        json!({ "id": id, "name": id, "email_address": email, "contact_role_ids": roles }),
    )
    .await;
}

async fn notice_for(app: &TestApp, roles: Value) {
    let email = json!({ "from": "dues@example.org", "subject": "s", "body": "b" });
    let notice =
        json!({ "id": "roles", "name": "roles", "email": email, "contact_role_ids": roles });
    app.seed::<BillingNotices>(notice).await;
}

fn notices(id: &str) -> Value {
    let mut body = run_body(MARCH.0, MARCH.1, &["notices"]);
    body["renewal_notice_options"]["renewal_notice_id"] = id.into();
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_without_roles_goes_to_the_organizations_own_address() {
    let app = TestApp::with_catalogue().await;
    person(&app, "boss", json!(["billing"])).await;
    let known = json!({ "email_address": "office@example.org", "contact_ids": ["boss"] });
    organization(&app, "known", "2026-03-31", known).await;
    let silent = organization(
        &app,
        "silent",
        "2026-03-31",
        json!({ "contact_ids": ["boss"] }),
    )
    .await;
    let run = bill(&app, notices("notice")).await;
    assert_eq!(
        run["statistics"]["renewal_notices"]["successful"], 1,
        "{run}"
    );
    assert_eq!(recipients(&app), ["office@example.org"]);
    let (status, why) = app.outcome(run["id"].as_str().unwrap(), &silent).await;
    assert_eq!(
        (status, why.as_str()),
        (
            ActionStatus::Error,
            "organization:silent has no e-mail address"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_with_roles_goes_to_the_people_who_have_one() {
    let app = TestApp::with_catalogue().await;
    person(&app, "boss", json!(["billing"])).await;
    person(&app, "clerk", json!(["post"])).await;
    notice_for(&app, json!(["billing", "finance"])).await;
    let both = json!({ "email_address": "office@example.org", "contact_ids": ["boss", "clerk"] });
    organization(&app, "both", "2026-03-31", both).await;
    let clerk = json!({ "email_address": "other@example.org", "contact_ids": ["clerk"] });
    organization(&app, "clerks", "2026-03-31", clerk).await;
    bill(&app, notices("roles")).await;
    assert_eq!(recipients(&app), ["boss@example.org", "other@example.org"]);
}

/// Takes a member's addresses away.
async fn hide(app: &TestApp, id: &str) {
    let before = app.store.require::<Contacts>(id).await.expect("is there");
    let mut after = before.clone();
    after.set_raw("email_address", "".into());
    app.store
        .save::<Contacts>(&tests::import(), Some(&before), after)
        .await
        .expect("is there");
    change_member(
        app,
        &format!("contact:{id}"),
        json!({ "email_address": "" }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_without_an_address_fail_and_an_order_only_says_so() {
    let app = TestApp::with_catalogue().await;
    let owes = app
        .member("owes", "2026-04-15", json!({ "billed": true }))
        .await;
    let auto = app.auto_member("auto", "2026-05-15", "tok_good").await;
    let card = json!({ "renewal_payment_card_expiration": "2026-05-01" });
    change_member(&app, &auto, card).await;
    let bills = app.member("bills", "2026-03-31", json!({})).await;
    for id in ["owes", "auto", "bills"] {
        hide(&app, id).await;
    }
    let april = [(1, "2026-04-01", "2026-04-30")];
    let may = [(1, "2026-05-01", "2026-05-31")];
    let mut body = run_body(MARCH.0, MARCH.1, &["orders"]);
    for (kind, list) in [("renewal", april), ("auto", may), ("card", may)] {
        body = with(body, reminders(kind, &list));
    }
    let id = create(&app, body).await;
    app.refresh(&id).await;
    let run = app.execute(&id).await;
    assert_eq!(run["statistics"]["all_actions"]["total"], 4, "{run}");
    for name in [
        "renewal_reminders",
        "auto_renewal_reminders",
        "expiring_credit_card_reminders",
    ] {
        assert_eq!(run["statistics"][name]["error"], 1, "{name}: {run}");
    }
    assert_eq!(app.membership(&owes).await["last_reminder"], Value::Null);
    let (status, why) = app.outcome(&id, &bills).await;
    assert_eq!(
        (status, why.as_str()),
        (
            ActionStatus::Completed,
            "notice not sent: Member bills has no e-mail address"
        )
    );
    assert_eq!(app.orders(&bills).await.len(), 1);
    assert!(app.mails().is_empty());
}
