//! Drops: only the expired, never one who paid or is being charged.

use crate::support::{
    MARCH, bill, change_member, create, membership, organization, reminders, set_action,
    until_charge_is_unknown, with_late_gateway,
};
use model::resources::billing_run_action::{ActionStatus, ActionType};
use model::resources::{
    Chapters, Contacts, Organizations, SectionTypes, Sections, StatusReasons,
    billing_run_action as action,
};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tests::TENANT;
use tests::TestApp;
use tests::billing::run_body;
use tests::records::with;

async fn drop_outcome(app: &TestApp, run: &str, member: &str) -> (ActionStatus, String) {
    let actions = app.actions(run).await;
    let key = (member.to_owned(), ActionType::Drop.to_string());
    let found = &actions[&key];
    (
        found.get(action::STATUS).expect("is there"),
        found.text(action::ERROR_MESSAGE).to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_ends_everything_that_hangs_on_the_membership() {
    let app = TestApp::with_catalogue().await;
    for (id, priority) in [("later", 2), ("first", 1)] {
        let reason =
            json!({ "id": id, "name": id, "applies_to": "inactive", "priority": priority });
        app.seed::<StatusReasons>(reason).await;
    }
    for id in ["c-1", "c-2"] {
        app.seed::<Chapters>(json!({ "id": id, "name": id })).await;
    }
    app.seed::<SectionTypes>(json!({ "id": "st-1", "name": "Interest" }))
        .await;
    app.seed::<Sections>(json!({ "id": "s-1", "name": "Soils", "type_id": "st-1" }))
        .await;
    let member = app.member("a", "2026-03-09", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let changes = json!({
        "chapters": [{ "chapter_id": "c-1", "dues": 5 }, { "chapter_id": "c-2" }],
        "sections": [{ "section_id": "s-1" }],
        "past_chapter_memberships": [{ "chapter_id": "old" }],
        "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok" },
    });
    change_member(&app, &member, changes).await;
    app.set_today("2026-03-20").await;
    let run = app.bill(MARCH.0, MARCH.1, &["drops"]).await;
    assert_eq!(run["statistics"]["drops"]["successful"], 1, "{run}");
    let gone = app.membership(&member).await;
    assert_eq!(gone["status"], "inactive");
    assert_eq!(gone["status_reason_id"], "first");
    assert_eq!(
        (&gone["termination_date"], &gone["lapse_date"]),
        (&json!("2026-03-20"), &json!("2026-03-20"))
    );
    assert_eq!(gone["renew_automatically"], false);
    assert_eq!(gone["renewal_payment_info"], Value::Null);
    assert_eq!(gone["chapters"], Value::Null);
    assert_eq!(
        gone["chapter_ids"].as_array().map_or(0, Vec::len),
        0,
        "{gone}"
    );
    let past = gone["past_chapter_memberships"].as_array().unwrap();
    assert_eq!(
        past.iter()
            .map(|c| c["chapter_id"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["old", "c-1", "c-2"]
    );
    assert_eq!(past[1]["end_date"], "2026-03-20T12:00:00.000Z");
    assert_eq!(gone["past_section_memberships"][0]["section_id"], "s-1");
    assert_eq!(
        gone["expiration_date"], "2026-03-09",
        "what was paid through stays on record"
    );
    let order = app.orders(&member).await.remove(0);
    assert_eq!(order["status"], "void");
    assert_eq!(gone["billed"], false);
    let events: Vec<&str> = gone["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["event"].as_str().unwrap())
        .collect();
    assert_eq!(events.last(), Some(&"drop"), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_billed_or_charged_by_this_run_is_not_dropped() {
    let app = TestApp::with_catalogue().await;
    let billed = app.member("billed", "2026-03-09", json!({})).await;
    let refused = app
        .auto_member("refused", "2026-03-09", "tok_declined")
        .await;
    let run = app
        .bill(MARCH.0, MARCH.1, &["orders", "auto", "drops"])
        .await;
    let id = run["id"].as_str().unwrap();
    for member in [&billed, &refused] {
        assert_eq!(
            drop_outcome(&app, id, member).await,
            (
                ActionStatus::NoLongerEligible,
                "the member is to be billed or charged by this run".into()
            )
        );
        assert_eq!(app.membership(member).await["status"], "active");
    }
    // Judged again, by what the run has done and not by what it was to do.
    let path = format!("/billingRuns/{TENANT}/{id}/explain/{billed}");
    let told = app.get(&path).await.ok();
    let actions = told["actions"].as_array().unwrap();
    let drop = actions.iter().find(|told| told["type"] == "drop").unwrap();
    assert_eq!(
        (&drop["eligible"], &drop["reason"]),
        (
            &json!(false),
            &json!("the member was billed or charged by this run")
        )
    );
    // A later run may.
    let later = app.bill(MARCH.0, MARCH.1, &["drops"]).await;
    assert_eq!(later["statistics"]["drops"]["successful"], 2, "{later}");
}

/// No error of ours, nor of the catalogue, costs a membership.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_to_be_billed_and_could_not_be_is_not_dropped() {
    let app = TestApp::with_catalogue().await;
    let unknown = json!({ "bill_organization": true });
    let member = app.member("unbilled", "2026-03-09", unknown).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders", "drops"]).await;
    app.refresh(&id).await;
    let run = app.run(&id).await;
    assert_eq!(run["statistics"]["renewal_orders"]["error"], 1, "{run}");
    let (status, why) = drop_outcome(&app, &id, &member).await;
    assert_eq!(status, ActionStatus::NoLongerEligible);
    let expected = "the member was to be billed by this run and was not: ";
    assert!(
        why.starts_with(expected) && why.contains("organization"),
        "{why}"
    );
    let kept = app.membership(&member).await;
    assert_eq!(kept["status"], "active", "{kept}");
}

/// The charge concerns members of one package only. Of two who are to be dropped one
/// comes into it after the plan, and one whose charge staff have excluded stays out.
#[tokio::test(flavor = "multi_thread")]
async fn whom_the_run_has_come_to_charge_since_it_was_planned_is_not_dropped() {
    let app = TestApp::with_catalogue().await;
    let moved = app.auto_member("moved", "2026-03-01", "tok_good").await;
    let stays = app.auto_member("stays", "2026-03-01", "tok_good").await;
    let free = json!({ "package_id": "free", "renew_automatically": true,
        "renewal_payment_info": { "payment_account": "tok_good" } });
    let excluded = app.member("excluded", "2026-03-01", free).await;
    let mut body = run_body(MARCH.0, MARCH.1, &["auto", "drops"]);
    let options = &mut body["auto_renewal_options"];
    options["include_only_certain_membership_packages"] = true.into();
    options["membership_package_ids"] = json!(["free"]);
    let id = create(&app, body).await;
    app.refresh(&id).await;
    set_action(&app, &id, &excluded, "excluded").await.ok();
    app.refresh(&id).await;
    change_member(&app, &moved, json!({ "package_id": "free" })).await;
    app.execute(&id).await;
    let (status, why) = drop_outcome(&app, &id, &moved).await;
    assert_eq!(status, ActionStatus::NoLongerEligible, "{why}");
    assert!(
        why.contains("would be billed or charged by this run by now"),
        "{why}"
    );
    for dropped in [&stays, &excluded] {
        let (status, why) = drop_outcome(&app, &id, dropped).await;
        assert_eq!(status, ActionStatus::Completed, "{dropped}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_paid_a_part_or_is_being_charged_is_not_dropped() {
    let (app, gateway) = with_late_gateway().await;
    let part = app.member("part", "2026-03-09", json!({})).await;
    let sent = app.auto_member("sent", "2026-03-09", "tok_good").await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let order = app.orders(&part).await.remove(0);
    let path = format!(
        "/orders/{TENANT}/{}/payments",
        order["id"].as_str().unwrap()
    );
    app.post(&path, json!({ "id": "p", "type": "cash", "amount": 0.5 }))
        .await
        .ok();
    let charging = app.draft(MARCH.0, MARCH.1, &["auto"]).await;
    app.refresh(&charging).await;
    app.approve(&charging).await.ok();
    until_charge_is_unknown(&app, &sent).await;
    let id = app.draft(MARCH.0, MARCH.1, &["drops"]).await;
    app.refresh(&id).await;
    assert_eq!(app.actions(&id).await.len(), 0);
    for member in [&part, &sent] {
        let path = format!("/billingRuns/{TENANT}/{id}/explain/{member}");
        let told = app.get(&path).await.ok()["actions"][0].clone();
        assert_eq!(told["eligible"], false, "{told}");
        let why = told["reason"].as_str().unwrap();
        assert!(
            why.ends_with("has a payment or a charge under way"),
            "{why}"
        );
    }
    gateway.answers.store(true, Ordering::SeqCst);
    app.until(&charging, &["completed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suspended_may_be_dropped_and_the_renewed_are_not() {
    let app = TestApp::with_catalogue().await;
    let suspended = app
        .member("suspended", "2026-03-09", json!({ "status": "suspended" }))
        .await;
    let back = app.auto_member("back", "2026-03-09", "tok_good").await;
    let drops = app.draft(MARCH.0, MARCH.1, &["drops"]).await;
    app.refresh(&drops).await;
    app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    app.execute(&drops).await;
    assert_eq!(app.membership(&suspended).await["status"], "inactive");
    assert_eq!(
        drop_outcome(&app, &drops, &back).await.0,
        ActionStatus::ExpirationDateChanged
    );
    assert_eq!(app.membership(&back).await["status"], "active");
}

/// Staff may move a date back so far that an order that is paid covers the coming term,
/// while the order of the term after is open.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_paid_the_coming_term_is_planned_for_no_drop_though_a_later_order_is_open() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let order = app.orders(&member).await.remove(0);
    let path = format!(
        "/orders/{TENANT}/{}/payments",
        order["id"].as_str().unwrap()
    );
    let paid = json!({ "id": "p", "type": "cash", "amount": order["total"] });
    app.post(&path, paid).await.ok();
    app.set_today("2027-03-10").await;
    app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    let back = json!([
        { "op": "add", "path": "/term_start_date", "value": "2025-04-01" },
        { "op": "replace", "path": "/expiration_date", "value": "2026-03-31" },
    ]);
    app.patch(&format!("/memberships/{TENANT}/{member}"), back)
        .await
        .ok();
    let id = app.draft(MARCH.0, MARCH.1, &["drops"]).await;
    app.refresh(&id).await;
    assert_eq!(app.actions(&id).await.len(), 0);
    let path = format!("/billingRuns/{TENANT}/{id}/explain/{member}");
    let told = app.get(&path).await.ok()["actions"][0].clone();
    assert_eq!(
        told["reason"], "the term through 2027-03-31 has been paid",
        "{told}"
    );
}

/// A membership that hangs on another.
async fn derived(app: &TestApp, id: &str, parent: &str, changes: Value) -> String {
    let (owner, name) = id.split_once(':').expect("an owner");
    let name = name.split(':').next().expect("a name");
    let known = json!({ "id": name, "name": name });
    match owner {
        "contact" => app.seed::<Contacts>(known).await,
        _ => app.seed::<Organizations>(known).await,
    };
    let base = json!({
        "owner_type": owner, format!("{owner}_id"): name, "origin": "flowdown", "parent_membership_id": parent,
        "flowdown_depth": 1, "expiration_date": "2026-03-09",
    });
    membership(app, id, with(base, changes)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_an_organization_is_dropped_with_it() {
    let app = TestApp::with_catalogue().await;
    let reason = json!({ "id": "lapsed", "name": "L", "applies_to": "inactive", "priority": 1 });
    app.seed::<StatusReasons>(reason).await;
    let top = organization(
        &app,
        "top",
        "2026-03-09",
        json!({ "email_address": "t@example.org" }),
    )
    .await;
    let branch = derived(&app, "organization:branch:top", &top, json!({})).await;
    let mut gone = vec![branch.clone()];
    for n in 0..30 {
        gone.push(derived(&app, &format!("contact:p{n}:top"), &top, json!({})).await);
    }
    let assigned = json!({ "origin": "assigned" });
    gone.push(derived(&app, "contact:picked:top", &top, assigned).await);
    gone.push(
        derived(
            &app,
            "contact:deep:branch",
            &branch,
            json!({ "flowdown_depth": 2 }),
        )
        .await,
    );
    let mut stay = vec![organization(&app, "elsewhere", "2027-03-09", json!({})).await];
    for (id, changes) in [
        ("kept", json!({ "do_not_drop": true })),
        ("own", json!({ "overridden_fields": ["status"] })),
        ("locked", json!({ "sys_locked": true })),
        (
            "other",
            json!({ "parent_membership_id": "organization:elsewhere" }),
        ),
    ] {
        stay.push(derived(&app, &format!("contact:{id}:top"), &top, changes).await);
    }
    let run = app.bill(MARCH.0, MARCH.1, &["drops"]).await;
    assert_eq!(run["statistics"]["drops"]["total"], 1, "{run}");
    let (status, why) = drop_outcome(&app, run["id"].as_str().unwrap(), &top).await;
    assert_eq!(
        (status, why.as_str()),
        (
            ActionStatus::Completed,
            "1 memberships that hang on this one are locked and stay"
        )
    );
    for id in gone {
        let member = app.membership(&id).await;
        assert_eq!(member["status"], "inactive", "{id}");
        assert_eq!(member["status_reason_id"], "lapsed", "{id}");
        assert_eq!(member["lapse_date"], "2026-03-10", "{id}");
        let events = member["history"].as_array().unwrap();
        assert_eq!(events.len(), 1, "{id}: {events:?}");
    }
    for id in stay {
        assert_eq!(app.membership(&id).await["status"], "active", "{id}");
    }
    assert_eq!(app.mails(), ["dropped for organization:top"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_is_the_runs_and_has_to_fit() {
    let app = TestApp::with_catalogue().await;
    for (id, applies_to) in [("lapsed", "inactive"), ("paying", "active")] {
        app.seed::<StatusReasons>(
            json!({ "id": id, "name": id, "applies_to": applies_to, "priority": 1 }),
        )
        .await;
    }
    let member = app.member("a", "2026-03-09", json!({})).await;
    let with_reason = |switch: &str, options: &str, reason: &str| {
        let mut body = run_body(MARCH.0, MARCH.1, &[switch]);
        body[options]["new_status_reason_id"] = reason.into();
        body
    };
    for (switch, options, reason) in [
        ("drops", "drop_options", "paying"),
        ("orders", "renewal_order_options", "lapsed"),
    ] {
        let refused = app
            .post(
                &format!("/billingRuns/{TENANT}"),
                with_reason(switch, options, reason),
            )
            .await;
        let told = refused.refused_for(400);
        assert!(
            told.starts_with(&format!(
                "/{options}/new_status_reason_id reason {reason} does not apply"
            )),
            "{told}"
        );
    }
    bill(&app, with_reason("drops", "drop_options", "lapsed")).await;
    assert_eq!(app.membership(&member).await["status_reason_id"], "lapsed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_the_run_sets_keeps_nobody_out_of_its_later_actions() {
    let app = TestApp::with_catalogue().await;
    for id in ["new", "told"] {
        app.seed::<StatusReasons>(
            json!({ "id": id, "name": id, "applies_to": "active", "priority": 1 }),
        )
        .await;
    }
    let member = app
        .member("a", "2026-03-31", json!({ "status_reason_id": "new" }))
        .await;
    let other = app.member("b", "2026-03-31", json!({})).await;
    let mut body = run_body(MARCH.0, MARCH.1, &["notices", "orders"]);
    for options in ["renewal_notice_options", "renewal_order_options"] {
        body[options]["include_only_certain_status_reasons"] = true.into();
        body[options]["status_reason_ids"] = json!(["new"]);
    }
    body["renewal_notice_options"]["new_status_reason_id"] = "told".into();
    let id = create(&app, body).await;
    app.refresh(&id).await;
    assert_eq!(app.run(&id).await["statistics"]["all_actions"]["total"], 2);
    let run = app.execute(&id).await;
    assert_eq!(run["statistics"]["all_actions"]["successful"], 2, "{run}");
    assert_eq!(app.membership(&member).await["status_reason_id"], "told");
    assert_eq!(app.orders(&member).await.len(), 1);
    assert!(app.orders(&other).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_the_run_has_set_does_not_refuse_its_retried_card() {
    let app = TestApp::with_catalogue().await;
    for id in ["new", "told"] {
        app.seed::<StatusReasons>(
            json!({ "id": id, "name": id, "applies_to": "active", "priority": 1 }),
        )
        .await;
    }
    let card = |token: &str| json!({ "payment_account": token });
    let fields = json!({ "status_reason_id": "new", "renew_automatically": true,
        "renewal_payment_info": card("tok_declined") });
    let member = app.member("a", "2026-03-31", fields).await;
    let reminders = reminders("auto", &[(1, MARCH.0, MARCH.1)]);
    let mut body = with(run_body(MARCH.0, MARCH.1, &["auto"]), reminders);
    body["auto_renewal_options"]["include_only_certain_status_reasons"] = true.into();
    body["auto_renewal_options"]["status_reason_ids"] = json!(["new"]);
    body["auto_renewal_reminder_options"]["new_status_reason_id"] = "told".into();
    let run = bill(&app, body).await;
    assert_eq!(run["statistics"]["auto_renewals"]["error"], 1, "{run}");
    assert_eq!(app.membership(&member).await["status_reason_id"], "told");
    let id = run["id"].as_str().unwrap();
    let path = format!("/memberships/{TENANT}/{member}");
    let patch =
        json!([{ "op": "replace", "path": "/renewal_payment_info", "value": card("tok_new") }]);
    app.patch(&path, patch).await.ok();
    let path = format!("/billingRunActions/{TENANT}/{id}|{member}|03-auto-renewal-order|0");
    let patch = json!([{ "op": "replace", "path": "/status", "value": "pending" }]);
    app.patch(&path, patch).await.ok();
    let run = app.execute(id).await;
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 1, "{run}");
}
