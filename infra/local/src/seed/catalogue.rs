//! What the association sells and how it speaks of its members: types,
//! packages, status reasons, chapters, sections, add-ons, settings.

use jiff::civil::Date;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::settings::{self, Charges, DeliveryMode, SETTINGS_ID};
use model::resources::{catalogue, membership::Status};
use serde_json::{Value, json};

pub const NAME: &str = "European Society for Urban Forestry";
pub const SENDER: &str = "membership@urban-forestry.example";
pub const PORTAL: &str = "https://members.urban-forestry.example";
pub const CURRENCY: &str = "EUR";
pub const TIME_ZONE: &str = "Europe/Zurich";

/// The first reason of an active membership, and of a suspended and a lapsed one.
pub const CURRENT: &str = "reason-current";
pub const UNPAID: &str = "reason-unpaid";
pub const LAPSED: &str = "reason-lapsed";

/// `external_id` tells later which association it is.
pub fn settings(external_id: &str) -> Record {
    let mut record = Record::default();
    record.set(ID_FIELD, SETTINGS_ID.into());
    record.set(settings::NAME, NAME.into());
    record.set(settings::TIME_ZONE, TIME_ZONE.into());
    record.set(settings::CURRENCY, CURRENCY.into());
    record.set(settings::SENDER, SENDER.into());
    record.set(settings::PORTAL_URL, PORTAL.into());
    record.set(settings::DELIVERY, DeliveryMode::Live);
    record.set(settings::CHARGES, Charges::Test);
    record.set(model::sys::EXTERNAL_ID, external_id.to_owned());
    record
}

pub fn types() -> Vec<Record> {
    let one = |id: &str, name: &str, customer: &str, order: i64| {
        record(json!({
            "id": id, "name": name, "customer_type": customer, "display_in_portal_as": name, "display_order": order,
        }))
    };
    vec![
        one("type-regular", "Regular", "contact", 1),
        one("type-professional", "Certified professional", "contact", 2),
        one("type-student", "Student", "contact", 3),
        one("type-retired", "Retired", "contact", 4),
        one("type-corporate", "Corporate", "organization", 5),
        one("type-institution", "Public institution", "organization", 6),
    ]
}

/// A package as the generator of memberships knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub package: &'static str,
    pub kind: &'static str,
    pub term: TermOf,
    /// Months in a term.
    pub months: i32,
    pub free: bool,
}

/// When a package's terms end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermOf {
    /// With the association's year.
    Year,
    /// With a month.
    Month,
    /// On any day.
    Day,
}

const fn offer(package: &'static str, kind: &'static str, term: TermOf, months: i32) -> Offer {
    Offer {
        package,
        kind,
        term,
        months,
        free: false,
    }
}

/// What people hold, by weight.
pub const FOR_PEOPLE: &[(u32, Offer)] = &[
    (29, offer("regular-year", "type-regular", TermOf::Year, 12)),
    (
        22,
        offer("regular-12-months", "type-regular", TermOf::Month, 12),
    ),
    (
        18,
        offer("professional", "type-professional", TermOf::Day, 12),
    ),
    (
        10,
        Offer {
            free: true,
            ..offer("student", "type-student", TermOf::Day, 12)
        },
    ),
    (9, offer("first-year", "type-regular", TermOf::Year, 12)),
    (
        12,
        offer("retired-2-years", "type-retired", TermOf::Month, 24),
    ),
];

/// What organizations hold, by weight.
pub const FOR_ORGANIZATIONS: &[(u32, Offer)] = &[
    (
        55,
        offer("corporate-year", "type-corporate", TermOf::Year, 12),
    ),
    (
        45,
        offer("institution", "type-institution", TermOf::Day, 12),
    ),
];

