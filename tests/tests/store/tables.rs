//! `model::index::Table` and `template.yaml` name the same tables. Their indexes
//! are compared beside the reader of the template.

use model::index::Table;
use std::collections::BTreeSet;
use tests::template;

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
