//! `POST /memberships/{tenantId}/search`.

use model::resources::{Contacts, Memberships};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tests::records::{a_contact, a_membership, a_package, a_type, record, with};
use tests::{Call, TestApp};

const SEARCH: &str = "/memberships/acme/search";

/// Ada and Bob, people, and the organization o-1.
async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_reason(json!({ "id": "r-1" })).await;
    let bob = json!({
        "id": "c-2", "name": "Bob ÄRGER", "email_address": "bob@example.com", "job_title": "Chief Analyst",
        "address": { "city": "Londonderry", "state": "NIR", "country": "GB" },
    });
    app.seed::<Contacts>(with(a_contact(), bob)).await;
    app.seed::<model::resources::Types>(with(a_type(), json!({ "id": "t-2" })))
        .await;
    app.seed::<model::resources::Packages>(with(a_package(), json!({ "id": "p-2" })))
        .await;
    for changes in [
        json!({ "is_new": true }),
        json!({
            "contact_id": "c-2", "type_id": "t-2", "package_id": "p-2", "status": "inactive",
            "status_reason_id": "r-1", "join_date": "2024-02-03", "term_start_date": "2024-02-03",
            "expiration_date": "2026-06-30", "renewal_date": "2025-06-30", "termination_date": "2025-07-01",
            "is_new": false,
        }),
        json!({
            "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1",
            "status": "suspended", "expiration_date": null, "is_new": false,
        }),
    ] {
        app.post("/memberships/acme", with(a_membership(), changes))
            .await
            .ok();
    }
    app
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["Items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}

async fn found(app: &TestApp, criteria: &Value) -> BTreeSet<String> {
    let page = app.post(SEARCH, criteria.clone()).await.ok();
    assert_eq!(page["LastEvaluatedKey"], Value::Null, "{criteria}");
    ids(&page).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn every_criterion_finds_what_it_asks_for() {
    let app = app().await;
    let number = async |id: &str| {
        let url = format!("/memberships/acme/{id}?fields=number");
        app.get(&url).await.ok()["number"].clone()
    };
    let (first, last) = (
        number("contact:c-1").await,
        number("organization:o-1").await,
    );
    let (ada, bob, engines) = ("contact:c-1", "contact:c-2", "organization:o-1");
    for (criteria, expected) in [
        (json!({}), vec![ada, bob, engines]),
        (
            json!({ "id": [], "name": "", "status": [], "city": null, "join_date": [null, ""], "number": ["", null] }),
            vec![ada, bob, engines],
        ),
        (
            json!({ "id": [engines, ada, "contact:none", "", "a#b"] }),
            vec![ada, engines],
        ),
        (
            json!({ "id": [ada, bob], "status": ["inactive"] }),
            vec![bob],
        ),
        (json!({ "name": "B" }), vec![ada, bob]),
        (json!({ "name": "ärg" }), vec![bob]),
        (json!({ "name": "a\u{308}rg" }), vec![bob]),
        (json!({ "name": "\u{a0}bob  arger" }), vec![bob]),
        (json!({ "name": " \u{a0}" }), vec![ada, bob, engines]),
        (json!({ "name": "nobody" }), vec![]),
        (json!({ "city": "LONDON" }), vec![ada, bob]),
        (json!({ "city": "zurich" }), vec![engines]),
        (json!({ "state": "nir" }), vec![bob]),
        (
            json!({ "email_address": "EXAMPLE.ORG" }),
            vec![ada, engines],
        ),
        (json!({ "job_title": "analyst" }), vec![ada, bob]),
        (json!({ "owner_type": "organization" }), vec![engines]),
        (
            json!({ "status": ["inactive", "suspended"] }),
            vec![bob, engines],
        ),
        (json!({ "status_reason_id": ["r-1"] }), vec![bob]),
        (json!({ "type_id": ["t-1", "t-o"] }), vec![ada, engines]),
        (json!({ "package_id": ["p-2", "p-3"] }), vec![bob]),
        (json!({ "number": [first, first] }), vec![ada]),
        (json!({ "number": [null, last] }), vec![ada, bob, engines]),
        (json!({ "number": [last, ""] }), vec![engines]),
        (
            json!({ "join_date": ["2025-01-01", "2025-01-01"] }),
            vec![ada, engines],
        ),
        (
            json!({ "expiration_date": ["2025-12-31", "2026-06-30"] }),
            vec![ada, bob],
        ),
        (
            json!({ "expiration_date": ["2026-01-01T00:00:00Z", null] }),
            vec![bob],
        ),
        (json!({ "expiration_date": ["", "2025-12-31"] }), vec![ada]),
        (json!({ "renewal_date": ["2025-06-30", ""] }), vec![bob]),
        (
            json!({ "termination_date": [null, "2025-07-01"] }),
            vec![bob],
        ),
        (json!({ "is_new": "true" }), vec![ada]),
        (json!({ "is_new": "false" }), vec![bob, engines]),
        (json!({ "origin": ["principal"] }), vec![ada, bob, engines]),
        (json!({ "origin": ["flowdown"] }), vec![]),
        (
            json!({ "expiration_date": ["2025-12-31", null], "city": "derry" }),
            vec![bob],
        ),
        (
            json!({ "name": "b", "status": ["active"], "join_date": ["2025-01-01", null], "is_new": "true" }),
            vec![ada],
        ),
        (json!({ "name": "ada", "status": ["inactive"] }), vec![]),
    ] {
        let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(found(&app, &criteria).await, expected, "{criteria}");
    }
    let nothing = app.send(Call::post(SEARCH, json!({})).raw_body("")).await;
    assert_eq!(
        ids(&nothing.ok()).len(),
        3,
        "no body at all asks for everything"
    );
}

#[tokio::test]
async fn a_change_is_found_by_what_it_leaves() {
    let app = app().await;
    let change = json!([
        { "op": "replace", "path": "/expiration_date", "value": "2027-12-31" },
        { "op": "replace", "path": "/status", "value": "suspended" },
    ]);
    app.patch("/memberships/acme/contact:c-1", change)
        .await
        .ok();
    app.delete("/memberships/acme/contact:c-2").await.ok();
    for (criteria, expected) in [
        (
            json!({ "expiration_date": ["2025-12-31", "2025-12-31"] }),
            vec![],
        ),
        (
            json!({ "expiration_date": ["2027-01-01", null] }),
            vec!["contact:c-1"],
        ),
        (json!({ "status": ["active"] }), vec![]),
        (json!({ "status": ["inactive"] }), vec![]),
        (
            json!({ "status": ["suspended"] }),
            vec!["contact:c-1", "organization:o-1"],
        ),
    ] {
        let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(found(&app, &criteria).await, expected, "{criteria}");
    }
}

#[tokio::test]
async fn results_show_what_is_asked_for_and_no_secret() {
    let app = app().await;
    let account = json!([
        { "op": "add", "path": "/renewal_payment_info", "value": { "payment_account": "tok_1", "card_type": "visa" } },
    ]);
    app.patch("/memberships/acme/contact:c-1", account)
        .await
        .ok();
    let ada = json!({ "id": ["contact:c-1"] });
    let page = app.post(SEARCH, ada.clone()).await.ok();
    let read = app.get("/memberships/acme/contact:c-1").await.ok();
    assert_eq!(page["Items"], json!([read]));
    assert_eq!(read["renewal_payment_info"], json!({ "card_type": "visa" }));
    let narrow = app
        .post(&format!("{SEARCH}?fieldsToReturn=name,status,colour"), ada)
        .await
        .ok();
    let expected = json!({ "id": "contact:c-1", "name": "Ada Byron", "status": "active" });
    assert_eq!(narrow["Items"], json!([expected]));
}

#[tokio::test]
async fn bad_criteria_are_told_together() {
    let app = TestApp::start().await;
    let body = json!({
        "colour": "red", "id": "contact:c-1", "name": ["a"], "status": ["lost"], "owner_type": "",
        "number": [1], "is_new": true,
    });
    let mut fields = app.post(SEARCH, body).await.refused_fields();
    fields.sort_unstable();
    let expected = [
        "/colour",
        "/id",
        "/is_new",
        "/name",
        "/number",
        "/owner_type",
        "/status/0",
    ];
    assert_eq!(fields, expected);
    for (body, expected) in [
        (
            json!({ "number": ["1", "x"] }),
            vec!["/number/0", "/number/1"],
        ),
        (json!({ "join_date": ["soon", null] }), vec!["/join_date/0"]),
        (
            json!({ "expiration_date": ["2026-02-01", "2026-01-31"] }),
            vec!["/expiration_date"],
        ),
        (json!({ "id": vec!["x"; 1_001] }), vec!["/id"]),
        (json!([]), vec![""]),
    ] {
        let refused = app.post(SEARCH, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.refused_fields(), expected, "{body}");
    }
}

#[tokio::test]
async fn searches_are_for_readers_of_the_tenant() {
    let app = TestApp::start().await;
    let call = || Call::post(SEARCH, json!({}));
    assert_eq!(app.send(call().without_credentials()).await.status, 401);
    for refused in [
        call().scopes("write billing"),
        call().of_tenant("other"),
        call().by_contact("c-1"),
    ] {
        assert_eq!(app.send(refused).await.status, 403);
    }
    app.send(call().scopes("read")).await.ok();
}

async fn insert(app: &TestApp, numbers: std::ops::Range<usize>) {
    let changes: Vec<_> = numbers
        .map(|n| {
            let own = json!({
                "id": format!("contact:k-{n}"), "contact_id": format!("k-{n}"), "number": n + 1,
                "name": format!("Member {n}"), "status": "active", "city": if n % 2 == 0 { "Bern" } else { "Basel" },
            });
            let member = record(with(a_membership(), own));
            let change = app.store.change::<Memberships>(&tests::import(), None, member);
            change.expect("a sound membership")
        })
        .collect();
    let written = app.store.write_all(&changes).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
}

/// Writes what no search is about.
async fn touch(app: &TestApp, numbers: std::ops::Range<usize>) {
    for n in numbers {
        let id = format!("contact:k-{n}");
        let before = app.store.require::<Memberships>(&id).await.expect("it");
        let mut after = before.clone();
        let version = before.raw("sys_version").cloned();
        after.set_raw("notes", format!("touched at {version:?}").into());
        let change = app
            .store
            .change::<Memberships>(&tests::import(), Some(&before), after);
        let written = app
            .store
            .write_all(&[change.expect("a sound change")])
            .await;
        assert_eq!(written, [Ok(())]);
    }
}

/// Every page of a search, `between` being run after each.
async fn walk(app: &TestApp, criteria: &Value, between: impl AsyncFn(usize)) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut key = String::new();
    loop {
        let url = format!("{SEARCH}?fieldsToReturn=id&exclusiveStartKey={key}");
        let page = app.post(&url, criteria.clone()).await.ok();
        pages.push(ids(&page).into_iter().map(str::to_owned).collect());
        between(pages.len()).await;
        match page["LastEvaluatedKey"].as_str() {
            Some(next) => key = next.to_owned(),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn pages_meet_all_that_stays_once_whatever_is_written_meanwhile() {
    let app = TestApp::start().await;
    insert(&app, 0..300).await;
    for criteria in [
        json!({}),
        json!({ "city": "bern" }),
        json!({ "expiration_date": ["2025-01-01", null] }),
    ] {
        let deleted = std::cell::RefCell::new(BTreeSet::new());
        let pages = walk(&app, &criteria, async |page| {
            insert(&app, 1_000 * page..1_000 * page + 10).await;
            for n in [page * 7, 299 - page * 9] {
                let id = format!("contact:k-{n}");
                if app.delete(&format!("/memberships/acme/{id}")).await.status == 200 {
                    deleted.borrow_mut().insert(id);
                }
            }
            touch(&app, 200..206).await;
        })
        .await;
        assert!(
            pages.len() > 1 && pages.iter().all(|page| page.len() <= 100),
            "{criteria}"
        );
        let mut met: BTreeMap<&String, usize> = BTreeMap::new();
        pages
            .iter()
            .flatten()
            .for_each(|id| *met.entry(id).or_default() += 1);
        assert_eq!(met.values().max(), Some(&1), "{criteria}: something twice");
        let deleted = deleted.into_inner();
        let bern = criteria.get("city").is_some();
        for n in (0..300).filter(|n| !bern || n % 2 == 0) {
            let id = format!("contact:k-{n}");
            let there = app
                .get(&format!("/memberships/acme/{id}?fields=id"))
                .await
                .status
                == 200;
            assert!(
                !there || met.contains_key(&id),
                "{criteria}: {id} was skipped"
            );
            assert!(
                there || !met.contains_key(&id) || deleted.contains(&id),
                "{id}"
            );
        }
        for page in 1..pages.len() + 1 {
            for n in 1_000 * page..1_000 * page + 10 {
                app.delete(&format!("/memberships/acme/contact:k-{n}"))
                    .await
                    .ok();
            }
        }
    }
}

#[tokio::test]
async fn a_page_ends_at_a_hundred() {
    let app = TestApp::start().await;
    insert(&app, 0..200).await;
    for criteria in [
        json!({}),
        json!({ "name": "member" }),
        json!({ "number": [1, 200] }),
    ] {
        let pages = walk(&app, &criteria, async |_| ()).await;
        let mut sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
        sizes.retain(|size| *size > 0);
        assert_eq!(sizes, [100, 100], "{criteria}");
    }
    let all: Vec<String> = (0..150).map(|n| format!("contact:k-{n}")).collect();
    let pages = walk(&app, &json!({ "id": all }), async |_| ()).await;
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [100, 50]);
}

#[tokio::test]
async fn a_key_belongs_to_its_criteria() {
    let app = TestApp::start().await;
    insert(&app, 0..101).await;
    let page = app.post(SEARCH, json!({ "status": ["active"] })).await.ok();
    let key = page["LastEvaluatedKey"].as_str().expect("a key").to_owned();
    let url = format!("{SEARCH}?exclusiveStartKey={key}");
    app.post(&url, json!({ "status": ["active"] })).await.ok();
    let expected = "/exclusiveStartKey is not a key that this query has answered with";
    for (url, criteria) in [
        (url.clone(), json!({})),
        (url, json!({ "status": ["active"], "number": [1, 2] })),
        (
            format!("{SEARCH}?exclusiveStartKey={key}x"),
            json!({ "status": ["active"] }),
        ),
        (format!("{SEARCH}?exclusiveStartKey=x"), json!({})),
    ] {
        let refused = app.post(&url, criteria.clone()).await;
        assert_eq!(refused.refused_for(400), expected, "{criteria}");
    }
}

#[tokio::test]
async fn a_page_of_large_records_ends_early() {
    let app = TestApp::start().await;
    let values: Vec<Value> = (0..30)
        .map(|n| json!({ "custom_field_id": format!("f{n}__c"), "string_value": "x".repeat(10_000) }))
        .collect();
    for n in 0..14 {
        let own = json!({
            "id": format!("contact:k-{n}"), "contact_id": format!("k-{n}"), "number": n + 1, "name": "Large",
            "custom_field_values": values,
        });
        let change = app.store.change::<Memberships>(
            &tests::import(),
            None,
            record(with(a_membership(), own)),
        );
        let written = app
            .store
            .write_all(&[change.expect("a sound membership")])
            .await;
        assert_eq!(written, [Ok(())]);
    }
    let first = app.post(SEARCH, json!({})).await.ok();
    assert!(first["LastEvaluatedKey"].is_string());
    assert!(first.to_string().len() < 4_000_000);
    let pages = walk(&app, &json!({}), async |_| ()).await;
    let met: BTreeSet<&String> = pages.iter().flatten().collect();
    assert_eq!((met.len(), pages.iter().flatten().count()), (14, 14));
}

/// What is traced in this process: a subscriber of one thread would miss a line
/// that another thread's test has come to before.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer has failed").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_way_taken_is_traced_without_what_was_looked_for() {
    let app = TestApp::start().await;
    insert(&app, 0..3).await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).expect("the only one");
    let criteria = json!({ "name": "Member 2", "expiration_date": ["2025-11-30", null] });
    assert_eq!(ids(&app.post(SEARCH, criteria).await.ok()), ["contact:k-2"]);
    let bytes = lines.0.lock().expect("no writer has failed").clone();
    let text = String::from_utf8(bytes).expect("text");
    let expected = r#"resource="memberships" index="due" criteria="name expiration_date" entries=3 records=1 returned=1 more=false"#;
    assert!(text.contains(expected), "{text}");
    let line = text.lines().find(|line| line.contains(expected));
    assert!(
        line.is_some_and(|line| line.contains("request-1")),
        "{text}"
    );
    assert!(
        !text.contains("Member") && !text.contains("2025-11"),
        "{text}"
    );
}