/// The packages. The association's year ends on `year_end`, the last day of a
/// month, so that a demo has much to renew whenever it is made.
pub fn packages(year_end: Date) -> Vec<Record> {
    let year = calendar(year_end);
    let month =
        json!({ "term_length": 12, "term_type": "months", "sell_for_next_month_after": 15 });
    let day =
        json!({ "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true });
    let two_years =
        json!({ "term_length": 24, "term_type": "months", "sell_for_next_month_after": 15 });
    vec![
        package(
            "regular-year",
            "Regular, association year",
            "type-regular",
            ["195.00", "180.00"],
            year.clone(),
            json!({}),
        ),
        package(
            "regular-12-months",
            "Regular, 12 months",
            "type-regular",
            ["185.00", "170.00"],
            anniversary(month),
            json!({}),
        ),
        package(
            "professional",
            "Certified professional",
            "type-professional",
            ["260.00", "245.50"],
            anniversary(day.clone()),
            percentage("50"),
        ),
        package(
            "student",
            "Student",
            "type-student",
            ["0", "0"],
            anniversary(day.clone()),
            json!({}),
        ),
        package(
            "first-year",
            "First year",
            "type-regular",
            ["95.00", "95.00"],
            year.clone(),
            renews_with("regular-year"),
        ),
        package(
            "retired-2-years",
            "Retired, two years",
            "type-retired",
            ["150.00", "150.00"],
            anniversary(two_years),
            immediately(),
        ),
        package(
            "corporate-year",
            "Corporate, association year",
            "type-corporate",
            ["1450.00", "1390.00"],
            year,
            prorated(),
        ),
        package(
            "institution",
            "Public institution",
            "type-institution",
            ["880.00", "840.00"],
            anniversary(day),
            json!({}),
        ),
    ]
}

fn calendar(year_end: Date) -> Value {
    let first = year_end.tomorrow().unwrap_or(year_end);
    expiration(json!({
        "expiration_type": "calendar",
        "calendar_expiration_options": { "start_of_calendar_year": first.month(), "number_of_years": 1 },
    }))
}

fn anniversary(options: Value) -> Value {
    expiration(
        json!({ "expiration_type": "anniversary", "anniversary_expiration_options": options }),
    )
}

/// Late by two months is a renewal, by a year more a reinstatement.
fn expiration(mut options: Value) -> Value {
    options["grace_period"] = 60.into();
    options["allow_reinstatement"] = true.into();
    options["reinstatement_options"] = json!({
        "reinstatement_period": 365, "give_renewal_pricing_during_reinstatement_period": true,
    });
    options
}

fn percentage(percent: &str) -> Value {
    json!({ "update_dates_when": "percentage paid", "update_dates_value": model::field::number(percent) })
}

fn immediately() -> Value {
    json!({ "update_dates_when": "immediately" })
}

fn renews_with(package: &str) -> Value {
    json!({ "renews_with_id": package, "available_to": "new members" })
}

/// New members pay for what is left of the year.
fn prorated() -> Value {
    json!({
        "enable_dues_proration": true,
        "dues_proration": {
            "applies_to": "new members", "july": 60, "august": 60, "september": 50, "october": 40, "november": 30, "december": 25,
        },
    })
}

fn package(
    id: &str,
    name: &str,
    grants: &str,
    prices: [&str; 2],
    expiration: Value,
    more: Value,
) -> Record {
    let mut package = json!({
        "id": id, "name": name, "display_in_portal_as": name, "type": "membership-packages", "membership_type_id": grants,
        "business_unit_id": "membership", "price": model::field::number(prices[0]), "member_price": model::field::number(prices[1]),
        "expiration_options": expiration, "update_dates_when": "invoice paid in full", "is_active": true,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        package[name] = value.clone();
    }
    record(package)
}

pub fn status_reasons() -> Vec<Record> {
    let one = |id: &str, name: &str, status: Status, priority: i64| {
        let mut reason =
            record(json!({ "id": id, "name": name, "priority": priority, "is_active": true }));
        reason.set(catalogue::APPLIES_TO, status);
        reason
    };
    // An inactive one of the best priority: filling a reason has to pass it over.
    let mut replaced = one(
        "reason-moved-away",
        "Moved away (no longer used)",
        Status::Inactive,
        0,
    );
    replaced.set(catalogue::IS_ACTIVE, false);
    vec![
        one(CURRENT, "Current", Status::Active, 1),
        one("reason-honorary", "Honorary", Status::Active, 2),
        one("reason-hardship", "Reduced by hardship", Status::Active, 3),
        one(LAPSED, "Lapsed", Status::Inactive, 1),
        one("reason-resigned", "Resigned", Status::Inactive, 2),
        one("reason-deceased", "Deceased", Status::Inactive, 3),
        replaced,
        one(UNPAID, "Chapter dues unpaid", Status::Suspended, 1),
        one("reason-ethics", "Ethics review", Status::Suspended, 2),
        one(
            "reason-listed-only",
            "Listed without benefits",
            Status::ActiveWithoutBenefits,
            1,
        ),
    ]
}

fn named(id: &str, name: &str) -> Value {
    json!({ "id": id, "name": name, "is_active": true, "enable_dues": true })
}

pub fn chapters() -> Vec<Record> {
    let all = [
        ("chapter-alps", "Alps"),
        ("chapter-north", "North"),
        ("chapter-mediterranean", "Mediterranean"),
        ("chapter-isles", "Isles"),
        ("chapter-east", "East"),
    ];
    all.map(|(id, name)| record(named(id, name))).into()
}

/// The type of every section.
pub fn section_types() -> Vec<Record> {
    vec![record(
        json!({ "id": "interest", "name": "Interest groups" }),
    )]
}

pub fn sections() -> Vec<Record> {
    let all = [
        ("section-climbing", "Tree climbing"),
        ("section-soils", "Soils"),
        ("section-history", "History"),
    ];
    let one = |(id, name)| {
        let mut section = named(id, name);
        section["type_id"] = "interest".into();
        record(section)
    };
    all.map(one).into()
}

pub fn add_ons() -> Vec<Record> {
    let all = [
        ("journal-print", "Journal, printed"),
        ("journal-archive", "Journal, archive"),
    ];
    let one = |(id, name)| {
        let mut add_on = named(id, name);
        add_on["allow_multiple"] = true.into();
        record(add_on)
    };
    all.map(one).into()
}

pub fn record(fields: Value) -> Record {
    match fields {
        Value::Object(fields) => Record::new(fields),
        _ => Record::default(),
    }
}
