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

/// What a run has come to so far, over all its workers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tally {
    run: String,
    /// The approval that `since` counts from.
    approval: i64,
    since: Figures,
    whole: Figures,
}

/// What a number of actions has come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub worked: i64,
    pub failed: i64,
    pub amount: Decimal,
}

impl Document for Tally {
    const WHAT: &'static str = "run tally";
    fn key(&self) -> DocumentKey {
        tally_key(&self.run)
    }
}

fn tally_key(run: &str) -> DocumentKey {
    DocumentKey::new(format!("tally#{run}"), "tally")
}

impl Figures {
    pub fn count(&mut self, outcome: &Outcome, amount: Decimal) {
        match outcome {
            Outcome::Later(_)
            | Outcome::Unsent(_)
            | Outcome::Lost
            | Outcome::Failed { passing: true, .. } => return,
            Outcome::Error(_)
            | Outcome::NotApproved(_)
            | Outcome::GivenUp(_)
            | Outcome::Failed { .. }
            | Outcome::PaymentFailure(_) => self.failed += 1,
            Outcome::Completed(_) => self.amount += amount,
            Outcome::Skipped(..) => {}
        }
        self.worked += 1;
    }

    fn plus(&self, more: &Figures) -> Figures {
        Figures {
            worked: self.worked + more.worked,
            failed: self.failed + more.failed,
            amount: self.amount + more.amount,
        }
    }
}

impl Tally {
    /// The tally with a page more, which was worked under an approval. Each approval
    /// counts anew: staff have looked at what the one before has come to.
    fn with(&self, approval: i64, page: &Figures) -> Tally {
        let since = match self.approval == approval {
            true => self.since.plus(page),
            false => page.clone(),
        };
        Tally {
            run: self.run.clone(),
            approval,
            since,
            whole: self.whole.plus(page),
        }
    }

    /// The limit that is passed, if one is.
    fn broken(&self, limits: &Limits) -> Option<String> {
        let (since, whole) = (&self.since, &self.whole);
        if let Some(most) = limits.max_failures.filter(|most| since.failed > *most) {
            return Some(format!(
                "{} actions failed since the approval, {} in the whole run; max_failures is {most}",
                since.failed, whole.failed
            ));
        }
        let share = since.failed as f64 / since.worked.max(1) as f64;
        if let Some(most) = limits
            .max_failure_share
            .filter(|most| since.worked >= SHARE_FROM && share > *most)
        {
            return Some(format!(
                "{} of {} actions failed since the approval, {} of {} in the whole run; max_failure_share is {most}",
                since.failed, since.worked, whole.failed, whole.worked
            ));
        }
        let most = limits.max_amount.filter(|most| since.amount > *most)?;
        Some(format!(
            "{} billed since the approval, {} in the whole run; max_amount is {most}",
            since.amount, whole.amount
        ))
    }
}

/// Adds a page's figures to the run's and answers the limit that is passed, if one is.
/// Without limits nothing is written.
pub async fn add(
    billing: &TenantBilling,
    run: &str,
    approval: i64,
    page: &Figures,
) -> Result<Option<String>> {
    if billing.tenant.limits == Limits::default() {
        return Ok(None);
    }
    loop {
        let found = billing.store.document::<Tally>(&tally_key(run)).await?;
        let empty = Tally {
            run: run.to_owned(),
            ..Tally::default()
        };
        let known = found.unwrap_or_else(|| Versioned::new(empty));
        let sum = known.value.with(approval, page);
        // Another worker of the run was first: its figures are added to.
        if let Some(written) = billing.store.put(&known.with(sum)).await? {
            return Ok(written.value.broken(&billing.tenant.limits));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(worked: i64, failed: i64, amount: i64) -> Figures {
        Figures {
            worked,
            failed,
            amount: Decimal::from(amount),
        }
    }

    fn tally(worked: i64, failed: i64, amount: i64) -> Tally {
        Tally::default().with(1, &figures(worked, failed, amount))
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
        let mut tally = Figures::default();
        let ten = Decimal::TEN;
        tally.count(&Outcome::Later(1), ten);
        tally.count(&Outcome::Lost, ten);
        assert_eq!(tally, Figures::default());
        tally.count(&Outcome::Completed(None), ten);
        tally.count(&Outcome::PaymentFailure("refused".into()), ten);
        tally.count(&Outcome::Error("no mail".into()), ten);
        tally.count(&Outcome::no_longer_eligible("gone"), ten);
        assert_eq!((tally.worked, tally.failed, tally.amount), (4, 2, ten));
    }

    #[test]
    fn each_approval_counts_anew_and_the_run_goes_on() {
        let first = tally(3, 1, 300);
        let second = first
            .with(2, &figures(2, 1, 200))
            .with(2, &figures(1, 0, 100));
        assert_eq!(second.since, figures(3, 1, 300));
        assert_eq!(second.whole, figures(6, 2, 600));
        let limits = Limits {
            max_amount: Some(Decimal::from(299)),
            ..Limits::default()
        };
        assert_eq!(
            second.broken(&limits).unwrap(),
            "300 billed since the approval, 600 in the whole run; max_amount is 299"
        );
    }
}
