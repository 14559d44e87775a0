use super::super::fields::HISTORY_BESIDE;
use super::*;
use crate::context::by_run;
use crate::patch::size_of;
use crate::resource::Overflow;

fn context() -> WriteContext {
    WriteContext {
        user: "u".into(),
        via: "test".into(),
        now: "2026-03-01T10:00:00Z".parse().unwrap(),
    }
}

fn record(fields: Value) -> Record {
    Record::new(fields.as_object().unwrap().clone())
}

/// The row that says what has made one of the other.
fn row(before: Value, after: Value) -> Value {
    let mut after = record(after);
    record_event(
        &context(),
        Event::ManualChange,
        Some(&record(before)),
        &mut after,
    );
    after.get(HISTORY).unwrap().remove(0)
}

#[test]
fn a_row_shows_both_states() {
    let found = row(json!({ "type_id": "t-1" }), json!({ "type_id": "t-2" }));
    assert_eq!(
        found,
        json!({
            "event": "manual change", "date": "2026-03-01T10:00:00.000Z", "user_id": "u",
            "old": {"type_id": "t-1"}, "new": {"type_id": "t-2"}, "changed": ["type_id"],
        })
    );
}

#[test]
fn a_row_names_the_run_and_a_join_has_nothing_before() {
    let mut after = record(json!({ "type_id": "t-1", "join_date": "2026-01-01" }));
    let by = WriteContext {
        via: by_run("r-1"),
        ..context()
    };
    record_event(&by, Event::Join, None, &mut after);
    let found = after.get(HISTORY).unwrap().remove(0);
    assert_eq!(found["billing_run_id"], "r-1");
    assert_eq!(
        found["new"],
        json!({ "type_id": "t-1", "join_date": "2026-01-01" })
    );
    assert!(found.get("old").is_none() && found.get("changed").is_none());
}

#[test]
fn a_row_shows_what_is_held_where_it_has_changed() {
    let (a, b) = (
        json!({ "chapter_id": "a" }),
        json!({ "chapter_id": "b", "dues": 5 }),
    );
    let found = row(
        json!({ "status": "active", "chapters": [a], "chapter_ids": ["a"], "notes": "n",
            "sections": [{ "section_id": "s" }], "_open_order": "o", "sys_version": 1 }),
        json!({ "status": "active", "chapters": [a, b], "chapter_ids": ["a", "b"],
            "sections": [{ "section_id": "s" }], "sys_version": 2 }),
    );
    assert_eq!(found["changed"], json!(["chapters", "notes"]));
    assert_eq!(found["old"], json!({ "status": "active", "chapters": [a] }));
    assert_eq!(
        found["new"],
        json!({ "status": "active", "chapters": [a, b] })
    );
}

#[test]
fn what_changes_alone_says_what_it_is() {
    let event = |before: Value, after: Value| event_of(&record(before), &record(after));
    assert_eq!(event(json!({ "notes": "n" }), json!({})), None);
    let chapters = json!({ "chapters": [{ "chapter_id": "a" }] });
    assert_eq!(
        event(json!({}), chapters.clone()),
        Some(Event::ChangeAffiliations)
    );
    let more = json!({ "chapters": [{ "chapter_id": "a" }], "do_not_drop": true });
    assert_eq!(event(chapters, more), Some(Event::ManualChange));
}

fn with_rows(rows: impl Iterator<Item = Value>) -> Record {
    let mut record = Record::default();
    record.set(HISTORY, rows.collect());
    record
}

fn numbered(count: usize) -> impl Iterator<Item = Value> {
    (1..=count).map(|number| json!({ "event": "join", "n": number }))
}

/// What a reader finds: the rows of the items, then those of the record.
fn all_rows(items: &[Overflow], record: &Record) -> Vec<Value> {
    let of_item = |item: &Overflow| item.fields[ROWS].as_array().unwrap().clone();
    let beside = items.iter().flat_map(of_item);
    beside.chain(record.get(HISTORY).unwrap()).collect()
}

#[test]
fn the_oldest_rows_move_some_at_a_time_and_none_is_lost() {
    let (mut record, mut items) = (Record::default(), Vec::new());
    for row in numbered(1_000) {
        let mut rows = record.get(HISTORY).unwrap_or_default();
        rows.push(row);
        record.set(HISTORY, rows);
        items.extend(overflow(&mut record));
        assert!(record.get(HISTORY).unwrap().len() <= 15);
    }
    assert_eq!(
        all_rows(&items, &record),
        numbered(1_000).collect::<Vec<_>>()
    );
    let mut next = 1;
    for item in &items {
        let of_item = Record::new(item.fields.clone());
        assert_eq!(
            (first_of(&of_item), item.sort.as_str()),
            (next, &*sort_key(next))
        );
        next += item.fields[ROWS].as_array().unwrap().len() as i64;
    }
    assert_eq!(record.get(HISTORY_BESIDE), Some(next - 1));
    assert!(items.is_sorted_by_key(|item| item.sort.clone()));
}

#[test]
fn few_large_rows_move_too_but_for_the_newest() {
    let large = |bytes: usize| json!({ "event": "x".repeat(bytes) });
    let mut record = with_rows([large(9_000), large(9_000)].into_iter());
    assert_eq!(overflow(&mut record).len(), 1);
    assert_eq!(record.get(HISTORY).unwrap().len(), 1);
    let mut record = with_rows([large(150_000)].into_iter());
    assert!(overflow(&mut record).is_empty());
    assert_eq!(record.get(HISTORY_BESIDE), None);
}

#[test]
fn many_rows_move_into_items_of_a_bounded_size() {
    let rows = || (0..500).map(|n| json!({ "event": "x".repeat(700), "n": n }));
    let mut record = with_rows(rows());
    let items = overflow(&mut record);
    assert_eq!(all_rows(&items, &record), rows().collect::<Vec<_>>());
    assert!(items.len() > 1);
    for item in items {
        assert!(size_of(&item.fields[ROWS]) < 41_000);
    }
}

#[test]
fn where_the_rows_stand_tells_a_membership_from_a_later_one_of_its_id() {
    let made = |at: &str| partition(&record(json!({ "id": "contact:1", "sys_created_at": at })));
    assert_ne!(
        made("2026-01-01T00:00:00.000Z"),
        made("2026-01-01T00:00:00.001Z")
    );
}
