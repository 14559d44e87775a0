//! The circuit breaker: a run that fails too often, or bills too much, stops
//! for review (the tenant's `max_failures`, `max_failure_share`, `max_amount`).

use super::outcome::Outcome;
use ledger::context::TenantBilling;
use ledger::tenant::Limits;
use model::Result;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use store::{Document, DocumentKey, Versioned};

/// Actions worked before a share of failures means anything.
const SHARE_FROM: i64 = 20;

/// What one generation of a run has come to so far, over all its workers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    pub run: String,
    pub generation: i64,
    pub worked: i64,
    pub failed: i64,
    pub amount: Decimal,
}

impl Document for Tally {
    const WHAT: &'static str = "run tally";
    fn key(&self) -> DocumentKey {
        tally_key(&self.run, self.generation)
    }
}

fn tally_key(run: &str, generation: i64) -> DocumentKey {
    DocumentKey::new(format!("tally#{run}#{generation}"), "tally")
}

impl Tally {
    pub fn count(&mut self, outcome: &Outcome, amount: Decimal) {
        match outcome {
            Outcome::Later(_)
            | Outcome::Unsent(_)
            | Outcome::Lost
            | Outcome::Failed { passing: true, .. } => return,
            Outcome::Error(_)
            | Outcome::GivenUp(_)
            | Outcome::Failed { .. }
            | Outcome::PaymentFailure(_) => self.failed += 1,
            Outcome::Completed(_) => self.amount += amount,
            Outcome::Skipped(..) => {}
        }
        self.worked += 1;
    }

    /// The limit that is passed, if one is.
    pub fn broken(&self, limits: &Limits) -> Option<String> {
        if let Some(most) = limits.max_failures.filter(|most| self.failed > *most) {
            return Some(format!(
                "{} actions failed, max_failures is {most}",
                self.failed
            ));
        }
        let share = self.failed as f64 / self.worked.max(1) as f64;
        if let Some(most) = limits
            .max_failure_share
            .filter(|most| self.worked >= SHARE_FROM && share > *most)
        {
            return Some(format!(
                "{} of {} actions failed, max_failure_share is {most}",
                self.failed, self.worked
            ));
        }
        let most = limits.max_amount.filter(|most| self.amount > *most)?;
        Some(format!("{} billed, max_amount is {most}", self.amount))
    }
}

/// Adds a page's figures to the run's and answers the limit that is passed, if one is.
/// Without limits nothing is written.
pub async fn add(
    billing: &TenantBilling,
    run: &str,
    generation: i64,
    page: &Tally,
) -> Result<Option<String>> {
    if billing.tenant.limits == Limits::default() {
        return Ok(None);
    }
    loop {
        let found = billing
            .store
            .document::<Tally>(&tally_key(run, generation))
            .await?;
        let empty = Tally {
            run: run.to_owned(),
            generation,
            ..Tally::default()
        };
        let known = found.unwrap_or_else(|| Versioned::new(empty));
        let sum = Tally {
            worked: known.value.worked + page.worked,
            failed: known.value.failed + page.failed,
            amount: known.value.amount + page.amount,
            ..known.value.clone()
        };
        if let Some(written) = billing.store.put(&known.with(sum)).await? {
            return Ok(written.value.broken(&billing.tenant.limits));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(worked: i64, failed: i64, amount: i64) -> Tally {
        Tally {
            worked,
            failed,
            amount: Decimal::from(amount),
            ..Tally::default()
        }
    }

    #[test]
    fn only_what_is_over_a_limit_breaks() {
        let limits = |failures, share, amount| Limits {
            max_failures: failures,
            max_failure_share: share,
            max_amount: amount,
        };
        for (tally, limits, breaks) in [
            (tally(9, 9, 9), limits(None, None, None), false),
            (tally(9, 2, 0), limits(Some(2), None, None), false),
            (tally(9, 3, 0), limits(Some(2), None, None), true),
            (tally(9, 1, 0), limits(Some(0), None, None), true),
            (tally(19, 19, 0), limits(None, Some(0.1), None), false),
            (tally(20, 2, 0), limits(None, Some(0.1), None), false),
            (tally(20, 3, 0), limits(None, Some(0.1), None), true),
            (
                tally(1, 0, 100),
                limits(None, None, Some(Decimal::ONE_HUNDRED)),
                false,
            ),
            (
                tally(1, 0, 101),
                limits(None, None, Some(Decimal::ONE_HUNDRED)),
                true,
            ),
        ] {
            assert_eq!(
                tally.broken(&limits).is_some(),
                breaks,
                "{tally:?} {limits:?}"
            );
        }
    }

    #[test]
    fn what_is_not_over_yet_is_not_counted() {
        let mut tally = Tally::default();
        let ten = Decimal::TEN;
        tally.count(&Outcome::Later(1), ten);
        tally.count(&Outcome::Lost, ten);
        assert_eq!(tally, Tally::default());
        tally.count(&Outcome::Completed(None), ten);
        tally.count(&Outcome::PaymentFailure("refused".into()), ten);
        tally.count(&Outcome::Error("no mail".into()), ten);
        tally.count(&Outcome::no_longer_eligible("gone"), ten);
        assert_eq!((tally.worked, tally.failed, tally.amount), (4, 2, ten));
    }
}
