//! How it is billed, and what it was last told.

use crate::field::{Field, FieldDef, Kind, Writer};
use crate::resources::common::{client, own, text};
use crate::schema::Group;
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

crate::choice! {
    pub enum BillMethod {
        RenewalOrder = "renewal order",
        AutoRenewalOrder = "auto renewal order",
        RenewalNotice = "renewal notice",
    }
}

pub const RENEW_AUTOMATICALLY: Field<bool> = client(
    "renew_automatically",
    "Whether the member has opted into being charged for each new term.",
);
pub const PAYMENT_INFO: Field<Value> = Field::with(
    FieldDef::new("renewal_payment_info", PAYMENT)
        .when_true("renew_automatically")
        .about("The stored card that renews. The provider's token is never returned."),
);
pub const CARD_EXPIRATION: Field<Date> = client(
    "renewal_payment_card_expiration",
    "When the stored card expires.",
);
pub const BILLED: Field<bool> = own("billed", "Whether the coming term has been billed.");
pub const LAST_BILL_DATE: Field<Timestamp> = own("last_bill_date", "When last billed or notified.");
pub const BILL_METHOD: Field<BillMethod> = own("bill_method", "How last billed or notified.");
pub const LAST_REMINDER: Field<i64> =
    own("last_reminder", "The last reminder's id; reset on renewal.");
pub const LAST_REMINDER_DATE: Field<Timestamp> = own("last_reminder_date", "When it was sent.");
pub const LAST_CARD_WARNING: Field<i64> = own(
    "last_expired_card_warning",
    "The last card warning's id; reset on renewal.",
);
pub const LAST_CARD_WARNING_DATE: Field<Timestamp> =
    own("last_expired_card_warning_date", "When it was sent.");
pub const BILL_ORGANIZATION: Field<bool> = client(
    "bill_organization",
    "Whether the contact's organization is billed instead.",
);
pub const DO_NOT_RENEW: Field<bool> = client(
    "do_not_renew",
    "Keeps the member out of everything that renews.",
);
pub const DO_NOT_DROP: Field<bool> = client("do_not_drop", "Keeps the member from being dropped.");

/// A stored card.
pub const PAYMENT: Kind = Kind::Object(&[
    text(
        "payment_origin",
        "Where the card was given, as in `ad hoc`.",
    ),
    text(
        "payment_account",
        "The provider's token for the stored card.",
    )
    .writer(Writer::Secret),
    text("card_type", "As in `visa`."),
    text("card_expiration", "As printed on the card."),
    text("merchant_account_id", "The account that collects.").guessed(),
]);

pub const BILLING: Group = Group {
    title: "Billing",
    fields: &[
        RENEW_AUTOMATICALLY.def,
        PAYMENT_INFO.def,
        CARD_EXPIRATION.def,
        BILLED.def,
        LAST_BILL_DATE.def,
        BILL_METHOD.def,
        LAST_REMINDER.def,
        LAST_REMINDER_DATE.def,
        LAST_CARD_WARNING.def,
        LAST_CARD_WARNING_DATE.def,
        BILL_ORGANIZATION.def,
        DO_NOT_RENEW.def,
        DO_NOT_DROP.def,
    ],
};
