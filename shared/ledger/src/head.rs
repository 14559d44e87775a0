//! The billing head: what makes billing twice impossible. One small item per
//! membership; every renewal order goes through it, whoever makes it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Document, DocumentKey, Versioned};
use terms::Term;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingHead {
    pub membership_id: String,
    /// The last day of the last term that has been billed.
    pub covered_through: Option<Date>,
    /// The renewal order that is neither paid nor void. At most one.
    pub open_order: Option<String>,
    /// The pro forma order that waits to become a real one.
    pub pro_forma_order: Option<String>,
    /// The last order made, for naming who won a race.
    pub last_order: Option<String>,
}

impl Document for BillingHead {
    const WHAT: &'static str = "billing head";
    fn key(&self) -> DocumentKey {
        key(&self.membership_id)
    }
}

/// Where a membership's head stands.
pub fn key(membership: &str) -> DocumentKey {
    DocumentKey::new(format!("head#{membership}"), "head")
}

impl BillingHead {
    pub fn new(membership: &str) -> Versioned<BillingHead> {
        Versioned::new(BillingHead {
            membership_id: membership.to_owned(),
            ..BillingHead::default()
        })
    }

    /// Takes a term for an order.
    ///
    /// # Errors
    /// One line naming what holds it.
    pub fn claim_term(&self, order: &str, term: &Term) -> Result<BillingHead, String> {
        if let Some(open) = &self.open_order {
            return Err(format!("order {open} is open"));
        }
        if let Some(through) = self
            .covered_through
            .filter(|through| term.is_covered(*through))
        {
            let by = self.last_order.as_deref().unwrap_or("an earlier order");
            return Err(format!("order {by} covers the term through {through}"));
        }
        Ok(BillingHead {
            covered_through: Some(term.expiration.unwrap_or(Date::MAX)),
            open_order: Some(order.to_owned()),
            last_order: Some(order.to_owned()),
            pro_forma_order: None,
            ..self.clone()
        })
    }

    /// The order has been paid.
    pub fn close_order(&self, order: &str) -> BillingHead {
        let open_order = self.open_order.clone().filter(|open| open != order);
        BillingHead {
            open_order,
            ..self.clone()
        }
    }

    /// The order has been voided: the term it held can be billed again.
    pub fn release_term(&self, order: &str, covered_before: Option<Date>) -> BillingHead {
        let latest = self.last_order.as_deref() == Some(order);
        let covered_through = if latest {
            covered_before
        } else {
            self.covered_through
        };
        BillingHead {
            covered_through,
            ..self.close_order(order)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn year(year: i16) -> Term {
        Term {
            start: date(year, 1, 1),
            expiration: Some(date(year, 12, 31)),
        }
    }

    fn head() -> BillingHead {
        BillingHead::new("contact:1").value
    }

    #[test]
    fn one_open_order_at_a_time() {
        let taken = head().claim_term("a", &year(2027)).unwrap();
        assert_eq!(
            taken.claim_term("b", &year(2028)).unwrap_err(),
            "order a is open"
        );
    }

    #[test]
    fn a_billed_term_stays_billed_when_its_dates_are_corrected_by_days() {
        let paid = head()
            .claim_term("a", &year(2027))
            .unwrap()
            .close_order("a");
        let shifted = Term {
            start: date(2027, 1, 3),
            expiration: Some(date(2028, 1, 2)),
        };
        for term in [year(2027), year(2026), shifted] {
            let refused = paid.claim_term("b", &term).unwrap_err();
            assert_eq!(refused, "order a covers the term through 2027-12-31");
        }
        let next = Term {
            start: date(2027, 12, 30),
            expiration: Some(date(2028, 12, 29)),
        };
        assert!(
            paid.claim_term("b", &next).is_ok(),
            "the next term is billed although two days of it are covered"
        );
    }

    #[test]
    fn voiding_opens_the_term_again_and_nothing_else_does() {
        let taken = head().claim_term("a", &year(2027)).unwrap();
        assert_eq!(taken.release_term("a", None).covered_through, None);
        let later = taken.close_order("a").claim_term("b", &year(2028)).unwrap();
        assert_eq!(
            later.release_term("a", None),
            later,
            "an older order's void does not touch what a later one holds"
        );
    }
}
