//! The small catalogue groups: types, packages, status reasons.

pub use super::common::NAME;
use super::common::{BODY, CUSTOM_FIELDS, flag, list, money, num, open, text, texts};
pub use super::joining::most_contacts;
use super::joining::{SEATS, check_bundle, check_chapters, check_seats, check_sections};
use super::membership::{OwnerType, Status};
use super::people::{DUE_COPIES, FLOWDOWN_DUE, due_key};
use super::products::PRODUCT;
pub use super::products::{MEMBER_PRICE, PRICE};
use crate::error::{Problem, Problems};
use crate::field::{Field, FieldDef, FieldType, Kind, Pattern};
use crate::index::{Index, IndexKey, Table};
use crate::package::{DuesProration, ExpirationOptions, MAX_DAYS, MAX_YEARS, UpdateDatesWhen};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

pub const IS_ACTIVE: Field<bool> = Field::with(flag(
    "is_active",
    "Whether it can be chosen; absent means yes.",
));

/// Whether a record can be chosen or used.
pub fn is_active(record: &Record) -> bool {
    record.get(IS_ACTIVE) != Some(false)
}

/// Whether a type can be chosen for such an owner.
pub fn is_offered_to(kind: &Record, owner: OwnerType) -> bool {
    is_active(kind) && kind.get(CUSTOMER_TYPE) == Some(owner)
}

static PAGE_LAYOUT: Pattern =
    Pattern::with_example(r"^membership-memberships__.*", "membership-memberships__1");
const LAYOUT_ID: Kind = Kind::Text {
    max: 300,
    pattern: Some(&PAGE_LAYOUT),
};

pub const ENABLE_FLOWDOWN: Field<bool> = Field::with(flag(
    "enable_flowdown",
    "Whether an organization's people receive memberships.",
));
pub const FLOWDOWN_TYPE_ID: Field<String> =
    Field::with(text("flowdown_membership_type_id", "The type they receive.").refers_to("types"));
pub const CUSTOMER_TYPE: Field<OwnerType> = Field::with(
    FieldDef::new("customer_type", OwnerType::KIND)
        .required()
        .about("Who can hold it."),
);

pub enum Types {}

/// What a type's certificates and cards are made of (rules FILE-1 and FILE-2).
pub const OVERRIDE_CERTIFICATE_SETTINGS: Field<bool> = Field::with(flag(
    "override_certificate_settings",
    "Whether certificate_settings stand instead of the tenant's.",
));
pub const CERTIFICATE_SETTINGS: Field<Value> = Field::with(
    open(
        "certificate_settings",
        "The type's own certificates: `certificate_mode` and `certificate_template`, as in the settings.",
    )
    .when_true("override_certificate_settings"),
);
pub const ID_CARD_TEMPLATE_ID: Field<String> =
    Field::with(text("id_card_template_id", "Its ID card.").refers_to("idCardTemplates"));

