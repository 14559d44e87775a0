//! The recount of the demo's run, in a few lines.

use super::table::grouped;
use crate::folder::Folder;
use crate::recount::{Mails, Recount, recount};
use model::Record;
use rust_decimal::Decimal;
use services::outbox::Outbox;
use std::fmt::Write;
use store::Store;

/// How many differences are shown.
const SHOWN: usize = 5;

/// Recounts the run and describes what was found.
///
/// # Errors
/// One line that names the first differences, or what could not be read.
pub async fn report(store: &Store, folder: &Folder, run: &Record) -> Result<String, String> {
    let path = folder.outbox()?;
    let outbox = Outbox::open(&path).map_err(|cause| cause.to_string())?;
    let tenant = store.tenant().as_str();
    let listed = outbox.list(tenant).map_err(|cause| cause.to_string())?;
    let mails: Mails = listed.into_iter().map(|entry| (entry.name, 1)).collect();
    let found = recount(store, run, &mails).await;
    let found = found.map_err(|error| error.to_string())?;
    match found.differences.as_slice() {
        [] => Ok(table(&found, &path.join(tenant).display().to_string())),
        differences => Err(describe(differences)),
    }
}

fn describe(differences: &[String]) -> String {
    let first = differences.iter().take(SHOWN).cloned();
    let first = first.collect::<Vec<_>>().join("; ");
    match differences.len() {
        1 => format!("1 thing does not add up: {first}"),
        many => format!("{many} things do not add up: {first}"),
    }
}

fn table(found: &Recount, outbox: &str) -> String {
    let sums = found.orders.values();
    let (total, paid) = sums.fold(<(Decimal, Decimal)>::default(), |sum, order| {
        (sum.0 + order.0, sum.1 + order.1)
    });
    let currency = crate::seed::CURRENCY;
    let orders = format!("for {total} {currency}, of which {paid} are paid");
    let mails = format!("and {} to staff, in {outbox}", found.other_mails.len());
    let rows = [
        (
            "actions",
            found.actions,
            "all settled, as the statistics say",
        ),
        (
            "memberships",
            found.memberships.len() as u64,
            "as their actions left them",
        ),
        ("orders", found.orders.len() as u64, &orders),
        ("mails", found.mailed, &mails),
        (
            "not mailed",
            found.not_mailed,
            "done all the same; the actions say why",
        ),
    ];
    let mut text =
        "Counted again from what is stored; everything is where it must be:\n".to_owned();
    for (name, count, more) in rows {
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {name:<12}{:>9}  {more}", grouped(count));
    }
    text
}
