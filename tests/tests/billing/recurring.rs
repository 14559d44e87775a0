//! Recurring runs: what staff may save, what comes next, and the runs they make.

use crate::support::run_path;
use model::resources::{BillingTemplates, RecurringBillingRuns, billing_run};
use serde_json::{Value, json};
use tests::records::with;
use tests::{Call, TestApp, import};

const BASE: &str = "/recurringBillingRuns/acme";

/// On the first of each month at nine, planned two business days before.
fn monthly() -> Value {
    json!({ "name": "Monthly", "template_id": "drops", "schedule": "0 0 9 1 * ?", "pre_processing_lead_time": 2 })
}

/// A tenant in Zurich on Tuesday, 10 March 2026, with a template of drops.
async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    app.set_clock("2026-03-10T12:00:00Z", "Europe/Zurich").await;
    app.template("drops", json!({})).await;
    app
}

async fn create(app: &TestApp, body: Value) -> String {
    let made = app.post(BASE, body).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

async fn read(app: &TestApp, id: &str) -> Value {
    app.get(&format!("{BASE}/{id}?consistentRead=y")).await.ok()
}

async fn runs(app: &TestApp, id: &str) -> Vec<Value> {
    let url = format!("/billingRuns/acme/recurringBillingRun/{id}");
    let page = app.get(&url).await.ok();
    assert_eq!(
        page["Count"],
        page["Items"].as_array().expect("items").len()
    );
    page["Items"].as_array().expect("items").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_next_is_counted_in_business_days_of_the_tenant() {
    let app = app().await;
    app.settings(json!({ "holidays": ["2026-03-31"] })).await;
    let id = create(&app, monthly()).await;
    let made = read(&app, &id).await;
    // Two business days before Wednesday, 1 April, without Tuesday: Friday, still in winter time.
    assert_eq!(made["sys_next_processing_date"], "2026-03-27T08:00:00.000Z");
    assert_eq!(made["human_readable_schedule"], "At 09:00, on day 1.");
    let url = format!("{BASE}/{id}");
    let patch = json!([{ "op": "replace", "path": "/schedule", "value": "30 6 * * 1" }]);
    let weekly = app.patch(&url, patch).await.ok();
    assert_eq!(weekly["human_readable_schedule"], "At 06:30, on Monday.");
    assert_eq!(
        weekly["sys_next_processing_date"],
        "2026-03-12T05:30:00.000Z"
    );
    let words = json!([{ "op": "replace", "path": "/human_readable_schedule", "value": "Mondays" },
        { "op": "replace", "path": "/schedule", "value": "30 6 * * 2" }]);
    let own = app.patch(&url, words).await.ok();
    assert_eq!(own["human_readable_schedule"], "Mondays");
    let off = json!([{ "op": "add", "path": "/is_active", "value": false }]);
    let off = app.patch(&url, off).await.ok();
    assert_eq!(off.get("sys_next_processing_date"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_recur_is_refused() {
    let app = app().await;
    for (changes, expected) in [
        (
            json!({ "schedule": "monthly" }),
            "/schedule must be a cron expression of 5, 6 or 7 fields",
        ),
        (
            json!({ "schedule": "* * * * *" }),
            "/schedule must name one second and one minute: at most hourly",
        ),
        (
            json!({ "schedule": "0 0 9 30 2 ?" }),
            "/schedule does not occur again",
        ),
        (json!({ "schedule": 7 }), "/schedule must be a string"),
        (json!({ "schedule": null }), "/schedule is required"),
        (
            json!({ "pre_processing_lead_time": 0 }),
            "/pre_processing_lead_time must be a number from 1 to 365",
        ),
        (
            json!({ "last_run_date": "2026-01-01T00:00:00Z" }),
            "/last_run_date is set by the server",
        ),
    ] {
        let refused = app.post(BASE, with(monthly(), changes)).await;
        assert_eq!(refused.refused_for(400), expected);
    }
    let refused = app.post(BASE, with(monthly(), json!({ "schedule": "0 0 25 1 * ?" })));
    let refused = refused.await.refused_for(400);
    assert!(
        refused.starts_with("/schedule is no cron expression: "),
        "{refused}"
    );
    let refused = app.post(BASE, with(monthly(), json!({ "template_id": "none" })));
    assert_eq!(
        refused.await.refused_for(409),
        "/template_id billingTemplates none does not exist"
    );
    let call = Call::post(BASE, monthly()).scopes("read write");
    app.send(call).await.refused(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_made_when_it_is_time_and_waits_for_staff() {
    let app = app().await;
    let member = app.member("a", "2026-03-15", json!({})).await;
    let id = create(&app, monthly()).await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(runs(&app, &id).await, Vec::<Value>::new(), "not yet");
    app.set_clock("2026-03-30T07:00:00Z", "Europe/Zurich").await;
    for _ in 0..2 {
        billing::schedule::tick(&app.core.billing).await.unwrap();
    }
    let made = runs(&app, &id).await;
    assert_eq!(made.len(), 1, "{made:?}");
    let run = made[0]["id"].as_str().expect("an id");
    let planned = app.until(run, &["ready for execution"]).await;
    assert_eq!(planned["name"], "Monthly drops 2026-04-01");
    assert_eq!(planned["recurring_billing_run_id"], id.as_str());
    assert_eq!(planned["template_id"], "drops");
    assert_eq!(planned["scheduled_run_date"], "2026-04-01T07:00:00.000Z");
    assert_eq!(
        planned["scheduled_preprocessing_date"],
        "2026-03-30T07:00:00.000Z"
    );
    assert_eq!(
        planned["drop_options"]["expiration_date_range_start"],
        "2026-03-01"
    );
    assert!(
        app.actions(run)
            .await
            .contains_key(&(member, "drop".into()))
    );
    let after = read(&app, &id).await;
    assert_eq!(after["last_run_date"], "2026-04-01T07:00:00.000Z");
    assert_eq!(after["errors_since_last_run"], 0);
    assert_eq!(
        after["sys_next_processing_date"],
        "2026-04-29T07:00:00.000Z"
    );
    app.set_clock("2026-04-02T07:00:00Z", "Europe/Zurich").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(
        app.run(run).await["status"],
        "ready for execution",
        "nobody approved it"
    );
    app.send(Call::delete(&format!("{BASE}/{id}")))
        .await
        .refused(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_runs_are_made_in_order_each_once_with_its_own_dates() {
    let app = app().await;
    let id = create(&app, monthly()).await;
    app.set_clock("2026-06-10T07:00:00Z", "Europe/Zurich").await;
    for _ in 0..3 {
        billing::schedule::tick(&app.core.billing).await.unwrap();
    }
    let names: Vec<Value> = runs(&app, &id)
        .await
        .iter()
        .map(|run| run["name"].clone())
        .collect();
    assert_eq!(
        names,
        [
            "Monthly drops 2026-04-01",
            "Monthly drops 2026-05-01",
            "Monthly drops 2026-06-01"
        ]
    );
    // The same again, as after a crash before the next date was noted.
    let before = stored(&app, &id).await;
    let mut crashed = before.clone();
    crashed.set_raw("_next_run", "2026-06-01T07:00:00.000Z".into());
    crashed.set_raw(
        "sys_next_processing_date",
        "2026-05-28T07:00:00.000Z".into(),
    );
    let saved = app
        .store
        .save::<RecurringBillingRuns>(&import(), Some(&before), crashed)
        .await;
    saved.expect("a sound record");
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(runs(&app, &id).await.len(), 3);
    assert_eq!(
        read(&app, &id).await["sys_next_processing_date"],
        "2026-06-29T07:00:00.000Z"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_and_tried_again_later_each_time() {
    let app = app().await;
    let id = create(&app, monthly()).await;
    let template = |active: bool| json!([{ "op": "add", "path": "/is_active", "value": active }]);
    app.patch("/billingTemplates/acme/drops", template(false))
        .await
        .ok();
    let at = |minute: &str| format!("2026-03-30T{minute}:00Z");
    for (minute, errors) in [
        ("07:00", 1),
        ("07:00", 1),
        ("07:01", 2),
        ("07:02", 2),
        ("07:03", 3),
    ] {
        app.set_clock(&at(minute), "Europe/Zurich").await;
        billing::schedule::tick(&app.core.billing).await.unwrap();
        assert_eq!(
            read(&app, &id).await["errors_since_last_run"],
            errors,
            "{minute}"
        );
    }
    let failed = read(&app, &id).await;
    assert_eq!(
        failed["last_error"],
        "/template_id template drops is not active"
    );
    assert_eq!(failed["last_error_date"], "2026-03-30T07:03:00.000Z");
    app.patch("/billingTemplates/acme/drops", template(true))
        .await
        .ok();
    app.set_clock(&at("07:07"), "Europe/Zurich").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let mended = read(&app, &id).await;
    assert_eq!(mended["errors_since_last_run"], 0);
    assert_eq!(runs(&app, &id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_one_makes_nothing_and_makes_up_for_nothing() {
    let app = app().await;
    let id = create(&app, with(monthly(), json!({ "is_active": false }))).await;
    app.set_clock("2026-05-10T07:00:00Z", "Europe/Zurich").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let on = json!([{ "op": "replace", "path": "/is_active", "value": true }]);
    let on = app.patch(&format!("{BASE}/{id}"), on).await.ok();
    assert_eq!(on["sys_next_processing_date"], "2026-05-28T07:00:00.000Z");
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(runs(&app, &id).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_made_can_be_changed_and_deleted_like_any_other() {
    let app = app().await;
    app.member("a", "2026-03-15", json!({})).await;
    let id = create(&app, monthly()).await;
    app.set_clock("2026-03-30T07:00:00Z", "Europe/Zurich").await;
    for _ in 0..2 {
        billing::schedule::tick(&app.core.billing).await.unwrap();
    }
    let run = runs(&app, &id).await.remove(0)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    app.until(&run, &["ready for execution"]).await;
    let patch = json!([{ "op": "replace", "path": "/recurring_billing_run_id", "value": "other" }]);
    app.patch(&run_path(&run), patch).await.refused(400);
    app.send(Call::delete(&run_path(&run))).await.ok();
    assert_eq!(runs(&app, &id).await, Vec::<Value>::new());
}

/// A run that the scheduler has made and planned, with a member to drop.
async fn planned_by_time(app: &TestApp) -> String {
    app.member("a", "2026-03-15", json!({})).await;
    let id = create(app, monthly()).await;
    app.set_clock("2026-03-30T07:00:00Z", "Europe/Zurich").await;
    for _ in 0..2 {
        billing::schedule::tick(&app.core.billing)
            .await
            .expect("a look");
    }
    let run = runs(app, &id).await.remove(0)["id"]
        .as_str()
        .map(str::to_owned);
    run.expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_setting_a_run_is_approved_by_the_scheduler_and_executed_at_its_date() {
    let app = app().await;
    app.settings(json!({ "auto_approve_recurring_runs": true }))
        .await;
    let run = planned_by_time(&app).await;
    app.until(&run, &["scheduled for execution"]).await;
    let approval = crate::support::stored(&app, &run)
        .await
        .get(billing_run::APPROVAL)
        .expect("an approval");
    assert_eq!(approval["by"], "scheduler");
    assert_eq!(approval["at"], "2026-03-30T07:00:00.000Z");
    assert!(approval["plan_hash"].is_string(), "{approval}");
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(app.run(&run).await["status"], "scheduled for execution");
    app.set_clock("2026-04-01T07:00:00Z", "Europe/Zurich").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    app.until(&run, &["completed"]).await;
    assert_eq!(app.membership("contact:a").await["status"], "inactive");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_could_not_approve_the_scheduler_does_not() {
    let app = app().await;
    let notice = json!({ "perform_drops": true, "drop_options": with(tests::records::a_template()["drop_options"].clone(),
        json!({ "drop_notice_id": "dropped" })) });
    app.set::<BillingTemplates>("drops", notice).await;
    app.settings(json!({ "auto_approve_recurring_runs": true, "delivery": "off" }))
        .await;
    let run = planned_by_time(&app).await;
    let run = app.until(&run, &["ready for execution"]).await;
    for _ in 0..250 {
        let told = app.run(run["id"].as_str().unwrap()).await["error"].clone();
        if told
            == "not approved automatically: /status the run would send mail, and the setting delivery is off"
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it does not say why: {run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_staff_have_planned_again_is_theirs_to_approve() {
    let app = app().await;
    app.settings(json!({ "auto_approve_recurring_runs": true }))
        .await;
    let run = planned_by_time(&app).await;
    app.until(&run, &["scheduled for execution"]).await;
    app.refresh(&run).await;
    let record = crate::support::stored(&app, &run).await;
    let billing = &app.core.billing;
    let billing = billing
        .for_tenant(app.store.tenant(), "billing", "a test")
        .await;
    let after = billing::approve::automatically(&billing.unwrap(), &record).await;
    assert_eq!(after.unwrap(), record);
    assert_eq!(app.run(&run).await["status"], "ready for execution");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_finds_nobody_is_completed_and_told_so() {
    let app = app().await;
    let mail = json!({ "notification_email": "staff@example.org" });
    app.set::<BillingTemplates>("drops", mail).await;
    let id = create(&app, monthly()).await;
    app.set_clock("2026-03-30T07:00:00Z", "Europe/Zurich").await;
    for _ in 0..2 {
        billing::schedule::tick(&app.core.billing).await.unwrap();
    }
    let run = runs(&app, &id).await.remove(0);
    let run = run["id"].as_str().expect("an id");
    let done = app.until(run, &["completed", "ready for execution"]).await;
    assert_eq!(done["status"], "completed");
    assert_eq!(done["statistics"]["all_actions"]["total"], 0);
    let told = "Monthly drops 2026-04-01: found nobody and is completed";
    for _ in 0..250 {
        if app.mails().iter().any(|mail| mail == told) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{:?}", app.mails());
}

async fn stored(app: &TestApp, id: &str) -> model::Record {
    let found = app.store.get_consistent::<RecurringBillingRuns>(id).await;
    found.expect("the store answers").expect("a record")
}

/// What no check would let be saved now is told to staff, and no run is made.
#[tokio::test]
async fn a_stored_schedule_that_means_nothing_is_told() {
    let app = app().await;
    let id = create(&app, monthly()).await;
    app.store_unchecked::<RecurringBillingRuns>(&id, "schedule", "0 0 9 1 * MON")
        .await;
    app.set_clock("2026-03-30T12:00:00Z", "Europe/Zurich").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert!(runs(&app, &id).await.is_empty());
    let told = read(&app, &id).await;
    let why = told["last_error"].as_str().expect("a reason");
    assert!(why.contains("cannot both be named"), "{why}");
}
