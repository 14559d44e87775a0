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
    /// The last order made, while it is neither paid nor void.
    pub open_order: Option<String>,
    /// The pro forma order that waits to become a real one.
    pub pro_forma_order: Option<String>,
    /// The last order made, for naming who won a race.
    pub last_order: Option<String>,
    /// The last terms that orders hold, in the order in which they were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<BilledTerm>,
    /// What was covered by orders from before those of `terms`.
    #[serde(default)]
    pub before_terms: Option<Date>,
}

/// A term that an order holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledTerm {
    pub order: String,
    pub through: Date,
}

/// How many terms a head remembers: more than anybody is billed ahead.
const TERMS: usize = 12;

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

    /// Takes a term for an order. A balance of an earlier term is no matter.
    ///
    /// # Errors
    /// One line naming what holds it.
    pub fn claim_term(&self, order: &str, term: &Term) -> Result<BillingHead, String> {
        if let Some(through) = self.covers(term) {
            let by = self.last_order.as_deref().unwrap_or("an earlier order");
            return Err(match &self.open_order {
                Some(open) if open == by => format!("order {open} is open"),
                _ => format!("order {by} covers the term through {through}"),
            });
        }
        let through = term.expiration.unwrap_or(Date::MAX);
        let mut terms = self.terms.clone();
        terms.push(BilledTerm {
            order: order.to_owned(),
            through,
        });
        let forgotten = terms.drain(..terms.len().saturating_sub(TERMS));
        let forgotten = forgotten.map(|term| term.through).max();
        let before_terms = match self.terms.is_empty() {
            true => self.covered_through,
            false => self.before_terms.max(forgotten),
        };
        Ok(BillingHead {
            covered_through: self.covered_through.max(Some(through)),
            open_order: Some(order.to_owned()),
            last_order: Some(order.to_owned()),
            pro_forma_order: None,
            terms,
            before_terms,
            ..self.clone()
        })
    }

    /// Through when the term is covered, if it is (decision 5).
    pub fn covers(&self, term: &Term) -> Option<Date> {
        self.covered_through
            .filter(|through| term.is_covered(*through))
    }

    /// Through when the term is covered by orders other than the open one.
    pub fn closed_through(&self, term: &Term) -> Option<Date> {
        let open = self.open_order.as_deref();
        let others = self
            .terms
            .iter()
            .filter(|held| Some(held.order.as_str()) != open);
        let through = match open {
            None => self.covered_through,
            Some(_) => others.map(|held| held.through).max(),
        };
        through.filter(|through| term.is_covered(*through))
    }

    /// The open order, if it is the one that bills the term.
    pub fn open_order_for(&self, term: &Term) -> Option<&str> {
        self.covers(term).and(self.open_order.as_deref())
    }

    /// The order has been paid.
    pub fn close_order(&self, order: &str) -> BillingHead {
        let open_order = self.open_order.clone().filter(|open| open != order);
        BillingHead {
            open_order,
            ..self.clone()
        }
    }

    /// What was paid on the order has gone elsewhere: it waits for money again,
    /// if none was made since.
    pub fn reopen_order(&self, order: &str) -> BillingHead {
        let latest = self.last_order.as_deref() == Some(order);
        let open_order = match latest {
            true => Some(order.to_owned()),
            false => self.open_order.clone(),
        };
        BillingHead {
            open_order,
            ..self.clone()
        }
    }

    /// The order has been voided: the term it held can be billed again.
    /// `covered_before` speaks for orders from before the head knew their terms.
    pub fn release_term(&self, order: &str, covered_before: Option<Date>) -> BillingHead {
        let latest = self.last_order.as_deref() == Some(order);
        let known = self.terms.iter().any(|term| term.order == order);
        let terms: Vec<BilledTerm> = self
            .terms
            .iter()
            .filter(|term| term.order != order)
            .cloned()
            .collect();
        let of_others = terms.iter().map(|term| term.through).max();
        let covered_through = match (known, latest) {
            (true, _) => of_others.max(self.before_terms),
            (false, true) => covered_before,
            (false, false) => self.covered_through,
        };
        let pro_forma_order = self.pro_forma_order.clone().filter(|id| id != order);
        BillingHead {
            covered_through,
            terms,
            pro_forma_order,
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
    fn one_order_for_a_term() {
        let taken = head().claim_term("a", &year(2027)).unwrap();
        assert_eq!(
            taken.claim_term("b", &year(2027)).unwrap_err(),
            "order a is open"
        );
        let next = taken.claim_term("b", &year(2028)).unwrap();
        assert_eq!(
            next.open_order.as_deref(),
            Some("b"),
            "a rest of the term before blocks nothing"
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
        let released = later.release_term("a", None);
        assert_eq!(
            (released.covered_through, &released.open_order),
            (later.covered_through, &later.open_order),
            "an older order's void does not touch what a later one holds"
        );
        let both = released.release_term("b", Some(date(2027, 12, 31)));
        assert_eq!(
            both.covered_through, None,
            "nor does it hold a term for ever"
        );
    }
}
