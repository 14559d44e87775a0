//! Taking a group out: a row for each record, which an import reads as the
//! same record.

use crate::cell;
use crate::columns::{self, Column};
use crate::group::{Group, with_group};
use crate::settings;
use crate::walk::Walk;
use lifecycle::history;
use model::field::Kind;
use model::name_order::NameOrder;
use model::resources::csv_style::{CsvChoices, CsvStyle, MARK};
use model::resources::membership::HISTORY;
use model::{Record, Resource};
use serde_json::Value;
use std::io::Write;
use store::Store;

/// How a group is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExportOptions<'a> {
    /// What the tenant's settings do not decide.
    pub style: CsvChoices,
    /// The column of text by which rows are sorted, in the tenant's language: all
    /// of them are held then. Else they come in the order of their keys.
    pub sort: Option<&'a str>,
}

/// Writes a group as CSV, as the tenant's settings say or as is chosen for this
/// file, and answers how many records it has.
///
/// # Errors
/// One line: it cannot be written, or the store failed.
pub async fn export(
    store: &Store,
    group: Group,
    options: ExportOptions<'_>,
    mut out: impl Write,
) -> Result<u64, String> {
    let settings = settings::of(store).await?;
    let style = settings.csv.with(options.style);
    let failed = |cause: csv::Error| format!("the export cannot be written: {cause}");
    if style.byte_order_mark {
        out.write_all(&MARK).map_err(|cause| failed(cause.into()))?;
    }
    let order = NameOrder::of(settings.language.as_ref()).map_err(|error| error.to_string())?;
    let mut csv = csv::WriterBuilder::new()
        .delimiter(style.delimiter())
        .from_writer(out);
    with_group!(group, R => {
        let columns = columns::exported(group, R::SCHEMA);
        let sort = options.sort.map(|name| column_of_text(name, &columns)).transpose()?;
        csv.write_record(columns.iter().map(|column| &column.name)).map_err(failed)?;
        let mut held = Vec::new();
        let mut walk = Walk::new(store, group);
        let mut count = 0;
        while let Some(records) = walk.next::<R>().await.map_err(|error| error.to_string())? {
            count += records.len() as u64;
            let records = match group {
                Group::Memberships => with_histories(store, records).await?,
                _ => records,
            };
            for record in &records {
                let row = row(record, &columns, style);
                match sort {
                    Some(column) => held.push((column.text(record), row.collect::<Vec<_>>())),
                    None => csv.write_record(row).map_err(failed)?,
                }
            }
        }
        order.sort(&mut held, |(name, _)| name);
        for (_, row) in held {
            csv.write_record(row).map_err(failed)?;
        }
        // Dropping the writer would flush too, and lose the error of a full disk.
        csv.flush().map_err(|cause| failed(cause.into()))?;
        Ok(count)
    })
}

/// Memberships with their whole histories, of which each holds the newest rows.
async fn with_histories(store: &Store, members: Vec<Record>) -> Result<Vec<Record>, String> {
    let members: Vec<Option<Record>> = members.into_iter().map(Some).collect();
    let beside = history::beside_each(store, &members).await;
    let beside = beside.map_err(|error| error.to_string())?;
    let whole = |(mut member, mut rows): (Record, Vec<Value>)| {
        if !rows.is_empty() {
            rows.extend(member.get(HISTORY).unwrap_or_default());
            member.set(HISTORY, rows);
        }
        member
    };
    Ok(members
        .into_iter()
        .flatten()
        .zip(beside)
        .map(whole)
        .collect())
}

/// What rows can be sorted by.
fn column_of_text<'a>(name: &str, columns: &'a [Column]) -> Result<&'a Column, String> {
    let is_text = |column: &&Column| matches!(column.kind, Kind::Text { .. });
    let found = columns.iter().find(|column| column.name == name);
    found
        .filter(is_text)
        .ok_or_else(|| format!("cannot sort by {name}: it is no column of text"))
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
