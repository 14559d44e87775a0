//! A person joins with two chapters, and changes one of them within the term.

use super::said::{adds_up, events, shows, text};
use super::story::Story;
use serde_json::{Value, json};

pub async fn joins_with_two_chapters(story: &mut Story) {
    story.on("2026-03-01").await;
    let ada = json!({ "name": "Ada Byron", "email_address": "ada@example.org" });
    story.make("contacts", "Ada", ada).await;
    let wanted = json!({
        "membership_package_id": story.id("Single for a year"),
        "membership_type_id": story.id("Individual"),
        "chapter_id": story.id("North"), "additional_chapter_ids": [story.id("South")],
        "add_ons": [{ "add_on_id": story.id("Journal"), "quantity": 2 }],
    });
    let (quoted, application) = story.apply("Join", "Ada", wanted).await;
    assert_eq!(
        quoted, "184.70",
        "120.50, 20.00, 30.00 and two journals at 7.10"
    );
    let order = text(&application, "order_id");
    story.cheque(&order, "ada-2026", 184.70).await;
    story.approve(&application).await;
    story.activate(&application).await;
    adds_up(
        &story.order(&order).await,
        "184.70",
        "184.70",
        "0.00",
        "completed",
    );
    let member = story.member("Ada").await;
    shows(
        &member,
        json!({
            "status": "active", "join_date": "2026-03-01", "term_start_date": "2026-03-01",
            "expiration_date": "2027-02-28", "primary_chapter_id": story.id("North"),
            "chapter_ids": [story.id("North"), story.id("South")], "chapter_names": "North, South",
        }),
    );
    assert_eq!(events(&member), ["join"]);
    assert_eq!(found(story, "North", "current").await, 1);
    documents(story).await;
}

pub async fn changes_a_chapter_within_the_term(story: &mut Story) {
    story.on("2026-06-15").await;
    let west = json!({ "additional_chapter_ids": [story.id("West")] });
    let (quoted, application) = story.apply("Change", "Ada", west).await;
    assert_eq!(
        quoted, "24.90",
        "12.40 for what comes, and the fee of 12.50"
    );
    let order = text(&application, "order_id");
    story.cheque(&order, "ada-change", 24.90).await;
    story.activate(&application).await;
    adds_up(
        &story.order(&order).await,
        "24.90",
        "24.90",
        "0.00",
        "completed",
    );
    let member = story.member("Ada").await;
    shows(
        &member,
        json!({
            "chapter_ids": [story.id("North"), story.id("West")], "expiration_date": "2027-02-28",
            "last_change_affiliation_date": "2026-06-15T12:00:00.000Z",
        }),
    );
    let past = &member["past_chapter_memberships"];
    assert_eq!(past.as_array().map(Vec::len), Some(1), "{past}");
    assert_eq!(past[0]["chapter_id"], story.id("South"));
    assert_eq!(past[0]["end_date"], "2026-06-15T12:00:00.000Z");
    assert_eq!(events(&member), ["join", "change affiliations"]);
    assert_eq!(found(story, "South", "current").await, 0);
    assert_eq!(found(story, "South", "not%20current").await, 1);
    assert_eq!(found(story, "West", "current").await, 1);
}

async fn found(story: &Story, chapter: &str, status: &str) -> Value {
    let url = format!(
        "/memberships/acme/chapter/{}?chapterStatus={status}",
        story.id(chapter)
    );
    story.app.get(&url).await.ok()["Count"].clone()
}

/// Card and certificate, of her and of one of the company's people.
async fn documents(story: &Story) {
    let of_staff = format!("contact:{}:{}", story.id("staff-7"), story.id("Company"));
    for (member, shown) in [
        (story.member_id("Ada"), "Ada Byron, Individual"),
        (of_staff, "staff-7, Staff"),
    ] {
        for kind in ["idCard", "certificate"] {
            let url = format!("/memberships/acme/{kind}/{member}");
            let link = story.app.get(&url).await.ok();
            let pdf = story.app.fetched(link.as_str().expect("a link"));
            assert!(pdf.expect("a document").starts_with(b"%PDF-1.7"), "{url}");
            let html = story
                .app
                .get(&format!("{url}?downloadAsHtml=true"))
                .await
                .ok();
            assert!(
                html.as_str().is_some_and(|html| html.contains(shown)),
                "{html}"
            );
        }
    }
}
