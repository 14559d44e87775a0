//! A run's statistics while it is executed: each page adds what it has moved.
//! They are counted anew when the execution ends: a crash between a page's
//! work and its count makes them late, never wrong for good.

use super::breaker::Figures;
use super::conclude::conclude;
use super::context::RunContext;
use super::outcome::Outcome;
use crate::outlook::Amount;
use crate::selection::RunSelection;
use jiff::Timestamp;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::BillingRuns;
use model::resources::{billing_run, billing_run_action as action};
use std::collections::BTreeMap;

/// What a page has come to.
pub struct Worked {
    pub figures: Figures,
    /// Actions that have to be taken up again, and the shortest pause asked for.
    pub left: Option<u32>,
}

impl Worked {
    /// `left` is what the page has left out.
    pub fn of(ended: &[(Record, Outcome)], left: Option<u32>, selection: &RunSelection) -> Worked {
        let mut figures = Figures::default();
        for (record, outcome) in ended {
            // A forecast bills nobody, so no limit is about it.
            if selection.spec_of(record).is_some_and(|spec| spec.pro_forma) {
                continue;
            }
            let amount = Amount::of(record).map(|amount| amount.value);
            figures.count(outcome, amount.unwrap_or_default());
        }
        let pauses = ended.iter().filter_map(|(_, outcome)| outcome.pause());
        Worked {
            figures,
            left: pauses.chain(left).min(),
        }
    }
}

/// The bucket each action of a page was counted in when the page was read.
pub struct Buckets(BTreeMap<String, &'static str>);

impl Buckets {
    pub fn of(page: &[Record]) -> Buckets {
        let counted = |record: &Record| {
            Some((
                record.text(ID_FIELD).to_owned(),
                record.get(action::STATUS)?.bucket(),
            ))
        };
        Buckets(page.iter().filter_map(counted).collect())
    }

    /// What to add to which figure, by its path.
    fn moves(
        &self,
        ended: &[(Record, Outcome)],
        now: Timestamp,
    ) -> BTreeMap<[&'static str; 3], i64> {
        let mut sums = BTreeMap::new();
        for (record, outcome) in ended {
            let after = conclude(record, outcome, now);
            let from = self.0.get(record.text(ID_FIELD)).copied();
            let to = after.and_then(|after| after.get(action::STATUS));
            let (Some(kind), Some(from), Some(to)) = (record.get(action::TYPE), from, to) else {
                continue;
            };
            for (path, amount) in billing_run::moves(kind, from, to.bucket()) {
                *sums.entry(path).or_default() += amount;
            }
        }
        // A figure that stays as it is needs no write.
        sums.retain(|_, amount| *amount != 0);
        sums
    }
}

/// Adds a page to the run's statistics. A count that fails is late, and is made
/// good when the execution ends.
pub async fn count_page(context: &RunContext<'_>, before: &Buckets, ended: &[(Record, Outcome)]) {
    let (billing, run) = (context.billing, &context.selection.run_id);
    let moves = before.moves(ended, billing.tenant.now());
    let amounts: Vec<(&[&str], i64)> = moves
        .iter()
        .map(|(path, amount)| (path.as_slice(), *amount))
        .collect();
    if let Err(error) = billing.store.add_to::<BillingRuns>(run, &amounts).await {
        tracing::warn!(run, %error, "statistics are late");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use serde_json::json;

    #[test]
    fn a_page_moves_each_action_from_where_it_was_read_to_where_it_ended() {
        let read =
            |id: &str, status: &str| record(json!({ "id": id, "type": "drop", "status": status }));
        let page = [
            read("a", "pending"),
            read("b", "pending"),
            read("c", "processing"),
            read("d", "pending"),
        ];
        let working = |id: &str| read(id, "processing");
        let outcomes = [
            (working("a"), Outcome::Completed(None)),
            (working("b"), Outcome::Error("x".into())),
            (working("c"), Outcome::Later(1)),
            (working("d"), Outcome::Lost),
        ];
        let moves = Buckets::of(&page).moves(&outcomes, Timestamp::UNIX_EPOCH);
        for group in ["all_actions", "drops"] {
            assert_eq!(moves[&["statistics", group, "pending"]], -2);
            assert_eq!(moves[&["statistics", group, "successful"]], 1);
            assert_eq!(moves[&["statistics", group, "error"]], 1);
            assert!(
                !moves.contains_key(&["statistics", group, "processing"]),
                "it stays where it was"
            );
        }
    }
}
