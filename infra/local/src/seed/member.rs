//! One membership, with the dates and the history it would have after some years.

use super::association::{Association, morning};
use super::card;
use super::catalogue::{self, CURRENT, FOR_PEOPLE, LAPSED, Offer, UNPAID};
use super::dates::{expiration, past_expiration, plus, set_term_dates};
use super::random::Random;
use jiff::civil::Date;
use model::resource::ID_FIELD;
use model::resources::membership::computed::{copy_owner, fill_computed, id_of};
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::{
    ADD_ONS, BILL_ORGANIZATION, CHAPTERS, CONTACT_ID, DATE_STATUS, DO_NOT_DROP, DO_NOT_RENEW,
    DateStatus, EXPIRATION_DATE, ID, JOIN_DATE, LAPSE_DATE, NUMBER_FIELD, ORGANIZATION_ID, ORIGIN,
    OWNER_TYPE, Origin, OwnerType, PACKAGE_ID, SECTIONS, STATUS, STATUS_REASON_ID, Status,
    TERMINATION_DATE, TYPE_ID,
};
use model::resources::membership::{affiliations, names};
use model::resources::{Chapters, Sections, people};
use model::{Record, Resource, WriteContext};
use serde_json::{Value, json};

/// Chapters with their dues, by weight.
const CHAPTER_DUES: &[(u32, (&str, &str))] = &[
    (30, ("chapter-alps", "25.00")),
    (25, ("chapter-north", "20.00")),
    (20, ("chapter-mediterranean", "22.50")),
    (15, ("chapter-isles", "18.00")),
    (10, ("chapter-east", "15.00")),
];
const SECTION_DUES: &[(&str, &str)] = &[
    ("section-climbing", "12.00"),
    ("section-soils", "10.00"),
    ("section-history", "0"),
];
const ADD_ON_DUES: &[(&str, &str)] = &[("journal-print", "48.00"), ("journal-archive", "35.50")];

/// Statuses, in members of a thousand.
const STATUSES: &[(u32, Status)] = &[
    (30, Status::Inactive),
    (20, Status::Suspended),
    (12, Status::ActiveWithoutBenefits),
    (938, Status::Active),
];

/// Reasons of the statuses, by weight.
fn reason(random: &mut Random, status: Status) -> &'static str {
    match status {
        Status::Active => random.weighted(&[
            (940, CURRENT),
            (20, "reason-honorary"),
            (40, "reason-hardship"),
        ]),
        Status::Inactive => random.weighted(&[
            (70, LAPSED),
            (25, "reason-resigned"),
            (5, "reason-deceased"),
        ]),
        Status::Suspended => random.weighted(&[(80, UNPAID), (20, "reason-ethics")]),
        Status::ActiveWithoutBenefits => "reason-listed-only",
    }
}

pub fn of_person(
    association: &Association,
    random: &mut Random,
    number: u32,
    contact: &Record,
) -> Record {
    let offer = random.weighted(FOR_PEOPLE);
    let mut membership = Record::default();
    membership.set(OWNER_TYPE, OwnerType::Contact);
    membership.set(CONTACT_ID, contact.text(ID_FIELD).to_owned());
    // A few without an organization have the flag too: planning has to cope with them.
    let employed = contact.has(people::ORGANIZATION_ID);
    if random.per_mille(if employed { 55 } else { 8 }) {
        membership.set(BILL_ORGANIZATION, true);
    }
    add_affiliations(&mut membership, random);
    complete(association, random, number, contact, offer, membership, 355)
}

pub fn of_organization(
    association: &Association,
    random: &mut Random,
    number: u32,
    organization: &Record,
    offer: Offer,
) -> Record {
    let mut membership = Record::default();
    membership.set(OWNER_TYPE, OwnerType::Organization);
    membership.set(ORGANIZATION_ID, organization.text(ID_FIELD).to_owned());
    complete(
        association,
        random,
        number,
        organization,
        offer,
        membership,
        180,
    )
}

