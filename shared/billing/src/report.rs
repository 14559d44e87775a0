//! A run's report: a line for each action, with its reason.

use crate::action_counts::for_each;
use ledger::tenant::Modes;
use model::ids::SHARDS;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::{Error, Record, Result};
use store::Store;

const COLUMNS: usize = 11;
const HEADER: [&str; COLUMNS] = [
    "membership_id",
    "member",
    "type",
    "reminder",
    "amount",
    "currency",
    "status",
    "reason",
    "order_id",
    "delivery",
    "charges",
];

/// The report as CSV (RFC 4180), members in the order of work. Every line says
/// whom mail and charges reached, because a line may be all that is passed on.
pub async fn csv(store: &Store, run: &str, modes: &Modes) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).map_err(Error::internal)?;
    for shard in 0..SHARDS {
        let mut failed = None;
        let line = |record: &Record| {
            if let Err(cause) = writer.write_record(row(record, modes)) {
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

fn row(record: &Record, modes: &Modes) -> [String; COLUMNS] {
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
        harmless(reason(record)),
        record.text(action::ORDER_ID).to_owned(),
        modes.delivery.clone(),
        modes.charges.clone(),
    ]
}

fn reason(record: &Record) -> &str {
    match record.get(action::STATUS) {
        Some(ActionStatus::Excluded) => "excluded by staff",
        _ => record.text(action::ERROR_MESSAGE),
    }
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
