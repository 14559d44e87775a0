//! Late cheques come for the orders that the drop voided; both return by them.

use super::company::{PEOPLE, SEATS};
use super::renewed::newest;
use super::said::{adds_up, all_stand, amount, events, shows, text};
use super::story::Story;
use serde_json::{Value, json};

pub async fn both_pay_late_and_come_back(story: &Story) {
    company(story).await;
    ada(story).await;
}

/// The company's price is that of who renews: its cheque is what it costs.
async fn company(story: &Story) {
    story.on("2028-04-10").await;
    let void = late_cheque(story, "Company", "firm-2028", 2221.50, "2221.50").await;
    let (quoted, application) = story.apply("Firm returns", "Company", json!({})).await;
    assert_eq!(quoted, "2221.50");
    assert_eq!(application["status"], "approved");
    let order = text(&application, "order_id");
    let credit = format!("/orders/acme/{order}/credit");
    let paid = story.app.post(&credit, json!({})).await.ok();
    adds_up(&paid, "2221.50", "2221.50", "0.00", "completed");
    story.activate(&application).await;
    story.flow_down().await;
    let member = story.member("Company").await;
    shows(
        &member,
        json!({
            "status": "active", "join_date": "2026-02-02", "reinstatement_date": "2028-04-10",
            "term_start_date": "2028-04-10", "expiration_date": "2029-04-09",
            "termination_date": null, "lapse_date": "2028-03-20",
        }),
    );
    assert_eq!(events(&member).last(), Some(&"reinstatement"));
    let derived = story.all_derived().await;
    all_stand(&derived, PEOPLE + SEATS, "active", "2029-04-09");
    assert!(derived.iter().all(|one| one["termination_date"].is_null()));
    // More money for the void order, whose number is the higher one, changes nothing of what
    // the member shows.
    let told = story
        .cheque(&text(&void, "id"), "firm-2028-more", 10.0)
        .await;
    assert_eq!(amount(&told["recorded_payment"]["credit"]), "10.00");
    let shown = json!({ "order_id": order, "order_status": "completed", "order_total": 2221.5 });
    shows(&story.member("Company").await, shown);
}

/// Hers is that of a new member: the cheque is moved, and the rest paid.
async fn ada(story: &Story) {
    story.on("2028-04-12").await;
    let void = late_cheque(story, "Ada", "ada-2028", 141.80, "141.80").await;
    let north = json!({ "chapter_id": story.id("North") });
    let (quoted, application) = story.apply("Return", "Ada", north).await;
    assert_eq!(quoted, "154.70", "120.50, 20.00 and two journals");
    let order = text(&application, "order_id");
    let to = json!({ "order_id": order });
    let url = format!("/orders/acme/{}/payments/ada-2028/move", text(&void, "id"));
    let moved = story.app.post(&url, to).await.ok();
    assert_eq!(amount(&moved["credit"]), "0.00");
    adds_up(
        &story.order(&order).await,
        "154.70",
        "141.80",
        "12.90",
        "awaiting payment",
    );
    story.activate(&application).await;
    assert_eq!(story.member("Ada").await["status"], "inactive");
    let paid = story.cheque(&order, "ada-2028-rest", 12.90).await;
    adds_up(&paid, "154.70", "154.70", "0.00", "completed");
    let member = story.member("Ada").await;
    shows(
        &member,
        json!({
            "status": "active", "reinstatement_date": "2028-04-12", "term_start_date": "2028-04-12",
            "expiration_date": "2029-04-11", "chapter_ids": [story.id("North")],
            "termination_date": null, "lapse_date": "2028-03-20",
        }),
    );
}

/// A cheque for the newest order, which is void: answers that.
async fn late_cheque(story: &Story, owner: &str, id: &str, sum: f64, credit: &str) -> Value {
    let void = newest(story, owner).await;
    let told = story.cheque(&text(&void, "id"), id, sum).await;
    assert_eq!(amount(&told["recorded_payment"]["credit"]), credit);
    adds_up(&newest(story, owner).await, credit, "0.00", "0.00", "void");
    assert_eq!(story.member(owner).await["status"], "inactive");
    void
}
