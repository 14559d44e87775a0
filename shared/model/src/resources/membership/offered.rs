//! What a membership may be of, for every writer (rules MEM-8, AFF-6 to AFF-8).
//! What is stored already is judged only where a write changes it.

use super::derive::Affiliated;
use super::fields::{ORIGIN, Origin, PACKAGE_ID, TYPE_ID};
use crate::error::{Problem, Problems};
use crate::field::Field;
use crate::record::Record;
use crate::resource::ID_FIELD;
use crate::resources::application_setup::CUSTOMER_TYPE;
use crate::resources::catalogue::{NAME, is_active};
use crate::resources::joining::{Before, Held, Place, Rules};
use crate::resources::owner::{OWNER_TYPE, OwnerType};
use serde_json::Value;

/// The records that decide about a membership.
#[derive(Clone, Copy)]
pub struct Offered<'a> {
    pub kind: Option<&'a Record>,
    pub package: Option<&'a Record>,
    /// The tenant's chapter configuration.
    pub chapters: Option<&'a Value>,
    /// What it holds, with the types of sections and add-ons.
    pub known: &'a Affiliated,
}

/// Whether a write changes anything that is judged here.
pub fn is_chosen_anew(before: Option<&Record>, after: &Record) -> bool {
    let offer = |record: &Record| (record.get(TYPE_ID), record.get(PACKAGE_ID));
    before.is_none_or(|before| offer(before) != offer(after) || Held::of(before) != Held::of(after))
}

/// Adds what the write asks for and cannot be had.
pub fn check(
    before: Option<&Record>,
    after: &Record,
    offered: Offered<'_>,
    problems: &mut Problems,
) {
    if !is_chosen_anew(before, after) {
        return;
    }
    let same = |field: Field<String>| before.is_some_and(|b| b.get(field) == after.get(field));
    for (field, what, named) in [
        (TYPE_ID, "type", offered.kind),
        (PACKAGE_ID, "package", offered.package),
    ] {
        if let Some(named) = named.filter(|named| !same(field) && !is_active(named)) {
            let rule = format!(
                "{what} {} ({}) is not active",
                named.text(NAME),
                named.text(ID_FIELD)
            );
            problems.extend_new([Problem::new(format!("/{}", field.name()), rule)]);
        }
    }
    let only = offered.kind.filter(|_| !same(TYPE_ID));
    let only = only.and_then(|kind| kind.get(CUSTOMER_TYPE));
    if let Some((only, owner)) = only.zip(after.get(OWNER_TYPE))
        && only != owner
    {
        let a = |of: OwnerType| match of {
            OwnerType::Contact => "a contact",
            OwnerType::Organization => "an organization",
        };
        let rule = format!("is only for {}: {} cannot hold it", a(only), a(owner));
        problems.extend_new([Problem::new("/type_id", rule)]);
    }
    let derived = after
        .get(ORIGIN)
        .is_some_and(|origin| origin != Origin::Principal);
    let rules = Rules {
        kind: offered.kind,
        package: offered.package,
        process: None,
        chapters: offered.chapters,
        known: offered.known,
        // What is derived has what the organization has.
        asks_least: !derived,
    };
    let held = before.map(Held::of).unwrap_or_default();
    let same_type = same(TYPE_ID);
    let before = Before {
        held: &held,
        same_type,
        same_numbers: same_type && same(PACKAGE_ID),
    };
    rules.check(&Held::of(after), before, place, problems);
}

fn place(place: Place) -> String {
    match place {
        Place::List(kind) => format!("/{}", kind.held.name()),
        Place::Entry(kind, index) => format!("/{}/{index}/{}", kind.held.name(), kind.key),
        Place::Quantity(index) => format!("/add_ons/{index}/quantity"),
    }
}
