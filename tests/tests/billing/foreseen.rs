//! What would fail when executed is known when planned, what is billed is what
//! was approved, and `explain` judges as planning does.

use crate::support::{MARCH, change_member, run_path, set_action, stored};
use aws_sdk_dynamodb::types::AttributeValue::S;
use model::resource::{Home, Resource};
use model::resources::billing_run as run;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::resources::membership::{DUE_PACKED, Memberships};
use model::resources::{AddOns, Packages};
use serde_json::{Value, json};
use tests::{TENANT, TestApp, import};

/// What explaining says of a member, by type of action.
async fn explained(app: &TestApp, run: &str, member: &str, kind: &str) -> Value {
    let path = format!("/billingRuns/{TENANT}/{run}/explain/{member}");
    let answer = app.get(&path).await.ok();
    let entries = answer["actions"].as_array().expect("entries").clone();
    let entry = entries.into_iter().find(|entry| entry["type"] == kind);
    entry.expect("an entry")
}

async fn change_package(app: &TestApp, id: &str, changes: Value) {
    let before = app.store.get_consistent::<Packages>(id).await;
    let before = before.expect("the store answers").expect("a package");
    let mut after = before.clone();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => _ = after.remove_raw(name),
            value => after.set_raw(name, value.clone()),
        }
    }
    app.store
        .save::<Packages>(&import(), Some(&before), after)
        .await
        .expect("a package");
}

