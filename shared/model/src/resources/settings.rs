//! A tenant's settings: one record, its id `settings`.

use super::common::{flag, list, money, open, text};
use crate::error::Problems;
use crate::field::{Field, FieldDef, FieldType, Kind};
use crate::index::Table;
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;

crate::choice! {
    /// Whether mail leaves (rule SET-4).
    pub enum Delivery {
        Off = "off",
        /// Everything goes to one address instead.
        Redirect = "redirect",
        Live = "live",
    }
}

crate::choice! {
    /// Whether cards are charged.
    pub enum Charges {
        Off = "off",
        Test = "test",
        Live = "live",
    }
}

pub const TIME_ZONE: Field<String> = Field::with(text(
    "time_zone",
    "IANA time zone in which dates are counted; UTC when absent.",
));
pub const CURRENCY: Field<String> = Field::with(text(
    "currency",
    "ISO 4217 currency of prices; USD when absent.",
));
pub const HOLIDAYS: Field<Vec<String>> = Field::with(list(
    "holidays",
    &Kind::Date,
    "Days that are no business days.",
));
pub const DELIVERY: Field<Delivery> = Field::with(
    FieldDef::new("delivery", Delivery::KIND).about("Whether mail leaves; off when absent."),
);
pub const DELIVERY_ADDRESS: Field<String> = Field::with(
    text(
        "delivery_address",
        "Where all mail goes when delivery is redirect.",
    )
    .when_is("delivery", "redirect"),
);
pub const CHARGES: Field<Charges> = Field::with(
    FieldDef::new("charges", Charges::KIND).about("Whether cards are charged; off when absent."),
);
pub const SECOND_APPROVER: Field<bool> = Field::with(flag(
    "require_second_approver",
    "Whether whoever made or last planned a run may not approve it.",
));
pub const AUTO_APPROVE: Field<bool> = Field::with(flag(
    "auto_approve_recurring_runs",
    "Whether recurring runs execute without staff; off when absent.",
));
pub const MAX_FAILURES: Field<i64> = Field::with(
    FieldDef::new("max_failures", i64::KIND)
        .about("Failed actions after which a run stops for review."),
);
pub const MAX_FAILURE_SHARE: Field<f64> = Field::with(
    FieldDef::new("max_failure_share", f64::KIND)
        .about("Share of failed actions, 0 to 1, after which a run stops for review."),
);
pub const MAX_AMOUNT: Field<Decimal> = Field::with(money(
    "max_amount",
    "Most that one run may bill or charge before it stops for review.",
));
pub const SENDER: Field<String> = Field::with(text(
    "sender_address",
    "The sender of notices that name none.",
));
pub const NAME: Field<String> = Field::with(text(
    "association_name",
    "The association's name in its mail.",
));
pub const PORTAL_URL: Field<String> = Field::with(text(
    "portal_url",
    "Where members renew and pay: the base of the links in mail.",
));
pub const CLOCK: Field<jiff::Timestamp> = Field::with(
    FieldDef::new("clock", Kind::Timestamp)
        .about("Stands in for the present moment in tests; only where test clocks are allowed."),
);

impl FieldType for f64 {
    const KIND: Kind = Kind::Number {
        min: 0.0,
        max: 1.0,
        whole: false,
    };
    fn from_json(value: &serde_json::Value) -> Option<Self> {
        value.as_f64()
    }
    fn into_json(self) -> serde_json::Value {
        self.into()
    }
}

/// The id of the one record.
pub const SETTINGS_ID: &str = "settings";

