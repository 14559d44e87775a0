//! What somebody who buys a membership again counts as.

use jiff::civil::Date;

use super::ExpirationOptions;

/// What a purchase by somebody who has been a member before is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classification {
    /// The new term follows the old one.
    Renewal,
    /// The new term starts now; the join date stays.
    Reinstatement,
    /// As if never a member before.
    Join,
}

/// Judges by the days since the last expiration: up to the end of the grace period a
/// renewal, then for the reinstatement period (where allowed) a reinstatement, later
/// a join.
pub fn classify(effective: Date, expiration: Date, options: &ExpirationOptions) -> Classification {
    let grace = i64::from(options.grace_period);
    let reinstatement = options.reinstatement_options;
    let late = expiration.duration_until(effective).as_hours() / 24;
    match reinstatement.map(|r| i64::from(r.reinstatement_period)) {
        _ if late <= grace => Classification::Renewal,
        Some(period) if late <= grace + period => Classification::Reinstatement,
        _ => Classification::Join,
    }
}

impl Classification {
    /// Whether the package's renewal price applies: to a renewal always, to a
    /// reinstatement when the package gives it.
    pub fn has_renewal_price(self, options: &ExpirationOptions) -> bool {
        let given = options
            .reinstatement_options
            .is_some_and(|r| r.give_renewal_pricing_during_reinstatement_period);
        match self {
            Classification::Renewal => true,
            Classification::Reinstatement => given,
            Classification::Join => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExpirationType, ReinstatementOptions};
    use jiff::civil::date;

    fn options(grace: u16, period: Option<u16>, renewal_price: bool) -> ExpirationOptions {
        ExpirationOptions {
            expiration_type: ExpirationType::Lifetime,
            grace_period: grace,
            reinstatement_options: period.map(|period| ReinstatementOptions {
                reinstatement_period: period,
                give_renewal_pricing_during_reinstatement_period: renewal_price,
            }),
        }
    }

    #[test]
    fn the_days_since_expiration_decide() {
        use Classification::{Join, Reinstatement, Renewal};
        let allowed = options(30, Some(60), false);
        let refused = options(30, None, false);
        let bare = options(0, None, false);
        let expired = date(2025, 12, 31);
        for (options, effective, expected) in [
            (&allowed, date(2025, 6, 1), Renewal),
            (&allowed, date(2025, 12, 31), Renewal),
            (&allowed, date(2026, 1, 30), Renewal),
            (&allowed, date(2026, 1, 31), Reinstatement),
            (&allowed, date(2026, 3, 31), Reinstatement),
            (&allowed, date(2026, 4, 1), Join),
            (&refused, date(2026, 1, 30), Renewal),
            (&refused, date(2026, 1, 31), Join),
            (&bare, date(2025, 12, 31), Renewal),
            (&bare, date(2026, 1, 1), Join),
            (&allowed, Date::MAX, Join),
            (&allowed, Date::MIN, Renewal),
        ] {
            assert_eq!(
                classify(effective, expired, options),
                expected,
                "{effective}"
            );
        }
    }

    #[test]
    fn a_reinstatement_has_the_renewal_price_when_the_package_gives_it() {
        let (gives, gives_not) = (options(0, Some(9), true), options(0, Some(9), false));
        assert!(Classification::Reinstatement.has_renewal_price(&gives));
        assert!(!Classification::Reinstatement.has_renewal_price(&gives_not));
        assert!(Classification::Renewal.has_renewal_price(&gives_not));
        assert!(!Classification::Join.has_renewal_price(&gives));
    }
}
