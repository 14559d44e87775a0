//! Taking a group out: a row for each record, which an import reads as the
//! same record.

use crate::cell;
use crate::columns::{self, Column};
use crate::group::{Group, with_group};
use crate::settings;
use crate::walk::Walk;
use model::resources::csv_style::{CsvChoices, CsvStyle, MARK};
use model::{Record, Resource};
use std::io::Write;
use store::Store;

/// Writes a group as CSV, as the tenant's settings say or as is chosen for this
/// file, and answers how many records it has.
///
/// # Errors
/// One line: it cannot be written, or the store failed.
pub async fn export(
    store: &Store,
    group: Group,
    style: CsvChoices,
    mut out: impl Write,
) -> Result<u64, String> {
    let style = settings::of(store).await?.csv.with(style);
    let failed = |cause: csv::Error| format!("the export cannot be written: {cause}");
    if style.byte_order_mark {
        out.write_all(&MARK).map_err(|cause| failed(cause.into()))?;
    }
    let mut csv = csv::WriterBuilder::new()
        .delimiter(style.delimiter())
        .from_writer(out);
    with_group!(group, R => {
        let columns = columns::exported(group, R::SCHEMA);
        csv.write_record(columns.iter().map(|column| &column.name)).map_err(failed)?;
        let mut walk = Walk::new(store, group);
        let mut count = 0;
        while let Some(records) = walk.next::<R>().await.map_err(|error| error.to_string())? {
            count += records.len() as u64;
            for record in &records {
                csv.write_record(row(record, &columns, style)).map_err(failed)?;
            }
        }
        // Dropping the writer would flush too, and lose the error of a full disk.
        csv.flush().map_err(|cause| failed(cause.into()))?;
        Ok(count)
    })
}

/// A record's cells.
pub fn row<'a>(
    record: &'a Record,
    columns: &'a [Column],
    style: CsvStyle,
) -> impl Iterator<Item = String> + use<'a> {
    columns.iter().map(move |column| {
        let value = column.get(record);
        value.map_or(String::new(), |value| {
            cell::write(&column.kind, value, style)
        })
    })
}
