//! A mail that can't be written is known when the run is planned: of a notice or a
//! reminder, which are nothing else, an error; beside an order, a charge or a
//! drop, a note once it is done.

use crate::support::{MARCH, change_member, create, organization, reminders, set_action};
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::resources::{BillingNotices, Contacts, Organizations};
use serde_json::{Value, json};
use tests::billing::run_body;
use tests::records::with;
use tests::{TENANT, TestApp};

/// Gives a member an address as an earlier version may have stored it.
async fn address(app: &TestApp, id: &str, address: &str) {
    app.store_unchecked::<Contacts>(id, "email_address", address)
        .await;
    let copy = json!({ "email_address": address });
    change_member(app, &format!("contact:{id}"), copy).await;
}

/// The body of a notice, in place of what it has.
async fn says(app: &TestApp, notice: &str, body: &str) {
    let email = json!({ "from": "dues@example.org", "subject": "s", "body": body });
    app.set::<BillingNotices>(notice, json!({ "email": email }))
        .await;
}

async fn planned(app: &TestApp, body: Value) -> String {
    let id = create(app, body).await;
    app.refresh(&id).await;
    id
}

fn notices() -> Value {
    run_body(MARCH.0, MARCH.1, &["notices"])
}

/// Notices in March, every kind of reminder in April.
fn mails() -> Value {
    let april = [(1, "2026-04-01", "2026-04-30")];
    let kinds = ["renewal", "auto", "card"];
    let reminders = kinds.map(|kind| reminders(kind, &april));
    reminders.into_iter().fold(notices(), with)
}

