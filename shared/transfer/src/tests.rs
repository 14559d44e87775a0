//! A value as a cell, a cell as a value, a record as a row.

use crate::draft::Draft;
use crate::source::Row;
use crate::{Group, cell, columns, export};
use csv::StringRecord;
use model::field::{FieldDef, Kind, TEXT, TEXTS, number};
use model::resources::csv_style::{CsvStyle, DateStyle, DecimalMark, Separator};
use model::resources::{Contacts, Memberships, Organizations, Packages, Types};
use model::{Record, Resource};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const PLAIN: CsvStyle = CsvStyle {
    separator: Separator::Comma,
    decimal_mark: DecimalMark::Point,
    date_style: DateStyle::Iso,
    byte_order_mark: false,
};

const GERMAN: CsvStyle = CsvStyle {
    separator: Separator::Semicolon,
    decimal_mark: DecimalMark::Comma,
    date_style: DateStyle::DayFirst,
    byte_order_mark: true,
};

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
        (TEXT, json!("+41 31 300 00 00"), "'+41 31 300 00 00"),
        (TEXT, json!("'=1"), "''=1"),
        (TEXT, json!("null"), "null"),
        (TEXTS, json!(["=1", "b"]), "[\"=1\",\"b\"]"),
        (Kind::Money, number("-1.50"), "-1.50"),
        (Kind::Money, number("1.5e3"), "1500"),
    ];
    for (kind, value, text) in cases {
        assert_eq!(cell::write(&kind, &value, PLAIN), text);
        let read = cell::read(&kind, text, PLAIN).unwrap().unwrap();
        assert!(model::json::same(&read, &value), "{text}");
    }
    assert_eq!(cell::read(&TEXT, "", PLAIN), Ok(None));
    assert_eq!(cell::write(&TEXT, &Value::Null, PLAIN), "");
}

#[test]
fn what_a_kind_cannot_be_is_kept_for_the_schema_to_refuse() {
    for (kind, text) in [
        (Kind::Money, "120,50"),
        (Kind::Money, " 1"),
        (Kind::Bool, "yes"),
        (Kind::Date, "31.01.2026"),
        (Kind::Date, "46053"),
    ] {
        assert_eq!(cell::read(&kind, text, PLAIN), Ok(Some(json!(text))));
    }
    assert_eq!(
        cell::read(&Kind::Bool, "TRUE", PLAIN),
        Ok(Some(json!(true)))
    );
    assert_eq!(cell::read(&Kind::Open, "{a", PLAIN), Err("must be JSON"));
    assert_eq!(cell::read(&TEXTS, "[a", PLAIN), Err("must be JSON"));
}

#[test]
fn numbers_and_days_stand_as_the_tenant_writes_them() {
    for (kind, value, text) in [
        (Kind::Money, number("-1120.50"), "-1120,50"),
        (Kind::Date, json!("2026-01-31"), "31.01.2026"),
        (
            Kind::Timestamp,
            json!("2026-01-31T08:00:00.000Z"),
            "2026-01-31T08:00:00.000Z",
        ),
        (Kind::Any, number("1.5"), "1.5"),
    ] {
        assert_eq!(cell::write(&kind, &value, GERMAN), text);
        assert_eq!(cell::read(&kind, text, GERMAN), Ok(Some(value)));
    }
    for (kind, text) in [
        (Kind::Money, "1.120,50"),
        (Kind::Money, "120.50"),
        (Kind::Date, "1/31/2026"),
    ] {
        assert_eq!(cell::read(&kind, text, GERMAN), Ok(Some(json!(text))));
    }
}

#[test]
fn what_was_stored_goes_by_a_word_only() {
    for kind in [Kind::Money, Kind::Date, Kind::Timestamp] {
        assert_eq!(cell::read(&kind, "null", PLAIN), Ok(Some(Value::Null)));
    }
    assert_eq!(cell::read(&TEXT, "null", PLAIN), Ok(Some(json!("null"))));
}

#[test]
fn a_number_that_a_spreadsheet_has_shortened_is_none() {
    for (cell, style) in [
        ("1.23457E+11", PLAIN),
        ("1,23457E+11", GERMAN),
        ("2e0", PLAIN),
    ] {
        let why = cell::read(&Kind::Money, cell, style).unwrap_err();
        assert!(why.starts_with("is in powers of ten"), "{why}");
    }
    assert!(cell::is_shortened("4.17912E+11") && cell::is_shortened("4,1E+11"));
    for text in ["1E+", "E+11", "1e+11", "-1E+11", "ABE+11", "1.2E+1a"] {
        assert!(!cell::is_shortened(text), "{text}");
    }
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
        Kind::Date => (1_000..9_999i16, 1..13i8, 1..29i8)
            .prop_map(|(year, month, day)| json!(jiff::civil::date(year, month, day)))
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

fn read(cells: StringRecord, columns: &[columns::Column], style: CsvStyle) -> Draft {
    let draft = Draft::read(Row { line: 2, cells }, columns, style);
    draft.unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A record as a row of a real file, read again: the same record; and laid
/// over the record it came from, it changes nothing.
fn comes_back<R: Resource>(group: Group, record: Record) {
    for style in [PLAIN, GERMAN] {
        comes_back_in::<R>(group, record.clone(), style);
    }
}

fn comes_back_in<R: Resource>(group: Group, mut record: Record, style: CsvStyle) {
    record.set(model::resource::ID_FIELD, "contact:x".into());
    let columns = columns::exported(group, R::SCHEMA);
    let mut written = csv::Writer::from_writer(Vec::new());
    written
        .write_record(export::row(&record, &columns, style))
        .unwrap();
    let bytes = written.into_inner().unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&bytes[..]);
    let cells = reader.records().next().unwrap().unwrap();
    let mut draft = read(cells, &columns, style);
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
