//! The mail beside a bill, a charge or a drop is tried when the run is planned, with the
//! order as it will be. What keeps it from being written is noted beforehand, is what
//! executing says of it then, and fails nothing (rules PLAN-19, ACT-18).

use crate::support::{MARCH, create};
use model::resources::BillingNotices;
use model::resources::billing_run_action::ActionStatus;
use serde_json::json;
use tests::TestApp;
use tests::billing::run_body;

/// A part of a body, and why it can't be rendered.
type Tried = (&'static str, &'static str);

/// Plans and executes for one member, whose notice says this and that in turn.
async fn noted_is_what_comes_of_it(case: &str, notice: &str, ends: ActionStatus, tried: &[Tried]) {
    for (nth, (body, why)) in tried.iter().enumerate() {
        let app = TestApp::with_catalogue().await;
        let name = format!("m-{nth}");
        let gone = json!({ "do_not_renew": true });
        let member = match case {
            "bill" => app.member(&name, "2026-03-31", json!({})).await,
            "charge" => app.auto_member(&name, "2026-03-31", "tok_good").await,
            "refusal" => app.auto_member(&name, "2026-03-31", "tok_declined").await,
            _ => app.member(&name, "2026-03-01", gone).await,
        };
        let email = json!({ "from": "dues@example.org", "subject": "s", "body": body });
        app.set::<BillingNotices>(notice, json!({ "email": email }))
            .await;
        let run = run_body(MARCH.0, MARCH.1, &["orders", "auto", "drops"]);
        let id = create(&app, run).await;
        app.refresh(&id).await;
        let (status, noted) = app.outcome(&id, &member).await;
        assert_eq!(status, ActionStatus::Pending, "{case}, {body}: {noted}");
        assert!(noted.contains(why), "{case}, {body}: {noted}");
        assert_eq!(noted.is_empty(), why.is_empty(), "{case}, {body}: {noted}");
        // As long as nothing changes, planning again writes nothing.
        let before = app.actions(&id).await;
        app.refresh(&id).await;
        assert_eq!(app.actions(&id).await, before);
        app.execute(&id).await;
        let (status, ended) = app.outcome(&id, &member).await;
        assert_eq!(status, ends, "{case}, {body}: {ended}");
        let wanted = noted.replace("notice cannot be sent: ", "notice not sent: ");
        assert!(ended.ends_with(&wanted), "{case}, {body}: {ended}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_tells_of_the_order_that_is_yet_to_be_made() {
    let tried = [
        (
            "{{ order.status | date }}",
            "`date` cannot read \"awaiting payment\"",
        ),
        (
            "{% for line in invoice.lines %}{{ line.kind | date }}{% endfor %}",
            "`date` cannot read \"package\"",
        ),
        (
            "{{ membership.bill_method | date }}",
            "`date` cannot read \"renewal order\"",
        ),
        (
            "{% if links.pay %}{{ membership.order_status | date }}{% endif %}",
            "`date` cannot read \"awaiting payment\"",
        ),
        (
            "{{ order.total | money(order.currency) }} {{ order.term_expiration | date }} {{ links.pay }} {{ order.number }}",
            "",
        ),
    ];
    noted_is_what_comes_of_it("bill", "bill", ActionStatus::Completed, &tried).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_tells_of_the_order_as_it_is_paid() {
    let tried = [
        (
            "{{ order.status | date }}",
            "`date` cannot read \"completed\"",
        ),
        (
            "{% if order.balance == 0 %}{{ membership.bill_method | date }}{% endif %}",
            "`date` cannot read \"auto renewal order\"",
        ),
        (
            "{% if membership.expiration_date == '2027-03-31' %}{{ membership.name | date }}{% endif %}",
            "`date` cannot read \"Member m-2\"",
        ),
        ("{{ order.paid | money(order.currency) }}", ""),
    ];
    noted_is_what_comes_of_it("charge", "paid", ActionStatus::Completed, &tried).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_tells_of_the_order_that_is_not_paid() {
    let tried = [
        (
            "{{ order.status | date }}",
            "`date` cannot read \"awaiting payment\"",
        ),
        ("{{ order.balance | money(order.currency) }}", ""),
    ];
    noted_is_what_comes_of_it("refusal", "refused", ActionStatus::PaymentFailure, &tried).await;
}

/// A reason that quotes a value is as long as its field allows, and stops nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_value_in_a_reason_keeps_nobody_from_being_billed() {
    let app = TestApp::with_catalogue().await;
    let notes = json!({ "notes": "n".repeat(9_990) });
    let long = app.member("long", "2026-03-31", notes.clone()).await;
    let card = app.auto_member("card", "2026-03-31", "tok_good").await;
    let other = app.member("other", "2026-03-31", json!({})).await;
    for notice in ["bill", "paid"] {
        let email = json!({ "from": "dues@example.org", "subject": "s",
            "body": "{% if membership.notes %}{{ membership.notes | date }}{% endif %}" });
        app.set::<BillingNotices>(notice, json!({ "email": email }))
            .await;
    }
    let run = run_body(MARCH.0, MARCH.1, &["orders", "auto"]);
    let id = create(&app, run).await;
    app.refresh(&id).await;
    let (status, noted) = app.outcome(&id, &long).await;
    assert_eq!(status, ActionStatus::Pending, "{noted}");
    assert!(
        noted.starts_with("notice cannot be sent: ") && noted.ends_with('…'),
        "{noted}"
    );
    // Another becomes as long after the plan.
    crate::support::change_member(&app, &card, notes).await;
    app.execute(&id).await;
    for member in [&long, &card] {
        let (status, ended) = app.outcome(&id, member).await;
        assert_eq!(status, ActionStatus::Completed, "{ended}");
        assert!(
            ended.starts_with("notice not sent: ") && ended.ends_with('…'),
            "{ended}"
        );
    }
    let done = (ActionStatus::Completed, String::new());
    assert_eq!(app.outcome(&id, &other).await, done);
    // Asked for again, it says the same, and once the value is mended the mail goes.
    let action = crate::support::action_id(&app, &id, &long).await;
    let again = format!("/billingRunActions/{}/{action}/sendNotice", tests::TENANT);
    let said = app.post(&again, json!({})).await.ok();
    let said = said["error_message"].as_str().expect("a reason").to_owned();
    assert!(said.starts_with("notice not sent: "), "{said}");
    crate::support::change_member(&app, &long, json!({ "notes": null })).await;
    let sent = app.post(&again, json!({})).await.ok();
    assert!(sent["error_message"].is_null(), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_tells_of_the_dropped() {
    let tried = [
        (
            "{{ membership.status | date }}",
            "`date` cannot read \"inactive\"",
        ),
        (
            "{% if not order %}{{ membership.termination_date | date }}{% endif %}",
            "",
        ),
    ];
    noted_is_what_comes_of_it("drop", "dropped", ActionStatus::Completed, &tried).await;
}
