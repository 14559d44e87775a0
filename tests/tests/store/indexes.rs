//! `model::index::ALL` and `template.yaml` name the same tables and indexes.

use local::template::Projection;
use model::index::{ALL, Table};
use std::collections::BTreeSet;
use tests::template;

#[test]
fn the_template_has_every_index_and_no_other() {
    let declared: BTreeSet<[String; 4]> = template()
        .tables()
        .iter()
        .flat_map(|table| {
            let name = table.environment_variable();
            table.indexes.iter().map(move |index| {
                let range = index.key.range.clone().unwrap_or_default();
                [
                    name.clone(),
                    index.name.clone(),
                    index.key.hash.clone(),
                    range,
                ]
            })
        })
        .collect();
    let known: BTreeSet<[String; 4]> = ALL
        .iter()
        .map(|index| {
            [index.table.variable(), index.name, index.hash, index.range].map(str::to_owned)
        })
        .collect();
    assert_eq!(
        declared, known,
        "left: template.yaml, right: shared/model/src/index.rs; mend whichever is wrong"
    );
}

#[test]
fn the_template_has_every_table_keyed_alike() {
    let template = template();
    let declared: BTreeSet<String> = template
        .tables()
        .iter()
        .map(|table| {
            assert_eq!(table.key.hash, "_pk", "{}", table.logical_id);
            assert_eq!(
                table.key.range.as_deref(),
                Some("_sk"),
                "{}",
                table.logical_id
            );
            table.environment_variable()
        })
        .collect();
    let known = Table::ALL.iter().map(|table| table.variable().to_owned());
    assert_eq!(declared, known.collect(), "template.yaml and Table::ALL");
}

/// Planning and searches read the packed attributes alone, and look-ups by
/// parent answer whole records.
#[test]
fn indexes_carry_what_their_look_ups_read() {
    let projection = |table: Table, name: &str| {
        let template = template();
        let tables = template.tables().iter();
        let mut indexes = tables
            .filter(|found| found.environment_variable() == table.variable())
            .flat_map(|found| found.indexes.clone());
        indexes.find(|index| index.name == name).unwrap().projection
    };
    let packed = |name: &str| Projection::Include {
        attributes: vec![name.to_owned()],
    };
    assert_eq!(projection(Table::Memberships, "due"), packed("_due"));
    assert_eq!(
        projection(Table::Memberships, "by_number"),
        packed("_search")
    );
    assert_eq!(
        projection(Table::Applications, "by_date"),
        packed("_search")
    );
    assert_eq!(
        projection(Table::Memberships, "by_parent"),
        Projection::All {}
    );
    assert_eq!(
        projection(Table::Applications, "by_owner"),
        Projection::All {}
    );
}
