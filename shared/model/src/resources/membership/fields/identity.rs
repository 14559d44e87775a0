//! Whose membership it is, and what it comes from.

use crate::field::{Field, FieldDef, Kind, Pattern, Writer};
use crate::ids::ID_MAX;
use crate::resource::id_field;
use crate::resources::common::{client, list, own, server, text, texts};
use crate::resources::owner::{CONTACT_ID, ORGANIZATION_ID, OWNER_TYPE};
use crate::schema::Group;
use serde_json::Value;

crate::choice! {
    /// Bought, computed from an organization's, or picked by its administrator.
    pub enum Origin {
        Principal = "principal",
        Flowdown = "flowdown",
        Assigned = "assigned",
    }
}

static MEMBERSHIP_ID: Pattern = Pattern::new(r"^[\w\-|:]+$");
static PARENT_ID: Pattern = Pattern::with_example(r"organization:.*", "organization:o-1");

pub const ID: Field<String> = Field::with(id_field(&MEMBERSHIP_ID));
/// The highest number a membership may have.
pub const NUMBER_MAX: i64 = 999_999_999;
/// Up to here the counter follows numbers that come from elsewhere. One above stands
/// apart and is passed over once the counter comes to it: so a single number at the end
/// never uses up everybody's.
pub const FOLLOWED_MAX: i64 = 900_000_000;
pub const NUMBER_FIELD: Field<i64> = Field::with(
    server(FieldDef::new(
        "number",
        Kind::Number {
            min: 1.0,
            max: NUMBER_MAX as f64,
            whole: true,
        },
    ))
    .about("Unique within the tenant, never reused; gaps are allowed."),
);
pub const CUSTOMER_ID: Field<String> = own("customer_id", "Whichever of the two is set.");
/// Not even an admin changes a copy: it would stand until the owner's next change.
const fn copied(name: &'static str, about: &'static str) -> Field<String> {
    let def = own::<String>(name, about).def;
    Field::with(def.writer(Writer::ServerAlone))
}

pub const FIRST_NAME: Field<String> = copied("first_name", "Copied from the contact.");
pub const LAST_NAME: Field<String> = copied("last_name", "Copied from the contact.");
pub const NAME: Field<String> = copied("name", "Copied from the owner.");
pub const EMAIL_ADDRESS: Field<String> = copied("email_address", "Copied from the owner.");
pub const CITY: Field<String> = copied("city", "Copied from the owner.");
pub const STATE: Field<String> = copied("state", "Copied from the owner.");
pub const COUNTRY: Field<String> = copied("country", "Copied from the owner.");
pub const JOB_TITLE: Field<String> = copied("job_title", "Copied from the contact.");

pub const IDENTITY: Group = Group {
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
    .refers_to("memberships")
    .about("The organization's membership a derived one comes from."),
);
pub const OVERRIDDEN_FIELDS: Field<Vec<String>> = Field::with(texts(
    "overridden_fields",
    "Fields changed on a derived membership, which flowdown leaves alone.",
));

/// The membership at the top of the cascade, and its organization.
pub const MASTER_ID: Field<String> = own("master_membership_id", "The top of the cascade.");
pub const MASTER_ORGANIZATION_ID: Field<String> = own(
    "master_membership_organization_id",
    "The organization at the top of the cascade.",
);
pub const FLOWDOWN_DEPTH: Field<i64> = Field::with(
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
);
pub const PARENT_VERSION: Field<i64> = own(
    "parent_membership_version",
    "The version of the parent that what is inherited was last taken from; absent where flowdown has not computed it.",
);
/// Who is picked, each with chapters, sections and add-ons.
pub const ASSIGNED: Field<Vec<Value>> = Field::with(list(
    "assigned_memberships",
    &ASSIGNED_ENTRY,
    "People an organization's administrator has picked.",
));

const ASSIGNED_ENTRY: Kind = Kind::Object(&[
    text("contact_id", "Who.").refers_to("contacts"),
    texts("chapter_ids", "Chapters.").refers_to("chapters"),
    texts("section_ids", "Sections.").refers_to("sections"),
    texts("add_on_ids", "Add-ons.").refers_to("addOns"),
]);

pub const ORIGINS: Group = Group {
    title: "Origin",
    fields: &[
        ORIGIN.def,
        PARENT_ID_FIELD.def.when_is("origin", "flowdown"),
        MASTER_ID.def,
        MASTER_ORGANIZATION_ID.def,
        FLOWDOWN_DEPTH.def,
        PARENT_VERSION.def,
        OVERRIDDEN_FIELDS.def,
        ASSIGNED.def,
        text(
            "application_process_id",
            "The process it was applied for through.",
        )
        .refers_to("applicationProcesses"),
        text("application_id", "The application it came from.").refers_to("applications"),
    ],
};
