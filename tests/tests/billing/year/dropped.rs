//! Nobody pays for the third year: both are reminded once, and dropped.

use super::company::{PEOPLE, SEATS};
use super::renewed::{newest, orders};
use super::said::{adds_up, all_stand, events, shows};
use super::story::Story;
use serde_json::json;

pub async fn both_are_billed_reminded_and_dropped(story: &Story) {
    story.on("2028-01-10").await;
    let run = story.bill(orders(story, "2028-02-01", "2028-02-29")).await;
    shows(
        &run["statistics"]["renewal_orders"],
        json!({ "successful": 2 }),
    );

    story.on("2028-02-10").await;
    let reminders = story.by_template("Reminders", "2028-02-10").await;
    let run = story.bill(reminders).await;
    shows(
        &run["statistics"]["renewal_reminders"],
        json!({ "successful": 2 }),
    );
    story.on("2028-02-24").await;
    let reminders = story.by_template("Reminders", "2028-02-24").await;
    let again = story.plan(reminders).await;
    shows(
        &again["statistics"]["renewal_reminders"],
        json!({ "total": 0 }),
    );
    assert_eq!(sent(story, "reminder"), 2, "once each");
    shows(
        &story.member("Ada").await,
        json!({ "last_reminder": 1, "last_reminder_date": "2028-02-10T12:00:00.000Z",
            "status": "active" }),
    );

    story.on("2028-03-20").await;
    let drops = story.by_template("Drops", "2028-03-20").await;
    let run = story.bill(drops).await;
    shows(
        &run["statistics"]["drops"],
        json!({ "total": 2, "successful": 2 }),
    );
    assert_eq!(sent(story, "dropped"), 2);
    for (owner, total) in [("Company", "2221.50"), ("Ada", "141.80")] {
        let member = story.member(owner).await;
        shows(
            &member,
            json!({ "status": "inactive", "termination_date": "2028-03-20",
                "lapse_date": "2028-03-20", "billed": false, "order_balance_due": 0 }),
        );
        let told = ["renewal", "renewal reminder", "drop"];
        assert!(events(&member).ends_with(&told), "{:?}", events(&member));
        adds_up(&newest(story, owner).await, total, "0.00", "0.00", "void");
        let url = format!("/memberships/acme/idCard/{}", story.member_id(owner));
        assert_ne!(
            story.app.get(&url).await.status,
            200,
            "no card for who was dropped"
        );
    }
    story.flow_down().await;
    let derived = story.all_derived().await;
    all_stand(&derived, PEOPLE + SEATS, "inactive", "2028-02-01");
    let same_day = derived
        .iter()
        .filter(|one| one["lapse_date"] == "2028-03-20");
    assert_eq!(same_day.count(), PEOPLE + SEATS);
}

/// Mails of a notice.
fn sent(story: &Story, notice: &str) -> usize {
    let mails = story.app.mails();
    mails
        .iter()
        .filter(|subject| subject.starts_with(&format!("{notice} for")))
        .count()
}