/// The zone in which a tenant's dates are counted: UTC without settings, or
/// with a zone that is none.
pub fn zone(settings: Option<&Record>) -> TimeZone {
    let name = settings.map_or("", |settings| settings.text(TIME_ZONE));
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// The present moment for a tenant: the settings' clock stands in for `system`.
pub fn now(settings: Option<&Record>, system: Timestamp) -> Timestamp {
    settings
        .and_then(|settings| settings.get(CLOCK))
        .unwrap_or(system)
}

/// Today's date for a tenant.
pub fn today(settings: Option<&Record>, system: Timestamp) -> Date {
    now(settings, system)
        .to_zoned_datetime(zone(settings))
        .date()
}

pub enum Settings {}

impl Resource for Settings {
    const NAME: &'static str = "settings";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "Settings",
        groups: &[
            Group {
                title: "Billing",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    TIME_ZONE.def,
                    CURRENCY.def,
                    HOLIDAYS.def,
                    AUTO_APPROVE.def,
                    SECOND_APPROVER.def,
                    MAX_FAILURES.def,
                    MAX_FAILURE_SHARE.def,
                    MAX_AMOUNT.def,
                    DELIVERY.def,
                    DELIVERY_ADDRESS.def,
                    CHARGES.def,
                    SENDER.def,
                    PORTAL_URL.def,
                    CLOCK.def,
                ],
            },
            Group {
                title: "Membership module",
                fields: &[
                    open("add_on_configuration", "Add-ons in the portal."),
                    flag("allow_committee_members_to_manage_documents", "As named."),
                    flag("allow_customer_to_choose_installment_plan", "As named."),
                    flag("allow_members_to_update_auto_renewal_settings", "As named."),
                    text(
                        "allow_members_to_update_directory_options_in_portal",
                        "As in `disabled`.",
                    ),
                    text("bank_account_id", "Where payments go."),
                    open(
                        "bill_my_organization_options",
                        "Billing of a member's organization.",
                    ),
                    open(
                        "bill_my_parent_organization_options",
                        "Billing of a parent organization.",
                    ),
                    text("business_unit_id", "The business unit."),
                    text("cancellation_fee_product_id", "The fee's product."),
                    text("certificate_mode", "As in `automatically generate`."),
                    FieldDef::new("certificate_template", super::common::BODY)
                        .about("HTML of certificates."),
                    open(
                        "chapter_administration_settings",
                        "What chapter administrators may do.",
                    ),
                    FieldDef::new("chapter_center_html_template", super::common::BODY)
                        .about("HTML of the chapter page."),
                    open("chapter_configuration", "How chapters are joined."),
                    text(
                        "conflicting_membership_preference",
                        "Which membership counts when a member has two.",
                    )
                    .guessed(),
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(_before: Option<&Record>, after: &Record, problems: &mut Problems) {
        let named = after.has(TIME_ZONE).then(|| after.text(TIME_ZONE));
        if named.is_some_and(|name| TimeZone::get(name).is_err()) {
            problems.add(
                "/time_zone",
                "must be an IANA time zone, as in Europe/Zurich",
            );
        }
        if after.has(CURRENCY) && !is_currency(after.text(CURRENCY)) {
            problems.add(
                "/currency",
                "must be an ISO 4217 code of three capitals, as in USD",
            );
        }
        for field in [DELIVERY_ADDRESS, SENDER] {
            if after.has(field) && !is_address(after.text(field)) {
                problems.add(
                    format!("/{}", field.name()),
                    "must be an e-mail address, as in billing@example.org",
                );
            }
        }
    }
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// One address that mail can go to; whether it exists only mail can tell.
fn is_address(text: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || ",;<>\"".contains(c);
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !local.contains('@')
                && domain.split('.').all(|part| !part.is_empty())
                && !text.contains(forbidden)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(fields: serde_json::Value) -> Record {
        Record::new(fields.as_object().unwrap().clone())
    }

    #[test]
    fn what_is_no_zone_currency_or_address_is_refused() {
        let bad = settings(json!({
            "time_zone": "Mars/Base", "currency": "usd", "delivery_address": "a b@x.org", "sender_address": "x@",
        }));
        let mut problems = Problems::default();
        Settings::check(None, &bad, &mut problems);
        let Err(crate::Error::Invalid(found)) = problems.into_result() else {
            panic!("taken")
        };
        let paths: Vec<&str> = found.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/time_zone",
                "/currency",
                "/delivery_address",
                "/sender_address"
            ]
        );
    }

    #[test]
    fn today_is_counted_in_the_tenants_zone_and_obeys_its_clock() {
        let system: Timestamp = "2026-03-01T03:00:00Z".parse().unwrap();
        let denver = settings(json!({"time_zone": "America/Denver"}));
        assert_eq!(today(None, system).to_string(), "2026-03-01");
        assert_eq!(today(Some(&denver), system).to_string(), "2026-02-28");
        let set = settings(json!({"clock": "2030-01-01T00:00:00Z"}));
        assert_eq!(today(Some(&set), system).to_string(), "2030-01-01");
    }
}
