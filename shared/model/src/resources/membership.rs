//! Memberships: who is a member, of what, until when, and how they are billed.

use super::common::{CUSTOM_FIELDS, flag, list, server, text, texts};
use super::membership_search::{self, SEARCHED};
use crate::error::Problems;
use crate::field::{Field, FieldDef, FieldType, Kind, Pattern, Writer};
use crate::ids::{ID_MAX, TenantId, shard};
use crate::index::{BY_NUMBER, BY_ORDER, BY_PARENT, DUE, Table};
use crate::record::Record;
use crate::resource::{Layout, Resource, id_field};
use crate::schema::{Group, Schema};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub use super::owner::{CONTACT_ID, ORGANIZATION_ID, OWNER_TYPE, OwnerType};

crate::choice! {
    pub enum Status {
        Active = "active",
        Inactive = "inactive",
        Suspended = "suspended",
        ActiveWithoutBenefits = "active without benefits",
    }
}

crate::choice! {
    /// Bought, computed from an organization's, or picked by its administrator.
    pub enum Origin {
        Principal = "principal",
        Flowdown = "flowdown",
        Assigned = "assigned",
    }
}

crate::choice! {
    pub enum BillMethod {
        RenewalOrder = "renewal order",
        AutoRenewalOrder = "auto renewal order",
        RenewalNotice = "renewal notice",
    }
}

crate::choice! {
    pub enum DateStatus {
        Updated = "updated",
        NotYetUpdated = "not yet updated",
    }
}

crate::choice! {
    pub enum OrderStatus {
        AwaitingPayment = "awaiting payment",
        AwaitingShipping = "awaiting shipping",
        AwaitingPickup = "awaiting pickup",
        PartiallyShipped = "partially shipped",
        Shipped = "shipped",
        Completed = "completed",
        Cancelled = "cancelled",
        Disputed = "disputed",
        Open = "open",
        Returned = "returned",
        Void = "void",
    }
}

static MEMBERSHIP_ID: Pattern = Pattern::new(r"^[\w\-|:]+$");
static PARENT_ID: Pattern = Pattern::new(r"organization:.*");

const fn client<T: FieldType>(name: &'static str, about: &'static str) -> Field<T> {
    Field::with(FieldDef::new(name, T::KIND).about(about))
}

const fn own<T: FieldType>(name: &'static str, about: &'static str) -> Field<T> {
    Field::with(
        FieldDef::new(name, T::KIND)
            .writer(Writer::Server)
            .about(about),
    )
}

const fn reference(
    name: &'static str,
    resource: &'static str,
    about: &'static str,
) -> Field<String> {
    Field::with(text(name, about).refers_to(resource))
}

