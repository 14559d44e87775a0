//! What an activated application leaves on its membership (rule APPL-10). Pure.

use super::catalogue::{Catalogue, Sold};
use super::sold::{ADD_ONS, CHAPTERS, List, SECTIONS, catalogue_dues};
use super::wanted::{Wanted, entry_of};
use jiff::Timestamp;
use ledger::order::{Order, RenewalKind, StandingDue};
use model::field::{moment, number};
use model::resource::ID_FIELD;
use model::resources::application as a;
use model::resources::catalogue::APPLIES_TO;
use model::resources::membership::{self as m, Status};
use model::resources::owner::{OWNER_TYPE, OwnerType};
use model::resources::reasons;
use model::{Problems, Record};
use serde_json::{Value, json};
use terms::price::{LineKind, PriceKind};

/// Fields that mean the same in both: an application's are the membership's
/// once it is activated. What it does not speak of stays.
const SAME: [&str; 7] = [
    "renew_automatically",
    "renewal_payment_info",
    "do_not_renew",
    "do_not_show_in_directory",
    "hidden_directory_fields",
    "referral_contact_id",
    "notes",
];

/// Writes what was applied for on the membership, but for what its order does
/// when dates move.
pub fn take_over(
    member: &mut Record,
    application: &Record,
    order: &Order,
    known: &Catalogue,
    now: Timestamp,
) {
    for name in SAME {
        if let Some(value) = application.raw(name) {
            member.set_raw(name, value.clone());
        }
    }
    merge_custom_fields(member, application);
    let id = application.text(ID_FIELD);
    member.set_raw("application_id", id.into());
    let process = application.text(a::PROCESS_ID);
    member.set_raw("application_process_id", process.into());
    name_people(member, application);
    affiliate(member, application, order, known, now);
    if !order.is_for_a_term() {
        member.set_raw("last_change_affiliation_date", moment(now).into());
    }
}

/// The people whom an organization has picked. An application that names nobody
/// leaves those who are.
fn name_people(member: &mut Record, application: &Record) {
    let named = picked(application);
    if member.get(OWNER_TYPE) == Some(OwnerType::Organization) && !named.is_empty() {
        member.set(m::ASSIGNED, named);
    }
}

/// Whom an organization's application picks and who is known, each once, with what.
pub fn picked(application: &Record) -> Vec<Value> {
    let list = |name: &str| application.raw(name).and_then(Value::as_array).cloned();
    let mut named: Vec<Value> = Vec::new();
    let contacts = list("assigned_contacts").unwrap_or_default().into_iter();
    let entries = contacts.map(|contact| {
        let kept = ["contact_id", "chapter_ids", "section_ids", "add_on_ids"];
        let of = kept.map(|name| (name, contact.get(name).cloned()));
        let there = of
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(there.collect())
    });
    let corporate = list("corporate_member_ids").unwrap_or_default().into_iter();
    let corporate = corporate.map(|id| json!({ "contact_id": id }));
    for entry in entries.chain(corporate) {
        let known = named
            .iter()
            .any(|one| one["contact_id"] == entry["contact_id"]);
        if !known && entry["contact_id"].is_string() {
            named.push(entry);
        }
    }
    named
}

/// By the field they are of.
fn merge_custom_fields(member: &mut Record, application: &Record) {
    const NAME: &str = "custom_field_values";
    let list = |record: &Record| record.raw(NAME).and_then(Value::as_array).cloned();
    let Some(given) = list(application) else {
        return;
    };
    let which = |value: &Value| value["custom_field_id"].as_str().map(str::to_owned);
    let mut values = list(member).unwrap_or_default();
    values.retain(|held| !given.iter().any(|new| which(new) == which(held)));
    values.extend(given);
    member.set_raw(NAME, values.into());
}