/// A member for each type that only mails, and those who are mailed besides.
async fn everybody(app: &TestApp) -> [String; 3] {
    let card = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_good" },
        "renewal_payment_card_expiration": "2026-04-01" });
    [
        app.member("told", "2026-03-31", json!({})).await,
        app.member("owes", "2026-04-15", json!({ "billed": true }))
            .await,
        app.member("card", "2026-04-15", card).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_mailed_is_an_error_of_the_plan_with_the_reason_of_executing() {
    let app = TestApp::with_catalogue().await;
    everybody(&app).await;
    for (bad, says) in [
        ("", "has no e-mail address"),
        ("not an address", "notice"),
        ("n/a", "\"n/a\" is not"),
        ("mailto:x@example.org", "mailto:x@example.org"),
        ("\u{200b}", "notice"),
        ("a@example.org; n/a", "\"n/a\" is not"),
    ] {
        let before = planned(&app, mails()).await;
        let counts = app.run(&before).await["statistics"]["all_actions"].clone();
        assert_eq!(
            (&counts["pending"], &counts["error"]),
            (&json!(4), &json!(0))
        );
        for id in ["told", "owes", "card"] {
            address(&app, id, bad).await;
        }
        app.execute(&before).await;
        let executed = app.actions(&before).await;
        let id = planned(&app, mails()).await;
        let run = app.run(&id).await;
        let counts = &run["statistics"]["all_actions"];
        assert_eq!(
            (
                &counts["pending"],
                &counts["error"],
                &counts["not_possible"]
            ),
            (&json!(0), &json!(4), &json!(4)),
            "{bad}: {run}"
        );
        for (key, planned) in app.actions(&id).await {
            let why = planned.text(action::ERROR_MESSAGE);
            assert!(why.contains(says), "{why}");
            assert!(planned.is(action::PLANNED_ERROR));
            assert_eq!(why, executed[&key].text(action::ERROR_MESSAGE), "{key:?}");
        }
        for id in ["told", "owes", "card"] {
            address(&app, id, &format!("{id}@example.org")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plans_errors_are_explained_reported_and_mended() {
    let app = TestApp::with_catalogue().await;
    let [told, ..] = everybody(&app).await;
    let fine = app.member("fine", "2026-03-31", json!({})).await;
    address(&app, "told", "n/a").await;
    let id = planned(&app, notices()).await;
    assert_eq!(app.outcome(&id, &fine).await.0, ActionStatus::Pending);
    let (status, why) = app.outcome(&id, &told).await;
    assert_eq!(status, ActionStatus::Error);
    let path = format!("/billingRuns/{TENANT}/{id}/explain/{told}");
    let explained = app.get(&path).await.ok()["actions"][0].clone();
    assert_eq!(
        (&explained["eligible"], &explained["reason"]),
        (&json!(false), &json!(format!("it would fail: {why}")))
    );
    let report = app
        .text(&format!("/billingRuns/{TENANT}/{id}/report"))
        .await;
    assert!(report.contains("not tried: "), "{report}");
    // As long as nothing changes, planning again writes nothing.
    let before = app.actions(&id).await;
    app.refresh(&id).await;
    assert_eq!(app.actions(&id).await, before);
    let tried = set_action(&app, &id, &told, "pending").await;
    tried.ok();
    app.refresh(&id).await;
    assert_eq!(app.outcome(&id, &told).await, (ActionStatus::Error, why));
    address(&app, "told", "told@example.org").await;
    app.refresh(&id).await;
    let mended = (ActionStatus::Pending, String::new());
    assert_eq!(app.outcome(&id, &told).await, mended);
    let run = app.execute(&id).await;
    assert_eq!(run["statistics"]["all_actions"]["successful"], 2, "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_fails_for_some_members_is_an_error_of_the_plan_for_them() {
    for (body, bad, why) in [
        // The membership itself, which is read for it.
        (
            "{{ membership.city | date }}",
            json!({ "city": "Bern" }),
            "`date` cannot read \"Bern\"",
        ),
        // What the index has of it.
        (
            "{% if membership.expiration_date == '2026-03-30' %}{{ membership.name | date }}{% endif %}",
            json!({ "expiration_date": "2026-03-30" }),
            "`date` cannot read \"Member bad\"",
        ),
        // The owner, more of whom than the copies.
        (
            "{{ contact.job_title | money('USD') }}",
            json!({}),
            "`money` cannot show \"Clerk\"",
        ),
        // What the mail itself writes.
        (
            "{% if membership.city %}{{ membership.bill_method | date }}{% endif %}",
            json!({ "city": "Bern" }),
            "`date` cannot read \"renewal notice\"",
        ),
        // The package.
        (
            "{% if package.price == 0 %}{{ package.name | date }}{% endif %} {{ type.name }}",
            json!({ "package_id": "free" }),
            "`date` cannot read \"free\"",
        ),
    ] {
        let app = TestApp::with_catalogue().await;
        says(&app, "notice", body).await;
        let bad = app.member("bad", "2026-03-31", bad).await;
        let good = app.member("good", "2026-03-31", json!({})).await;
        app.set::<Contacts>("bad", json!({ "job_title": "Clerk" }))
            .await;
        let id = planned(&app, notices()).await;
        let (status, said) = app.outcome(&id, &bad).await;
        assert_eq!(status, ActionStatus::Error, "{body}");
        assert!(said.contains(why), "{said}");
        let run = app.execute(&id).await;
        assert_eq!(
            app.outcome(&id, &good).await,
            (ActionStatus::Completed, String::new()),
            "{body}: {run}"
        );
        // Planned in ignorance, it ends so: with the same reason.
        says(&app, "notice", "b").await;
        let id = planned(&app, notices()).await;
        says(&app, "notice", body).await;
        app.execute(&id).await;
        let executed = app.outcome(&id, &bad).await;
        assert_eq!(executed, (ActionStatus::Error, said), "{body}");
    }
}

/// What planning and executing make of the run itself would else be judged on paper
/// and mailed by another judgement.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_looks_to_its_mails_as_it_did_when_it_was_planned() {
    let app = TestApp::with_catalogue().await;
    for (nth, (body, wanted)) in [
        (
            "{% if billing_run.status == 'running' %}{{ membership.name | date }}{% endif %}",
            ActionStatus::Pending,
        ),
        (
            "{% if billing_run.approval %}{{ membership.name | date }}{% endif %}",
            ActionStatus::Pending,
        ),
        (
            "{% if not billing_run.run_date %}{{ membership.name | date }}{% endif %}",
            ActionStatus::Pending,
        ),
        (
            "{% if billing_run.statistics %}{{ membership.name | date }}{% endif %}",
            ActionStatus::Pending,
        ),
        (
            "{{ billing_run.run_date | date }} {{ billing_run.name }} {{ billing_run.id }}",
            ActionStatus::Pending,
        ),
        (
            "{% if billing_run.id %}{{ billing_run.name | date }}{% endif %}",
            ActionStatus::Error,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        // Nobody gets a second notice for a term.
        let member = app
            .member(&format!("m-{nth}"), "2026-03-31", json!({}))
            .await;
        says(&app, "notice", body).await;
        let id = planned(&app, notices()).await;
        assert_eq!(app.outcome(&id, &member).await.0, wanted, "{body}");
        if wanted == ActionStatus::Pending {
            app.execute(&id).await;
            let done = (ActionStatus::Completed, String::new());
            assert_eq!(app.outcome(&id, &member).await, done, "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_is_rendered_with_the_order_and_all_that_is_owed() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let april = [(1, MARCH.0, MARCH.1)];
    for (body, why) in [
        (
            "{{ order.total | money(order.status) }}",
            "`money` needs a currency",
        ),
        ("{{ invoice.status | date }}", "`date` cannot read"),
        ("{{ links.pay | date }}", "`date` cannot read"),
        (
            "{% for one in arrears %}{{ one.status | date }}{% endfor %}",
            "`date` cannot read",
        ),
        ("{{ reminder.number | date }}", "`date` cannot show 1"),
        (
            "{{ membership.last_reminder | date }}",
            "`date` cannot show 1",
        ),
        (
            "{{ order.total | money(order.currency) }} {{ arrears | length }} {{ links.pay }}",
            "",
        ),
    ] {
        says(&app, "reminder", body).await;
        let id = planned(&app, reminders("renewal", &april)).await;
        let (status, said) = app.outcome(&id, &member).await;
        let wanted = match why {
            "" => ActionStatus::Pending,
            _ => ActionStatus::Error,
        };
        assert_eq!(status, wanted, "{body}: {said}");
        assert!(said.contains(why), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_cannot_be_sent_to_anybody_is_an_error_for_all() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let id = planned(&app, notices()).await;
    let nobody = json!({ "from": "{{ membership.name }}", "subject": "s" });
    for (changes, why) in [
        (json!({ "is_active": false }), "notice notice is not active"),
        (
            json!({ "is_active": true, "email": nobody }),
            "notice notice: /from: \"Member a\" ",
        ),
    ] {
        app.set::<BillingNotices>("notice", changes).await;
        app.refresh(&id).await;
        let (status, said) = app.outcome(&id, &member).await;
        assert_eq!(status, ActionStatus::Error);
        assert!(said.starts_with(why), "{said}");
    }
    // Staff choose another: theirs is judged.
    let action = crate::support::action_id(&app, &id, &member).await;
    let own = json!([{ "op": "replace", "path": "/success_notice_id", "value": "bill" }]);
    let path = format!("/billingRunActions/{TENANT}/{action}");
    app.patch(&path, own).await.ok();
    app.refresh(&id).await;
    let mended = (ActionStatus::Pending, String::new());
    assert_eq!(app.outcome(&id, &member).await, mended);
    app.execute(&id).await;
    assert_eq!(app.mails(), ["bill for Member a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_people_are_judged_as_those_who_get_the_mail() {
    let app = TestApp::with_catalogue().await;
    let email = json!({ "from": "dues@example.org", "subject": "s", "body": "b" });
    let notice =
        json!({ "id": "roles", "name": "r", "email": email, "contact_role_ids": ["billing"] });
    app.seed::<BillingNotices>(notice).await;
    let clerk = json!({ "id": "clerk", "name": "Clerk", "contact_role_ids": ["billing"] });
    app.seed::<Contacts>(clerk).await;
    app.store_unchecked::<Contacts>("clerk", "email_address", "n/a")
        .await;
    let office = json!({ "email_address": "office@example.org", "contact_ids": ["clerk"] });
    let works = organization(&app, "works", "2026-03-31", office.clone()).await;
    let mut body = notices();
    body["renewal_notice_options"]["renewal_notice_id"] = "roles".into();
    let id = planned(&app, body).await;
    let (status, why) = app.outcome(&id, &works).await;
    assert_eq!(status, ActionStatus::Error);
    assert!(why.contains("\"n/a\""), "{why}");
    app.set::<Organizations>("works", json!({ "contact_ids": [] }))
        .await;
    app.refresh(&id).await;
    // The membership has no copy of the address: the organization is asked.
    assert_eq!(app.outcome(&id, &works).await.0, ActionStatus::Pending);
}

/// A bill that was made, a card that was charged and a drop stand without their mail
/// (rule ACT-18), so nothing of it fails.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_more_than_mail_is_planned_and_done_without_its_mail() {
    let app = TestApp::with_catalogue().await;
    let bill = app.member("bill", "2026-03-31", json!({})).await;
    let charge = app.auto_member("charge", "2026-03-31", "tok_good").await;
    let gone = app
        .member("gone", "2026-03-01", json!({ "do_not_renew": true }))
        .await;
    for id in ["bill", "charge", "gone"] {
        address(&app, id, "n/a").await;
    }
    let body = run_body(MARCH.0, MARCH.1, &["orders", "auto", "drops"]);
    let id = planned(&app, body).await;
    let foreseen = "notice cannot be sent: ";
    let mut planned = Vec::new();
    for member in [&bill, &charge, &gone] {
        let (status, why) = app.outcome(&id, member).await;
        assert_eq!(status, ActionStatus::Pending);
        let why = why.strip_prefix(foreseen).expect("a note").to_owned();
        planned.push((member, why));
    }
    let counts = &app.run(&id).await["statistics"]["all_actions"];
    assert_eq!(
        (&counts["pending"], &counts["error"]),
        (&json!(3), &json!(0))
    );
    // As long as nothing changes, planning again writes nothing.
    let before = app.actions(&id).await;
    app.refresh(&id).await;
    assert_eq!(app.actions(&id).await, before);
    address(&app, "gone", "gone@example.org").await;
    app.execute(&id).await;
    for (member, why) in planned {
        let wanted = match member == &gone {
            true => String::new(),
            false => format!("notice not sent: {why}"),
        };
        let done = (ActionStatus::Completed, wanted);
        assert_eq!(app.outcome(&id, member).await, done);
    }
}

/// Mail that is off is a setting, which keeps the run from being approved and is
/// nobody's fault.
#[tokio::test(flavor = "multi_thread")]
async fn mail_that_is_off_makes_no_errors_of_a_plan() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "delivery": "off" })).await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let id = planned(&app, notices()).await;
    assert_eq!(app.outcome(&id, &member).await.0, ActionStatus::Pending);
    app.approve(&id).await.refused(400);
}