/// Brought back by hand, and only then given a price: what it comes to nobody has seen.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_billed_or_charged_what_no_plan_has_named() {
    let app = TestApp::with_catalogue().await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders", "auto"]).await;
    let unpriced = json!({ "price": null, "member_price": null });
    change_package(&app, "anniversary", unpriced).await;
    let billed = app.member("a", "2026-03-31", json!({})).await;
    let charged = app.auto_member("b", "2026-03-31", "tok_good").await;
    app.refresh(&id).await;
    for member in [&billed, &charged] {
        assert_eq!(app.outcome(&id, member).await.0, ActionStatus::Error);
        set_action(&app, &id, member, "pending").await.ok();
    }
    change_package(&app, "anniversary", json!({ "price": 5000 })).await;
    app.execute(&id).await;
    for member in [&billed, &charged] {
        let why = "no amount was approved, now 5,000.00: plan the run again";
        let ended = app.outcome(&id, member).await;
        assert_eq!(ended, (ActionStatus::Error, why.to_owned()));
        assert_eq!(app.orders(member).await, Vec::<Value>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_fail_is_an_error_when_planned_and_pending_once_it_is_mended() {
    let app = TestApp::with_catalogue().await;
    let free = app.member("a", "2026-03-31", json!({})).await;
    let failing = [
        (
            app.member(
                "organization",
                "2026-03-31",
                json!({ "bill_organization": true }),
            )
            .await,
            "bill_organization is set, but no organization of the contact is known",
            json!({ "bill_organization": false }),
        ),
        (
            app.member("package", "2026-03-31", json!({ "package_id": "free" }))
                .await,
            "package free (free) is not active",
            json!({ "package_id": "anniversary" }),
        ),
        (
            app.member("locked", "2026-03-31", json!({ "sys_locked": true }))
                .await,
            "locked: the membership may not be changed (sys_locked)",
            json!({ "sys_locked": false }),
        ),
        (
            app.member(
                "card",
                "2026-03-31",
                json!({ "renew_automatically": true, "renewal_payment_info": {} }),
            )
            .await,
            "the stored card has no payment_account",
            json!({ "renewal_payment_info": { "payment_account": "tok_good" } }),
        ),
    ];
    change_package(&app, "free", json!({ "is_active": false })).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders", "auto"]).await;
    app.refresh(&id).await;
    for (member, why, _) in &failing {
        let planned = app.outcome(&id, member).await;
        assert_eq!(planned, (ActionStatus::Error, (*why).to_owned()));
        let kind = match *member == failing[3].0 {
            true => "auto renewal order",
            false => "renewal order",
        };
        let told = explained(&app, &id, member, kind).await;
        assert_eq!(told["eligible"], false, "{told}");
        assert_eq!(told["reason"], format!("it would fail: {why}"));
    }
    let told = explained(&app, &id, &free, "renewal order").await;
    assert_eq!(
        (&told["eligible"], told["amount"].to_string()),
        (&json!(true), "90.5".into())
    );
    let planned = app.run(&id).await;
    let all = &planned["statistics"]["all_actions"];
    assert_eq!(
        (&all["pending"], &all["error"], &all["not_possible"]),
        (&json!(1), &json!(4), &json!(4))
    );
    let report = app
        .text(&format!("/billingRuns/{TENANT}/{id}/report"))
        .await;
    assert!(
        report.contains("not tried: the stored card has no payment_account"),
        "{report}"
    );
    // Planning again writes nothing, and finds what is mended.
    let before = app.actions(&id).await;
    app.refresh(&id).await;
    assert_eq!(app.actions(&id).await, before);
    set_action(&app, &id, &failing[0].0, "pending").await.ok();
    let all = &app.run(&id).await["statistics"]["all_actions"];
    assert_eq!(
        (&all["error"], &all["not_possible"]),
        (&json!(3), &json!(3))
    );
    for (member, _, mended) in &failing {
        change_member(&app, member, mended.clone()).await;
    }
    app.refresh(&id).await;
    let run = app.execute(&id).await;
    let all = &run["statistics"]["all_actions"];
    assert_eq!(
        (&all["successful"], &all["total"]),
        (&json!(5), &json!(5)),
        "{run}"
    );
    let totals = json!([{ "currency": "USD", "pending": 0, "successful": 452.5 }]);
    assert_eq!(run["totals"], totals);
}

/// What is approved are amounts.
#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_changes_after_approval_bills_nobody_before_it_is_approved() {
    let app = TestApp::with_catalogue().await;
    let bill = app.member("a", "2026-03-31", json!({})).await;
    let charge = app.auto_member("b", "2026-03-31", "tok_good").await;
    let kept = app
        .member("c", "2026-03-31", json!({ "package_id": "calendar" }))
        .await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders", "auto"]).await;
    app.refresh(&id).await;
    let first = app.run(&id).await;
    let totals = |pending: i64, successful: i64| json!([{ "currency": "USD", "pending": pending, "successful": successful }]);
    assert_eq!(
        first["totals"].to_string(),
        r#"[{"currency":"USD","pending":281,"successful":0}]"#
    );
    let path = format!("/billingRunActions/{TENANT}/{id}|{bill}|02-renewal-order|0");
    let of_bill = app.get(&path).await.ok();
    assert_eq!(
        (of_bill["amount"].to_string(), &of_bill["currency"]),
        ("90.5".into(), &json!("USD"))
    );
    let later = json!([
        { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
        { "op": "replace", "path": "/status", "value": "scheduled for execution" },
    ]);
    app.patch(&run_path(&id), later).await.ok();
    let approval = stored(&app, &id).await.get(run::APPROVAL).unwrap();
    assert_eq!(
        (&approval["totals"], &approval["not_possible"]),
        (&first["totals"], &json!(0))
    );
    change_package(&app, "anniversary", json!({ "member_price": 1000 })).await;
    app.set_today("2026-03-20").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let run = app.until(&id, &["completed"]).await;
    let why = "price changed since approval: 90.50, now 1,000.00";
    for member in [&bill, &charge] {
        assert_eq!(
            app.outcome(&id, member).await,
            (ActionStatus::Error, why.into())
        );
        assert!(app.orders(member).await.is_empty());
    }
    assert_eq!(app.outcome(&id, &kept).await.0, ActionStatus::Completed);
    assert_eq!(run["totals"], totals(0, 100));
    // Trying again as it was approved is no way round it; planning again is.
    set_action(&app, &id, &bill, "pending").await.ok();
    app.execute(&id).await;
    assert_eq!(
        app.outcome(&id, &bill).await,
        (ActionStatus::Error, why.into())
    );
    set_action(&app, &id, &bill, "pending").await.ok();
    app.refresh(&id).await;
    assert_eq!(app.run(&id).await["totals"], totals(2000, 100));
    let run = app.execute(&id).await;
    assert_eq!(run["totals"], totals(0, 2100));
    assert_eq!(app.orders(&bill).await[0]["total"].to_string(), "1000.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hash_that_is_approved_covers_amounts() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    let first = stored(&app, &id).await;
    app.refresh(&id).await;
    assert_eq!(
        stored(&app, &id).await.get(run::PLAN_HASH),
        first.get(run::PLAN_HASH)
    );
    change_package(&app, "anniversary", json!({ "member_price": 91 })).await;
    app.refresh(&id).await;
    assert_ne!(
        stored(&app, &id).await.get(run::PLAN_HASH),
        first.get(run::PLAN_HASH)
    );
}

/// A forecast stands on its action with its amount, and bills nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_priced_and_no_part_of_the_totals() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let mut body = tests::billing::run_body(MARCH.0, MARCH.1, &["orders"]);
    body["renewal_order_options"]["pro_forma"] = true.into();
    let run = crate::support::bill(&app, body).await;
    assert_eq!(run["totals"], json!([]));
    let actions = app.actions(run["id"].as_str().unwrap()).await;
    let amount = actions.values().next().unwrap().get(action::AMOUNT);
    assert_eq!(amount.unwrap().to_string(), "90.5");
}

/// No card decides whether a renewal for nothing moves the date.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_to_be_reminded_whom_the_run_renews_for_nothing_before() {
    let app = TestApp::with_catalogue().await;
    let free = json!({ "package_id": "free", "renew_automatically": true,
        "renewal_payment_info": { "payment_account": "tok_good" } });
    let free = app.member("free", "2026-03-31", free).await;
    let paying = app.auto_member("paying", "2026-03-31", "tok_good").await;
    let body = tests::records::with(
        tests::billing::run_body(MARCH.0, MARCH.1, &["auto"]),
        crate::support::reminders("auto", &[(1, MARCH.0, MARCH.1)]),
    );
    let id = crate::support::create(&app, body).await;
    app.refresh(&id).await;
    let stands = async |member: &str, kind: &str| {
        let actions = app.actions(&id).await;
        let action = &actions[&(member.to_owned(), kind.to_owned())];
        let why = action.text(action::ERROR_MESSAGE).to_owned();
        (action.get(action::STATUS).expect("a status"), why)
    };
    let (order, reminder) = ("auto renewal order", "auto renewal reminder");
    let pending = (ActionStatus::Pending, String::new());
    for (member, kind) in [(&free, order), (&paying, order), (&paying, reminder)] {
        assert_eq!(stands(member, kind).await, pending, "{member} {kind}");
    }
    let why = "the member is renewed by this run before".to_owned();
    let held = (ActionStatus::NoLongerEligible, why.clone());
    assert_eq!(stands(&free, reminder).await, held);
    let told = explained(&app, &id, &free, reminder).await;
    assert_eq!(
        (&told["eligible"], &told["reason"]),
        (&json!(false), &json!(why))
    );
    // Staff take the renewal out, and put it back.
    let path = format!("/billingRunActions/{TENANT}/{id}|{free}|03-auto-renewal-order|0");
    for (status, wanted) in [("excluded", &pending), ("pending", &held)] {
        let set = json!([{ "op": "replace", "path": "/status", "value": status }]);
        app.patch(&path, set).await.ok();
        app.refresh(&id).await;
        assert_eq!(&stands(&free, reminder).await, wanted, "{status}");
    }
    app.execute(&id).await;
    assert_eq!(stands(&free, order).await.0, ActionStatus::Completed);
    assert_eq!(stands(&free, reminder).await, held);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_member_s_reminders_explaining_calls_only_that_one_due_that_is_planned() {
    let app = TestApp::with_catalogue().await;
    let member = app
        .member("a", "2026-03-05", json!({ "billed": true }))
        .await;
    let list = [
        (1, "2026-03-01", "2026-03-31"),
        (2, "2026-03-01", "2026-03-10"),
    ];
    let body = crate::support::reminders("renewal", &list);
    let id = crate::support::create(&app, body).await;
    let path = format!("/billingRuns/{TENANT}/{id}/explain/{member}");
    let entries = app.get(&path).await.ok()["actions"].clone();
    let planned_for = |at: usize| {
        (
            &entries[at]["reminder_number"],
            &entries[at]["eligible"],
            &entries[at]["reason"],
        )
    };
    assert_eq!(
        planned_for(0),
        (
            &json!(1),
            &json!(false),
            &json!("a later reminder is due instead")
        )
    );
    assert_eq!(planned_for(1), (&json!(2), &json!(true), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_packed_is_read_from_the_record() {
    let app = TestApp::with_catalogue().await;
    app.seed::<AddOns>(json!({ "id": "journal", "name": "Journal" }))
        .await;
    let member = app
        .member(
            "a",
            "2026-03-31",
            json!({ "add_ons": [{ "add_on_id": "journal", "dues": 5 }] }),
        )
        .await;
    let packed = json!({ "name": "Member a", "status": "active", "package_id": "anniversary" });
    let client = store::client(&app.core.connection);
    let tables = local::tables::make(&app.core.connection).await;
    let tables = tables.expect("the tables");
    let partition = Home::of::<Memberships>().partition(&member);
    let partition = format!("{}#{partition}", app.store.tenant());
    let update = client
        .update_item()
        .table_name(tables.of(Memberships::TABLE).expect("a table"))
        .key("_pk", S(partition))
        .key("_sk", S(member))
        .update_expression("SET #due = :due")
        .expression_attribute_names("#due", DUE_PACKED)
        .expression_attribute_values(":due", S(packed.to_string()));
    update.send().await.expect("an update");
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    let actions = app.actions(&id).await;
    let amount = actions.values().next().unwrap().get(action::AMOUNT);
    assert_eq!(amount.unwrap().to_string(), "95.5");
}
