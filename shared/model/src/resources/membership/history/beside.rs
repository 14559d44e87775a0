//! Which rows of a history the record holds, and which stand beside it, so that
//! a membership of ten thousand changes is written at the price of one with ten.

use super::super::fields::{HISTORY, HISTORY_BESIDE, ID};
use crate::patch::size_of;
use crate::record::Record;
use crate::resource::Overflow;
use crate::sys;
use serde_json::{Map, Value, json};

/// Rows above which a record is too long.
const ROWS_MAX: usize = 15;
/// Rows that then stay in it, the newest. Several move at once, because moving
/// doubles the price of a write.
const ROWS_KEPT: usize = 10;

/// The same in bytes, of rows that show many chapters. The newest stays anyhow.
const BYTES_MAX: usize = 16_000;
const BYTES_KEPT: usize = 8_000;

/// Bytes of rows in one item beside a record: a page reads whole items, and what an
/// import brings has to fit into one transaction.
const ITEM_BYTES: usize = 40_000;

/// The rows in an item beside a record.
pub const ROWS: &str = "rows";
/// The number of the first of them; the oldest of a history is 1.
const FIRST: &str = "first";

/// Takes the oldest rows out of a record that has too many.
pub fn overflow(after: &mut Record) -> Vec<Overflow> {
    let mut rows = after.get(HISTORY).unwrap_or_default();
    let bytes: usize = rows.iter().map(size_of).sum();
    if rows.len() <= ROWS_MAX && bytes <= BYTES_MAX {
        return Vec::new();
    }
    let newest = rows.split_off(rows.len() - kept(&rows));
    if rows.is_empty() {
        return Vec::new();
    }
    let beside = after.get(HISTORY_BESIDE).unwrap_or(0);
    after.set(HISTORY_BESIDE, beside + rows.len() as i64);
    after.set(HISTORY, newest);
    items(rows, beside + 1)
}

/// How many of the newest rows stay.
fn kept(rows: &[Value]) -> usize {
    let mut bytes = 0;
    let fitting = rows.iter().rev().take(ROWS_KEPT).take_while(|row| {
        bytes += size_of(row);
        bytes <= BYTES_KEPT
    });
    fitting.count().max(1)
}

/// The items of these rows, the first of which has this number.
fn items(rows: Vec<Value>, mut first: i64) -> Vec<Overflow> {
    let mut parts: Vec<Vec<Value>> = vec![Vec::new()];
    let mut bytes = 0;
    for row in rows {
        bytes += size_of(&row);
        if bytes > ITEM_BYTES {
            bytes = size_of(&row);
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push(row);
        }
    }
    parts.retain(|part| !part.is_empty());
    let mut item = |rows: Vec<Value>| {
        let fields = Map::from_iter([
            (FIRST.to_owned(), json!(first)),
            (ROWS.to_owned(), json!(rows)),
        ]);
        let sort = sort_key(first);
        first += rows.len() as i64;
        Overflow { sort, fields }
    };
    parts.into_iter().map(&mut item).collect()
}

/// The number of the first row of an item beside a record.
pub fn first_of(item: &Record) -> i64 {
    item.raw(FIRST).and_then(Value::as_i64).unwrap_or(0)
}

/// Where the item stands whose first row has this number.
pub fn sort_key(first: i64) -> String {
    format!("{first:010}")
}

/// The partition, after the tenant, of the rows beside a record.
pub fn partition(record: &Record) -> String {
    // By the moment it was made as well: what an interrupted deletion has left of a membership
    // is no part of one that is made later under its id.
    let made = record.raw(sys::CREATED_AT.name()).and_then(Value::as_str);
    format!("history#{}#{}", record.text(ID), made.unwrap_or_default())
}
