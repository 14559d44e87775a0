//! Whether a member is in good standing on a day (rule MEM-20). Nothing is stored:
//! it is right without any job, and it drops nobody.

use crate::package::Packages;
use jiff::ToSpan;
use jiff::civil::Date;
use model::Record;
use model::resources::membership::{
    EXPIRATION_DATE, JOIN_DATE, LAPSE_DATE, PACKAGE_ID, STATUS, Status,
};

model::choice! {
    /// Why a member is in good standing, or not.
    pub enum Reason {
        Current = "current",
        WithinGracePeriod = "within grace period",
        WithoutBenefits = "without benefits",
        Expired = "expired",
        Suspended = "suspended",
        Lapsed = "lapsed",
        Inactive = "inactive",
        NotYetBegun = "not yet begun",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub reason: Reason,
    /// The last day of the package's grace period, where there is one.
    pub grace_period_ends: Option<Date>,
    pub has_benefits: bool,
    /// For people.
    pub explanation: String,
}

impl Standing {
    pub fn is_good(&self) -> bool {
        use Reason::{Current, WithinGracePeriod, WithoutBenefits};
        matches!(self.reason, Current | WithinGracePeriod | WithoutBenefits)
    }
}

/// The standing of a membership that was so on the day.
pub fn standing(member: &Record, day: Date, packages: &Packages) -> Standing {
    let expiration = member.get(EXPIRATION_DATE);
    let package = packages.get(member.text(PACKAGE_ID)).ok();
    let grace = package.map_or(0, |package| i64::from(package.expiration.grace_period));
    let grace_period_ends = expiration
        .filter(|_| grace > 0)
        .map(|expiration| expiration.saturating_add(grace.days()));
    let (reason, explanation) = judged(member, day, expiration, grace_period_ends);
    let status = member.get(STATUS).unwrap_or(Status::Active);
    // An expired member keeps the benefits until a run or staff end the membership.
    let begun = reason != Reason::NotYetBegun;
    let package_gives = !package.is_some_and(|package| package.gives_no_benefits());
    Standing {
        reason,
        grace_period_ends,
        has_benefits: begun && status == Status::Active && package_gives,
        explanation,
    }
}

fn judged(
    member: &Record,
    day: Date,
    expiration: Option<Date>,
    grace_period_ends: Option<Date>,
) -> (Reason, String) {
    if let Some(join) = member.get(JOIN_DATE).filter(|join| *join > day) {
        return (Reason::NotYetBegun, format!("joins on {join}"));
    }
    let without_benefits = match member.get(STATUS) {
        Some(Status::Suspended) => return (Reason::Suspended, "is suspended".into()),
        Some(Status::Inactive) => {
            let lapsed = member.get(LAPSE_DATE).filter(|lapse| *lapse <= day);
            return match lapsed {
                Some(lapse) => (Reason::Lapsed, format!("lapsed on {lapse}")),
                None => (Reason::Inactive, "is inactive".into()),
            };
        }
        status => status == Some(Status::ActiveWithoutBenefits),
    };
    let good = match without_benefits {
        true => Reason::WithoutBenefits,
        false => Reason::Current,
    };
    match (expiration, grace_period_ends) {
        (None, _) => (good, "does not expire".into()),
        (Some(last), _) if day <= last => (good, format!("paid through {last}")),
        (Some(last), Some(end)) if day <= end => (
            Reason::WithinGracePeriod,
            format!("expired on {last}, and the grace period ends on {end}"),
        ),
        (Some(last), Some(end)) => (
            Reason::Expired,
            format!("expired on {last}, and the grace period ended on {end}"),
        ),
        (Some(last), None) => (Reason::Expired, format!("expired on {last}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn packages() -> Packages {
        let package = |id: &str, grace: i64, none: bool| {
            let options = json!({ "expiration_type": "anniversary", "grace_period": grace,
                "anniversary_expiration_options": { "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
            let package = json!({ "id": id, "name": id, "expiration_options": options,
                "does_not_receive_member_benefits": none });
            Record::new(package.as_object().unwrap().clone())
        };
        Packages::new([
            package("grace", 30, false),
            package("plain", 0, false),
            package("bare", 0, true),
        ])
    }

    /// Reason, good standing, benefits of a membership on 2026-03-15.
    fn judged(changes: Value) -> (Reason, bool, bool) {
        let mut member = json!({ "status": "active", "package_id": "grace",
            "join_date": "2020-01-01", "expiration_date": "2026-12-31" });
        for (name, value) in changes.as_object().unwrap() {
            member[name] = value.clone();
        }
        let member = Record::new(member.as_object().unwrap().clone());
        let day = jiff::civil::date(2026, 3, 15);
        let found = standing(&member, day, &packages());
        (found.reason, found.is_good(), found.has_benefits)
    }

    #[test]
    fn each_reason_has_its_rule() {
        use Reason::*;
        let cases = [
            (json!({}), (Current, true, true)),
            (
                json!({ "expiration_date": "2026-03-15" }),
                (Current, true, true),
            ),
            (json!({ "expiration_date": null }), (Current, true, true)),
            (
                json!({ "expiration_date": "2026-03-14" }),
                (WithinGracePeriod, true, true),
            ),
            (
                json!({ "expiration_date": "2026-02-13" }),
                (WithinGracePeriod, true, true),
            ),
            // Not dropped yet: who is to lose the benefits, a run or staff decide.
            (
                json!({ "expiration_date": "2026-02-12" }),
                (Expired, false, true),
            ),
            (
                json!({ "expiration_date": "2026-03-14", "package_id": "plain" }),
                (Expired, false, true),
            ),
            (json!({ "package_id": "gone" }), (Current, true, true)),
            (json!({ "package_id": "bare" }), (Current, true, false)),
            (
                json!({ "status": "active without benefits" }),
                (WithoutBenefits, true, false),
            ),
            (
                json!({ "status": "active without benefits", "expiration_date": "2025-12-31" }),
                (Expired, false, false),
            ),
            (json!({ "status": "suspended" }), (Suspended, false, false)),
            (
                json!({ "status": "inactive", "lapse_date": "2026-03-15" }),
                (Lapsed, false, false),
            ),
            (
                json!({ "status": "inactive", "lapse_date": "2026-03-16" }),
                (Inactive, false, false),
            ),
            (json!({ "status": "inactive" }), (Inactive, false, false)),
            (
                json!({ "join_date": "2026-03-16" }),
                (NotYetBegun, false, false),
            ),
            (json!({ "join_date": "2026-03-15" }), (Current, true, true)),
        ];
        for (changes, wanted) in cases {
            assert_eq!(judged(changes.clone()), wanted, "{changes}");
        }
    }
}
