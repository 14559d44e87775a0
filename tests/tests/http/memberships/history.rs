//! `GET /memberships/{tenantId}/{id}/history`, and what a history costs.

use aws_sdk_dynamodb::types::AttributeValue::{self, L, M, S};
use model::Record;
use model::lookup::Lookup;
use model::resources::membership::history::partition;
use model::resources::{Memberships, SectionTypes, Sections};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use tests::history::by;
use tests::meter::{Meter, Usage};
use tests::records::{a_membership, with};
use tests::{Call, TestApp};

const ID: &str = "contact:c-1";
const URL: &str = "/memberships/acme/contact:c-1";
const HISTORY: &str = "/memberships/acme/contact:c-1/history";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app
}

fn set(field: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": format!("/{field}"), "value": value }])
}

fn users(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry["user_id"].as_str().expect("a user"))
        .collect()
}

/// The entries of `count` events after the join, the newest first.
#[track_caller]
fn is_whole(entries: &[Value], count: usize) {
    let made: Vec<String> = (1..=count).rev().map(by).collect();
    let found = users(entries);
    assert_eq!(found[..count], made);
    assert_eq!(
        (found[count..].len(), &entries[count]["event"]),
        (1, &json!("join"))
    );
    let numbers: Vec<i64> = entries
        .iter()
        .map(|entry| entry["sequence"].as_i64().expect("a number"))
        .collect();
    let wanted: Vec<i64> = (1..=count as i64 + 1).rev().collect();
    assert_eq!(numbers, wanted);
}

