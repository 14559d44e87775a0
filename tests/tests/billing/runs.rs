//! Runs as records: bodies, replacement, deletion, search.

use crate::support::{MARCH, create, run_path, set_status};
use serde_json::{Value, json};
use tests::billing::run_body;
use tests::records::with;
use tests::{Call, TENANT, TestApp};

fn base() -> String {
    format!("/billingRuns/{TENANT}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_run_is_refused_by_field() {
    let app = TestApp::with_catalogue().await;
    let orders = || run_body(MARCH.0, MARCH.1, &["orders"]);
    let reminders = |list: Value| json!({ "name": "R", "send_renewal_reminders": true, "renewal_reminder_options": { "reminders": list } });
    let one = json!({ "id": 1, "reminder_notice_id": "reminder", "expiration_date_range_start": "2026-03-01",
        "expiration_date_range_end": "2026-03-31" });
    let none_to = with(one.clone(), json!({ "expiration_date_range_end": null }));
    for (body, path, rule) in [
        (
            json!({ "name": "N" }),
            "",
            "at least one of the seven switches",
        ),
        (
            with(orders(), json!({ "name": null })),
            "/name",
            "is required",
        ),
        (
            with(orders(), json!({ "renewal_order_options": null })),
            "/renewal_order_options",
            "is required",
        ),
        (
            run_body("2026-03-31", "2026-03-01", &["orders"]),
            "/renewal_order_options/expiration_date_range_end",
            "must not lie before",
        ),
        (
            run_body("2026-02-30", "2026-03-01", &["orders"]),
            "/renewal_order_options/expiration_date_range_start",
            "must be",
        ),
        (
            with(orders(), json!({ "status": "running" })),
            "/status",
            "a new run is draft or scheduled, not running",
        ),
        (
            with(orders(), json!({ "status": "scheduled" })),
            "/scheduled_preprocessing_date",
            "is required",
        ),
        (
            with(orders(), json!({ "statistics": {} })),
            "/statistics",
            "is set by the server",
        ),
        (
            with(orders(), json!({ "run_date": "2026-03-01T00:00:00Z" })),
            "/run_date",
            "is set by the server",
        ),
        (
            with(orders(), json!({ "notification_email": "nobody" })),
            "/notification_email",
            "",
        ),
        (
            with(orders(), json!({ "id": "mine" })),
            "/id",
            "is generated",
        ),
        (
            reminders(json!([])),
            "/renewal_reminder_options/reminders",
            "at least 1",
        ),
        (
            reminders(json!([one, one])),
            "/renewal_reminder_options/reminders/1/id",
            "1 stands twice in the list",
        ),
        (
            reminders(json!([with(one.clone(), json!({ "id": 1.5 }))])),
            "/renewal_reminder_options/reminders/0/id",
            "whole number",
        ),
        (
            reminders(json!([with(one.clone(), json!({ "id": "1" }))])),
            "/renewal_reminder_options/reminders/0/id",
            "must be",
        ),
        (
            reminders(json!([none_to])),
            "/renewal_reminder_options/reminders/0/expiration_date_range_end",
            "is required",
        ),
    ] {
        let refused = app.post(&base(), body.clone()).await.refused(400);
        let named = refused
            .iter()
            .find(|(at, why)| at == path && why.contains(rule));
        assert!(named.is_some(), "{body}: {refused:?}");
    }
    let mut unknown = orders();
    unknown["renewal_order_options"]["renewal_order_notice_id"] = "none".into();
    assert_eq!(app.post(&base(), unknown).await.status, 409);
    // Options without their switch are kept and not asked for.
    let mut spare = run_body(MARCH.0, MARCH.1, &["orders", "drops"]);
    spare["perform_drops"] = false.into();
    assert_eq!(app.post(&base(), spare).await.ok()["status"], "draft");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_names_the_version_it_replaces() {
    let app = TestApp::with_catalogue().await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let shown = app.run(&id).await;
    let bare = with(
        run_body(MARCH.0, MARCH.1, &["orders"]),
        json!({ "name": "New" }),
    );
    let put = |body: Value| app.send(Call::put(&run_path(&id), body));
    assert_eq!(
        put(with(bare.clone(), json!({ "status": "draft" })))
            .await
            .refused_fields(),
        ["/sys_version"]
    );
    let body = with(shown.clone(), json!({ "name": "New" }));
    let saved = put(body.clone()).await.ok();
    assert_eq!(saved["name"], "New");
    assert_eq!(put(body).await.status, 409, "an older version");
    let mut foreign = saved.clone();
    foreign["id"] = "other".into();
    assert_eq!(put(foreign).await.refused_fields(), ["/id"]);
    let bad = json!([{ "op": "test", "path": "/name", "value": "Old" }, { "op": "replace", "path": "/name", "value": "X" }]);
    assert_eq!(app.patch(&run_path(&id), bad).await.status, 400);
    assert_eq!(app.run(&id).await["name"], "New");
    assert_eq!(app.get(&run_path("nothing")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_did_nothing_goes_with_its_actions_and_one_that_did_stays() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    assert_eq!(app.actions(&id).await.len(), 1);
    assert_eq!(app.send(Call::delete(&run_path(&id))).await.ok(), json!(id));
    assert!(app.actions(&id).await.is_empty());
    assert_eq!(app.get(&run_path(&id)).await.status, 404);
    let run = app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let done = run["id"].as_str().unwrap();
    let refused = app
        .send(Call::delete(&run_path(done)))
        .await
        .refused_for(409);
    assert_eq!(
        refused,
        "/id actions of this run have been worked: it is kept for audit"
    );
    assert_eq!(app.actions(done).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_illegal_move_of_a_draft_or_scheduled_run_names_both_statuses() {
    let app = TestApp::with_catalogue().await;
    let scheduled =
        json!({ "status": "scheduled", "scheduled_preprocessing_date": "2026-05-01T00:00:00Z" });
    let draft = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let waiting = create(
        &app,
        with(run_body(MARCH.0, MARCH.1, &["orders"]), scheduled),
    )
    .await;
    let server = [
        "preprocessing",
        "ready for execution",
        "scheduled for execution",
        "running",
        "completed",
        "error",
        "timed out",
    ];
    for (id, from) in [(&draft, "draft"), (&waiting, "scheduled")] {
        for to in server {
            let refused = set_status(&app, id, to).await.refused(400);
            assert_eq!(
                refused[0],
                ("/status".into(), format!("cannot move from {from} to {to}"))
            );
        }
    }
    set_status(&app, &waiting, "draft").await.ok();
    set_status(&app, &waiting, "scheduled").await.ok();
    set_status(&app, &waiting, "cancelled").await.ok();
    let refused = set_status(&app, &waiting, "sideways").await.refused(400);
    assert!(refused[0].1.contains("must be one of"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_by_their_criteria() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let spring = create(
        &app,
        with(
            run_body(MARCH.0, MARCH.1, &["orders"]),
            json!({ "name": "Spring dues",
        "scheduled_run_date": "2026-03-20T22:00:00Z" }),
        ),
    )
    .await;
    let autumn = create(
        &app,
        with(
            run_body("2026-09-01", "2026-09-30", &["drops"]),
            json!({ "name": "Autumn DROPS" }),
        ),
    )
    .await;
    let done = app.bill(MARCH.0, MARCH.1, &["orders"]).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{}/search", base());
    for (criteria, expected) in [
        (json!({}), vec![&spring, &autumn, &done]),
        (json!({ "ids": [autumn] }), vec![&autumn]),
        (json!({ "ids": [] }), vec![&spring, &autumn, &done]),
        (json!({ "name": "dues" }), vec![&spring]),
        (json!({ "name": "drops" }), vec![&autumn]),
        (json!({ "status": ["completed", "running"] }), vec![&done]),
        (json!({ "perform_drops": [true] }), vec![&autumn]),
        (
            json!({ "perform_drops": [false], "status": ["draft"] }),
            vec![&spring],
        ),
        (
            json!({ "run_date": ["2026-03-10", "2026-03-10"] }),
            vec![&done],
        ),
        (json!({ "run_date": ["2026-03-11", ""] }), vec![]),
        (
            json!({ "scheduled_run_date": [null, "2026-03-20"] }),
            vec![&spring],
        ),
        (
            json!({ "scheduled_run_date": ["2026-03-20T22:00:01Z", null] }),
            vec![],
        ),
        (
            json!({ "scheduled_run_date": [null, null], "name": "spring" }),
            vec![&spring],
        ),
    ] {
        let found = app.post(&path, criteria.clone()).await.ok();
        let mut ids: Vec<&str> = found["Items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["id"].as_str().unwrap())
            .collect();
        let mut expected: Vec<&str> = expected.into_iter().map(String::as_str).collect();
        ids.sort_unstable();
        expected.sort_unstable();
        assert_eq!(ids, expected, "{criteria}");
    }
    let found = app.post(&path, json!({ "ids": [done] })).await.ok();
    assert_eq!(found["Items"][0]["generate_renewal_orders"], true);
    assert_eq!(
        found["Items"][0]["renewal_order_options"],
        Value::Null,
        "not shown unless asked for"
    );
    let narrow = app
        .post(
            &format!("{path}?fieldsToReturn=name"),
            json!({ "ids": [done] }),
        )
        .await
        .ok();
    assert_eq!(
        narrow["Items"][0],
        json!({ "id": done, "name": "Renewals" })
    );
    for (bad, field) in [
        (json!({ "status": ["lost"] }), "/status/0"),
        (json!({ "run_date": ["2026-03-10"] }), "/run_date"),
        (json!({ "run_date": ["soon", ""] }), "/run_date/0"),
        (json!({ "colour": "red" }), "/colour"),
    ] {
        let refused = app.post(&path, bad.clone()).await;
        assert_eq!(refused.status, 400, "{bad}");
        assert_eq!(refused.refused_fields(), [field], "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_on_from_its_key_and_from_no_other() {
    let app = TestApp::with_catalogue().await;
    let mut made = Vec::new();
    for _ in 0..105 {
        made.push(app.draft(MARCH.0, MARCH.1, &["orders"]).await);
    }
    let path = format!("{}/search", base());
    let first = app.post(&path, json!({})).await.ok();
    assert_eq!(first["Items"].as_array().map(Vec::len), Some(100));
    let key = first["LastEvaluatedKey"].as_str().unwrap();
    let rest = app
        .post(&format!("{path}?exclusiveStartKey={key}"), json!({}))
        .await
        .ok();
    assert_eq!(rest["Items"].as_array().map(Vec::len), Some(5));
    assert!(rest["LastEvaluatedKey"].is_null());
    let ids = |page: &Value| {
        page["Items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut all = [ids(&first), ids(&rest)].concat();
    all.sort_unstable();
    made.sort_unstable();
    assert_eq!(all, made);
    let other = app
        .post(
            &format!("{path}?exclusiveStartKey={key}"),
            json!({ "name": "x" }),
        )
        .await;
    assert_eq!(other.status, 400, "{:?}", other.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_for_those_who_may_bill_and_for_their_tenant() {
    let app = TestApp::with_catalogue().await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let body = || run_body(MARCH.0, MARCH.1, &["orders"]);
    let calls: [Box<dyn Fn() -> Call>; 5] = [
        Box::new(|| Call::post(&base(), body())),
        Box::new(|| Call::post(&format!("{}/refresh/{id}", base()), json!({}))),
        Box::new(|| Call::patch(&run_path(&id), json!([]))),
        Box::new(|| Call::delete(&run_path(&id))),
        Box::new(|| Call::post(&format!("{}/batch", base()), json!({ "operations": [] }))),
    ];
    for call in &calls {
        assert_eq!(app.send(call().without_credentials()).await.status, 401);
        assert_eq!(app.send(call().scopes("read write")).await.status, 403);
        assert_eq!(app.send(call().of_tenant("other")).await.status, 403);
        assert_eq!(app.send(call().by_contact("a")).await.status, 403);
    }
    for path in [run_path(&id), format!("{}/report", run_path(&id))] {
        assert_eq!(app.send(Call::get(&path).scopes("write")).await.status, 403);
        assert_eq!(
            app.send(Call::get(&path).of_tenant("other")).await.status,
            403
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_by_which_zone_data_it_was_planned() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let draft = app.get(&run_path(&id)).await.ok();
    assert_eq!(draft.get("time_zone_data"), None);
    app.refresh(&id).await;
    let planned = app.get(&run_path(&id)).await.ok();
    assert_eq!(planned["time_zone_data"], model::zone::RELEASE);
}
