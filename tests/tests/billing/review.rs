//! Staff look through a planned run.

use model::resources::billing_run_action::ActionStatus;
use serde_json::json;
use tests::TENANT;
use tests::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn excluding_and_bringing_back_keep_the_statistics_in_step() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.member("b", "2026-03-31", json!({})).await;
    let run = app.draft("2026-03-01", "2026-03-31", &["orders"]).await;
    app.refresh(&run).await;
    let id = format!("{run}|{member}|02-renewal-order|0");
    for (status, pending, excluded) in [("excluded", 1, 1), ("pending", 2, 0)] {
        let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
        app.patch(&format!("/billingRunActions/{TENANT}/{id}"), patch)
            .await
            .ok();
        let statistics = app.run(&run).await["statistics"].clone();
        for bucket in ["all_actions", "renewal_orders"] {
            assert_eq!(
                statistics[bucket]["pending"], pending,
                "{status} {statistics}"
            );
            assert_eq!(
                statistics[bucket]["excluded"], excluded,
                "{status} {statistics}"
            );
            assert_eq!(statistics[bucket]["total"], 2);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_again_writes_no_action_and_shows_no_change() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let run = app.draft("2026-03-01", "2026-03-31", &["orders"]).await;
    app.refresh(&run).await;
    let first = app.actions(&run).await;
    app.set_today("2026-03-11").await;
    app.refresh(&run).await;
    assert_eq!(app.actions(&run).await, first, "nothing was written");
    assert_eq!(app.outcome(&run, &member).await.0, ActionStatus::Pending);
    let list = app
        .get(&format!("/billingRunActions/{TENANT}/billingRun/{run}"))
        .await
        .ok();
    let one = app
        .get(&format!(
            "/billingRunActions/{TENANT}/{run}|{member}|02-renewal-order|0"
        ))
        .await
        .ok();
    let of_member = app
        .get(&format!("/billingRunActions/{TENANT}/membership/{member}"))
        .await
        .ok();
    for shown in [&list["Items"][0], &one, &of_member["Items"][0]] {
        assert_eq!(shown["outcome_of_last_refresh"], "no change", "{shown}");
        assert_eq!(
            shown["last_refresh_date"], "2026-03-11T12:00:00.000Z",
            "{shown}"
        );
    }
}

/// A planning ends later than it writes, by a clock that goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_last_planning_has_added_is_shown_as_added() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "clock": null })).await;
    app.member("a", "2026-03-31", json!({})).await;
    let run = app.draft("2026-03-01", "2026-03-31", &["orders"]).await;
    let list = format!("/billingRunActions/{TENANT}/billingRun/{run}");
    for shown in [
        json!({ "Member a": "added" }),
        json!({ "Member a": "no change", "Member b": "added" }),
        json!({ "Member a": "no change", "Member b": "no change" }),
    ] {
        app.refresh(&run).await;
        let items = app.get(&list).await.ok()["Items"].clone();
        let outcomes = items.as_array().unwrap().iter().map(|action| {
            let name = action["name"].as_str().unwrap().to_owned();
            (name, action["outcome_of_last_refresh"].clone())
        });
        assert_eq!(serde_json::Value::from_iter(outcomes), shown);
        if shown["Member b"].is_null() {
            app.member("b", "2026-03-31", json!({})).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_charge_is_tried_again_once_staff_say_so() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    let run = app.bill("2026-03-01", "2026-03-31", &["auto"]).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let card = json!([{ "op": "replace", "path": "/renewal_payment_info", "value": { "payment_account": "tok_new" } }]);
    app.patch(&format!("/memberships/{TENANT}/{member}"), card)
        .await
        .ok();
    let id = format!("{run}|{member}|03-auto-renewal-order|0");
    let patch = json!([{ "op": "replace", "path": "/status", "value": "pending" }]);
    app.patch(&format!("/billingRunActions/{TENANT}/{id}"), patch)
        .await
        .ok();
    assert_eq!(app.run(&run).await["status"], "ready for execution");
    let run = app.execute(&run).await;
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 1, "{run}");
    let orders = app.orders(&member).await;
    assert_eq!(
        orders.len(),
        1,
        "the open order is charged, no other is made"
    );
    assert_eq!(orders[0]["charge"]["attempt"], 2);
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
}

/// Planning and excluding change what a GET answers, but not its version.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_get_has_answered_can_be_put() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let run = app.draft("2026-03-01", "2026-03-31", &["orders"]).await;
    app.refresh(&run).await;
    let action = format!("/billingRunActions/{TENANT}/{run}|{member}|02-renewal-order|0");
    let planned_once = app.get(&action).await.ok();
    app.refresh(&run).await;
    let planned_twice = app.get(&action).await.ok();
    assert_eq!(planned_twice["sys_version"], planned_once["sys_version"]);
    app.put(&action, planned_twice).await.ok();

    let run = format!("/billingRuns/{TENANT}/{run}");
    let read = app.get(&run).await.ok();
    let exclude = json!([{ "op": "replace", "path": "/status", "value": "excluded" }]);
    app.patch(&action, exclude).await.ok();
    let after = app.put(&run, read.clone()).await.ok();
    assert_eq!(after["status"], read["status"]);
    assert_eq!(after["statistics"]["all_actions"]["excluded"], 1);
    let change = json!([{ "op": "remove", "path": "/statistics" }]);
    assert_eq!(
        app.patch(&run, change).await.refused_for(400),
        "/statistics is set by the server"
    );
}
