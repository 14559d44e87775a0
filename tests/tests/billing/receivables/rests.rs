//! What is left to be paid for a term that has begun is reminded of by the date of
//! its bill, and blocks nothing (rule REM-7).

use super::*;
use crate::support::{bill, bodies, create, reminders};

const AT_THE_BILL: [(i64, &str, &str); 1] = [(1, "2026-03-01", "2026-03-31")];

async fn app_with_text() -> TestApp {
    let app = app().await;
    let email = json!({ "from": "dues@example.org", "subject": "reminder",
        "body": "{{ order.number }}: {{ order.balance }} of {% for each in arrears %}x{% endfor %}" });
    app.set::<BillingNotices>("reminder", json!({ "email": email }))
        .await;
    app.template("ladder", json!({})).await;
    app
}

fn series(ladder: &[(i64, &str, &str)]) -> Value {
    with(
        reminders("renewal", ladder),
        json!({ "template_id": "ladder" }),
    )
}

/// How many a run of these reminders reminds.
async fn reminded(app: &TestApp, body: Value) -> usize {
    let run = create(app, body).await;
    app.refresh(&run).await;
    let planned = app.actions(&run).await.len();
    if planned > 0 {
        let run = app.execute(&run).await;
        let done = &run["statistics"]["renewal_reminders"]["successful"];
        assert_eq!(*done, planned, "{run}");
    }
    planned
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_of_the_present_term_is_reminded_of_by_the_date_of_its_bill_once_in_a_series() {
    let app = app_with_text().await;
    let (member, order) = billed(&app, "a", "share").await;
    pay(&app, &order, "p-1", json!(60)).await.ok();
    app.set_today("2026-04-10").await;
    let by_today = series(&[(1, "2027-03-01", "2027-03-31")]);
    assert_eq!(
        reminded(&app, by_today).await,
        0,
        "nothing is due for the coming term"
    );
    let run = bill(&app, series(&AT_THE_BILL)).await;
    assert_eq!(
        run["statistics"]["renewal_reminders"]["successful"], 1,
        "{run}"
    );
    let text = format!("{}: 40.00 of x", order["number"]);
    let texts = bodies(&app);
    assert!(
        texts.iter().any(|body| body.contains(&text)),
        "{text}: {texts:?}"
    );
    let id = run["id"].as_str().expect("an id");
    let actions = app.actions(id).await;
    let action = actions.values().next().expect("an action");
    assert_eq!(action.raw("order_id"), Some(&order["id"]));
    assert_eq!(app.membership(&member).await["last_reminder"], 1);
    assert_eq!(reminded(&app, series(&AT_THE_BILL)).await, 0, "once");
    let scratch = reminders("renewal", &AT_THE_BILL);
    assert_eq!(reminded(&app, scratch.clone()).await, 1);
    let why = explained(&app, &create(&app, scratch.clone()).await, &member).await;
    assert_eq!(why, json!(null), "eligible");
    pay(&app, &order, "p-2", json!(40)).await.ok();
    assert_eq!(reminded(&app, scratch).await, 0, "paid");
}

async fn explained(app: &TestApp, run: &str, member: &str) -> Value {
    let url = format!("/billingRuns/{TENANT}/{run}/explain/{member}");
    app.get(&url).await.ok()["actions"][0]["reason"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reversed_is_reminded_of_and_who_owes_for_both_terms_is_reminded_of_the_coming_one()
{
    let app = app_with_text().await;
    let (_, order) = billed(&app, "a", "full").await;
    pay(&app, &order, "p-1", json!(100)).await.ok();
    app.set_today("2026-04-10").await;
    assert_eq!(reminded(&app, series(&AT_THE_BILL)).await, 0);
    let reversal = json!({ "id": "r-1", "reason": "returned", "date": "2026-04-09" });
    app.post(&url(&order, "/payments/p-1/reverse"), reversal)
        .await
        .ok();
    assert_eq!(reminded(&app, series(&AT_THE_BILL)).await, 1);
    app.set_today("2027-03-10").await;
    let next = app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    assert_eq!(next["statistics"]["renewal_orders"]["successful"], 1);
    let both = [(1, "2026-03-01", "2027-03-31")];
    assert_eq!(reminded(&app, series(&both)).await, 1, "another term");
    let texts = bodies(&app);
    assert!(
        texts.iter().any(|body| body.contains(": 100.00 of xx")),
        "{texts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_of_an_earlier_term_is_the_newest_once_the_later_one_is_paid() {
    let app = app_with_text().await;
    let (member, order) = billed(&app, "a", "share").await;
    pay(&app, &order, "p-1", json!(50)).await.ok();
    app.set_today("2026-04-10").await;
    assert_eq!(reminded(&app, series(&AT_THE_BILL)).await, 1);
    app.set_today("2027-03-10").await;
    app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    let next = app.orders(&member).await.remove(0);
    pay(&app, &next, "p-2", json!(50)).await.ok();
    let later = [(2, "2027-03-01", "2027-03-31")];
    assert_eq!(
        reminded(&app, reminders("renewal", &AT_THE_BILL)).await,
        0,
        "the newest rest is told"
    );
    assert_eq!(reminded(&app, series(&later)).await, 1);
    pay(&app, &next, "p-3", json!(50)).await.ok();
    assert_eq!(reminded(&app, reminders("renewal", &later)).await, 0);
    assert_eq!(
        reminded(&app, series(&AT_THE_BILL)).await,
        0,
        "this series has sent it"
    );
    assert_eq!(reminded(&app, reminders("renewal", &AT_THE_BILL)).await, 1);
}
