//! Memberships by chapter and by section.

use model::resources::{Memberships, SectionTypes, Sections};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::records::{a_membership, a_stored_membership, with};
use tests::{Call, TestApp, import};

const URL: &str = "/memberships/acme/contact:c-1";

/// One membership, of the chapters a and b and of the section a.
async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_affiliations(&["a", "b", "c"], &[]).await;
    app.seed::<SectionTypes>(json!({ "id": "st-1", "name": "Interests" }))
        .await;
    app.seed::<Sections>(json!({ "id": "a", "name": "A", "type_id": "st-1" }))
        .await;
    let belongs = json!({
        "chapters": [{ "chapter_id": "a", "dues": 5 }, { "chapter_id": "b" }],
        "sections": [{ "section_id": "a" }],
    });
    app.post("/memberships/acme", with(a_membership(), belongs))
        .await
        .ok();
    app
}

async fn ids(app: &TestApp, look_up: &str) -> Vec<String> {
    let page = app.get(&format!("/memberships/acme/{look_up}")).await.ok();
    let items = page["Items"].as_array().expect("a sound answer");
    assert_eq!(page["Count"], items.len());
    let id = |item: &Value| item["id"].as_str().expect("a sound answer").to_owned();
    items.iter().map(id).collect()
}

/// Whether it is found as current (also by default), as not current, and at all.
async fn found(app: &TestApp, kind: &str, id: &str) -> [bool; 3] {
    let mut found = Vec::new();
    for status in ["current", "not%20current", "all"] {
        let ids = ids(app, &format!("{kind}/{id}?{kind}Status={status}")).await;
        assert!(ids.is_empty() || ids == ["contact:c-1"], "{ids:?}");
        found.push(!ids.is_empty());
    }
    let by_default = ids(app, &format!("{kind}/{id}")).await;
    assert_eq!(!by_default.is_empty(), found[0]);
    found.try_into().expect("a sound answer")
}

fn set(field: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": format!("/{field}"), "value": value }])
}

const CURRENT: [bool; 3] = [true, false, true];
const NOT_CURRENT: [bool; 3] = [false, true, true];
const NEVER: [bool; 3] = [false; 3];

#[tokio::test]
async fn held_is_current_and_left_is_not() {
    let app = app().await;
    for (kind, id, expected) in [
        ("chapter", "a", CURRENT),
        ("chapter", "b", CURRENT),
        ("section", "a", CURRENT),
        ("section", "b", NEVER),
        ("chapter", "A", NEVER),
    ] {
        assert_eq!(found(&app, kind, id).await, expected, "{kind} {id}");
    }
    let moved = app
        .patch(
            URL,
            set(
                "chapters",
                json!([{ "chapter_id": "b" }, { "chapter_id": "c" }]),
            ),
        )
        .await
        .ok();
    assert_eq!(moved["chapter_ids"], json!(["b", "c"]));
    let past = &moved["past_chapter_memberships"];
    assert_eq!(past.as_array().unwrap().len(), 1);
    assert_eq!(
        (&past[0]["chapter_id"], &past[0]["dues"]),
        (&json!("a"), &json!(5))
    );
    assert!(past[0]["end_date"].is_string(), "{past}");
    for (kind, id, expected) in [
        ("chapter", "a", NOT_CURRENT),
        ("chapter", "b", CURRENT),
        ("chapter", "c", CURRENT),
        ("section", "a", CURRENT),
    ] {
        assert_eq!(found(&app, kind, id).await, expected, "{kind} {id}");
    }
    // Who comes back is current again, and what was left stays on record.
    let back = app
        .patch(URL, set("chapters", json!([{ "chapter_id": "a" }])))
        .await
        .ok();
    assert_eq!(
        back["past_chapter_memberships"].as_array().unwrap().len(),
        3
    );
    assert_eq!(found(&app, "chapter", "a").await, CURRENT);
    assert_eq!(found(&app, "chapter", "c").await, NOT_CURRENT);
}

#[tokio::test]
async fn of_an_inactive_membership_none_is_current() {
    let app = app().await;
    for (status, expected) in [
        ("inactive", NOT_CURRENT),
        ("active", CURRENT),
        ("suspended", CURRENT),
    ] {
        app.patch(URL, set("status", json!(status))).await.ok();
        assert_eq!(found(&app, "chapter", "a").await, expected, "{status}");
        assert_eq!(found(&app, "section", "a").await, expected, "{status}");
    }
    app.delete(URL).await.ok();
    assert_eq!(found(&app, "chapter", "a").await, NEVER);
    assert_eq!(found(&app, "section", "a").await, NEVER);
}