pub const ID: Field<String> = Field::with(id_field(&MEMBERSHIP_ID));
pub const NUMBER_FIELD: Field<i64> = own(
    "number",
    "Unique within the tenant, never reused; gaps are allowed.",
);
pub const CUSTOMER_ID: Field<String> = own("customer_id", "Whichever of the two is set.");
pub const FIRST_NAME: Field<String> = own("first_name", "Copied from the contact.");
pub const LAST_NAME: Field<String> = own("last_name", "Copied from the contact.");
pub const NAME: Field<String> = own("name", "Copied from the owner.");
pub const EMAIL_ADDRESS: Field<String> = own("email_address", "Copied from the owner.");
pub const CITY: Field<String> = own("city", "Copied from the owner.");
pub const STATE: Field<String> = own("state", "Copied from the owner.");
pub const COUNTRY: Field<String> = own("country", "Copied from the owner.");
pub const JOB_TITLE: Field<String> = own("job_title", "Copied from the contact.");
pub const OVERRIDDEN_FIELDS: Field<Vec<String>> = Field::with(texts(
    "overridden_fields",
    "Fields changed on a derived membership, which flowdown leaves alone.",
));
pub const ORIGIN: Field<Origin> = client(
    "origin",
    "Bought, computed or assigned; absent means principal.",
);
pub const PARENT_ID_FIELD: Field<String> = Field::with(
    FieldDef::new(
        "parent_membership_id",
        Kind::Text {
            max: ID_MAX,
            pattern: Some(&PARENT_ID),
        },
    )
    .writer(Writer::Server)
    .about("The organization's membership a derived one comes from."),
);
pub const IS_NEW: Field<bool> = client("is_new", "True from joining until the first renewal.");
pub const DATE_STATUS: Field<DateStatus> = own(
    "date_status",
    "Whether a purchase still waits to move the dates.",
);
pub const STATUS: Field<Status> = client(
    "status",
    "Whether benefits are granted; absent means active.",
);
pub const STATUS_REASON_ID: Field<String> = reference(
    "status_reason_id",
    "statusReasons",
    "Refines the status; the first that applies, by priority, when a change of status gives none.",
);
pub const TYPE_ID: Field<String> = Field::with(
    text("type_id", "The membership type.")
        .required()
        .refers_to("types"),
);
pub const PACKAGE_ID: Field<String> = Field::with(
    text("package_id", "The package held.")
        .required()
        .refers_to("packages"),
);
pub const JOIN_DATE: Field<Date> = client("join_date", "First day as a member.");
pub const MEMBERSHIP_JOIN_DATE: Field<Date> =
    own("membership_join_date", "A copy of join_date for reports.");
pub const JOIN_OR_RENEWAL_DATE: Field<Date> = client(
    "join_or_last_renewal_date",
    "The last of joining, renewing, reinstating.",
);
pub const TERM_START_DATE: Field<Date> = client("term_start_date", "First day of the paid term.");
pub const EXPIRATION_DATE: Field<Date> = client(
    "expiration_date",
    "Last day of the paid term, in the tenant's time zone.",
);
pub const RENEWAL_DATE: Field<Date> = client("renewal_date", "When last renewed.");
pub const REINSTATEMENT_DATE: Field<Date> = client("reinstatement_date", "When last reinstated.");
pub const TERMINATION_DATE: Field<Date> =
    client("termination_date", "When dropped; cleared on return.");
pub const LAPSE_DATE: Field<Date> = own("lapse_date", "When last dropped; never cleared.");
pub const ORDER_ID: Field<String> = own("order_id", "The last membership order.");
pub const ORDER_LINE_ITEM_ID: Field<String> =
    own("order_line_item_id", "Its line for the package.");
pub const ORDER_NUMBER: Field<i64> = own("order_number", "Its number.");
pub const ORDER_BALANCE_DUE: Field<Decimal> =
    own("order_balance_due", "What is still to be paid on it.");
pub const ORDER_AMOUNT_PAID: Field<Decimal> = own("order_amount_paid", "What has been paid on it.");
pub const ORDER_CURRENCY_CODE: Field<String> = own("order_currency_code", "Its ISO 4217 currency.");
pub const ORDER_CURRENCY_SYMBOL: Field<String> =
    own("order_currency_symbol", "That currency's symbol.");
