//! Contacts and organizations: the people that memberships and notices need. A POST
//! makes their ids, an import brings those of an outside CRM.

use super::common::{ADDRESS, CUSTOM_FIELDS, LABEL, WORDS, text, texts};
use crate::action_id::MEMBERSHIP_ID_MAX;
use crate::address;
use crate::error::Problems;
use crate::field::{Field, FieldDef, Kind, moment};
use crate::index::{Index, IndexKey, Projection, Table};
use crate::lookup::{Lookup, Range};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use crate::search::{Criterion, Everything, Search, Searchable, lines};
use crate::sys::EXTERNAL_ID;
use jiff::Timestamp;
use serde_json::Value;

pub const NAME: Field<String> = Field::with(
    FieldDef::new("name", LABEL)
        .about("The full name.")
        .required(),
);
pub const FIRST_NAME: Field<String> = Field::with(
    FieldDef::new("first_name", WORDS)
        .about("Given name.")
        .guessed(),
);
pub const LAST_NAME: Field<String> = Field::with(
    FieldDef::new("last_name", WORDS)
        .about("Family name.")
        .guessed(),
);
pub const EMAIL_ADDRESS: Field<String> = Field::with(
    text("email_address", "Where mail goes.")
        .example("ada@example.org")
        .guessed(),
);
pub const JOB_TITLE: Field<String> = Field::with(text("job_title", "Position.").guessed());
pub const ADDRESS_FIELD: Field<Value> = Field::with(
    FieldDef::new("address", ADDRESS)
        .guessed()
        .about("Postal address."),
);
pub const ORGANIZATION_ID: Field<String> = Field::with(
    text("organization_id", "The organization the person belongs to.")
        .refers_to("organizations")
        .guessed(),
);
pub const ROLE_IDS: Field<Vec<String>> = Field::with(
    texts(
        "contact_role_ids",
        "The roles the person has there: who gets its notices.",
    )
    .guessed(),
);

/// Longest id of a new contact or organization: a membership derived from two
/// of them, `organization:<id>:<id>`, can then be billed.
pub const PERSON_ID_MAX: usize = (MEMBERSHIP_ID_MAX - "organization::".len()) / 2;

/// Since when memberships may show something older than this record: too many
/// are owned to be written with it.
pub const COPIES_DUE: Field<Timestamp> = Field::with(FieldDef::new("_copies_due", Kind::Timestamp));

/// Since when memberships that derive from an organization's may be otherwise than
/// they should be, because of this record.
pub const FLOWDOWN_DUE: Field<Timestamp> =
    Field::with(FieldDef::new("_flowdown_due", Kind::Timestamp));

/// Whether the mark is of the record's own making: it has left no organization, so that
/// nothing but a membership of the one it names can be missing.
pub const FLOWDOWN_FIRST: Field<bool> = Field::with(FieldDef::new("_flowdown_first", Kind::Bool));

/// Sparse: contacts by the organization they belong to, organizations by their parent.
pub const BY_ORGANIZATION: Index = Index {
    table: Table::Configuration,
    name: "by_organization",
    hash: "_organization",
    range: "_sk",
    projection: Projection::Keys,
    across_tenants: false,
    serves: "flowdown: an organization's people and child organizations",
};

/// The people or child organizations of an organization.
pub fn of_organization<R: Resource>(id: &str) -> Lookup {
    Lookup::index(BY_ORGANIZATION, vec![organization_key::<R>(id)])
}

fn organization_key<R: Resource>(id: &str) -> String {
    format!("{}#{id}", R::NAME)
}

fn keys<R: Resource>(after: &Record, organization: Field<String>) -> Vec<IndexKey> {
    let of = after.get(organization).filter(|id| !id.is_empty());
    let of = of.map(|id| BY_ORGANIZATION.key(organization_key::<R>(&id)));
    due_key(after).into_iter().chain(of).collect()
}

/// Who changes organization loses the memberships of one and receives another's.
fn mark(before: Option<&Record>, after: &mut Record, field: Field<String>, at: Timestamp) {
    if before.and_then(|before| before.get(field)) != after.get(field) {
        after.set(FLOWDOWN_DUE, at);
    }
    let first = before.is_none() && after.has(FLOWDOWN_DUE);
    after.put(FLOWDOWN_FIRST, first.then_some(true));
}

/// Sparse, and of all tenants: whose copies are being brought up to date, and what
/// flowdown is to look at.
pub const DUE_COPIES: Index = Index {
    table: Table::Configuration,
    name: "due_copies",
    hash: "_due_shard",
    range: "_due_at",
    projection: Projection::Keys,
    across_tenants: true,
    serves: "the scheduler: contacts, organizations, chapters, sections and add-ons whose memberships show something older, and what changes flowdown",
};

/// Few are in it at a time, so one partition is enough.
const DUE_PARTITION: &str = "due";

pub(super) fn due_key(after: &Record) -> Vec<IndexKey> {
    let due = [COPIES_DUE, FLOWDOWN_DUE].map(|mark| after.get(mark));
    let due = due.into_iter().flatten().min();
    let key = due.map(|since| DUE_COPIES.sorted(DUE_PARTITION, moment(since)));
    key.into_iter().collect()
}

