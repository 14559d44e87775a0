//! What a tenant's settings mean: read whole, by the same rules when they are
//! saved and wherever they are used, so that what was saved can be used.

use super::csv_style::CsvStyle;
use super::settings::{self, Charges, DeliveryMode};
use crate::address::{Address, parse_list, parse_one};
use crate::field::{Field, date};
use crate::money::{Currency, UnknownCurrency};
use crate::name_order::Language;
use crate::record::Record;
use crate::{Error, Problem, web_address, zone};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;
use std::fmt;

/// Settings read. `None` where they are silent and the default is not the same
/// for every deployment or tenant.
#[derive(Clone, Debug)]
pub struct TenantSettings {
    pub name: Option<String>,
    pub zone: TimeZone,
    pub zone_name: String,
    pub currency: Currency,
    /// By which names are sorted.
    pub language: Option<Language>,
    /// Days that are no business days.
    pub holidays: Vec<Date>,
    pub delivery: Option<Delivery>,
    pub charges: Option<Charges>,
    pub second_approver: bool,
    pub auto_approve: bool,
    pub limits: Limits,
    pub retries: Retries,
    pub sender: Option<Address>,
    /// Who is told of payments that somebody has to look at.
    pub staff: Vec<Address>,
    /// Whether new orders are paid from credit.
    pub take_credit: bool,
    pub portal_url: Option<String>,
    pub csv: CsvStyle,
    pub clock: Option<Timestamp>,
}

/// Where the mails of a tenant go.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Delivery {
    /// Nowhere: what a new deployment does, so that it can mail nobody by mistake.
    #[default]
    Off,
    /// All to one address, whomever they are meant for.
    Redirect(Address),
    /// To the people they are meant for.
    Live,
}

/// After which a run stops for review.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    pub max_failures: Option<i64>,
    /// 0 to 1, judged once 20 actions have been worked.
    pub max_failure_share: Option<f64>,
    pub max_amount: Option<Decimal>,
}

/// How often a card that was refused is charged again (rule PAY-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Until the same card is tried again.
    pub days: i64,
    /// For one order, the first included.
    pub max_attempts: i64,
}

impl Default for Retries {
    fn default() -> Self {
        Retries {
            days: 3,
            max_attempts: 4,
        }
    }
}

impl TenantSettings {
    /// Reads settings.
    ///
    /// # Errors
    /// Every setting that cannot be used, by its JSON pointer.
    pub fn parse(record: &Record) -> Result<TenantSettings, Vec<Problem>> {
        let mut problems = Vec::new();
        let zone_name = record.get(settings::TIME_ZONE).unwrap_or("UTC".into());
        let zone = zone::named(&zone_name)
            .ok_or_else(|| "must be an IANA time zone, as in Europe/Zurich".to_owned());
        let currency = record.get(settings::CURRENCY).unwrap_or("USD".into());
        let currency = currency
            .parse::<Currency>()
            .map_err(|error: UnknownCurrency| error.to_string());
        let language = filled(record, settings::LANGUAGE);
        let language = language.map(|tag| Language::parse(&tag).map_err(str::to_owned));
        let zone = noted(settings::TIME_ZONE, zone, &mut problems);
        let currency = noted(settings::CURRENCY, currency, &mut problems);
        let language = noted(settings::LANGUAGE, language.transpose(), &mut problems);
        let delivery = noted(
            settings::DELIVERY_ADDRESS,
            Delivery::parse(record),
            &mut problems,
        );
        let sender = parse_one(record.text(settings::SENDER));
        let sender = noted(settings::SENDER, sender, &mut problems);
        let staff = parse_list(record.text(settings::STAFF));
        let staff = noted(settings::STAFF, staff, &mut problems);
        let portal_url = noted(settings::PORTAL_URL, portal_url(record), &mut problems);
        let holidays = holidays(record, &mut problems);
        let limits = Limits::read(record, &mut problems);
        let retries = Retries::read(record, &mut problems);
        match (
            zone, currency, language, delivery, sender, staff, portal_url,
        ) {
            (
                Some(zone),
                Some(currency),
                Some(language),
                Some(delivery),
                Some(sender),
                Some(staff),
                Some(portal_url),
            ) if problems.is_empty() => Ok(TenantSettings {
                name: filled(record, settings::NAME),
                zone,
                zone_name,
                currency,
                language,
                holidays,
                delivery,
                charges: record.get(settings::CHARGES),
                second_approver: record.is(settings::SECOND_APPROVER),
                auto_approve: record.is(settings::AUTO_APPROVE),
                limits,
                retries,
                sender,
                staff,
                take_credit: record.is(settings::TAKE_CREDIT),
                portal_url,
                csv: CsvStyle::read(record),
                clock: record.get(settings::CLOCK),
            }),
            _ => Err(problems),
        }
    }

