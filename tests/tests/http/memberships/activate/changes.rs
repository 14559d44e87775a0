//! Changes of affiliations.

use super::{activate, app, approved, events, of, pay, shows};
use serde_json::json;

#[tokio::test]
async fn a_change_swaps_affiliations_and_moves_no_dates() {
    let app = app().await;
    let held = json!({ "chapters": [{ "chapter_id": "south" }], "add_ons": [{ "add_on_id": "journal", "quantity": 1 }],
        "term_start_date": "2026-01-01" });
    let member = app.member("m-1", "2026-12-31", held).await;
    let wanted = json!({ "chapter_id": "north", "add_ons": [] });
    let made = approved(&app, of("change affiliations", "m-1", wanted)).await;
    activate(&app, &made).await.ok();
    let after = app.membership(&member).await;
    shows(
        &after,
        json!({
            "chapter_ids": ["north"], "add_ons": null, "expiration_date": "2026-12-31", "term_start_date": "2026-01-01",
            "join_or_last_renewal_date": null, "renewal_date": null, "status": "active", "billed": null,
            "last_change_affiliation_date": "2026-03-10T12:00:00.000Z", "order_total": 20,
        }),
    );
    assert_eq!(after["past_chapter_memberships"][0]["chapter_id"], "south");
    assert_eq!(events(&after), ["change affiliations"]);
    // The order is paid and voided like any other, and the term stays unbilled.
    pay(&app, &made, "p-1", 20.0).await;
    app.bill("2026-12-01", "2026-12-31", &["orders"]).await;
    assert_eq!(app.orders(&member).await.len(), 2);
}
