//! A tenant's settings: one record, its id `settings`.

use super::common::{BODY, client, flag, list, money, text};
use crate::field::{Field, FieldDef, FieldType, Kind};
use crate::record::Record;
use rust_decimal::Decimal;

crate::choice! {
    /// Whether mail leaves (rule SET-4).
    pub enum DeliveryMode {
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

crate::choice! {
    /// Which membership counts where a person has one of their own and one that derives
    /// from an organization's (rule MEM-18).
    pub enum Preference {
        Principal = "principal",
        Derived = "derived",
    }
}

pub const PREFERENCE: Field<Preference> = Field::with(
    FieldDef::new("conflicting_membership_preference", Preference::KIND)
        .guessed()
        .about("Which membership counts where a person has one of their own and one by an organization; principal when absent."),
);

/// Whether the derived one counts.
pub fn prefers_derived(settings: Option<&Record>) -> bool {
    settings.and_then(|settings| settings.get(PREFERENCE)) == Some(Preference::Derived)
}

pub const TIME_ZONE: Field<String> = Field::with(
    text(
        "time_zone",
        "IANA time zone in which dates are counted; UTC when absent.",
    )
    .example("Europe/Zurich"),
);
pub const LANGUAGE: Field<String> = Field::with(
    text(
        "language",
        "Language by which names are sorted (BCP 47), also with a collation; the order of all languages when absent.",
    )
    .example("de-u-co-phonebk"),
);
pub const CURRENCY: Field<String> =
    Field::with(text("currency", "ISO 4217 currency of prices; USD when absent.").example("EUR"));
pub const HOLIDAYS: Field<Vec<String>> = Field::with(list(
    "holidays",
    &Kind::Date,
    "Days that are no business days.",
));
pub const CERTIFICATE_MODE: Field<String> = client(
    "certificate_mode",
    "`automatically generate`, or absent: certificates are made of the template; anything else: they are not.",
);
pub const CERTIFICATE_TEMPLATE: Field<String> = Field::with(
    FieldDef::new("certificate_template", BODY)
        .about("HTML of certificates with merge fields in double braces (rule FILE-6)."),
);
pub const DELIVERY: Field<DeliveryMode> = Field::with(
    FieldDef::new("delivery", DeliveryMode::KIND).about("Whether mail leaves; off when absent."),
);
pub const DELIVERY_ADDRESS: Field<String> = Field::with(
    text(
        "delivery_address",
        "Where all mail goes when delivery is redirect.",
    )
    .when_is("delivery", "redirect")
    .example("test@association.example"),
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
pub const CHARGE_RETRY_DAYS: Field<i64> = Field::with(
    FieldDef::new("charge_retry_days", i64::KIND)
        .about("Days until a refused card is charged again; 3 when absent."),
);
pub const MAX_CHARGE_ATTEMPTS: Field<i64> = Field::with(
    FieldDef::new("max_charge_attempts", i64::KIND)
        .about("Most attempts at charging a card for one order; 4 when absent."),
);
pub const SENDER: Field<String> = Field::with(
    text("sender_address", "The sender of notices that name none.")
        .example("membership@association.example"),
);
pub const STAFF: Field<String> = Field::with(
    text(
        "payment_notification_email",
        "Who is told of payments that somebody has to look at; addresses separated by comma or semicolon.",
    )
    .example("treasurer@association.example"),
);
pub const TAKE_CREDIT: Field<bool> = Field::with(flag(
    "new_orders_take_credit",
    "Whether new orders are paid from the member's credit as far as it goes; off when absent.",
));
pub const NAME: Field<String> = Field::with(text(
    "association_name",
    "The association's name in its mail.",
));
pub const PORTAL_URL: Field<String> = Field::with(
    text(
        "portal_url",
        "Where members renew and pay: the base of the links in mail.",
    )
    .example("https://portal.association.example"),
);
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

pub enum Settings {}