#[tokio::test]
async fn an_unknown_standing_is_refused_by_name() {
    let app = app().await;
    for (kind, status) in [("chapter", "past"), ("section", "Current")] {
        let url = format!("/memberships/acme/{kind}/a?{kind}Status={status}");
        assert_eq!(
            app.get(&url).await.refused_for(400),
            format!("/{kind}Status must be one of: current, not current, all")
        );
    }
    assert_eq!(ids(&app, "chapter/a?chapterStatus=").await, ["contact:c-1"]);
    assert!(ids(&app, "chapter/a%23current").await.is_empty());
    let other = Call::get("/memberships/other/chapter/a").of_tenant("other");
    assert_eq!(app.send(other).await.ok()["Count"], 0);
}

#[tokio::test]
async fn what_no_transaction_or_key_could_hold_is_refused() {
    let app = app().await;
    let ids: Vec<String> = (0..89).map(|n| format!("n-{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    app.seed_affiliations(&ids, &[]).await;
    let many = |name: &str, from: usize, to: usize| -> Value {
        (from..to)
            .map(|n| json!({ name: format!("n-{n}") }))
            .collect()
    };
    let refused = app
        .patch(URL, set("chapters", many("chapter_id", 0, 40)))
        .await;
    assert_eq!(
        refused.refused_for(400),
        "/chapters makes 40 chapters and 1 sections: 40 in all may be held"
    );
    app.patch(URL, set("chapters", many("chapter_id", 0, 39)))
        .await
        .ok();
    let long = json!([{ "section_id": "x".repeat(301) }]);
    let refused = app.patch(URL, set("sections", long)).await;
    assert_eq!(
        refused.refused_for(400),
        "/sections/0/section_id must have at most 300 characters"
    );
    let all = app
        .patch(URL, set("chapters", many("chapter_id", 50, 89)))
        .await;
    assert!(all.refused_for(400).contains("more than 90 of the links"));
    app.patch(URL, set("status", json!("inactive"))).await.ok();
    assert_eq!(found(&app, "chapter", "n-38").await, NOT_CURRENT);
}

async fn walk(app: &TestApp, url: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut key = String::new();
    loop {
        let page = app
            .get(&format!("{url}&exclusiveStartKey={key}"))
            .await
            .ok();
        let items = page["Items"].as_array().expect("a sound answer");
        let id = |item: &Value| item["id"].as_str().expect("a sound answer").to_owned();
        pages.push(items.iter().map(id).collect());
        match page["LastEvaluatedKey"].as_str() {
            Some(next) => key = next.to_owned(),
            None => return pages,
        }
    }
}

async fn seed(app: &TestApp, count: usize, changes: impl Fn(usize) -> Value) {
    let context = import();
    let change = |n: usize| {
        let member = a_stored_membership(&format!("m-{n:03}"), changes(n));
        app.store.change::<Memberships>(&context, None, member)
    };
    let changes: Vec<_> = (0..count)
        .map(|n| change(n).expect("a sound answer"))
        .collect();
    let written = app.store.write_all(&changes).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
}

#[tokio::test]
async fn pages_are_complete_and_their_keys_fit_nowhere_else() {
    let app = TestApp::start().await;
    let of = |n: usize| match n % 2 {
        0 => json!({ "chapters": [{ "chapter_id": "a" }] }),
        _ => json!({ "status": "inactive", "chapters": [{ "chapter_id": "a" }] }),
    };
    seed(&app, 210, of).await;
    let url = "/memberships/acme/chapter/a?fields=id";
    for (status, sizes) in [
        ("", vec![100, 5]),
        ("&chapterStatus=not+current", vec![100, 5]),
        ("&chapterStatus=all", vec![100, 100, 10]),
    ] {
        let pages = walk(&app, &format!("{url}{status}")).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        let distinct: BTreeSet<_> = pages.iter().flatten().collect();
        assert_eq!(distinct.len(), sizes.iter().sum::<usize>());
    }
    let first = app.get(url).await.ok();
    assert_eq!(first["Items"][0], json!({ "id": "contact:m-000" }));
    let key = first["LastEvaluatedKey"].as_str().unwrap();
    for other in ["chapter/b?", "section/a?", "chapter/a?chapterStatus=all&"] {
        let url = format!("/memberships/acme/{other}exclusiveStartKey={key}");
        let refused = app.get(&url).await.refused_for(400);
        assert!(refused.starts_with("/exclusiveStartKey"), "{refused}");
    }
}

#[tokio::test]
async fn a_page_ends_before_it_grows_too_large() {
    let app = TestApp::start().await;
    app.seed_order("o-1").await;
    let large = |_| {
        json!({ "chapters": [{ "chapter_id": "a" }], "order_id": "o-1",
            "history": [{ "event": "x".repeat(150_000) }] })
    };
    seed(&app, 30, large).await;
    for url in ["chapter/a?fields=id", "order/o-1?fields=id"] {
        let pages = walk(&app, &format!("/memberships/acme/{url}")).await;
        let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert!(sizes.len() == 2 && sizes[0] < 25, "{url}: {sizes:?}");
        let distinct: BTreeSet<_> = pages.iter().flatten().collect();
        assert_eq!(distinct.len(), 30, "{url}");
    }
}