/// What memberships show something of, of all tenants, whose copies are due since this
/// moment or longer.
pub fn due_copies(until: Timestamp) -> Lookup {
    let until = Range::Between("0000".into(), moment(until));
    Lookup::index(DUE_COPIES, vec![DUE_PARTITION.into()]).range(until)
}

fn check_id(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    // Only a new one: an id can't be changed, so a longer one that is stored would block every
    // edit.
    if before.is_none() && after.text(ID_FIELD).chars().count() > PERSON_ID_MAX {
        let rule = format!("must have at most {PERSON_ID_MAX} characters, to be billed by");
        problems.add("/id", rule);
    }
}

const CONTACT_CRITERIA: [Criterion; 8] = [
    Criterion::any_of(ID_FIELD),
    Criterion::contains(NAME),
    Criterion::contains(FIRST_NAME),
    Criterion::contains(LAST_NAME),
    Criterion::contains(EMAIL_ADDRESS),
    Criterion::mailable(EMAIL_ADDRESS, HAS_EMAIL_ADDRESS),
    Criterion::any_of(ORGANIZATION_ID),
    Criterion::any_of(EXTERNAL_ID),
];

/// Nobody can be mailed without an address, so these are searched for.
const HAS_EMAIL_ADDRESS: &str = "has_email_address";

impl Searchable for Contacts {
    const SEARCH: &'static Search = &Search {
        criteria: &CONTACT_CRITERIA,
        body: &Schema {
            title: "ContactSearch",
            groups: &[Group {
                title: "Criteria",
                fields: &lines(CONTACT_CRITERIA),
            }],
        },
        indexes: &[],
        everything: Everything::Table(Lookup::all::<Contacts>),
        shown: None,
    };
}

pub enum Contacts {}

impl Resource for Contacts {
    const NAME: &'static str = "contacts";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Sharded;
    const INDEXES: &'static [Index] = &[DUE_COPIES, BY_ORGANIZATION];
    const SCHEMA: &'static Schema = &Schema {
        title: "Contact",
        groups: &[
            Group {
                title: "Contact",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    FIRST_NAME.def,
                    LAST_NAME.def,
                    EMAIL_ADDRESS.def,
                    JOB_TITLE.def,
                    ADDRESS_FIELD.def,
                    ORGANIZATION_ID.def,
                    ROLE_IDS.def,
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_id(before, after, problems);
        address::check(EMAIL_ADDRESS, before, after, problems);
    }

    fn mark(before: Option<&Record>, after: &mut Record, at: Timestamp) {
        mark(before, after, ORGANIZATION_ID, at);
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        keys::<Self>(after, ORGANIZATION_ID)
    }
}

/// The people who stand for an organization, by id: an organization's notices
/// go to those with the notice's roles.
pub const CONTACT_IDS: Field<Vec<String>> = Field::with(
    texts("contact_ids", "People who stand for the organization.")
        .refers_to("contacts")
        .guessed(),
);

pub const PARENT_ORGANIZATION_ID: Field<String> = Field::with(
    text(
        "parent_organization_id",
        "The organization that this one is a part of: memberships flow down to it.",
    )
    .refers_to("organizations")
    .guessed(),
);

const ORGANIZATION_CRITERIA: [Criterion; 5] = [
    Criterion::any_of(ID_FIELD),
    Criterion::contains(NAME),
    Criterion::contains(EMAIL_ADDRESS),
    Criterion::mailable(EMAIL_ADDRESS, HAS_EMAIL_ADDRESS),
    Criterion::any_of(EXTERNAL_ID),
];

impl Searchable for Organizations {
    const SEARCH: &'static Search = &Search {
        criteria: &ORGANIZATION_CRITERIA,
        body: &Schema {
            title: "OrganizationSearch",
            groups: &[Group {
                title: "Criteria",
                fields: &lines(ORGANIZATION_CRITERIA),
            }],
        },
        indexes: &[],
        everything: Everything::Table(Lookup::all::<Organizations>),
        shown: None,
    };
}

pub enum Organizations {}

impl Resource for Organizations {
    const NAME: &'static str = "organizations";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Sharded;
    const INDEXES: &'static [Index] = &[DUE_COPIES, BY_ORGANIZATION];
    const SCHEMA: &'static Schema = &Schema {
        title: "Organization",
        groups: &[
            Group {
                title: "Organization",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    EMAIL_ADDRESS.def,
                    ADDRESS_FIELD.def,
                    CONTACT_IDS.def,
                    PARENT_ORGANIZATION_ID.def,
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_id(before, after, problems);
        address::check(EMAIL_ADDRESS, before, after, problems);
        if after.get(PARENT_ORGANIZATION_ID).as_deref() == Some(after.text(ID_FIELD)) {
            problems.add(
                format!("/{}", PARENT_ORGANIZATION_ID.name()),
                "is the organization itself: name the one that it is a part of",
            );
        }
    }

    fn mark(before: Option<&Record>, after: &mut Record, at: Timestamp) {
        mark(before, after, PARENT_ORGANIZATION_ID, at);
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        keys::<Self>(after, PARENT_ORGANIZATION_ID)
    }
}