    /// Reads what is stored for a tenant; without settings everything is as it
    /// is by default.
    ///
    /// # Errors
    /// `Invalid`, each problem saying that it is a setting's.
    pub fn stored(record: Option<&Record>) -> crate::Result<TenantSettings> {
        let parsed = match record {
            Some(record) => TenantSettings::parse(record),
            None => TenantSettings::parse(&Record::default()),
        };
        parsed.map_err(|problems| {
            let named = problems.into_iter().map(|problem| {
                let name = problem.path.trim_start_matches('/').to_owned();
                Problem::new(problem.path, format!("setting {name}: {}", problem.message))
            });
            Error::Invalid(named.collect())
        })
    }

    /// The present moment for the tenant: its clock stands in for `system`.
    pub fn now(&self, system: Timestamp) -> Timestamp {
        self.clock.unwrap_or(system)
    }

    /// The tenant's calendar day.
    pub fn today(&self, system: Timestamp) -> Date {
        self.now(system).to_zoned_datetime(self.zone.clone()).date()
    }
}

impl Delivery {
    /// `None` where the settings do not say; an address is read even while
    /// nothing is redirected to it.
    fn parse(record: &Record) -> Result<Option<Delivery>, String> {
        let address = parse_one(record.text(settings::DELIVERY_ADDRESS))?;
        match record.get(settings::DELIVERY) {
            None => Ok(None),
            Some(DeliveryMode::Off) => Ok(Some(Delivery::Off)),
            Some(DeliveryMode::Live) => Ok(Some(Delivery::Live)),
            Some(DeliveryMode::Redirect) => match address {
                Some(address) => Ok(Some(Delivery::Redirect(address))),
                None => Err("is required when delivery is redirect".to_owned()),
            },
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delivery::Off => f.write_str("off"),
            Delivery::Redirect(address) => write!(f, "redirect to {address}"),
            Delivery::Live => f.write_str("live"),
        }
    }
}

impl Limits {
    fn read(record: &Record, problems: &mut Vec<Problem>) -> Limits {
        // Judged here although the schema does so for the share: it allows any number for the
        // other two.
        let limits = Limits {
            max_failures: record.get(settings::MAX_FAILURES),
            max_failure_share: record.get(settings::MAX_FAILURE_SHARE),
            max_amount: record.get(settings::MAX_AMOUNT),
        };
        let mut negative = |name: &str, is: bool| {
            if is {
                problems.push(Problem::new(format!("/{name}"), "must not be negative"));
            }
        };
        negative(
            settings::MAX_FAILURES.name(),
            limits.max_failures.is_some_and(|most| most < 0),
        );
        negative(
            settings::MAX_AMOUNT.name(),
            limits.max_amount.is_some_and(|most| most < Decimal::ZERO),
        );
        let share = limits.max_failure_share;
        if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            let path = format!("/{}", settings::MAX_FAILURE_SHARE.name());
            problems.push(Problem::new(path, "must be from 0 to 1"));
        }
        limits
    }
}

impl Retries {
    fn read(record: &Record, problems: &mut Vec<Problem>) -> Retries {
        let default = Retries::default();
        let mut within = |field: Field<i64>, least: i64, most: i64| {
            let value = record.get(field)?;
            if !(least..=most).contains(&value) {
                let path = format!("/{}", field.name());
                problems.push(Problem::new(
                    path,
                    format!("must be from {least} to {most}"),
                ));
            }
            Some(value)
        };
        let days = within(settings::CHARGE_RETRY_DAYS, 0, 366);
        let max_attempts = within(settings::MAX_CHARGE_ATTEMPTS, 1, 100);
        Retries {
            days: days.unwrap_or(default.days),
            max_attempts: max_attempts.unwrap_or(default.max_attempts),
        }
    }
}

