//! A tenant as billing sees it: settings with their defaults, and what day it is.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::address::Address;
use model::money::Currency;
use model::name_order::Language;
use model::resources::billing_run::MODES;
use model::resources::csv_style::CsvStyle;
use model::resources::settings::{Charges, SETTINGS_ID, Settings};
use model::resources::tenant_settings::TenantSettings;
pub use model::resources::tenant_settings::{Delivery, Limits, Retries};
use model::{Deployment, Record, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Store;

/// What holds where a tenant's settings are silent. A deployment mails and
/// charges nobody until told to; the local stack, which reaches nobody, does.
#[derive(Clone, Debug)]
pub struct Defaults {
    pub delivery: Delivery,
    pub charges: Charges,
    pub deployment: Deployment,
}

impl Defaults {
    pub const DEPLOYED: Defaults = Defaults {
        delivery: Delivery::Off,
        charges: Charges::Off,
        deployment: Deployment::IN_AN_ACCOUNT,
    };
    pub const LOCAL: Defaults = Defaults {
        delivery: Delivery::Live,
        charges: Charges::Test,
        deployment: Deployment::LOCAL,
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
    pub delivery: Delivery,
    pub charges: Charges,
    pub second_approver: bool,
    /// Whether the server approves what recurring runs have made.
    pub auto_approve: bool,
    pub limits: Limits,
    pub retries: Retries,
    pub sender: String,
    /// Addresses, separated by commas; empty where nobody is named.
    pub staff: String,
    /// Whether new orders are paid from the member's credit.
    pub take_credit: bool,
    pub portal_url: String,
    pub csv: CsvStyle,
    /// By which names are sorted.
    pub language: Option<Language>,
    clock: Option<Timestamp>,
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

    pub async fn load(store: &Store, defaults: &Defaults) -> Result<Tenant> {
        // Consistent: who has just turned mail or charges off expects the next request to obey.
        let settings = store.get_consistent::<Settings>(SETTINGS_ID).await?;
        let settings = TenantSettings::stored(settings.as_ref())?;
        Ok(Tenant::read(store.tenant().as_str(), settings, defaults))
    }

    fn read(tenant: &str, settings: TenantSettings, defaults: &Defaults) -> Tenant {
        let sender = settings.sender.map(|address| address.to_string());
        let portal_url = settings.portal_url;
        let staff: Vec<&str> = settings.staff.iter().map(Address::as_str).collect();
        Tenant {
            name: settings.name.unwrap_or_else(|| tenant.to_owned()),
            zone: settings.zone,
            zone_name: settings.zone_name,
            currency: settings.currency,
            holidays: settings.holidays,
            delivery: settings.delivery.unwrap_or(defaults.delivery.clone()),
            charges: settings.charges.unwrap_or(defaults.charges),
            second_approver: settings.second_approver,
            auto_approve: settings.auto_approve,
            limits: settings.limits,
            retries: settings.retries,
            staff: staff.join(","),
            take_credit: settings.take_credit,
            sender: sender.unwrap_or_else(|| format!("membership@{tenant}.example")),
            portal_url: portal_url.unwrap_or_else(|| format!("https://{tenant}.example/portal")),
            csv: settings.csv,
            language: settings.language,
            clock: settings.clock.filter(|_| defaults.deployment.test_clock),
        }
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
