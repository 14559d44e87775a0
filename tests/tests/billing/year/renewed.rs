//! A run bills both for their second year, and both pay.

use super::company::{PEOPLE, SEATS};
use super::said::{adds_up, all_stand, events, shows, text};
use super::story::Story;
use serde_json::{Value, json};

/// A run of renewal orders for those who expire in these days.
pub fn orders(story: &Story, from: &str, to: &str) -> Value {
    json!({ "name": "Renewals", "generate_renewal_orders": true, "renewal_order_options": {
        "expiration_date_range_start": from, "expiration_date_range_end": to,
        "renewal_order_notice_id": story.id("bill") } })
}

/// The newest order of an owner's membership.
pub async fn newest(story: &Story, owner: &str) -> Value {
    let orders = story.app.orders(&story.member_id(owner)).await;
    orders.into_iter().next().expect("an order")
}

pub async fn both_are_billed_by_a_run_and_pay(story: &Story) {
    story.on("2027-01-15").await;
    let run = story.bill(orders(story, "2027-02-01", "2027-02-28")).await;
    let counts = &run["statistics"]["renewal_orders"];
    shows(counts, json!({ "total": 2, "successful": 2 }));
    assert_eq!(
        story.app.mails(),
        ["bill for Ada Byron", "bill for Company"]
    );
    let (firm, ada) = (newest(story, "Company").await, newest(story, "Ada").await);
    adds_up(&firm, "2221.50", "0.00", "2221.50", "awaiting payment");
    adds_up(&ada, "141.80", "0.00", "141.80", "awaiting payment");
    shows(
        &story.member("Ada").await,
        json!({ "billed": true, "date_status": "not yet updated", "expiration_date": "2027-02-28",
            "order_total": 141.8 }),
    );

    story.on("2027-01-20").await;
    story.cheque(&text(&firm, "id"), "firm-2027", 2221.50).await;
    story.on("2027-02-03").await;
    story.cheque(&text(&ada, "id"), "ada-2027", 141.80).await;
    story.flow_down().await;
    let member = story.member("Company").await;
    shows(
        &member,
        json!({ "status": "active", "billed": false, "is_new": false, "renewal_date": "2027-01-15",
            "term_start_date": "2027-02-02", "expiration_date": "2028-02-01" }),
    );
    assert_eq!(events(&member), ["join", "renewal"]);
    let member = story.member("Ada").await;
    shows(
        &member,
        json!({ "term_start_date": "2027-03-01", "expiration_date": "2028-02-29" }),
    );
    assert_eq!(events(&member), ["join", "change affiliations", "renewal"]);
    let derived = story.all_derived().await;
    all_stand(&derived, PEOPLE + SEATS, "active", "2028-02-01");
}
