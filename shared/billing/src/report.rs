//! A run's report: a line for each action, with its reason.

use crate::census::for_each;
use model::ids::SHARDS;
use model::resources::billing_run_action as action;
use model::{Error, Record, Result};
use store::Store;

const HEADER: [&str; 9] = [
    "membership_id",
    "member",
    "type",
    "reminder",
    "amount",
    "currency",
    "status",
    "reason",
    "order_id",
];

/// The report as CSV (RFC 4180), members in the order of work.
pub async fn csv(store: &Store, run: &str) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).map_err(Error::internal)?;
    for shard in 0..SHARDS {
        let mut failed = None;
        let line = |record: &Record| {
            if let Err(cause) = writer.write_record(row(record)) {
                failed = Some(cause);
            }
        };
        for_each(store, run, shard, line).await?;
        if let Some(cause) = failed {
            return Err(Error::internal(cause));
        }
    }
    writer.into_inner().map_err(Error::internal)
}

fn row(record: &Record) -> [String; 9] {
    let choice = |text: Option<String>| text.unwrap_or_default();
    [
        record.text(action::MEMBERSHIP_ID).to_owned(),
        harmless(record.text(action::NAME)),
        choice(record.get(action::TYPE).map(|kind| kind.to_string())),
        choice(
            record
                .get(action::REMINDER_NUMBER)
                .map(|number| number.to_string()),
        ),
        record.text(action::AMOUNT).to_owned(),
        record.text(action::CURRENCY).to_owned(),
        choice(record.get(action::STATUS).map(|status| status.to_string())),
        harmless(record.text(action::ERROR_MESSAGE)),
        record.text(action::ORDER_ID).to_owned(),
    ]
}

/// A cell that a spreadsheet would run as a formula begins with a quote instead.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests;
