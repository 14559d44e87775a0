//! Runs made from templates: a body to look through, and then to save as it is.

use crate::support::reminders;
use serde_json::{Value, json};
use tests::records::{a_template, with};
use tests::{Answer, Call, TestApp};

async fn make(app: &TestApp, template: Value) -> String {
    let made = app.post("/billingTemplates/acme", template).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

async fn from(app: &TestApp, template: &str, date: &str) -> Answer {
    app.get(&format!("/billingRuns/acme/fromTemplate/{template}/{date}"))
        .await
}

fn relative(position: &str, number: i64, unit: &str, to: &str) -> Value {
    json!({ "position": position, "number": number, "unit_of_time": unit, "relative_to": to })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_made_of_a_template_and_saved_as_it_is() {
    let app = TestApp::with_catalogue().await;
    let changes = json!({ "notification_email": "staff@example.org", "description": "Every month", "is_active": true });
    let template = make(&app, with(a_template(), changes)).await;
    let run = from(&app, &template, "2026-03-31").await.ok();
    let expected = json!({
        "name": "Monthly drops 2026-03-31", "status": "draft", "template_id": template,
        "notification_email": "staff@example.org", "perform_drops": true,
        "drop_options": { "expiration_date_range_start": "2026-02-01", "expiration_date_range_end": "2026-02-28" },
    });
    assert_eq!(run, expected);
    let found = app.post("/billingRuns/acme/search", json!({})).await.ok();
    assert_eq!(found["Items"], json!([]), "nothing was saved");
    let saved = app.post("/billingRuns/acme", run.clone()).await.ok();
    for (name, value) in run.as_object().expect("an object") {
        assert_eq!(&saved[name], value, "{name}");
    }
    let used = app.send(Call::delete(&format!("/billingTemplates/acme/{template}")));
    used.await.refused(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_range_of_every_switch_is_dated() {
    let app = TestApp::with_catalogue().await;
    let range = json!({
        "expiration_date_range_start": relative("on", 0, "days", "the beginning of the quarter"),
        "expiration_date_range_end": relative("after", 10, "days", "the reference date"),
    });
    let mut template = json!({ "name": "All" });
    for (kind, id) in [("renewal", 1), ("auto", 2), ("card", 3)] {
        let body = reminders(kind, &[(id, "", "")]);
        for (name, mut value) in body.as_object().expect("an object").clone() {
            if let Some(list) = value.get_mut("reminders").and_then(Value::as_array_mut) {
                *list = vec![with(list[0].clone(), range.clone())];
            }
            if name != "name" {
                template[name] = value;
            }
        }
    }
    for (flag, options) in [
        ("generate_renewal_notices", "renewal_notice_options"),
        ("generate_renewal_orders", "renewal_order_options"),
        ("perform_auto_renewals", "auto_renewal_options"),
        ("perform_drops", "drop_options"),
    ] {
        template[flag] = true.into();
        template[options] = range.clone();
    }
    let template = make(&app, template).await;
    let run = from(&app, &template, "2026-05-20").await.ok();
    let text = run.to_string();
    assert!(!text.contains("relative_to"), "{text}");
    assert_eq!(text.matches("\"2026-04-01\"").count(), 7, "{text}");
    assert_eq!(text.matches("\"2026-05-30\"").count(), 7, "{text}");
    app.post("/billingRuns/acme", run).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_run_is_told() {
    let app = TestApp::with_catalogue().await;
    let template = make(&app, a_template()).await;
    from(&app, "none", "2026-03-31").await.refused(404);
    for date in [
        "2026-02-30",
        "tomorrow",
        "2026-3-1",
        "20260301",
        "2026-03-01T00:00:00Z",
    ] {
        assert_eq!(
            from(&app, &template, date).await.refused_for(400),
            "/referenceDate must be a date, YYYY-MM-DD"
        );
    }
    let closed = make(&app, with(a_template(), json!({ "is_active": false }))).await;
    assert_eq!(
        from(&app, &closed, "2026-03-31").await.refused_for(400),
        format!("/template_id template {closed} is not active")
    );
    let reversed = json!({ "drop_options": {
        "expiration_date_range_start": relative("on", 0, "days", "the reference date"),
        "expiration_date_range_end": relative("before", 1, "days", "the end of the month"),
    } });
    let reversed = make(&app, with(a_template(), reversed)).await;
    from(&app, &reversed, "2026-03-30").await.ok();
    assert_eq!(
        from(&app, &reversed, "2026-03-31").await.refused_for(400),
        "/drop_options/expiration_date_range_end must not lie before expiration_date_range_start"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_templates_rules_are_those_of_its_runs() {
    let app = TestApp::with_catalogue().await;
    let refused = app.post("/billingTemplates/acme", json!({ "name": "Nothing" }));
    assert!(
        refused
            .await
            .refused_for(400)
            .contains("at least one of the seven switches")
    );
    let template = json!({
        "name": "Bad", "perform_drops": true, "send_renewal_reminders": true,
        "drop_options": {
            "expiration_date_range_start": "2026-01-01",
            "expiration_date_range_end": relative("near", 10_001, "hours", "Easter"),
            "include_only_certain_membership_types": true,
        },
    });
    let mut told = app
        .post("/billingTemplates/acme", template)
        .await
        .refused_fields();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "/drop_options/expiration_date_range_end/number",
            "/drop_options/expiration_date_range_end/position",
            "/drop_options/expiration_date_range_end/relative_to",
            "/drop_options/expiration_date_range_end/unit_of_time",
            "/drop_options/expiration_date_range_start",
            "/drop_options/membership_type_ids",
            "/renewal_reminder_options",
        ]
    );
}
