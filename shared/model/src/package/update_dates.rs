//! When a purchase moves a membership's dates.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::Problem;
use crate::reader::{Fields, read};

/// A package's `update_dates_when`, with its `update_dates_value` where it needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UpdateDatesWhen {
    /// On submission of the order.
    Immediately,
    /// Once nothing is left to pay. What a package that does not say means.
    #[default]
    InvoicePaidInFull,
    /// Once so many percent of the total are paid, above 0 and at most 100.
    PercentagePaid(Decimal),
    /// Once so much is paid, in the order's currency, or the total where that is less.
    AmountPaid(Decimal),
}

#[derive(Clone, Copy)]
enum Name {
    Immediately,
    InvoicePaidInFull,
    PercentagePaid,
    AmountPaid,
}

const NAMES: [(&str, Name); 4] = [
    ("immediately", Name::Immediately),
    ("invoice paid in full", Name::InvoicePaidInFull),
    ("percentage paid", Name::PercentagePaid),
    ("amount paid", Name::AmountPaid),
];

impl UpdateDatesWhen {
    /// Reads the two fields of a package, whose other fields are left alone.
    pub fn parse(package: &Value) -> Result<Self, Vec<Problem>> {
        read(|problems| Self::read(&mut Fields::open(package, "", problems)?))
    }

    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        if fields.get("update_dates_when").is_none() {
            return Some(Self::default());
        }
        match fields.choice("update_dates_when", &NAMES)? {
            Name::Immediately => Some(Self::Immediately),
            Name::InvoicePaidInFull => Some(Self::InvoicePaidInFull),
            Name::PercentagePaid => {
                // Above 0, which would be `immediately`.
                let least = Decimal::new(1, 2);
                threshold(fields, least, Decimal::ONE_HUNDRED).map(Self::PercentagePaid)
            }
            Name::AmountPaid => {
                let most = Decimal::from(1_000_000_000_000_000_i64);
                // The finest unit of any currency is a thousandth; the package does not know
                // which one it is sold in.
                threshold(fields, Decimal::new(1, 3), most).map(Self::AmountPaid)
            }
        }
    }

    /// Whether the dates move, given what the order comes to and what has been paid
    /// on it. A total of 0 counts as paid at once.
    pub fn condition_met(&self, total: Decimal, paid: Decimal) -> bool {
        // Full payment meets every condition, also an amount above what this order comes to (rule
        // DATE-3).
        if total <= Decimal::ZERO || paid >= total {
            return true;
        }
        match self {
            UpdateDatesWhen::Immediately => true,
            UpdateDatesWhen::InvoicePaidInFull => false,
            UpdateDatesWhen::PercentagePaid(percent) => total
                .checked_mul(*percent / Decimal::ONE_HUNDRED)
                .is_some_and(|due| paid >= due),
            UpdateDatesWhen::AmountPaid(amount) => paid >= *amount,
        }
    }
}

fn threshold(fields: &mut Fields<'_, '_>, least: Decimal, most: Decimal) -> Option<Decimal> {
    let when = "when `update_dates_when` is `percentage paid` or `amount paid`";
    fields.required("update_dates_value", when)?;
    fields.decimal("update_dates_value", least..=most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn when(package: Value) -> UpdateDatesWhen {
        UpdateDatesWhen::parse(&package).unwrap()
    }

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_package_that_does_not_say_waits_for_full_payment() {
        assert_eq!(
            when(json!({"name": "Gold"})),
            UpdateDatesWhen::InvoicePaidInFull
        );
        assert_eq!(
            when(json!({"update_dates_when": null})),
            UpdateDatesWhen::default()
        );
    }

    #[test]
    fn the_condition_follows_the_choice() {
        let immediately = when(json!({"update_dates_when": "immediately"}));
        let in_full = when(json!({"update_dates_when": "invoice paid in full"}));
        let third = when(json!({
            "update_dates_when": "percentage paid", "update_dates_value": 33.3
        }));
        let fifty = when(json!({"update_dates_when": "amount paid", "update_dates_value": 50}));
        for (rule, total, paid, met) in [
            (immediately, "100", "0", true),
            (in_full, "100", "99.99", false),
            (in_full, "100", "100", true),
            (in_full, "100", "120", true),
            (in_full, "0", "0", true),
            (third, "100", "33.29", false),
            (third, "100", "33.30", true),
            (fifty, "100", "49.99", false),
            (fifty, "100", "50", true),
            (fifty, "30", "29.99", false),
            (fifty, "30", "30", true),
            (fifty, "0", "0", true),
        ] {
            let (total, paid) = (dec(total), dec(paid));
            assert_eq!(
                rule.condition_met(total, paid),
                met,
                "{rule:?} {total} {paid}"
            );
        }
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        for (package, path) in [
            (json!({"update_dates_when": "later"}), "/update_dates_when"),
            (
                json!({"update_dates_when": "percentage paid"}),
                "/update_dates_value",
            ),
            (
                json!({"update_dates_when": "amount paid", "update_dates_value": 0}),
                "/update_dates_value",
            ),
            (
                json!({"update_dates_when": "percentage paid", "update_dates_value": 101}),
                "/update_dates_value",
            ),
            (
                json!({"update_dates_when": "amount paid", "update_dates_value": "50"}),
                "/update_dates_value",
            ),
            (json!([]), ""),
        ] {
            let problems = UpdateDatesWhen::parse(&package).unwrap_err();
            assert_eq!(problems.len(), 1, "{package}");
            assert_eq!(problems[0].path, path, "{package}");
        }
    }

    proptest! {
        #[test]
        fn paying_more_never_undoes_the_condition(
            total in 0_i64..1_000_000,
            paid in 0_i64..1_000_000,
            more in 0_i64..1_000_000,
            value in 1_i64..=10_000,
        ) {
            let cents = |n| Decimal::new(n, 2);
            for rule in [
                UpdateDatesWhen::Immediately,
                UpdateDatesWhen::InvoicePaidInFull,
                UpdateDatesWhen::PercentagePaid(cents(value)),
                UpdateDatesWhen::AmountPaid(cents(value)),
            ] {
                let before = rule.condition_met(cents(total), cents(paid));
                prop_assert!(!before || rule.condition_met(cents(total), cents(paid + more)));
                prop_assert!(rule.condition_met(cents(total), cents(total)));
            }
        }
    }
}
