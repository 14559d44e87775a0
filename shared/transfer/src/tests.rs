//! A value as a cell, a cell as a value, a record as a row.

use crate::draft::Draft;
use crate::source::Row;
use crate::{Group, cell, columns, export};
use csv::StringRecord;
use model::field::{FieldDef, Kind, TEXT, TEXTS, number};
use model::resources::{Contacts, Memberships, Organizations, Packages, Types};
use model::{Record, Resource};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

#[test]
fn every_kind_of_value_has_its_cell() {
    let cases = [
        (TEXT, json!("007"), "007"),
        (TEXT, json!(""), "\"\""),
        (TEXT, json!("\"\""), "\\\"\""),
        (TEXT, json!("\\\"\""), "\\\\\"\""),
        (TEXT, json!(" a,b\n\"c\" "), " a,b\n\"c\" "),
        (Kind::Money, number("120.50"), "120.50"),
        (Kind::Bool, json!(false), "false"),
        (Kind::Date, json!("2026-01-31"), "2026-01-31"),
        (TEXTS, json!(["a", "b c"]), "a|b c"),
        (TEXTS, json!([]), "[]"),
        (TEXTS, json!(["a|b"]), "[\"a|b\"]"),
        (TEXTS, json!(["[a"]), "[\"[a\"]"),
        (TEXTS, json!([""]), "[\"\"]"),
        (Kind::Open, json!({ "a": [1] }), "{\"a\":[1]}"),
        (Kind::Any, json!("a"), "\"a\""),
    ];
    for (kind, value, text) in cases {
        assert_eq!(cell::write(&kind, &value), text);
        assert_eq!(cell::read(&kind, text), Ok(Some(value)));
    }
    assert_eq!(cell::read(&TEXT, ""), Ok(None));
    assert_eq!(cell::write(&TEXT, &Value::Null), "");
}

#[test]
fn what_a_kind_cannot_be_is_kept_for_the_schema_to_refuse() {
    for (kind, text) in [
        (Kind::Money, "120,50"),
        (Kind::Money, " 1"),
        (Kind::Bool, "yes"),
    ] {
        assert_eq!(cell::read(&kind, text), Ok(Some(json!(text))));
    }
    assert_eq!(cell::read(&Kind::Bool, "TRUE"), Ok(Some(json!(true))));
    assert_eq!(cell::read(&Kind::Open, "{a"), Err("must be JSON"));
    assert_eq!(cell::read(&TEXTS, "[a"), Err("must be JSON"));
}

/// Any value a field of this kind could hold.
fn values(kind: &Kind) -> BoxedStrategy<Value> {
    let texts = || {
        prop_oneof![
            any::<String>(),
            "[a|\\[\\\\\", ]{0,4}",
            Just("\"\"".to_owned())
        ]
    };
    match kind {
        Kind::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Number { .. } | Kind::Money => "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,4})?"
            .prop_map(|text| number(&text))
            .boxed(),
        Kind::Object(members) => object(members).prop_map(Value::Object).boxed(),
        Kind::List { of, .. } => prop::collection::vec(values(of), 0..4)
            .prop_map(Value::Array)
            .boxed(),
        Kind::Open => prop::collection::btree_map(texts(), texts(), 0..3)
            .prop_map(|map| json!(map))
            .boxed(),
        Kind::Any => prop_oneof![
            Just(json!({ "a": [1.5, null] })),
            texts().prop_map(Value::from)
        ]
        .boxed(),
        _ => texts().prop_map(Value::from).boxed(),
    }
}

fn object(fields: &'static [FieldDef]) -> BoxedStrategy<Map<String, Value>> {
    let each: Vec<_> = fields
        .iter()
        .map(|field| prop::option::of(values(&field.kind)))
        .collect();
    let named = move |values: Vec<Option<Value>>| {
        let pairs = fields.iter().zip(values);
        pairs
            .filter_map(|(field, value)| Some((field.name.to_owned(), value?)))
            .collect()
    };
    each.prop_map(named).boxed()
}

fn records<R: Resource>() -> BoxedStrategy<Record> {
    let groups: Vec<_> = R::SCHEMA
        .groups
        .iter()
        .map(|group| object(group.fields))
        .collect();
    let whole =
        |groups: Vec<Map<String, Value>>| Record::new(groups.into_iter().flatten().collect());
    groups.prop_map(whole).boxed()
}

/// What a file carries of a record: no absent members, no empty objects.
fn carried(record: &Record, columns: &[columns::Column]) -> Record {
    let mut carried = Record::default();
    for column in columns {
        if let Some(value) = column.get(record) {
            column.put(&mut carried, Some(value.clone()));
        }
    }
    carried
}

fn read(cells: StringRecord, columns: &[columns::Column]) -> Draft {
    let draft = Draft::read(Row { line: 2, cells }, columns);
    draft.unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A record as a row of a real file, read again: the same record; and laid
/// over the record it came from, it changes nothing.
fn comes_back<R: Resource>(group: Group, mut record: Record) {
    record.set(model::resource::ID_FIELD, "contact:x".into());
    let columns = columns::exported(group, R::SCHEMA);
    let mut written = csv::Writer::from_writer(Vec::new());
    written
        .write_record(export::row(&record, &columns))
        .unwrap();
    let bytes = written.into_inner().unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&bytes[..]);
    let cells = reader.records().next().unwrap().unwrap();
    let mut draft = read(cells, &columns);
    assert_eq!(draft.after, carried(&record, &columns));
    draft.lay_over(Some(record.clone()), &columns);
    assert!(!draft.changes());
    assert_eq!(draft.after, record);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_contact_comes_back(record in records::<Contacts>()) {
        comes_back::<Contacts>(Group::Contacts, record);
    }
    #[test]
    fn an_organization_comes_back(record in records::<Organizations>()) {
        comes_back::<Organizations>(Group::Organizations, record);
    }
    #[test]
    fn a_type_comes_back(record in records::<Types>()) {
        comes_back::<Types>(Group::Types, record);
    }
    #[test]
    fn a_package_comes_back(record in records::<Packages>()) {
        comes_back::<Packages>(Group::Packages, record);
    }
    #[test]
    fn a_membership_comes_back(record in records::<Memberships>()) {
        comes_back::<Memberships>(Group::Memberships, record);
    }
}
