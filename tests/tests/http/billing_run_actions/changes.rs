//! What may be changed, one by one and in a batch.

use super::{ID, app, run};
use model::resources::billing_run::STATUS as RUN_STATUS;
use serde_json::json;
use tests::records::{an_action, with};
use tests::{Call, TestApp};

#[tokio::test]
async fn only_status_and_notices_are_staffs() {
    let app = app("ready for execution", "pending").await;
    app.seed_notice("n-1").await;
    let url = format!("/billingRunActions/acme/{ID}");
    let read = app.get(&url).await.ok();
    for change in [
        json!({ "name": "X" }),
        json!({ "type": "renewal order" }),
        json!({ "membership_id": "contact:c-2" }),
        json!({ "order_id": "o" }),
        json!({ "error_message": "x" }),
        json!({ "membership_expiration_date": "2030-01-01" }),
        json!({ "billing_run_id": "run-2" }),
        json!({ "reminder_number": 3 }),
        json!({ "date": "2030-01-01T00:00:00Z" }),
    ] {
        let name = change.as_object().unwrap().keys().next().unwrap().clone();
        let refused = app
            .put(&url, with(read.clone(), change))
            .await
            .refused_for(400);
        assert_eq!(refused, format!("/{name} is set by the server"));
    }
    let notices = json!({ "success_notice_id": "n-1", "failure_notice_id": "n-1" });
    let after = app.put(&url, with(read.clone(), notices)).await.ok();
    assert_eq!(after["success_notice_id"], "n-1");
    app.delete("/billingNotices/acme/n-1").await.refused(409);
    let nowhere = with(after, json!({ "success_notice_id": "n-9" }));
    assert_eq!(
        app.put(&url, nowhere).await.refused_for(409),
        "/success_notice_id billingNotices n-9 does not exist"
    );
}

#[tokio::test]
async fn an_admin_rewrites_no_action_either() {
    let app = app("ready for execution", "excluded").await;
    let url = format!("/billingRunActions/acme/{ID}");
    let read = app.get(&url).await.ok();
    for (name, value) in [
        ("membership_id", json!("contact:c-2")),
        ("billing_run_id", json!("run-2")),
        ("type", json!("renewal order")),
        ("reminder_number", json!(3)),
        ("name", json!("X")),
        ("date", json!("2030-01-01T00:00:00Z")),
        ("membership_expiration_date", json!("2030-01-01")),
        ("order_id", json!("o")),
        ("error_message", json!("x")),
        ("error_stack", json!("x")),
        ("last_refresh_date", json!("2030-01-01T00:00:00Z")),
        ("outcome_of_last_refresh", json!("added")),
        ("step_function_execution_arn", json!("arn")),
        ("excluded_by", json!("x")),
        ("excluded_at", json!("2030-01-01T00:00:00Z")),
    ] {
        let path = format!("/{name}");
        let patch = json!([{ "op": "add", "path": path, "value": value }]);
        let operation = json!({ "operation": "patch", "id": ID, "patch_directives": patch });
        let batch = json!({ "operations": [operation] });
        let refusal = format!("{path} is set by the server");
        let patched = app.send(Call::patch(&url, patch).scopes("admin")).await;
        assert_eq!(patched.refused_for(400), refusal);
        let batched = Call::post("/billingRunActions/acme/batch", batch).scopes("admin");
        let result = &app.send(batched).await.ok()["results"][0];
        assert_eq!(
            (&result["status"], &result["errors"][0]["path"]),
            (&json!(400), &json!(path))
        );
        // These change without a new version: a PUT's are ignored.
        if !["last_refresh_date", "outcome_of_last_refresh"].contains(&name) {
            let body = with(read.clone(), json!({ name: value }));
            let put = app.send(Call::put(&url, body).scopes("admin")).await;
            assert_eq!(put.refused_for(400), refusal);
        }
    }
    let removed = json!([{ "op": "remove", "path": "/error_message" }]);
    app.send(Call::patch(&url, removed).scopes("admin"))
        .await
        .refused(400);
    assert_eq!(app.get(&url).await.ok(), read);
    let back = json!([{ "op": "replace", "path": "/status", "value": "pending" }]);
    app.send(Call::patch(&url, back).scopes("admin")).await.ok();
}

#[tokio::test]
async fn a_notice_given_with_a_retry_is_a_use_of_it() {
    let app = app("completed", "error").await;
    app.seed_notice("n-1").await;
    let url = format!("/billingRunActions/acme/{ID}");
    let patch = |notice: &str| json!([{ "op": "replace", "path": "/status", "value": "pending" }, { "op": "add", "path": "/success_notice_id", "value": notice }]);
    app.patch(&url, patch("n-9")).await.refused(409);
    app.patch(&url, patch("n-1")).await.ok();
    app.delete("/billingNotices/acme/n-1").await.refused(409);
}

#[tokio::test]
async fn a_batch_excludes_many_and_retries_many() {
    let app = TestApp::start().await;
    app.seed_run(json!({ "status": "completed" })).await;
    let mut operations = Vec::new();
    for n in 0..40 {
        let action = app
            .seed_action(&format!("contact:c-{n}"), json!({ "status": "error" }))
            .await;
        let retry = [json!({ "op": "replace", "path": "/status", "value": "pending" })];
        operations.push(
            json!({ "operation": "patch", "id": action.raw("id"), "patch_directives": retry }),
        );
    }
    let retried = app
        .post(
            "/billingRunActions/acme/batch",
            json!({ "operations": operations }),
        )
        .await
        .ok();
    assert_eq!(retried["success_count"], 40, "{retried}");
    assert_eq!(
        run(&app).await.get(RUN_STATUS).unwrap().to_string(),
        "ready for execution"
    );
    for operation in &mut operations {
        operation["patch_directives"][0]["value"] = "excluded".into();
    }
    operations.push(json!({ "operation": "create", "object": an_action("contact:x") }));
    operations.push(json!({ "operation": "delete", "id": ID }));
    let excluded = app
        .post(
            "/billingRunActions/acme/batch",
            json!({ "operations": operations }),
        )
        .await
        .ok();
    assert_eq!(
        (&excluded["success_count"], &excluded["error_count"]),
        (&json!(40), &json!(2))
    );
}

#[tokio::test]
async fn who_excluded_an_action_and_why_stays_until_it_is_brought_back() {
    let app = app("ready for execution", "pending").await;
    let url = format!("/billingRunActions/acme/{ID}");
    let status = |to: &str| json!({ "op": "replace", "path": "/status", "value": to });
    let why = |text: &str| json!({ "op": "add", "path": "/exclusion_reason", "value": text });
    let refused = app.patch(&url, json!([why("pays in May")])).await;
    assert_eq!(
        refused.refused_for(400),
        "/exclusion_reason is for actions that are excluded, or are being excluded"
    );
    let patch = json!([status("excluded"), why("pays in May")]);
    let out = app.send(Call::patch(&url, patch).by_user("ann")).await.ok();
    assert_eq!(
        (&out["excluded_by"], &out["exclusion_reason"]),
        (&json!("ann"), &json!("pays in May"))
    );
    assert!(out["excluded_at"].is_string(), "{out}");
    let other = app.patch(&url, json!([why("has paid")])).await.ok();
    assert_eq!(
        (&other["excluded_by"], &other["exclusion_reason"]),
        (&json!("ann"), &json!("has paid"))
    );
    let back = app.patch(&url, json!([status("pending")])).await.ok();
    for gone in ["excluded_by", "excluded_at", "exclusion_reason"] {
        assert_eq!(back.get(gone), None, "{gone}");
    }
}
