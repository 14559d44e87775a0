use super::{Criteria, Everything, Match, Plan, Search, Searchable};
use crate::lookup::{Lookup, Range};
use crate::resources::{Applications, BillingRuns, Contacts, Memberships, Organizations};
use crate::{Error, Record};
use serde_json::{Map, Value, json};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn read(search: &Search, body: &Value) -> Criteria {
    Criteria::read(search, map(body.clone())).unwrap()
}

fn refused(search: &Search, body: Value) -> Vec<String> {
    match Criteria::read(search, map(body)).map(|_| ()) {
        Err(Error::Invalid(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_index_that_narrows_most_is_chosen() {
    for (body, expected) in [
        (json!({}), "by_number"),
        (json!({ "name": "a", "status": ["active"] }), "by_number"),
        (json!({ "number": [1, null] }), "by_number"),
        (json!({ "expiration_date": ["2026-01-01", ""] }), "due"),
        (json!({ "expiration_date": [null, ""] }), "by_number"),
        (
            json!({ "expiration_date": ["2026-01-01", "2026-02-01"], "number": [1, null] }),
            "due",
        ),
        (
            json!({ "expiration_date": ["2026-01-01", "2026-02-01"], "number": [1, 2] }),
            "by_number",
        ),
        (json!({ "id": [], "city": "x" }), "by_number"),
        (
            json!({ "id": ["contact:1"], "number": [1, 2], "name": "a" }),
            "ids",
        ),
    ] {
        let plan = Plan::choose(Memberships::SEARCH, &read(Memberships::SEARCH, &body));
        assert_eq!(plan.name(), expected, "{body}");
    }
    for (body, expected) in [
        (json!({ "name": "a" }), "table"),
        (json!({ "ids": ["a"] }), "ids"),
    ] {
        let plan = Plan::choose(BillingRuns::SEARCH, &read(BillingRuns::SEARCH, &body));
        assert_eq!(plan.name(), expected, "{body}");
    }
}

#[test]
fn only_what_the_key_range_does_not_answer_is_filtered() {
    for (body, expected) in [
        (json!({}), false),
        (json!({ "number": [1, 2] }), false),
        (
            json!({ "number": [1, 2], "expiration_date": ["2026-01-01", ""] }),
            true,
        ),
        (json!({ "name": "a" }), true),
    ] {
        match Plan::choose(Memberships::SEARCH, &read(Memberships::SEARCH, &body)) {
            Plan::Index { needs_filter, .. } => assert_eq!(needs_filter, expected, "{body}"),
            other => panic!("{other:?}"),
        }
    }
}

fn read_range(lookup: Lookup) -> (Vec<String>, String, String) {
    match lookup.range {
        Some(Range::Between(from, to)) => (lookup.partitions, from, to),
        other => panic!("{other:?}"),
    }
}

/// The partitions, and the sort keys, that a search of memberships reads.
fn key_range(body: Value) -> (Vec<String>, String, String) {
    let criteria = read(Memberships::SEARCH, &body);
    match Plan::choose(Memberships::SEARCH, &criteria) {
        Plan::Index { index, span, .. } => read_range((index.lookup)(&span)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_range_of_an_index_is_no_longer_than_its_range() {
    let (partitions, from, to) = key_range(json!({ "number": [33, 33] }));
    assert_eq!(
        (partitions.as_slice(), from == to),
        (["01".to_owned()].as_slice(), true)
    );
    assert_eq!(key_range(json!({ "number": [31, 32.9] })).0, ["31", "00"]);
    assert_eq!(key_range(json!({ "number": [1.2, 1.8] })).0, [""; 0]);
    assert_eq!(key_range(json!({ "number": [1, 33] })).0.len(), 32);
    let (all, from, to) = key_range(json!({ "number": [null, 7] }));
    assert_eq!((all.len(), from < to), (32, true));
    let (all, from, to) = key_range(json!({ "expiration_date": ["2026-02-01", "2026-02-03"] }));
    assert_eq!(
        (all.len(), from.as_str(), to.as_str()),
        (32, "2026-02-01", "2026-02-03")
    );
}

#[test]
fn numbers_sort_as_their_keys_do() {
    let key = |number: Value| key_range(json!({ "number": [number, null] })).1;
    let keys: Vec<String> = [
        json!(-12),
        json!(-3),
        json!(0),
        json!(9),
        json!(10),
        json!(1e15),
    ]
    .into_iter()
    .map(key)
    .collect();
    assert!(
        keys.is_sorted_by(|a, b| a < b && a.len() == b.len()),
        "{keys:?}"
    );
}

#[test]
fn every_rule_that_a_body_breaks_is_named() {
    let body = json!({
        "name": 1, "status": ["lost"], "owner_type": "robot", "is_new": true, "number": [1],
        "type_id": "t", "colour": "red",
    });
    let mut problems = refused(Memberships::SEARCH, body);
    problems.sort_unstable();
    assert_eq!(
        problems,
        [
            "/colour: is not a field of MembershipSearch",
            "/is_new: must be one of: true, false",
            "/name: must be a string",
            "/number: must have at least 2 item(s)",
            "/owner_type: must be one of: contact, organization",
            "/status/0: must be one of: active, inactive, suspended, active without benefits",
            "/type_id: must be an array",
        ]
    );
    for (body, expected) in [
        (
            json!({ "number": ["1", null] }),
            "/number/0: must be a number, null or empty",
        ),
        (
            json!({ "number": [2, 1.5] }),
            "/number: must not begin after it ends",
        ),
        (
            json!({ "join_date": [null, "31.12.2026"] }),
            "/join_date/1: must be a date, a date and time with an offset, null or empty",
        ),
        (
            json!({ "join_date": ["2026-02-29", null] }),
            "/join_date/0: must be a date, a date and time with an offset, null or empty",
        ),
        (
            json!({ "join_date": ["2026-02-02", "2026-02-01"] }),
            "/join_date: must not begin after it ends",
        ),
    ] {
        assert_eq!(
            refused(Memberships::SEARCH, body.clone()),
            [expected],
            "{body}"
        );
    }
}

fn matches(search: &Search, body: Value, record: Value) -> bool {
    read(search, &body).matches(&Record::new(map(record)))
}

#[test]
fn an_end_is_read_by_what_the_field_holds() {
    let ran = |body: Value| {
        let record = json!({ "run_date": "2026-03-10T23:30:00.000Z" });
        matches(BillingRuns::SEARCH, json!({ "run_date": body }), record)
    };
    assert!(ran(json!(["2026-03-10", "2026-03-10"])));
    assert!(ran(json!(["2026-03-11T00:30:00+01:00", "9999-12-31"])));
    assert!(!ran(json!([null, "2026-03-10T23:29:59Z"])));
    assert!(!ran(json!(["2026-03-11", null])));
    let joined = |body: Value| {
        let record = json!({ "join_date": "2026-03-10" });
        matches(Memberships::SEARCH, json!({ "join_date": body }), record)
    };
    assert!(joined(json!([
        "2026-03-10T22:00:00-05:00",
        "2026-03-10T00:00:00Z"
    ])));
    assert!(joined(json!(["0001-01-01", "9999-12-31"])));
    assert!(!joined(json!(["2026-03-11", ""])));
    assert!(!matches(
        Memberships::SEARCH,
        json!({ "join_date": ["2026-03-11", ""] }),
        json!({})
    ));
}

/// What asks for exactly the value that `record` has.
fn asked(how: Match, value: &Value) -> Value {
    match how {
        Match::AnyOf => json!([value]),
        Match::Mailable => json!([true]),
        Match::Range => json!([value, value]),
        Match::Contains => value.as_str().unwrap().to_uppercase().into(),
        Match::Exact if value.is_boolean() => value.to_string().into(),
        Match::Exact => value.clone(),
    }
}

#[test]
fn applications_are_narrowed_by_their_date_alone() {
    for (body, expected) in [
        (json!({}), "table"),
        (json!({ "status": ["under review"], "name": "a" }), "table"),
        (json!({ "date": [null, ""] }), "table"),
        (json!({ "date": ["2026-01-01", null] }), "by_date"),
        (json!({ "date": ["2026-01-01", null], "id": ["a"] }), "ids"),
    ] {
        let plan = Plan::choose(Applications::SEARCH, &read(Applications::SEARCH, &body));
        assert_eq!(plan.name(), expected, "{body}");
    }
}

#[test]
fn a_range_of_moments_is_one_of_sort_keys() {
    let key_range = |from: Value, to: Value| {
        let body = json!({ "date": [from, to] });
        let criteria = read(Applications::SEARCH, &body);
        let index = &Applications::SEARCH.indexes[0];
        let (partitions, from, to) = read_range((index.lookup)(&criteria.span("date").unwrap()));
        assert_eq!(partitions.len(), 32);
        (from, to)
    };
    let day = ("2026-01-31T00:00:00.000Z", "2026-01-31T23:59:59.999Z");
    let (from, to) = (day.0.to_owned(), day.1.to_owned());
    assert_eq!(
        key_range("2026-01-31".into(), "2026-01-31".into()),
        (from.clone(), to)
    );
    assert_eq!(
        key_range("2026-01-31T02:00:00+02:00".into(), Value::Null).0,
        from
    );
    let early = |year: &str| Value::from(format!("-{year}-01-01T00:00:00Z"));
    let (from, to) = key_range(early("000600"), early("000500"));
    assert!(from < to, "{from} {to}");
}

fn finds_its_sample<R: Searchable>() {
    let sample = R::SCHEMA.sample();
    for criterion in R::SEARCH.criteria {
        let name = criterion.field.name;
        assert!(R::SCHEMA.field(name).is_some(), "{name} is no field");
        let value = sample.raw(name).unwrap();
        let criteria = read(
            R::SEARCH,
            &json!({ criterion.line.name: asked(criterion.how, value) }),
        );
        assert_eq!(criteria.fields().collect::<Vec<_>>(), [name]);
        assert!(criteria.matches(&sample), "{name}");
        let other = Record::new(map(json!({ "name": "another" })));
        assert!(!criteria.matches(&other), "{name}");
    }
}

#[test]
fn every_criterion_finds_a_record_by_its_own_values_and_no_empty_one() {
    finds_its_sample::<Memberships>();
    finds_its_sample::<BillingRuns>();
    finds_its_sample::<Applications>();
    finds_its_sample::<Contacts>();
    finds_its_sample::<Organizations>();
}

fn holds_what_it_says<R: Searchable>() {
    let sample = R::SCHEMA.sample();
    for index in R::SEARCH.indexes {
        let packed = R::packed(&sample);
        let (_, text) = packed
            .iter()
            .find(|(name, _)| Some(*name) == index.index.packed())
            .unwrap();
        let packed: Map<String, Value> = serde_json::from_str(text).unwrap();
        for name in index.held {
            assert_eq!(
                packed.get(*name),
                sample.raw(name),
                "{} {name}",
                index.index.name
            );
        }
    }
    if let Everything::Index(index) = R::SEARCH.everything {
        let searched = R::SEARCH.criteria.iter();
        let held = searched.filter(|criterion| index.held.contains(&criterion.field.name));
        assert_eq!(held.count(), R::SEARCH.criteria.len());
    }
}

/// An index is told what it holds by name; the item says what that is.
#[test]
fn indexes_hold_what_they_say() {
    holds_what_it_says::<Memberships>();
    holds_what_it_says::<Applications>();
}