/// What memberships of people and of organizations have in common.
/// `automatic` is how many in a thousand renew automatically, of those who pay.
fn complete(
    association: &Association,
    random: &mut Random,
    number: u32,
    owner: &Record,
    offer: Offer,
    mut membership: Record,
    automatic: u32,
) -> Record {
    let status = random.weighted(STATUSES);
    membership.set(NUMBER_FIELD, i64::from(number) + 1);
    membership.set(ORIGIN, Origin::Principal);
    membership.set(STATUS, status);
    membership.set(STATUS_REASON_ID, reason(random, status).to_owned());
    membership.set(TYPE_ID, offer.kind.to_owned());
    membership.set(PACKAGE_ID, offer.package.to_owned());
    membership.set(DATE_STATUS, DateStatus::Updated);
    if status == Status::Inactive {
        set_terminated(association, random, offer, &mut membership);
    } else {
        let expires = expiration(association, random, offer);
        set_term_dates(&mut membership, random, offer, expires);
        if !offer.free && random.per_mille(automatic) {
            card::store(&mut membership, random, number, association.day, expires);
        }
        set_flags(&mut membership, random);
    }
    copy_owner(owner, &mut membership);
    note_names(&mut membership);
    fill_computed(&mut membership);
    // Here and not on a save: a bulk write takes a record as it is.
    membership.put(ID, id_of(&membership));
    record_join(&mut membership);
    membership
}

/// Dropped two months after the term ended, as a run of then would have done.
fn set_terminated(
    association: &Association,
    random: &mut Random,
    offer: Offer,
    membership: &mut Record,
) {
    let expired = past_expiration(association, random, offer);
    set_term_dates(membership, random, offer, expired);
    let dropped = plus(expired, 62);
    membership.set(TERMINATION_DATE, dropped);
    membership.set(LAPSE_DATE, dropped);
}

fn set_flags(membership: &mut Record, random: &mut Random) {
    if random.per_mille(21) {
        membership.set(DO_NOT_RENEW, true);
    }
    if random.per_mille(21) {
        membership.set(DO_NOT_DROP, true);
    }
}

fn add_affiliations(membership: &mut Record, random: &mut Random) {
    if random.per_mille(260) {
        let (id, dues) = random.weighted(CHAPTER_DUES);
        membership.set(CHAPTERS, vec![held("chapter_id", id, dues)]);
    }
    if random.per_mille(110) {
        let (id, dues) = random.pick(SECTION_DUES);
        membership.set(SECTIONS, vec![held("section_id", id, dues)]);
    }
    if random.per_mille(130) {
        let (id, dues) = random.pick(ADD_ON_DUES);
        let mut add_on = held("add_on_id", id, dues);
        add_on["quantity"] = if random.per_mille(100) {
            2.into()
        } else {
            1.into()
        };
        membership.set(ADD_ONS, vec![add_on]);
    }
}

fn held(key: &str, id: &str, dues: &str) -> Value {
    let mut entry = json!({ "dues": model::field::number(dues) });
    entry[key] = id.into();
    entry
}

/// The names of what is held.
fn note_names(membership: &mut Record) {
    for kind in affiliations::ALL {
        if !membership.has(kind.held) {
            continue;
        }
        let all = match kind.resource {
            Chapters::NAME => catalogue::chapters(),
            Sections::NAME => catalogue::sections(),
            _ => catalogue::add_ons(),
        };
        for named in all {
            if kind.is_held(membership, named.text(ID_FIELD)) {
                names::note(membership, kind, &named);
            }
        }
    }
}

/// The history's row of the join.
fn record_join(membership: &mut Record) {
    let joined = membership
        .get(JOIN_DATE)
        .or(membership.get(EXPIRATION_DATE));
    let by = WriteContext {
        user: "import".into(),
        via: "import".into(),
        now: morning(joined.unwrap_or(Date::ZERO)),
    };
    record_event(&by, Event::Join, None, membership);
}
