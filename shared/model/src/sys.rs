//! The `sys_` fields that every record has, and the one function that stamps them.

use crate::context::WriteContext;
use crate::field::{Field, FieldDef, Kind, NUMBER, Writer};
use crate::record::Record;
use crate::schema::Group;
use serde_json::json;

pub const VERSION: Field<i64> = system(
    "sys_version",
    "Raised by one with every write; send it back to guard a change.",
);
pub const CREATED_AT: Field<jiff::Timestamp> =
    system("sys_created_at", "When the record was made.");
pub const CREATED_BY: Field<String> = system("sys_created_by_id", "Who made the record.");
pub const MODIFIED_AT: Field<jiff::Timestamp> =
    system("sys_last_modified_at", "When the record was last written.");
pub const MODIFIED_BY: Field<String> =
    system("sys_last_modified_by_id", "Who last wrote the record.");
pub const DELETED_BY: Field<String> = system(
    "sys_deleted_by_id",
    "Who last deleted, or tried to delete, the record.",
);
pub const SECURITY_CONTEXT: Field<serde_json::Value> = system(
    "sys_last_security_context",
    "Who and how of the last write.",
);
pub const LOCKED: Field<bool> = Field::with(FieldDef::new("sys_locked", Kind::Bool).about(
    "While true every change through the API is refused with 403; only the admin scope may unlock.",
));
pub const EXTERNAL_ID: Field<String> = Field::with(
    FieldDef::new("sys_external_id", crate::field::TEXT)
        .about("A key of the caller's own, free to use."),
);
pub const DIRECTIVE: FieldDef = FieldDef::new("sys_directive", crate::field::TEXT)
    .writer(Writer::Directive)
    .about("A hint to the server's logic for this write; never stored.");

/// What a directive may say: memberships that derive from this one, or that this record
/// receives, are left to the next pass.
pub const SKIP_FLOWDOWN: &str = "skip-flowdown";

/// Set by imports on what they make; by [`LAST_BULK_ID`] on what they change.
pub const BULK_LOAD_PK: Field<String> = system(
    "sys_bulk_load_pk",
    "The record's key in the file it was loaded from.",
);
pub const BULK_LOAD_AT: Field<String> = system("sys_bulk_load_at", "When it was loaded.");
pub const BULK_LOAD_ID: Field<String> = system("sys_bulk_load_id", "The load it came with.");
pub const BULK_LOAD_RECORD_NO: Field<i64> =
    system("sys_bulk_load_record_no", "Its line in the file.");
pub const BULK_LOAD_SOURCE_FILE: Field<String> =
    system("sys_bulk_load_source_file", "The file's name.");
pub const LAST_BULK_ID: Field<String> = system(
    "sys_last_bulk_data_operation_id",
    "The last bulk operation that wrote it.",
);
pub const LAST_BULK_VERSION: Field<String> = system(
    "sys_last_bulk_data_operation_sys_version",
    "The version that operation wrote.",
);

const fn system<T: crate::field::FieldType>(name: &'static str, about: &'static str) -> Field<T> {
    Field::with(
        FieldDef::new(name, T::KIND)
            .writer(Writer::System)
            .about(about),
    )
}

const fn text(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, crate::field::TEXT)
        .writer(Writer::System)
        .about(about)
}

const fn num(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, NUMBER)
        .writer(Writer::System)
        .about(about)
}

const CALCULATED_ERRORS: Kind = Kind::List {
    of: &Kind::Object(&[
        text("field", "The field."),
        text("error", "What went wrong."),
    ]),
    min: 0,
    max: 200,
};

/// The last group of every schema.
pub const GROUP: Group = Group {
    title: "System",
    fields: &[
        VERSION.def,
        FieldDef {
            presence: crate::field::Presence::Required,
            ..CREATED_AT.def
        },
        FieldDef {
            presence: crate::field::Presence::Required,
            ..CREATED_BY.def
        },
        FieldDef {
            presence: crate::field::Presence::Required,
            ..MODIFIED_AT.def
        },
        FieldDef {
            presence: crate::field::Presence::Required,
            ..MODIFIED_BY.def
        },
        DELETED_BY.def,
        EXTERNAL_ID.def,
        LOCKED.def,
        BULK_LOAD_PK.def,
        BULK_LOAD_AT.def,
        BULK_LOAD_ID.def,
        FieldDef {
            kind: NUMBER,
            ..BULK_LOAD_RECORD_NO.def
        },
        BULK_LOAD_SOURCE_FILE.def,
        LAST_BULK_ID.def,
        LAST_BULK_VERSION.def,
        DIRECTIVE,
        text(
            "sys_calculated_field_error",
            "The first error of the calculated fields.",
        ),
        FieldDef::new("sys_calculated_field_errors", CALCULATED_ERRORS)
            .writer(Writer::System)
            .about("The errors of the calculated fields."),
        num(
            "sys_snapshot_base_version",
            "The version a configuration snapshot was taken from.",
        ),
        FieldDef::new("sys_has_files_in_s3", Kind::Bool)
            .writer(Writer::System)
            .about("Whether deleting the record must remove files."),
        text(
            "sys_configuration_snapshot_id",
            "The configuration snapshot it belongs to.",
        ),
        FieldDef::new("sys_last_security_context", Kind::Open)
            .writer(Writer::System)
            .about("Who and how of the last write."),
    ],
};

/// Stamps `after`: who, when, and the next version.
pub fn stamp(before: Option<&Record>, after: &mut Record, context: &WriteContext) {
    let version = before.and_then(|record| record.get(VERSION)).unwrap_or(0);
    after.set(VERSION, version + 1);
    match before {
        None => {
            after.set(CREATED_AT, context.now);
            after.set(CREATED_BY, context.user.clone());
        }
        Some(before) => {
            // Whatever `after` says of it: nobody rewrites who made a record.
            after.put(CREATED_AT, before.get(CREATED_AT));
            after.put(CREATED_BY, before.get(CREATED_BY));
        }
    }
    after.set(MODIFIED_AT, context.now);
    after.set(MODIFIED_BY, context.user.clone());
    after.set(
        SECURITY_CONTEXT,
        json!({ "user": context.user, "via": context.via }),
    );
    after.remove_raw(DIRECTIVE.name);
}
