//! A void that puts dates back is an event of the history (rule MEM-12): what a member
//! was in between is told by it.

use crate::support::MARCH;
use serde_json::json;
use tests::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_void_puts_back_is_a_row_that_begins_where_the_last_one_ended() {
    let app = TestApp::with_catalogue().await;
    let package = json!({ "package_id": "immediate" });
    let member = app.member("a", "2026-03-31", package).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
    app.set_today("2026-05-20").await;
    let order = app.orders(&member).await[0]["id"].clone();
    let void = format!("/orders/acme/{}/void", order.as_str().expect("an id"));
    app.post(&void, json!({ "reason": "not this year" }))
        .await
        .ok();
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2026-03-31"
    );
    let rows = app
        .get(&format!("/memberships/acme/{member}/history"))
        .await
        .ok();
    let rows = rows["Items"]
        .as_array()
        .or(rows.as_array())
        .expect("rows")
        .clone();
    let (void, bill) = (&rows[0], &rows[1]);
    assert_eq!(void["event"], "manual change");
    assert_eq!(
        void["old"]["expiration_date"],
        bill["new"]["expiration_date"]
    );
    assert_eq!(void["new"]["expiration_date"], "2026-03-31");
    // On a day in between they were a member by the term that has been taken back.
    let standing = |day: &str| format!("/memberships/acme/{member}/standing?date={day}");
    let between = app.get(&standing("2026-05-01")).await.ok();
    assert_eq!(
        (&between["reason"], &between["source"]),
        (&json!("current"), &json!("history"))
    );
    // Again, it is the same void and no further row.
    let path = format!("/orders/acme/{}/void", order.as_str().expect("an id"));
    app.post(&path, json!({ "reason": "not this year" }))
        .await
        .ok();
    let again = app
        .get(&format!("/memberships/acme/{member}/history"))
        .await
        .ok();
    let again = again["Items"]
        .as_array()
        .or(again.as_array())
        .expect("rows")
        .len();
    assert_eq!(again, rows.len());
}
