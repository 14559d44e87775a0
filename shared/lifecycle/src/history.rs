//! Reading a membership's history, the newest row first: some rows are in the
//! record, the older ones beside it (rule MEM-12).

use futures::{StreamExt, TryStreamExt, stream};
use model::lookup::{Lookup, Range};
use model::resources::membership::history::{ROWS, first_of, partition, sort_key};
use model::resources::membership::{HISTORY, HISTORY_BESIDE, Memberships};
use model::{Record, Result};
use serde_json::Value;
use store::Store;

/// Items beside a record that one request reads; most have six rows.
const ITEMS: i32 = 20;
/// Rows that are looked at together.
const SOME: usize = 100;
/// Memberships whose rows are read at once.
const PARALLEL: usize = 8;

/// A row and its number; the oldest of a history has 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub sequence: i64,
    pub row: Value,
}

/// A record's history from its newest row, or from the one before `end`, as many
/// as `most`.
pub async fn rows(
    store: &Store,
    member: &Record,
    end: Option<i64>,
    most: usize,
) -> Result<Vec<Row>> {
    let beside = member.get(HISTORY_BESIDE).unwrap_or(0);
    let mut end = end.unwrap_or(i64::MAX);
    let mut found = Vec::new();
    let held = member.get(HISTORY).unwrap_or_default();
    take(held, beside + 1, &mut end, most, &mut found);
    // What a write that was taken back has left beside the record is in the record.
    end = end.min(beside + 1);
    while found.len() < most && end > 1 {
        let before = Range::Between(sort_key(0), sort_key(end - 1));
        let lookup = Lookup::table::<Memberships>(vec![partition(member)]);
        let lookup = lookup.range(before).backwards().limit(ITEMS).consistent();
        let page = store.query::<Memberships>(&lookup, None).await?;
        let reached = end;
        for item in page.items {
            let (first, rows) = (first_of(&item), item.raw(ROWS).and_then(Value::as_array));
            let rows = rows.cloned().unwrap_or_default();
            take(rows, first, &mut end, most, &mut found);
        }
        if end == reached {
            break;
        }
    }
    Ok(found)
}

/// Adds those of some rows that come before `end`, the last of them first.
fn take(rows: Vec<Value>, first: i64, end: &mut i64, most: usize, found: &mut Vec<Row>) {
    for (sequence, row) in (first..).zip(rows).collect::<Vec<_>>().into_iter().rev() {
        if found.len() < most && sequence < *end {
            *end = sequence;
            found.push(Row { sequence, row });
        }
    }
}

/// A record's history from its newest row back to the first that `reaches` far
/// enough, which is the last of them.
pub async fn back_to(
    store: &Store,
    member: &Record,
    reaches: impl Fn(&Value) -> bool,
) -> Result<Vec<Value>> {
    let (mut found, mut end) = (Vec::new(), None);
    loop {
        let rows = rows(store, member, end, SOME).await?;
        let is_last = rows.len() < SOME;
        end = rows.last().map(|row| row.sequence);
        for row in rows {
            let enough = reaches(&row.row);
            found.push(row.row);
            if enough {
                return Ok(found);
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// The rows beside a record, the oldest first.
pub async fn beside(store: &Store, member: &Record) -> Result<Vec<Value>> {
    let beside = member.get(HISTORY_BESIDE).unwrap_or(0);
    if beside == 0 {
        return Ok(Vec::new());
    }
    let found = rows(store, member, Some(beside + 1), usize::MAX).await?;
    Ok(found.into_iter().rev().map(|row| row.row).collect())
}

/// The rows beside each of several records.
pub async fn beside_each(store: &Store, members: &[Option<Record>]) -> Result<Vec<Vec<Value>>> {
    let beside = members.iter().map(|member| async move {
        match member {
            Some(member) => beside(store, member).await,
            None => Ok(Vec::new()),
        }
    });
    stream::iter(beside).buffered(PARALLEL).try_collect().await
}