impl Resource for Types {
    const NAME: &'static str = "types";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const INDEXES: &'static [Index] = &[DUE_COPIES];
    const SCHEMA: &'static Schema = &Schema {
        title: "MembershipType",
        groups: &[
            Group {
                title: "Type",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    CUSTOMER_TYPE.def,
                    text("display_in_portal_as", "Its name for members."),
                    text("portal_description", "Its description for members."),
                    num("display_order", "Place in lists."),
                    flag("hide_from_portal", "Keeps it out of the portal."),
                    IS_ACTIVE.def,
                    FieldDef::new("membership_console_page_layout_id", LAYOUT_ID)
                        .about("Layout for staff."),
                    FieldDef::new("membership_portal_page_layout_id", LAYOUT_ID)
                        .about("Layout for members."),
                    FieldDef::new("membership_360_screen_id", LAYOUT_ID).about("Screen for staff."),
                    ENABLE_FLOWDOWN.def,
                    FLOWDOWN_TYPE_ID.def,
                    open("flowdown_options", "How; its shape is not documented."),
                    OVERRIDE_CERTIFICATE_SETTINGS.def,
                    CERTIFICATE_SETTINGS.def,
                    flag(
                        "enable_section_restrictions",
                        "Whether section_restrictions hold.",
                    ),
                    open("section_restrictions", "How many sections.")
                        .when_true("enable_section_restrictions"),
                    ID_CARD_TEMPLATE_ID.def,
                    flag(
                        "enable_custom_order_generation",
                        "Whether orders are made elsewhere.",
                    ),
                    open("custom_order_generation_options", "How.")
                        .when_true("enable_custom_order_generation"),
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_sections(before, after, problems);
    }

    fn mark(before: Option<&Record>, after: &mut Record, at: Timestamp) {
        let flows = |record: &Record| {
            let flows = (record.is(ENABLE_FLOWDOWN), record.get(FLOWDOWN_TYPE_ID));
            (flows, record.get(CUSTOMER_TYPE))
        };
        // Nobody holds a new one yet.
        if before.is_some_and(|before| flows(before) != flows(after)) {
            after.set(FLOWDOWN_DUE, at);
        }
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        due_key(after)
    }
}

pub const APPLIES_TO: Field<Status> = Field::with(
    FieldDef::new("applies_to", Status::KIND).about("The membership status it refines."),
);
pub const PRIORITY: Field<Value> = Field::with(num(
    "priority",
    "The lowest active one is chosen when a status changes without a reason.",
));

pub enum StatusReasons {}

impl Resource for StatusReasons {
    const NAME: &'static str = "statusReasons";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "StatusReason",
        groups: &[
            Group {
                title: "Status reason",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    APPLIES_TO.def,
                    IS_ACTIVE.def,
                    PRIORITY.def,
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}

pub const EXPIRATION_OPTIONS: Field<Value> = Field::with(
    FieldDef::new("expiration_options", EXPIRATION).about("How long a term is and when it ends."),
);
pub const UPDATE_DATES_WHEN: Field<String> = Field::with(
    FieldDef::new("update_dates_when", UPDATE_WHEN)
        .about("When a purchase moves the dates; when the invoice is paid in full if absent."),
);
pub const UPDATE_DATES_VALUE: Field<Decimal> = Field::with(
    money(
        "update_dates_value",
        "The percentage, or the amount, that has to be paid.",
    )
    .guessed(),
);
pub const RENEWS_WITH: Field<String> = Field::with(
    text(
        "renews_with_id",
        "The package a renewal buys; the same one when absent.",
    )
    .refers_to("packages"),
);
pub const ENABLE_PRORATION: Field<bool> = Field::with(flag(
    "enable_dues_proration",
    "Whether dues_proration holds.",
));
pub const PRORATION: Field<Value> = Field::with(
    FieldDef::new("dues_proration", PRORATION_KIND)
        .about("Percentage of full dues by month of purchase."),
);
pub const BILL_ORGANIZATION: Field<bool> = Field::with(flag(
    "bill_organization",
    "Whether the member's organization is billed.",
));
const ORGANIZATIONAL_OPTIONS: Field<Value> = Field::with(open(
    SEATS,
    "How many people an organization may name: `maximum_number_of_contacts`, a whole number; any number when absent.",
));

pub const PACKAGE_TYPE_ID: Field<String> =
    Field::with(text("membership_type_id", "The type it grants.").refers_to("types"));

const UPDATE_WHEN: Kind = Kind::Choice(&[
    "immediately",
    "invoice paid in full",
    "percentage paid",
    "amount paid",
]);
const PERCENT: Kind = Kind::Number {
    min: 0.0,
    max: 1000.0,
    whole: false,
};
const fn month(name: &'static str) -> FieldDef {
    FieldDef::new(name, PERCENT).about("Percentage of full dues; absent is 100, 0 is free.")
}
const PRORATION_KIND: Kind = Kind::Object(&[
    FieldDef::new(
        "applies_to",
        Kind::Choice(&["new members", "renewing members", "all"]),
    )
    .about("Whose dues."),
    month("january"),
    month("february"),
    month("march"),
    month("april"),
    month("may"),
    month("june"),
    month("july"),
    month("august"),
    month("september"),
    month("october"),
    month("november"),
    month("december"),
]);
const fn count(name: &'static str, min: f64, max: f64, about: &'static str) -> FieldDef {
    FieldDef::new(
        name,
        Kind::Number {
            min,
            max,
            whole: true,
        },
    )
    .about(about)
}
static MONTH_DAY: Pattern =
    Pattern::with_example(r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", "01-31");
const fn month_day(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(
        name,
        Kind::Text {
            max: 5,
            pattern: Some(&MONTH_DAY),
        },
    )
    .about(about)
}
const CALENDAR: Kind = Kind::Object(&[
    count(
        "start_of_calendar_year",
        1.0,
        12.0,
        "First month of the association's year.",
    )
    .required(),
    month_day(
        "sell_for_next_year_after",
        "MM-DD after which the next year is sold.",
    ),
    count(
        "number_of_years",
        1.0,
        MAX_YEARS as f64,
        "Length of a term.",
    )
    .required(),
]);
const FIXED: Kind = Kind::Object(&[
    month_day("range_start", "MM-DD, inclusive.").required(),
    month_day("range_end", "MM-DD, inclusive.").required(),
    month_day("expiration_date", "MM-DD.").required(),
]);
const ANNIVERSARY: Kind = Kind::Object(&[
    count("term_length", 1.0, MAX_DAYS as f64, "Length of a term.").required(),
    FieldDef::new("term_type", Kind::Choice(&["days", "months", "years"]))
        .required()
        .about("Its unit."),
    flag(
        "allow_mid_month_expirations",
        "Whether a term may end before the month does.",
    ),
    count(
        "sell_for_next_month_after",
        1.0,
        31.0,
        "Day of month after which the next month is the first.",
    ),
    flag(
        "enable_fixed_expiration_dates",
        "Whether fixed_expiration_dates hold.",
    ),
    list(
        "fixed_expiration_dates",
        &FIXED,
        "Ranges of purchase dates with the date they expire.",
    )
    .when_true("enable_fixed_expiration_dates"),
]);
const REINSTATEMENT: Kind = Kind::Object(&[
    count(
        "reinstatement_period",
        0.0,
        MAX_DAYS as f64,
        "Days after the grace period.",
    ),
    flag(
        "give_renewal_pricing_during_reinstatement_period",
        "Whether the renewal price holds.",
    ),
]);
const EXPIRATION: Kind = Kind::Object(&[
    FieldDef::new(
        "expiration_type",
        Kind::Choice(&["calendar", "anniversary", "lifetime"]),
    )
    .required()
    .about("Which of the two holds."),
    FieldDef::new("calendar_expiration_options", CALENDAR)
        .when_is("expiration_type", "calendar")
        .about("Terms that end with the association's year."),
    FieldDef::new("anniversary_expiration_options", ANNIVERSARY)
        .when_is("expiration_type", "anniversary")
        .about("Terms that run from the purchase."),
    count(
        "grace_period",
        0.0,
        MAX_DAYS as f64,
        "Days after expiration in which a member still counts as renewing.",
    ),
    flag(
        "allow_reinstatement",
        "Whether a lapsed member can be reinstated.",
    ),
    FieldDef::new("reinstatement_options", REINSTATEMENT)
        .when_true("allow_reinstatement")
        .about("How."),
]);

pub enum Packages {}

impl Resource for Packages {
    const NAME: &'static str = "packages";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "Package",
        groups: &[
            MEMBERSHIP,
            Group {
                title: "Product",
                fields: &PRODUCT,
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        problems.extend_new(unusable_terms(after));
        let switch = Some("override_chapter_configuration");
        check_chapters(before, after, switch, problems);
        check_seats(before, after, problems);
        check_bundle(before, after, problems);
    }
}

/// What no term could be computed from, by the reading that computes them.
fn unusable_terms(package: &Record) -> Vec<Problem> {
    let under = |field: &str, found: Vec<Problem>| {
        let at = format!("/{field}");
        found.into_iter().map(move |problem| problem.under(&at))
    };
    let mut problems = Vec::new();
    if let Some(options) = package.raw(EXPIRATION_OPTIONS.name()) {
        let found = ExpirationOptions::parse(options).err().unwrap_or_default();
        problems.extend(under(EXPIRATION_OPTIONS.name(), found));
    }
    let proration = package.raw(PRORATION.name());
    // Switched off it is not read, so it may be unfinished.
    if let Some(table) = proration.filter(|_| package.is(ENABLE_PRORATION)) {
        let found = DuesProration::parse(table).err().unwrap_or_default();
        problems.extend(under(PRORATION.name(), found));
    }
    let fields = Value::Object(package.fields().clone());
    problems.extend(UpdateDatesWhen::parse(&fields).err().unwrap_or_default());
    problems
}

/// The flag of a package whose holders are active without benefits.
pub const NO_BENEFITS: &str = "does_not_receive_member_benefits";

const MEMBERSHIP: Group = Group {
    title: "Membership",
    fields: &[
        ID_FIELD.def,
        NAME.def,
        IS_ACTIVE.def,
        FieldDef::new("type", Kind::Choice(&["membership-packages"])).about("Always the same."),
        text("display_in_portal_as", "Its name for members."),
        PACKAGE_TYPE_ID.def,
        RENEWS_WITH.def,
        flag(NO_BENEFITS, "Whether holders are active without benefits."),
        num("display_order", "Place in lists."),
        ENABLE_PRORATION.def,
        PRORATION.def,
        flag(
            "override_chapter_configuration",
            "Whether chapter_configuration stands instead of the tenant's.",
        ),
        open("chapter_configuration", "How chapters are joined."),
        flag("override_section_configuration", "Likewise for sections."),
        open("section_configuration", "How sections are joined."),
        flag(
            "auto_renew_by_default",
            "Whether buyers are opted into automatic renewal.",
        ),
        text("available_to", "As in `new members`."),
        EXPIRATION_OPTIONS.def,
        FieldDef::new("description", BODY).about("For members."),
        ORGANIZATIONAL_OPTIONS.def,
        BILL_ORGANIZATION.def,
        UPDATE_DATES_WHEN.def,
        UPDATE_DATES_VALUE.def,
        list("suggest_donations", &Kind::Any, "Offered with it."),
        flag("hide_from_online_store", "Keeps it out of the store."),
        texts("product_tags_to_show_at_checkout", "Offered with it."),
    ],
};
