//! The company joins, and its people with it.

use super::said::{adds_up, all_stand, events, shows, text};
use super::story::Story;
use serde_json::{Value, json};

/// Of the company itself.
pub const PEOPLE: usize = 500;
/// Whom it picks beside them, and its package's seats for such.
pub const SEATS: usize = 3;
const END: &str = "2027-02-01";

pub async fn applies_and_pays_in_two_parts(story: &mut Story) {
    let firm = json!({ "name": "Company", "email_address": "office@example.org" });
    let firm = story.make("organizations", "Company", firm).await;
    story
        .people("staff", PEOPLE, json!({ "organization_id": firm }))
        .await;
    story.people("expert", SEATS + 1, json!({})).await;

    story.on("2026-02-02").await;
    let wanted = json!({
        "membership_package_id": story.id("Firm for a year"), "membership_type_id": story.id("Firm"),
        "add_ons": [{ "add_on_id": story.id("Journal"), "quantity": 10 }],
    });
    let (quoted, application) = story.apply("Join as a firm", "Company", wanted).await;
    assert_eq!(quoted, "2471.00", "2400.00 and ten journals at 7.10");
    assert_eq!(application["status"], "under review");
    let order = text(&application, "order_id");
    adds_up(
        &story.order(&order).await,
        "2471.00",
        "0.00",
        "2471.00",
        "awaiting payment",
    );

    story.on("2026-02-03").await;
    story.approve(&application).await;
    let part = story.cheque(&order, "firm-2026-a", 1000.0).await;
    adds_up(&part, "2471.00", "1000.00", "1471.00", "awaiting payment");
    story.activate(&application).await;
    shows(
        &story.member("Company").await,
        json!({ "status": "inactive", "expiration_date": null, "order_balance_due": 1471,
            "date_status": "not yet updated" }),
    );
    assert_eq!(
        story.all_derived().await.len(),
        0,
        "nobody, before it is paid"
    );

    story.on("2026-02-10").await;
    let paid = story.cheque(&order, "firm-2026-b", 1471.0).await;
    adds_up(&paid, "2471.00", "2471.00", "0.00", "completed");
    let member = story.member("Company").await;
    shows(
        &member,
        json!({ "status": "active", "origin": "principal", "join_date": "2026-02-02",
            "term_start_date": "2026-02-02", "expiration_date": END, "date_status": "updated",
            "order_balance_due": 0, "is_new": true }),
    );
    assert_eq!(events(&member), ["join"]);
}

pub async fn gives_its_people_memberships(story: &mut Story) {
    story.flow_down().await;
    let derived = story.all_derived().await;
    all_stand(&derived, PEOPLE, "active", END);
    for one in &derived {
        shows(
            one,
            json!({ "origin": "flowdown", "type_id": story.id("Staff"), "join_date": "2026-02-02",
                "package_id": story.id("Firm for a year"), "flowdown_depth": 1 }),
        );
        assert_eq!(events(one), ["assignment"]);
        assert_eq!(one["history"][0]["date"], "2026-02-10T12:00:00.000Z");
    }
    let mut numbers: Vec<i64> = derived
        .iter()
        .filter_map(|one| one["number"].as_i64())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), PEOPLE, "a number for each");
    story.flow_down().await;
    let again = story.all_derived().await;
    assert_eq!(again, derived, "a second pass changes nothing");
}

pub async fn picks_experts_up_to_its_seats(story: &mut Story) {
    story.on("2026-02-20").await;
    let url = format!("/memberships/acme/{}", story.member_id("Company"));
    let entry = |n: usize| json!({ "contact_id": story.id(&format!("expert-{n}")) });
    let entries: Vec<Value> = (0..SEATS).map(entry).collect();
    story
        .replace(&url, "assigned_memberships", json!(entries))
        .await;
    let more = json!([{ "op": "add", "path": "/assigned_memberships/-", "value": entry(SEATS) }]);
    let refused = story.app.patch(&url, more).await;
    assert_eq!(
        (refused.status, refused.refused_fields()),
        (400, vec!["/assigned_memberships".to_owned()])
    );
    let derived = story.all_derived().await;
    all_stand(&derived, PEOPLE + SEATS, "active", END);
    let picked = derived.iter().filter(|one| one["origin"] == "assigned");
    assert_eq!(picked.count(), SEATS);
}

pub async fn sees_somebody_leave_and_return(story: &mut Story) {
    let url = format!("/contacts/acme/{}", story.id("staff-7"));
    story.on("2026-04-01").await;
    let left = json!([{ "op": "remove", "path": "/organization_id" }]);
    story.app.patch(&url, left).await.ok();
    let gone = story.derived("staff-7").await;
    shows(
        &gone,
        json!({ "status": "inactive", "termination_date": "2026-04-01", "lapse_date": "2026-04-01" }),
    );
    all_stand(
        &story.all_derived().await,
        PEOPLE + SEATS - 1,
        "active",
        END,
    );

    story.on("2026-05-04").await;
    let firm = json!(story.id("Company"));
    story.replace(&url, "organization_id", firm).await;
    let back = story.derived("staff-7").await;
    shows(
        &back,
        json!({ "status": "active", "termination_date": null, "lapse_date": "2026-04-01",
            "expiration_date": END, "number": gone["number"] }),
    );
    assert_eq!(events(&back), ["assignment", "assignment", "assignment"]);
    all_stand(&story.all_derived().await, PEOPLE + SEATS, "active", END);
}
