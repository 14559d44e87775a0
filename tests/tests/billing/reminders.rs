//! Reminders: by state, once for a member, term, series and number.

use crate::support::{MARCH, bill, change_member, create, reminders, set_action};
use model::resources::billing_run_action::ActionStatus;
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::with;

const LADDER: [(i64, &str, &str); 3] = [
    (1, "2026-03-01", "2026-04-30"),
    (2, "2026-03-01", "2026-04-10"),
    (3, "2026-03-01", "2026-03-20"),
];

async fn owing(app: &TestApp, id: &str, expiration: &str) -> String {
    app.member(id, expiration, json!({ "billed": true })).await
}

fn numbers(
    actions: &std::collections::BTreeMap<(String, String), model::Record>,
) -> Vec<(String, Value)> {
    let number =
        |record: &model::Record| record.raw("reminder_number").cloned().unwrap_or_default();
    actions
        .iter()
        .map(|((member, _), record)| (member.clone(), number(record)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_highest_number_that_is_due_is_planned_and_sent() {
    let app = TestApp::with_catalogue().await;
    for (id, expiration) in [
        ("one", "2026-04-30"),
        ("two", "2026-04-10"),
        ("three", "2026-03-20"),
    ] {
        owing(&app, id, expiration).await;
    }
    app.member("owes_nothing", "2026-03-20", json!({})).await;
    let id = create(&app, reminders("renewal", &LADDER)).await;
    app.refresh(&id).await;
    let planned = numbers(&app.actions(&id).await);
    let expected = [("contact:one", 1), ("contact:three", 3), ("contact:two", 2)];
    assert_eq!(planned, expected.map(|(id, n)| (id.to_owned(), json!(n))));
    let run = app.execute(&id).await;
    assert_eq!(run["statistics"]["renewal_reminders"]["successful"], 3);
    let stored = app.membership("contact:three").await;
    assert_eq!(stored["last_reminder"], 3);
    assert_eq!(stored["last_reminder_date"], "2026-03-10T12:00:00.000Z");
    // Lower numbers are not sent after a higher one.
    app.refresh(&create(&app, reminders("renewal", &LADDER)).await)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_the_highest_out_sends_no_lower_one() {
    let app = TestApp::with_catalogue().await;
    let member = owing(&app, "a", "2026-03-20").await;
    owing(&app, "b", "2026-04-30").await;
    let id = create(&app, reminders("renewal", &LADDER)).await;
    app.refresh(&id).await;
    set_action(&app, &id, &member, "excluded").await.ok();
    app.refresh(&id).await;
    app.execute(&id).await;
    assert_eq!(app.outcome(&id, &member).await.0, ActionStatus::Excluded);
    assert_eq!(app.mails(), ["reminder for Member b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_runs_of_a_series_in_a_day_send_nothing_twice_and_a_run_from_scratch_one_more() {
    let app = TestApp::with_catalogue().await;
    app.template("ladder", json!({})).await;
    for id in ["a", "b"] {
        owing(&app, id, "2026-04-10").await;
    }
    let series = with(
        reminders("renewal", &LADDER),
        json!({ "template_id": "ladder" }),
    );
    let planned_before = create(&app, series.clone()).await;
    app.refresh(&planned_before).await;
    bill(&app, series.clone()).await;
    assert_eq!(app.mails().len(), 2);
    let run = app.execute(&planned_before).await;
    assert_eq!(
        run["statistics"]["renewal_reminders"]["excluded"], 2,
        "{run}"
    );
    let (_, why) = app.outcome(&planned_before, "contact:a").await;
    assert_eq!(why, "the member has had reminder 2 of this series");
    let third = create(&app, series).await;
    app.refresh(&third).await;
    assert!(
        app.actions(&third).await.is_empty(),
        "a lower number is not sent either"
    );
    assert_eq!(app.mails().len(), 2);
    let scratch = bill(&app, reminders("renewal", &LADDER)).await;
    assert_eq!(scratch["statistics"]["renewal_reminders"]["successful"], 2);
    assert_eq!(app.mails().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_added_for_an_earlier_time_silences_no_later_one() {
    let app = TestApp::with_catalogue().await;
    app.template("ladder", json!({})).await;
    let member = owing(&app, "a", "2026-03-31").await;
    for (number, ranges) in [
        // Reminder 3 goes a month before, 1 at expiry, 2 a month after.
        (
            3,
            [
                ("2026-02-01", "2026-02-28"),
                ("2026-01-01", "2026-01-31"),
                ("2026-03-01", "2026-03-31"),
            ],
        ),
        (
            1,
            [
                ("2026-03-01", "2026-03-31"),
                ("2026-02-01", "2026-02-28"),
                ("2026-04-01", "2026-04-30"),
            ],
        ),
        (
            2,
            [
                ("2026-04-01", "2026-04-30"),
                ("2026-03-01", "2026-03-31"),
                ("2026-05-01", "2026-05-31"),
            ],
        ),
    ] {
        let list: Vec<_> = (1..)
            .zip(ranges)
            .map(|(id, (from, to))| (id, from, to))
            .collect();
        let body = with(
            reminders("renewal", &list),
            json!({ "template_id": "ladder" }),
        );
        let run = bill(&app, body).await;
        assert_eq!(
            run["statistics"]["renewal_reminders"]["successful"], 1,
            "{number}: {run}"
        );
        assert_eq!(app.membership(&member).await["last_reminder"], number);
    }
}

/// Somebody whom reminders of each kind concern, by the statistics' name for it.
async fn concerned(app: &TestApp, expiration: &str) -> [(&'static str, &'static str); 3] {
    owing(app, "owes", expiration).await;
    let card = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok" },
        "renewal_payment_card_expiration": "2026-03-20" });
    app.member("auto", expiration, card).await;
    [
        ("renewal", "renewal_reminders"),
        ("auto", "auto_renewal_reminders"),
        ("card", "expiring_credit_card_reminders"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_missed_by_a_week_is_sent_once_by_the_next_run() {
    let app = TestApp::with_catalogue().await;
    app.template("weekly", json!({})).await;
    for (kind, figures) in concerned(&app, "2026-04-10").await {
        let step = |from: &'static str, to: &'static str| {
            with(
                reminders(kind, &[(1, from, to)]),
                json!({ "template_id": "weekly" }),
            )
        };
        // The run whose range began at the member's day never ran; this one is a week late.
        app.set_today("2026-03-17").await;
        let late = bill(&app, step("2026-04-03", "2026-04-17")).await;
        assert_eq!(late["statistics"][figures]["successful"], 1, "{late}");
        app.set_today("2026-03-24").await;
        let next = create(&app, step("2026-04-10", "2026-04-24")).await;
        app.refresh(&next).await;
        assert_eq!(app.run(&next).await["statistics"][figures]["total"], 0);
    }
    assert_eq!(app.mails().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_runs_of_any_series_in_a_day_send_each_reminder_once() {
    let app = TestApp::with_catalogue().await;
    app.template("ladder", json!({})).await;
    for (kind, figures) in concerned(&app, "2026-04-10").await {
        let series = with(reminders(kind, &LADDER), json!({ "template_id": "ladder" }));
        let runs = [
            create(&app, series.clone()).await,
            create(&app, series.clone()).await,
            create(&app, series).await,
        ];
        for run in &runs {
            app.refresh(run).await;
        }
        let mut sent = Vec::new();
        for run in &runs {
            let ended = app.execute(run).await;
            sent.push(ended["statistics"][figures]["successful"].clone());
        }
        assert_eq!(sent, [1, 0, 0], "{kind}");
    }
    assert_eq!(app.mails().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_begins_the_ladder_anew() {
    let app = TestApp::with_catalogue().await;
    app.template("ladder", json!({})).await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill("2026-03-01", "2026-03-31", &["orders"]).await;
    let series = |from: &str, to: &str| {
        with(
            reminders("renewal", &[(1, from, to)]),
            json!({ "template_id": "ladder" }),
        )
    };
    bill(&app, series("2026-03-01", "2026-03-31")).await;
    let order = app.orders(&member).await.remove(0);
    let path = format!("/orders/acme/{}/payments", order["id"].as_str().unwrap());
    app.post(
        &path,
        json!({ "id": "p-1", "type": "check", "amount": 90.50 }),
    )
    .await
    .ok();
    let renewed = app.membership(&member).await;
    assert_eq!(renewed["expiration_date"], "2027-03-31");
    assert_eq!(
        (&renewed["last_reminder"], &renewed["billed"]),
        (&Value::Null, &json!(false))
    );
    app.set_today("2027-03-10").await;
    app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    let again = bill(&app, series("2027-03-01", "2027-03-31")).await;
    assert_eq!(
        again["statistics"]["renewal_reminders"]["successful"], 1,
        "{again}"
    );
}

/// The members whom a run over the spring concerns.
async fn planned(app: &TestApp, body: Value) -> Vec<String> {
    let id = create(app, body).await;
    app.refresh(&id).await;
    let actions = app.actions(&id).await.into_keys();
    actions.map(|(member, _)| member).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_reminded_and_renewed_is_not_reminded_again_when_moved_back() {
    let app = TestApp::with_catalogue().await;
    app.template("ladder", json!({})).await;
    let same = app.auto_member("same", "2026-03-31", "tok_good").await;
    let off = app.auto_member("off", "2026-03-31", "tok_good").await;
    let series = |from: &str, to: &str| {
        with(
            reminders("auto", &[(1, from, to)]),
            json!({ "template_id": "ladder" }),
        )
    };
    let run = bill(&app, series("2026-03-01", "2026-04-30")).await;
    assert_eq!(run["statistics"]["auto_renewal_reminders"]["successful"], 2);
    app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    for member in [&same, &off] {
        let renewed = app.membership(member).await;
        assert_eq!(renewed["expiration_date"], "2027-03-31");
    }
    for (member, date) in [(&same, "2026-03-31"), (&off, "2026-03-30")] {
        let back = json!({ "expiration_date": date, "term_start_date": "2025-04-01" });
        change_member(&app, member, back).await;
    }
    let again = planned(&app, series("2026-03-01", "2026-04-30")).await;
    assert_eq!(again, Vec::<String>::new(), "the term is the same");
    for member in [&same, &off] {
        let next = json!({ "expiration_date": "2027-03-30" });
        change_member(&app, member, next).await;
    }
    let next = planned(&app, series("2027-03-01", "2027-04-30")).await;
    assert_eq!(next, [off, same], "another term");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_date_brings_no_second_notice_for_the_term() {
    let app = TestApp::with_catalogue().await;
    let day = app.member("day", "2026-03-31", json!({})).await;
    let year = app.member("year", "2026-03-31", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["notices"]).await;
    assert_eq!(app.mails().len(), 2);
    for (member, date) in [(&day, "2026-04-01"), (&year, "2027-03-31")] {
        change_member(&app, member, json!({ "expiration_date": date })).await;
    }
    let body = tests::billing::run_body("2026-03-01", "2027-12-31", &["notices"]);
    assert_eq!(planned(&app, body).await, [year]);
}

#[tokio::test(flavor = "multi_thread")]
async fn automatic_renewals_are_announced_to_those_who_opted_in() {
    let app = TestApp::with_catalogue().await;
    app.auto_member("auto", "2026-03-31", "tok_good").await;
    app.member("bill", "2026-03-31", json!({})).await;
    let run = bill(&app, reminders("auto", &[(4, "2026-03-01", "2026-03-31")])).await;
    assert_eq!(run["statistics"]["auto_renewal_reminders"]["successful"], 1);
    assert_eq!(app.mails(), ["reminder for Member auto"]);
    assert_eq!(app.membership("contact:auto").await["last_reminder"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_dies_before_the_renewal_is_warned_about() {
    let app = TestApp::with_catalogue().await;
    for (id, card) in [("dead", "2026-03-30"), ("good", "2026-03-31")] {
        let changes = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok" },
            "renewal_payment_card_expiration": card });
        app.member(id, "2026-03-31", changes).await;
    }
    app.auto_member("unknown", "2026-03-31", "tok").await;
    let run = bill(&app, reminders("card", &[(1, "2026-03-01", "2026-03-31")])).await;
    assert_eq!(
        run["statistics"]["expiring_credit_card_reminders"]["total"], 1,
        "{run}"
    );
    let stored = app.membership("contact:dead").await;
    assert_eq!(stored["last_expired_card_warning"], 1);
    assert_eq!(stored["last_reminder"], Value::Null);
    assert_eq!(app.mails(), ["card for Member dead"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_dead_already_is_warned_about_and_the_provider_decides() {
    let app = TestApp::with_catalogue().await;
    let dead = json!({ "renewal_payment_card_expiration": "2025-12-31" });
    for (id, token) in [("good", "tok_good"), ("bad", "tok_declined")] {
        let member = app.auto_member(id, "2026-03-31", token).await;
        crate::support::change_member(&app, &member, dead.clone()).await;
    }
    let warned = bill(&app, reminders("card", &[(1, "2026-03-01", "2026-03-31")])).await;
    let figures = &warned["statistics"]["expiring_credit_card_reminders"];
    assert_eq!(figures["successful"], 2, "{warned}");
    let run = app.bill("2026-03-01", "2026-03-31", &["auto"]).await;
    let id = run["id"].as_str().unwrap();
    assert_eq!(
        app.outcome(id, "contact:good").await.0,
        ActionStatus::Completed
    );
    assert_eq!(
        app.outcome(id, "contact:bad").await,
        (
            ActionStatus::PaymentFailure,
            "payment refused: card declined".into()
        )
    );
}
