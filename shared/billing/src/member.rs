//! A membership as planning sees it: what the due index carries, and no more.

use jiff::civil::Date;
use ledger::purchase::Buyer;
use model::field::FieldType;
use model::resources::membership::rests::Rest;
use model::resources::membership::{
    DUE_PACKED, Memberships, Origin, OwnerType, PACKING, REST, Status,
};
use model::{Error, Record, Resource, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Clone, Debug)]
pub struct DueMembership {
    pub id: String,
    pub name: String,
    pub email_address: String,
    pub origin: Origin,
    pub status: Status,
    pub status_reason_id: String,
    pub type_id: String,
    pub package_id: String,
    pub expiration_date: Option<Date>,
    pub do_not_renew: bool,
    pub do_not_drop: bool,
    pub renew_automatically: bool,
    pub has_payment_info: bool,
    /// The stored card can be charged.
    pub has_payment_account: bool,
    pub card_expiration: Option<Date>,
    pub billed: bool,
    pub covered_through: Option<Date>,
    pub billed_elsewhere: Option<Date>,
    pub open_order: Option<String>,
    pub forecast_through: Option<Date>,
    /// Of the open order, the last charge that was refused.
    pub refused_charge: Option<RefusedCharge>,
    /// Notices and reminders with the terms that they were sent for.
    pub mails_sent: Vec<String>,
    /// What is left to be paid on the newest order that has moved the dates.
    pub rest: Option<Rest>,
    /// Nothing may be changed.
    pub locked: bool,
    pub owner_type: OwnerType,
    pub contact_id: String,
    pub organization_id: String,
    pub bill_organization: bool,
    /// What a renewal is priced by.
    pub buyer: Buyer,
}

/// A charge that the member's card refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RefusedCharge {
    pub attempt: i64,
    pub on: Date,
    /// The card is lost, stolen or unknown.
    pub hard: bool,
    /// The member still has that card.
    pub same_card: bool,
}

impl DueMembership {
    /// From what the due index holds for a membership; `None` where that is not
    /// what this version packs, so that the record has to be read.
    pub fn unpack(id: &str, packed: &str) -> Option<DueMembership> {
        let fields: Map<String, Value> = serde_json::from_str(packed).ok()?;
        let known = fields.get(PACKING.0) == Some(&Value::from(PACKING.1));
        known.then(|| read(id, fields))
    }

    /// From the record itself: by the same path, so that both judge alike.
    pub fn of(record: &Record) -> Result<DueMembership> {
        let id = record.text(model::resource::ID_FIELD);
        let (_, packed) = Memberships::packed(record)
            .into_iter()
            .find(|(name, _)| *name == DUE_PACKED)
            .ok_or_else(|| Error::internal("a membership packs nothing"))?;
        DueMembership::unpack(id, &packed)
            .ok_or_else(|| Error::internal("a membership packs what it cannot unpack"))
    }
}

fn read(id: &str, fields: Map<String, Value>) -> DueMembership {
    fn get<T: FieldType>(fields: &Map<String, Value>, name: &str) -> Option<T> {
        fields.get(name).and_then(T::from_json)
    }
    let record = Record::new(fields);
    let fields = record.fields();
    let text = |name: &str| get::<String>(fields, name).unwrap_or_default();
    let flag = |name: &str| get(fields, name).unwrap_or(false);
    DueMembership {
        id: id.to_owned(),
        name: text("name"),
        email_address: text("email_address"),
        origin: get(fields, "origin").unwrap_or(Origin::Principal),
        status: get(fields, "status").unwrap_or(Status::Active),
        status_reason_id: text("status_reason_id"),
        type_id: text("type_id"),
        package_id: text("package_id"),
        expiration_date: get(fields, "expiration_date"),
        do_not_renew: flag("do_not_renew"),
        do_not_drop: flag("do_not_drop"),
        renew_automatically: flag("renew_automatically"),
        has_payment_info: flag("has_payment_info"),
        has_payment_account: flag("has_payment_account"),
        card_expiration: get(fields, "renewal_payment_card_expiration"),
        billed: flag("billed"),
        covered_through: get(fields, "_covered_through"),
        billed_elsewhere: get(fields, "_billed_elsewhere"),
        open_order: get(fields, "_open_order"),
        forecast_through: get(fields, "_forecast_through"),
        refused_charge: fields
            .get("refused_charge")
            .and_then(|charge| RefusedCharge::deserialize(charge).ok()),
        mails_sent: get(fields, "_mails_sent").unwrap_or_default(),
        rest: fields
            .get(REST)
            .and_then(|rest| Rest::deserialize(rest).ok()),
        locked: flag("sys_locked"),
        owner_type: get(fields, "owner_type").unwrap_or(OwnerType::Contact),
        contact_id: text("contact_id"),
        organization_id: text("organization_id"),
        bill_organization: flag("bill_organization"),
        buyer: Buyer::of(&record),
    }
}