fn affiliate(
    member: &mut Record,
    application: &Record,
    order: &Order,
    known: &Catalogue,
    now: Timestamp,
) {
    let before = member.clone();
    let wanted = Wanted::of(application).with(Some(&before));
    let place = Place {
        before: &before,
        order,
        known,
        now,
    };
    let one = |ids: Option<Vec<String>>| {
        let ids = ids.unwrap_or_default().into_iter();
        ids.map(|id| (id, None)).collect::<Vec<_>>()
    };
    let add_ons = wanted.add_ons.unwrap_or_default().into_iter();
    let add_ons = add_ons.map(|(id, quantity)| (id, Some(quantity))).collect();
    for (list, kind, wanted) in [
        (CHAPTERS, LineKind::ChapterDues, one(wanted.chapters)),
        (SECTIONS, LineKind::SectionDues, one(wanted.sections)),
        (ADD_ONS, LineKind::AddOn, add_ons),
    ] {
        let entries: Vec<Value> = wanted
            .into_iter()
            .map(|(id, quantity)| place.entry(list, kind, &id, quantity))
            .collect();
        match entries.is_empty() {
            true => drop(member.remove_raw(list.held)),
            false => member.set_raw(list.held, entries.into()),
        }
    }
}

/// What the entries of a membership's lists are made by.
struct Place<'a> {
    before: &'a Record,
    order: &'a Order,
    known: &'a Catalogue,
    now: Timestamp,
}

impl Place<'_> {
    /// As it is held, or as it comes; with the line that it was bought by.
    fn entry(&self, list: List, kind: LineKind, id: &str, quantity: Option<u32>) -> Value {
        let held = entry_of(Some(self.before), list.held, list.key, id);
        let dated = quantity.is_none();
        let renewed = matches!(
            self.order.renewal.kind,
            RenewalKind::Renewal | RenewalKind::Reinstatement
        );
        let mut entry = match held {
            Some(mut entry) => {
                if dated && renewed {
                    entry["was_renewed"] = true.into();
                    entry["is_new_member"] = false.into();
                }
                entry
            }
            None => self.new_entry(list, id, dated),
        };
        if let Some(quantity) = quantity {
            entry["quantity"] = quantity.into();
        }
        let mut lines = self.order.lines.iter();
        let line = lines.find(|line| line.kind == kind.as_str() && line.product_id == id);
        if let Some(line) = line {
            entry["order_id"] = self.order.id.clone().into();
            entry["order_line_item_id"] = line.id.clone().into();
        }
        entry
    }

    /// Its dues are those of the terms to come.
    fn new_entry(&self, list: List, id: &str, dated: bool) -> Value {
        let sold: &Sold = (list.of)(self.known);
        let mut entry = json!({ list.key: id });
        if let Some((record, product)) = sold.get(id) {
            let dues = catalogue_dues(record, product.as_ref(), PriceKind::Renewal);
            entry["dues"] = number(&dues.normalize().to_string());
        }
        if dated {
            entry["join_date"] = moment(self.now).into();
            entry["is_new_member"] = true.into();
        }
        entry
    }
}

/// What somebody becomes who is no member yet, or no longer, once dates move.
pub fn standing(
    member: &Record,
    order: &Order,
    known: &Catalogue,
    all: &[Record],
) -> Option<StandingDue> {
    let waits = member.get(m::STATUS) == Some(Status::Inactive) && order.is_for_a_term();
    let package = known.package.as_ref();
    let benefits = package.and_then(|package| package.raw("does_not_receive_member_benefits"))
        != Some(&Value::Bool(true));
    let status = match benefits {
        true => Status::Active,
        false => Status::ActiveWithoutBenefits,
    };
    waits.then(|| StandingDue {
        status,
        reason: first_reason(status, all),
    })
}

/// The reason that a change to this status takes (rule MEM-10).
fn first_reason(status: Status, all: &[Record]) -> Option<String> {
    let mut changed = Record::default();
    changed.set(m::STATUS, status);
    let statuses = (m::STATUS, APPLIES_TO);
    reasons::fill_or_check(None, &mut changed, all, statuses, &mut Problems::default());
    changed.get(m::STATUS_REASON_ID)
}