fn noted<T, F>(field: Field<F>, read: Result<T, String>, problems: &mut Vec<Problem>) -> Option<T> {
    read.map_err(|why| problems.push(Problem::new(format!("/{}", field.def.name), why)))
        .ok()
}

fn filled(record: &Record, field: Field<String>) -> Option<String> {
    record.get(field).filter(|text| !text.is_empty())
}

/// The base of links in mail, which are made by appending to it.
fn portal_url(record: &Record) -> Result<Option<String>, String> {
    let Some(url) = filled(record, settings::PORTAL_URL) else {
        return Ok(None);
    };
    web_address::check(&url)?;
    Ok(Some(url))
}

fn holidays(record: &Record, problems: &mut Vec<Problem>) -> Vec<Date> {
    let days = record.get(settings::HOLIDAYS).unwrap_or_default();
    let read = days.iter().enumerate().filter_map(|(at, day)| {
        let found = date(day);
        if found.is_none() {
            let path = format!("/{}/{at}", settings::HOLIDAYS.name());
            problems.push(Problem::new(path, "must be a date, YYYY-MM-DD"));
        }
        found
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn record(fields: Value) -> Record {
        Record::new(fields.as_object().unwrap().clone())
    }

    #[test]
    fn every_setting_that_cannot_be_used_is_named() {
        let bad = record(json!({
            "time_zone": "Mars/Base", "currency": "ABC", "language": "german language", "delivery_address": "ops@localhost",
            "sender_address": "x@", "payment_notification_email": "a@x.org; b", "portal_url": "portal.example.org", "holidays": ["2026-12-25", "2026-02-30"],
            "max_failures": -1, "max_amount": -0.5, "max_failure_share": 1.5,
            "charge_retry_days": 367, "max_charge_attempts": 0,
        }));
        let problems = TenantSettings::parse(&bad).unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|p| p.path.as_str()).collect();
        let expected = [
            "/time_zone",
            "/currency",
            "/language",
            "/delivery_address",
            "/sender_address",
            "/payment_notification_email",
            "/portal_url",
            "/holidays/1",
            "/max_failures",
            "/max_amount",
            "/max_failure_share",
            "/charge_retry_days",
            "/max_charge_attempts",
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn the_example_of_the_description_can_be_used() {
        let sample = <crate::resources::Settings as crate::Resource>::SCHEMA.sample();
        assert_eq!(TenantSettings::parse(&sample).err(), None);
    }

    #[test]
    fn an_address_of_the_web_is_absolute_and_plain() {
        for url in ["https://a.org", "http://localhost:3000/portal?x=1"] {
            assert!(TenantSettings::parse(&record(json!({ "portal_url": url }))).is_ok());
        }
        for url in [
            "a.org",
            "ftp://a.org",
            "https://",
            "https:///x",
            "https://a b",
            "https://a.org/\"x",
        ] {
            let read = TenantSettings::parse(&record(json!({ "portal_url": url })));
            assert!(read.is_err(), "{url}");
        }
    }

    #[test]
    fn redirecting_needs_one_address() {
        let delivery = |fields| TenantSettings::parse(&record(fields)).map(|s| s.delivery);
        let redirect = delivery(json!({ "delivery": "redirect", "delivery_address": "a@x.org" }));
        assert_eq!(
            redirect.unwrap().unwrap().to_string(),
            "redirect to a@x.org"
        );
        assert_eq!(delivery(json!({})).unwrap(), None);
        for address in ["", "nobody", "a@x.org,b@x.org"] {
            let read = delivery(json!({ "delivery": "redirect", "delivery_address": address }));
            assert_eq!(read.unwrap_err()[0].path, "/delivery_address", "{address}");
        }
    }

    #[test]
    fn today_is_counted_in_the_tenants_zone_and_obeys_its_clock() {
        let system: Timestamp = "2026-03-01T03:00:00Z".parse().unwrap();
        let today = |fields| {
            TenantSettings::parse(&record(fields))
                .unwrap()
                .today(system)
                .to_string()
        };
        assert_eq!(today(json!({})), "2026-03-01");
        assert_eq!(
            today(json!({ "time_zone": "America/Denver" })),
            "2026-02-28"
        );
        assert_eq!(
            today(json!({ "clock": "2030-01-01T00:00:00Z" })),
            "2030-01-01"
        );
    }
}
