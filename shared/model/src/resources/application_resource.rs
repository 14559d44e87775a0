//! Applications as a resource: their table, fields, rules and index keys.

use super::application::{
    ADD_ONS, Applications, DATE, NAME, ORDER_ID, PACKAGE_ID, PROCESS_ID, STATUS, STATUS_REASON_ID,
    TYPE, TYPE_ID, of_owner,
};
use super::application_search::{PACKED, SEARCHED, date_shard};
use super::common::{CUSTOM_FIELDS, flag, list, open, text, texts};
use super::lists::check_distinct;
use super::owner::{CONTACT_ID, ORGANIZATION_ID, OWNER_TYPE, check_owner, owner_field};
use crate::error::Problems;
use crate::field::{FieldDef, FieldType, Kind, moment};
use crate::ids::{TenantId, shard};
use crate::index::{APPLICATIONS_BY_DATE, APPLICATIONS_BY_OWNER, Table};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use jiff::civil::Date;
use serde_json::Value;

impl Resource for Applications {
    const NAME: &'static str = "applications";
    const TABLE: Table = Table::Applications;
    const LAYOUT: Layout = Layout::Sharded;
    const SCHEMA: &'static Schema = &Schema {
        title: "Application",
        groups: &[IDENTITY, PROGRESS, WANTED, OTHER, crate::sys::GROUP],
    };

    fn check(_before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_owner(after, problems);
        check_distinct(after, ADD_ONS, "add_on_id", problems);
    }

    fn index_keys(tenant: &TenantId, after: &Record) -> Vec<(&'static str, Option<String>)> {
        let owner = after.get(OWNER_TYPE).zip(after.get(owner_field(after)));
        let key = owner.map(|(owner_type, id)| of_owner(tenant, owner_type, &id));
        let date = after.get(DATE);
        let shard = date.map(|_| date_shard(tenant, shard(after.text(ID_FIELD))));
        vec![
            (APPLICATIONS_BY_OWNER.hash, key),
            (APPLICATIONS_BY_DATE.hash, shard),
            (APPLICATIONS_BY_DATE.range, date.map(moment)),
        ]
    }

    fn packed(after: &Record) -> Vec<(&'static str, String)> {
        vec![(PACKED, Value::Object(after.pick(SEARCHED)).to_string())]
    }
}

const ASSIGNED: Kind = Kind::Object(&[
    FieldDef::new("type", Kind::Choice(&["existing", "new"]))
        .guessed()
        .about("Whether the person is known already; `existing` is documented, `new` is not."),
    text("contact_id", "Who, if known.")
        .when_is("type", "existing")
        .refers_to("contacts"),
    open("new_contact_info", "Who, if not yet known.").when_is("type", "new"),
    texts("chapter_ids", "Chapters.").refers_to("chapters"),
    texts("section_ids", "Sections.").refers_to("sections"),
    texts("add_on_ids", "Add-ons.").refers_to("addOns"),
]);

const IDENTITY: Group = Group {
    title: "Identity",
    fields: &[
        ID_FIELD.def,
        TYPE.def,
        PROCESS_ID.def,
        OWNER_TYPE.def,
        CONTACT_ID.def,
        ORGANIZATION_ID.def,
        NAME.def,
    ],
};

const PROGRESS: Group = Group {
    title: "Progress",
    fields: &[
        DATE.def,
        STATUS.def,
        STATUS_REASON_ID.def,
        ORDER_ID.def,
        text("order_line_item_id", "That order's line for the package."),
    ],
};

const WANTED: Group = Group {
    title: "What is applied for",
    fields: &[
        PACKAGE_ID.def,
        TYPE_ID.def,
        flag(
            "renew_automatically",
            "Whether to be charged for each new term.",
        ),
        text("chapter_id", "The primary chapter.").refers_to("chapters"),
        texts("additional_chapter_ids", "Further chapters.").refers_to("chapters"),
        texts("section_ids", "Sections.").refers_to("sections"),
        ADD_ONS.def,
        list(
            "assigned_contacts",
            &ASSIGNED,
            "People an organization picks to be members with it.",
        ),
        texts(
            "corporate_member_ids",
            "Contacts who become members with the organization.",
        )
        .refers_to("contacts"),
        FieldDef::new("override_join_date", Date::KIND)
            .about("Becomes the join date instead of the computed one."),
    ],
};

const OTHER: Group = Group {
    title: "Other",
    fields: &[
        text("referral_contact_id", "Who referred the applicant.").refers_to("contacts"),
        flag(
            "do_not_show_in_directory",
            "Keeps the member out of the directory.",
        ),
        flag(
            "do_not_renew",
            "Keeps the member out of everything that renews.",
        ),
        texts(
            "hidden_directory_fields",
            "Fields the member hides in the directory.",
        ),
        text("notes", "Staff's notes."),
        CUSTOM_FIELDS,
    ],
};
