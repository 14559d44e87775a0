//! Renewals, reinstatements and returns: what moves, and when.

use super::{activate, app, approved, events, of, pay, shows};
use model::resources::Packages;
use serde_json::{Value, json};
use tests::records::with;

/// The matrix of DATE-1: what an activation sets, and what it leaves.
#[tokio::test]
async fn each_type_moves_its_own_dates() {
    let app = app().await;
    let terms = json!({ "expiration_type": "anniversary", "grace_period": 30, "allow_reinstatement": true,
        "reinstatement_options": { "reinstatement_period": 60 },
        "anniversary_expiration_options": { "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    app.set::<Packages>("anniversary", json!({ "expiration_options": terms }))
        .await;
    let held = |status: &str| {
        json!({ "status": status, "term_start_date": "2025-01-01", "is_new": true,
        "termination_date": if status == "inactive" { json!("2026-02-01") } else { Value::Null },
        "lapse_date": "2024-05-05" })
    };
    // Early, in the grace period, in the reinstatement period, and after it; today is 2026-03-10.
    for (id, status, expired, kind, join, renewal, reinstatement, start, end) in [
        (
            "early",
            "active",
            "2026-09-30",
            "renewal",
            "2020-01-01",
            json!("2026-03-10"),
            Value::Null,
            "2026-10-01",
            "2027-09-30",
        ),
        (
            "grace",
            "active",
            "2026-02-20",
            "renewal",
            "2020-01-01",
            json!("2026-03-10"),
            Value::Null,
            "2026-02-21",
            "2027-02-20",
        ),
        (
            "dropped",
            "inactive",
            "2026-01-31",
            "reinstatement",
            "2020-01-01",
            Value::Null,
            json!("2026-03-10"),
            "2026-03-10",
            "2027-03-09",
        ),
        (
            "long gone",
            "inactive",
            "2025-01-31",
            "renewal",
            "2026-03-10",
            Value::Null,
            Value::Null,
            "2026-03-10",
            "2027-03-09",
        ),
    ] {
        let id = id.replace(' ', "-");
        let changes = with(json!({}), with(held(status), json!({})));
        let member = app.member(&id, expired, changes).await;
        let made = approved(&app, of(kind, &id, json!({}))).await;
        pay(&app, &made, &format!("p-{id}"), 120.0).await;
        let before = app.membership(&member).await;
        assert_eq!(
            before["expiration_date"], expired,
            "{id}: not before it is activated"
        );
        activate(&app, &made).await.ok();
        shows(
            &app.membership(&member).await,
            json!({
                "status": "active", "join_date": join, "renewal_date": renewal, "reinstatement_date": reinstatement,
                "join_or_last_renewal_date": "2026-03-10", "term_start_date": start, "expiration_date": end,
                "termination_date": null, "lapse_date": "2024-05-05", "date_status": "updated",
                "is_new": join == "2026-03-10", "last_change_affiliation_date": null,
            }),
        );
    }
}

#[tokio::test]
async fn an_early_renewal_never_shortens() {
    let app = app().await;
    let member = app.member("m-1", "2030-12-31", json!({})).await;
    let made = approved(&app, of("renewal", "m-1", json!({}))).await;
    pay(&app, &made, "p-1", 90.5).await;
    activate(&app, &made).await.ok();
    shows(
        &app.membership(&member).await,
        json!({
            "term_start_date": "2031-01-01", "expiration_date": "2031-12-31", "billed": false,
        }),
    );
}

#[tokio::test]
async fn a_renewal_that_is_not_paid_keeps_dates_and_status() {
    let app = app().await;
    let member = app
        .member(
            "m-1",
            "2026-03-31",
            json!({ "chapters": [{ "chapter_id": "north", "dues": 18 }] }),
        )
        .await;
    let next = json!({ "membership_package_id": "calendar", "additional_chapter_ids": ["south"], "chapter_id": "north" });
    let made = approved(&app, of("renewal", "m-1", next)).await;
    activate(&app, &made).await.ok();
    let waits = app.membership(&member).await;
    shows(
        &waits,
        json!({
            "status": "active", "expiration_date": "2026-03-31", "package_id": "anniversary",
            "date_status": "not yet updated", "chapter_ids": ["north", "south"],
        }),
    );
    shows(
        &waits["chapters"][0],
        json!({ "dues": 18, "was_renewed": true, "is_new_member": false }),
    );
    pay(&app, &made, "p-1", 118.0).await;
    let moved = app.membership(&member).await;
    shows(
        &moved,
        json!({
            "package_id": "calendar", "term_start_date": "2026-04-01", "expiration_date": "2026-12-31", "is_new": false,
        }),
    );
    assert_eq!(events(&moved), ["change affiliations", "renewal"]);
}

/// A dropped member's late payment waits for their return, which an activation is.
#[tokio::test]
async fn a_return_applies_what_was_paid_meanwhile() {
    let app = app().await;
    let member = app.member("m-1", "2026-02-28", json!({})).await;
    app.bill("2026-02-01", "2026-02-28", &["orders"]).await;
    let late = app.orders(&member).await.remove(0);
    let url = format!("/memberships/acme/{member}");
    let drop = json!([{ "op": "replace", "path": "/status", "value": "inactive" }]);
    app.patch(&url, drop).await.ok();
    let paid = pay(&app, &json!({ "order_id": late["id"] }), "p-1", 90.5).await;
    assert_eq!(paid["payments"][0]["unapplied"], true);
    // The order that was paid late has the term, so another is not billed for it.
    let again = app
        .post("/applications/acme", of("renewal", "m-1", json!({})))
        .await;
    again.refused(409);
}