#[tokio::test]
async fn every_event_is_read_in_pages_the_newest_first() {
    let app = app().await;
    for (first, writes, each) in [(1, 40, 1), (41, 5, 3), (56, 2, 120)] {
        app.add_events(ID, first, writes, each).await;
        is_whole(&app.history(ID).await, first - 1 + writes * each);
    }
    let record = app.get(URL).await.ok();
    let held = record["history"].as_array().unwrap();
    assert_eq!(held.len(), 10);
    assert_eq!(held[9]["user_id"], by(295));
    let some = app
        .get(&format!("{HISTORY}?fields=event,user_id"))
        .await
        .ok();
    assert_eq!(
        some["Items"][0],
        json!({ "event": "manual change", "user_id": by(295) })
    );
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_ended_whatever_is_added() {
    let app = app().await;
    app.add_events(ID, 1, 150, 1).await;
    let first = app.get(HISTORY).await.ok();
    app.add_events(ID, 151, 30, 1).await;
    let key = first["LastEvaluatedKey"].as_str().unwrap();
    let second = app
        .get(&format!("{HISTORY}?exclusiveStartKey={key}"))
        .await
        .ok();
    let mut entries = first["Items"].as_array().unwrap().clone();
    entries.extend(second["Items"].as_array().unwrap().clone());
    is_whole(&entries, 150);
    assert_eq!(second["LastEvaluatedKey"], Value::Null);
}

#[tokio::test]
async fn a_key_of_another_history_and_an_unknown_membership_are_refused() {
    let app = app().await;
    app.add_events(ID, 1, 1, 200).await;
    let key = app.get(HISTORY).await.ok()["LastEvaluatedKey"].clone();
    let other = format!(
        "/memberships/acme/contact:c-2/history?exclusiveStartKey={}",
        key.as_str().unwrap()
    );
    let fields = app.get(&other).await.refused(400);
    assert_eq!(fields[0].0, "/exclusiveStartKey");
    app.get("/memberships/acme/contact:c-2/history")
        .await
        .refused(404);
    let member = Call::get(HISTORY).by_contact("c-1");
    app.send(member).await.refused(403);
}

#[tokio::test]
async fn what_was_read_is_accepted_back_and_a_change_adds_one_entry() {
    let app = app().await;
    app.add_events(ID, 1, 15, 1).await;
    let read = app.get(URL).await.ok();
    app.put(URL, read.clone()).await.ok();
    is_whole(&app.history(ID).await, 15);
    let read = app.get(URL).await.ok();
    app.put(URL, with(read, json!({ "do_not_drop": true })))
        .await
        .ok();
    let entries = app.history(ID).await;
    assert_eq!(entries[0]["changed"], json!(["do_not_drop"]));
    is_whole(&entries[1..], 15);
    let mine = app.get(URL).await.ok();
    let mut rows = mine["history"].as_array().unwrap().clone();
    rows.pop();
    let refused = app.put(URL, with(mine, json!({ "history": rows }))).await;
    assert_eq!(refused.refused(400)[0].0, "/history");
}

#[tokio::test]
async fn a_change_of_chapters_sections_or_add_ons_is_an_event() {
    let app = app().await;
    app.seed_affiliations(&["north", "south"], &["journal"])
        .await;
    app.seed::<SectionTypes>(json!({ "id": "st-1", "name": "Interest" }))
        .await;
    app.seed::<Sections>(json!({ "id": "soils", "name": "Soils", "type_id": "st-1" }))
        .await;
    let chapters = json!([{ "chapter_id": "north" }, { "chapter_id": "south", "dues": 5 }]);
    for (field, value) in [
        ("chapters", chapters.clone()),
        ("sections", json!([{ "section_id": "soils" }])),
        ("add_ons", json!([{ "add_on_id": "journal" }])),
    ] {
        app.patch(URL, set(field, value.clone())).await.ok();
        let entries = app.history(ID).await;
        let newest = &entries[0];
        assert_eq!(newest["event"], "change affiliations", "{newest}");
        assert_eq!(newest["new"][field], value);
        assert_eq!(newest["old"][field], Value::Null);
        assert_eq!(newest["changed"], json!([field]));
    }
    let fewer = json!([{ "op": "remove", "path": "/chapters/0" }, { "op": "add", "path": "/expiration_date", "value": "2027-12-31" }]);
    app.patch(URL, fewer).await.ok();
    let entries = app.history(ID).await;
    assert_eq!(entries[0]["event"], "manual change");
    assert_eq!(entries[0]["old"]["chapters"], chapters);
    let names = entries[0]["changed"].as_array().unwrap();
    assert!(names.contains(&json!("chapters")) && names.contains(&json!("expiration_date")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_names_the_run_and_what_it_changed() {
    let app = TestApp::with_catalogue().await;
    app.seed::<model::resources::StatusReasons>(
        json!({ "id": "lapsed", "name": "Lapsed", "applies_to": "inactive" }),
    )
    .await;
    let member = app.member("a", "2026-03-09", json!({})).await;
    app.set_today("2026-03-20").await;
    let run = app.bill("2026-03-01", "2026-03-31", &["drops"]).await;
    let entries = app.history(&member).await;
    let drop = &entries[0];
    assert_eq!(
        (&drop["event"], &drop["billing_run_id"]),
        (&json!("drop"), &run["id"])
    );
    assert_eq!(drop["new"]["status_reason_id"], "lapsed");
    let names = drop["changed"].as_array().unwrap();
    for name in [
        "status",
        "status_reason_id",
        "lapse_date",
        "termination_date",
    ] {
        assert!(names.contains(&json!(name)), "{name}: {drop}");
    }
}

/// As a run does whose mail is refused for good, see `take_back`.
#[tokio::test]
async fn a_change_that_is_taken_back_leaves_no_entry_twice() {
    let app = app().await;
    let full = app.add_events(ID, 1, 1, 14).await;
    let changed = app.add_events(ID, 15, 1, 1).await;
    assert!(beside(&app, &changed).await == 1);
    app.change::<Memberships>(&changed, full).await;
    is_whole(&app.history(ID).await, 14);
    app.add_events(ID, 15, 1, 3).await;
    is_whole(&app.history(ID).await, 17);
    app.delete(URL).await.ok();
    assert_eq!(beside(&app, &changed).await, 0);
}

/// The items beside a membership.
async fn beside(app: &TestApp, member: &Record) -> usize {
    let lookup = Lookup::table::<Memberships>(vec![partition(member)]).consistent();
    let found = app.store.query_all::<Memberships>(&lookup).await;
    found.expect("the store answers").len()
}

#[tokio::test]
async fn a_deletion_takes_the_older_entries_along() {
    let app = app().await;
    // More than one transaction can hold.
    let member = app.add_events(ID, 1, 120, 11).await;
    assert!(beside(&app, &member).await > 100);
    app.delete(URL).await.ok();
    assert_eq!(beside(&app, &member).await, 0);
    app.post("/memberships/acme", a_membership()).await.ok();
    assert_eq!(app.history(ID).await.len(), 1);
}

/// As an earlier version has left it: every row in the record.
async fn store_rows(app: &TestApp, count: usize) {
    let row = |n: usize| {
        let fields = [
            ("event", "manual change".to_owned()),
            ("date", "2025-06-01T00:00:00.000Z".to_owned()),
            ("user_id", by(n)),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), S(value)));
        M(HashMap::from(fields))
    };
    let join = M(HashMap::from([
        ("event".to_owned(), S("join".into())),
        ("user_id".to_owned(), S("user-1".into())),
    ]));
    let rows: Vec<AttributeValue> = std::iter::once(join).chain((1..=count).map(row)).collect();
    app.store_unchecked_value::<Memberships>(ID, "history", L(rows))
        .await;
}

#[tokio::test]
async fn a_record_of_an_earlier_version_shrinks_at_the_next_write_and_loses_nothing() {
    let app = app().await;
    store_rows(&app, 499).await;
    is_whole(&app.history(ID).await, 499);
    let read = app.get(URL).await.ok();
    assert_eq!(read["history"].as_array().unwrap().len(), 500);
    app.put(URL, with(read, json!({ "notes": "n" }))).await.ok();
    is_whole(&app.history(ID).await, 499);
    let read = app.get(URL).await.ok();
    assert_eq!(read["history"].as_array().unwrap().len(), 10);
    app.add_events(ID, 500, 20, 1).await;
    is_whole(&app.history(ID).await, 519);
}

/// What a number of writes take that leave an entry each.
async fn cost(app: &TestApp, meter: &Meter, writes: usize) -> Usage {
    let mut sum = Usage::default();
    for n in 0..writes {
        let value = json!(n % 2 == 0);
        meter.take();
        app.patch(URL, set("do_not_drop", value)).await.ok();
        let used = meter.take();
        for (name, count) in used.requests {
            *sum.requests.entry(name).or_default() += count;
        }
        for (name, units) in used.units {
            let of_table = sum.units.entry(name).or_default();
            of_table.read += units.read;
            of_table.write += units.write;
        }
    }
    sum
}

#[tokio::test]
async fn ten_thousand_changes_cost_what_ten_cost() {
    let mut app = app().await;
    let meter = Meter::default();
    app.watch_functions(Arc::new(meter.clone()));
    // The join is shorter than a change, and units are of whole kilobytes.
    app.set::<Memberships>(ID, json!({ "history": [] })).await;
    app.add_events(ID, 1, 10, 1).await;
    let held = |record: &Value| record["history"].as_array().unwrap().len();
    assert_eq!(held(&app.get(URL).await.ok()), 10);
    // From ten entries in the record to ten again: of six writes one moves six.
    let with_ten = cost(&app, &meter, 6).await;
    assert_eq!(held(&app.get(URL).await.ok()), 10);
    app.add_events(ID, 16, 20, 500).await;
    assert_eq!(held(&app.get(URL).await.ok()), 10);
    let with_many = cost(&app, &meter, 6).await;
    assert_eq!(with_many.requests, with_ten.requests);
    assert_eq!(with_many.all().write, with_ten.all().write);
    assert_eq!(with_many.all().read, with_ten.all().read);
    assert!(with_ten.requests["UpdateItem"] == 5 && with_ten.requests["TransactWriteItems"] == 1);
    assert_eq!(app.get(HISTORY).await.ok()["Items"][0]["sequence"], 10_022);
}
