//! A tenant as billing sees it: settings with their defaults, and what day it is.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::money::Currency;
use model::resources::billing_run::MODES;
use model::resources::settings::{self, Charges, Delivery, SETTINGS_ID, Settings};
use model::{Error, Record, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use services::mail;
use store::Store;

/// What holds where a tenant's settings are silent. A deployment mails and
/// charges nobody until told to; the local stack, which reaches nobody, does.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    pub delivery: Delivery,
    pub charges: Charges,
    /// Whether a tenant may stand its clock (`settings.clock`): never where
    /// real people are billed.
    pub test_clock: bool,
}

impl Defaults {
    pub const DEPLOYED: Defaults = Defaults {
        delivery: Delivery::Off,
        charges: Charges::Off,
        test_clock: false,
    };
    pub const LOCAL: Defaults = Defaults {
        delivery: Delivery::Live,
        charges: Charges::Test,
        test_clock: true,
    };
}

#[derive(Clone, Debug)]
pub struct Tenant {
    pub name: String,
    pub zone: TimeZone,
    pub zone_name: String,
    pub currency: Currency,
    /// Days that are no business days.
    pub holidays: Vec<Date>,
    pub delivery: mail::Delivery,
    pub charges: Charges,
    pub second_approver: bool,
    pub limits: Limits,
    pub sender: String,
    pub portal_url: String,
    clock: Option<Timestamp>,
}

/// After which a run stops for review.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    pub max_failures: Option<i64>,
    /// 0 to 1, judged once 20 actions have been worked.
    pub max_failure_share: Option<f64>,
    pub max_amount: Option<Decimal>,
}

/// Whom a tenant's mail and charges reach, in words for staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    /// `off`, `live` or `redirect to <address>`
    pub delivery: String,
    /// `off`, `test` or `live`
    pub charges: String,
}

impl Modes {
    /// Those a run was last executed with, or, before that, those of now.
    pub fn of(run: &Record, tenant: &Tenant) -> Modes {
        let executed = run
            .get(MODES)
            .and_then(|modes| serde_json::from_value(modes).ok());
        executed.unwrap_or_else(|| tenant.modes())
    }

    /// As a run keeps them.
    pub fn to_value(&self) -> Value {
        json!({ "delivery": self.delivery, "charges": self.charges })
    }
}

impl Tenant {
    pub fn modes(&self) -> Modes {
        Modes {
            delivery: self.delivery.to_string(),
            charges: self.charges.to_string(),
        }
    }

    pub async fn load(store: &Store, defaults: Defaults) -> Result<Tenant> {
        let settings = store
            .get_consistent::<Settings>(SETTINGS_ID)
            .await?
            .unwrap_or_default();
        Tenant::read(store.tenant().as_str(), &settings, defaults)
    }

    fn read(tenant: &str, record: &Record, defaults: Defaults) -> Result<Tenant> {
        let text = |field, absent: &str| {
            Some(record.text(field))
                .filter(|t| !t.is_empty())
                .unwrap_or(absent)
                .to_owned()
        };
        let zone_name = text(settings::TIME_ZONE, "UTC");
        let unusable = |field: &str, cause: String| {
            Error::invalid(format!("/{field}"), format!("setting {field}: {cause}"))
        };
        let zone = TimeZone::get(&zone_name)
            .map_err(|_| unusable("time_zone", format!("{zone_name} is no IANA time zone")))?;
        let currency = text(settings::CURRENCY, "USD")
            .parse()
            .map_err(|e: model::money::MoneyError| unusable("currency", e.to_string()))?;
        let mode = record.get(settings::DELIVERY).unwrap_or(defaults.delivery);
        let address = record.get(settings::DELIVERY_ADDRESS);
        let delivery =
            mail::Delivery::parse(model::choice::Choice::as_str(mode), address.as_deref())
                .map_err(|cause| unusable("delivery_address", cause))?;
        Ok(Tenant {
            name: text(settings::NAME, tenant),
            zone,
            zone_name,
            currency,
            holidays: holidays(record),
            delivery,
            charges: record.get(settings::CHARGES).unwrap_or(defaults.charges),
            second_approver: record.is(settings::SECOND_APPROVER),
            limits: Limits {
                max_failures: record.get(settings::MAX_FAILURES),
                max_failure_share: record.get(settings::MAX_FAILURE_SHARE),
                max_amount: record.get(settings::MAX_AMOUNT),
            },
            sender: text(settings::SENDER, &format!("membership@{tenant}.example")),
            portal_url: text(
                settings::PORTAL_URL,
                &format!("https://{tenant}.example/portal"),
            ),
            clock: record.get(settings::CLOCK).filter(|_| defaults.test_clock),
        })
    }

    /// The present moment, as this tenant's clock shows it.
    pub fn now(&self) -> Timestamp {
        self.clock.unwrap_or_else(Timestamp::now)
    }

    /// The tenant's calendar day.
    pub fn today(&self) -> Date {
        self.now().to_zoned_datetime(self.zone.clone()).date()
    }
}

fn holidays(settings: &Record) -> Vec<Date> {
    let days = settings.get(settings::HOLIDAYS).unwrap_or_default();
    days.iter()
        .filter_map(|day| model::field::date(day))
        .collect()
}