pub const ORDER_STATUS: Field<OrderStatus> = own("order_status", "Where it stands.");
pub const ORDER_TOTAL: Field<Decimal> = own("order_total", "What it comes to.");
pub const RENEW_AUTOMATICALLY: Field<bool> = client(
    "renew_automatically",
    "Whether the member has opted into being charged for each new term.",
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
pub const CHAPTERS: Field<Vec<Value>> = Field::with(list(
    "chapters",
    &CHAPTER,
    "Chapters held, with their dues; the first is the primary one.",
));
pub const SECTIONS: Field<Vec<Value>> = Field::with(list(
    "sections",
    &SECTION,
    "Sections held, with their dues.",
));
pub const ADD_ONS: Field<Vec<Value>> =
    Field::with(list("add_ons", &ADD_ON, "Add-ons held, with their dues."));
pub const PAST_CHAPTERS: Field<Vec<Value>> = Field::with(server(list(
    "past_chapter_memberships",
    &Kind::Open,
    "Chapters left.",
)));
pub const PAST_SECTIONS: Field<Vec<Value>> = Field::with(server(list(
    "past_section_memberships",
    &Kind::Open,
    "Sections left.",
)));
pub const PRIMARY_CHAPTER_ID: Field<String> = own("primary_chapter_id", "Derived from chapters.");
pub const CHAPTER_IDS: Field<Vec<String>> = own("chapter_ids", "Derived from chapters.");
pub const SECTION_IDS: Field<Vec<String>> = own("section_ids", "Derived from sections.");
pub const ADD_ON_IDS: Field<Vec<String>> = own("add_on_ids", "Derived from add_ons.");
pub const HISTORY: Field<Vec<Value>> = own(
    "history",
    "What happened to the membership, each with the state before and after.",
);
pub const DO_NOT_RENEW: Field<bool> = client(
    "do_not_renew",
    "Keeps the member out of everything that renews.",
);
pub const DO_NOT_DROP: Field<bool> = client("do_not_drop", "Keeps the member from being dropped.");
pub const PAYMENT_INFO: Field<Value> = Field::with(
    FieldDef::new("renewal_payment_info", PAYMENT)
        .when_true("renew_automatically")
        .about("The stored card that renews. The provider's token is never returned."),
);

/// The last term that has been billed ends on this day: the billing head's
/// word, mirrored for planning.
pub const COVERED_THROUGH: Field<Date> = Field::with(FieldDef::new("_covered_through", Kind::Date));
/// The open renewal order, mirrored likewise.
pub const OPEN_ORDER: Field<String> = Field::with(FieldDef::new("_open_order", crate::field::TEXT));
/// The expiration date a renewal notice was last sent for: one for each term.
pub const NOTICE_SENT_FOR: Field<Date> = Field::with(FieldDef::new("_notice_sent_for", Kind::Date));

/// The expiration date a pro forma order was last made for.
pub const PRO_FORMA_FOR: Field<Date> = Field::with(FieldDef::new("_pro_forma_for", Kind::Date));
/// `<type>|<series>|<number>` of the reminders sent for the coming term.
pub const REMINDERS_SENT: Field<Vec<String>> =
    Field::with(FieldDef::new("_reminders_sent", crate::field::TEXTS));

const DUES: FieldDef = FieldDef::new("dues", Kind::Money).about("What it costs for a term.");
const JOINED: FieldDef = FieldDef::new("join_date", Kind::Timestamp).about("Since when.");
const NEW_MEMBER: FieldDef = flag("is_new_member", "Whether joined in this term.");
const WAS_RENEWED: FieldDef = flag("was_renewed", "Whether carried over at the last renewal.");
const ON_ORDER: FieldDef = text("order_id", "The order it was bought with.");
const ON_LINE: FieldDef = text("order_line_item_id", "That order's line.");
pub(super) const QUANTITY: FieldDef = FieldDef::new(
    "quantity",
    Kind::Number {
        min: 1.0,
        max: 1e6,
        whole: true,
    },
)
.about("How many.");
/// An id that a link's key can hold.
const fn which(name: &'static str) -> FieldDef {
    let kind = Kind::Text {
        max: ID_MAX,
        pattern: None,
    };
    FieldDef::new(name, kind).about("Which.")
}
const CHAPTER: Kind = Kind::Object(&[
    which("chapter_id").refers_to("chapters"),
    JOINED,
    DUES,
    NEW_MEMBER,
    WAS_RENEWED,
    ON_ORDER,
    ON_LINE,
]);
const SECTION: Kind = Kind::Object(&[
    which("section_id").refers_to("sections"),
    JOINED,
    DUES,
    NEW_MEMBER,
    WAS_RENEWED,
    ON_ORDER,
    ON_LINE,
]);
const ADD_ON: Kind = Kind::Object(&[
    text("add_on_id", "Which.").refers_to("addOns"),
    QUANTITY,
    DUES,
    ON_ORDER,
    ON_LINE,
]);
const ASSIGNED: Kind = Kind::Object(&[
    text("contact_id", "Who.").refers_to("contacts"),
    texts("chapter_ids", "Chapters.").refers_to("chapters"),
    texts("section_ids", "Sections.").refers_to("sections"),
    texts("add_on_ids", "Add-ons.").refers_to("addOns"),
]);
const PAYMENT: Kind = Kind::Object(&[
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

pub enum Memberships {}

impl Resource for Memberships {
    const NAME: &'static str = "memberships";
    const TABLE: Table = Table::Memberships;
    const LAYOUT: Layout = Layout::ByOwner;
    const SCHEMA: &'static Schema = &Schema {
        title: "Membership",
        groups: &[
            IDENTITY,
            ORIGINS,
            LIFE,
            ORDER,
            BILLING,
            AFFILIATIONS,
            OTHER,
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        super::membership_rules::check(before, after, problems);
    }

    fn index_keys(tenant: &TenantId, after: &Record) -> Vec<(&'static str, Option<String>)> {
        let id = after.text(ID);
        let expires = after.get(EXPIRATION_DATE);
        let number = after.get(NUMBER_FIELD);
        vec![
            (DUE.hash, expires.map(|_| due_shard(tenant, shard(id)))),
            (DUE.range, expires.map(|date| date.to_string())),
            (
                BY_PARENT.hash,
                after
                    .get(PARENT_ID_FIELD)
                    .map(|parent| format!("{tenant}#{parent}")),
            ),
            (
                BY_ORDER.hash,
                after
                    .get(ORDER_ID)
                    // An import may bring an id that no key could hold.
                    .filter(|order| (1..=ID_MAX).contains(&order.chars().count()))
                    .map(|order| format!("{tenant}#{order}")),
            ),
            (
                BY_NUMBER.hash,
                number.map(|number| membership_search::partition(tenant, number)),
            ),
            (BY_NUMBER.range, number.map(membership_search::sort_key)),
        ]
    }

    fn links(record: &Record) -> BTreeSet<String> {
        super::affiliations::links(record)
    }

    fn packed(after: &Record) -> Vec<(&'static str, String)> {
        vec![
            (DUE_PACKED, Value::Object(pack_due(after)).to_string()),
            (
                membership_search::PACKED,
                Value::Object(pack(after, SEARCHED)).to_string(),
            ),
        ]
    }
}

/// The attribute of all that planning reads.
pub const DUE_PACKED: &str = "_due";

/// The `due` index's partition for one shard of a tenant.
pub fn due_shard(tenant: &TenantId, shard: u32) -> String {
    format!("{tenant}#{shard:02}")
}

/// Everything planning reads, and nothing else.
pub(super) const PLANNED: &[&str] = &[
    "name",
    "origin",
    "status",
    "status_reason_id",
    "type_id",
    "package_id",
    "expiration_date",
    "do_not_renew",
    "do_not_drop",
    "renew_automatically",
    "renewal_payment_card_expiration",
    "billed",
    "sys_locked",
    "_covered_through",
    "_open_order",
    "_notice_sent_for",
    "_pro_forma_for",
    "_reminders_sent",
];

fn pack_due(record: &Record) -> Map<String, Value> {
    let mut packed = pack(record, PLANNED);
    if record.has(PAYMENT_INFO) {
        packed.insert("has_payment_info".into(), true.into());
    }
    packed
}

pub(super) fn pack(record: &Record, names: &[&str]) -> Map<String, Value> {
    let held = |name: &&str| Some(((*name).to_owned(), record.raw(name)?.clone()));
    names.iter().filter_map(held).collect()
}

const IDENTITY: Group = Group {
    title: "Identity",
    fields: &[
        ID.def,
        NUMBER_FIELD.def.required(),
        OWNER_TYPE.def,
        CONTACT_ID.def,
        ORGANIZATION_ID.def,
        CUSTOMER_ID.def,
        text("directory_image_uri", "A picture for the directory."),
        FIRST_NAME.def,
        LAST_NAME.def,
        NAME.def.required(),
        EMAIL_ADDRESS.def,
        CITY.def,
        STATE.def,
        COUNTRY.def,
        JOB_TITLE.def,
    ],
};

const ORIGINS: Group = Group {
    title: "Origin",
    fields: &[
        ORIGIN.def,
        PARENT_ID_FIELD.def.when_is("origin", "flowdown"),
        server(text("master_membership_id", "The top of the cascade.")),
        server(text(
            "master_membership_organization_id",
            "The organization at the top of the cascade.",
        )),
        FieldDef::new(
            "flowdown_depth",
            Kind::Number {
                min: 1.0,
                max: 10.0,
                whole: true,
            },
        )
        .when_is("origin", "flowdown")
        .writer(Writer::Server)
        .about("Steps from the organization's own membership, 1 to 10."),
        OVERRIDDEN_FIELDS.def,
        list(
            "assigned_memberships",
            &ASSIGNED,
            "People an organization's administrator has picked.",
        ),
        text(
            "application_process_id",
            "The process it was applied for through.",
        )
        .refers_to("applicationProcesses"),
        text("application_id", "The application it came from.").refers_to("applications"),
    ],
};

const LIFE: Group = Group {
    title: "Status and dates",
    fields: &[
        STATUS.def,
        STATUS_REASON_ID.def,
        TYPE_ID.def,
        PACKAGE_ID.def,
        IS_NEW.def,
        DATE_STATUS.def,
        JOIN_DATE.def,
        MEMBERSHIP_JOIN_DATE.def,
        JOIN_OR_RENEWAL_DATE.def,
        TERM_START_DATE.def,
        EXPIRATION_DATE.def,
        RENEWAL_DATE.def,
        REINSTATEMENT_DATE.def,
        TERMINATION_DATE.def,
        LAPSE_DATE.def,
    ],
};

const ORDER: Group = Group {
    title: "Last order",
    fields: &[
        ORDER_ID.def,
        ORDER_LINE_ITEM_ID.def,
        ORDER_NUMBER.def,
        ORDER_BALANCE_DUE.def,
        ORDER_AMOUNT_PAID.def,
        ORDER_CURRENCY_CODE.def,
        ORDER_CURRENCY_SYMBOL.def,
        ORDER_STATUS.def,
        ORDER_TOTAL.def,
    ],
};

const BILLING: Group = Group {
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

const AFFILIATIONS: Group = Group {
    title: "Chapters, sections, add-ons",
    fields: &[
        CHAPTERS.def,
        SECTIONS.def,
        ADD_ONS.def,
        PRIMARY_CHAPTER_ID.def,
        CHAPTER_IDS.def,
        SECTION_IDS.def,
        ADD_ON_IDS.def,
        server(text("chapter_names", "Derived from chapters.")),
        server(text("section_names", "Derived from sections.")),
        server(text("add_on_names", "Derived from add_ons.")),
        PAST_CHAPTERS.def,
        PAST_SECTIONS.def,
        client::<Timestamp>("last_change_affiliation_date", "When they last changed.").def,
    ],
};

const OTHER: Group = Group {
    title: "Other",
    fields: &[
        HISTORY.def,
        texts(
            "hidden_directory_fields",
            "Fields the member hides in the directory.",
        ),
        flag(
            "do_not_show_in_directory",
            "Keeps the member out of the directory.",
        ),
        client::<Timestamp>(
            "date_last_updated_in_portal",
            "When the member last changed it themselves.",
        )
        .def,
        text("referral_contact_id", "Who referred the member.").refers_to("contacts"),
        text("certificate_uri", "A certificate made elsewhere."),
        text("notes", "Staff's notes."),
        CUSTOM_FIELDS,
    ],
};
