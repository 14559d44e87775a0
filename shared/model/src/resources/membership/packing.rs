//! What the indexes of memberships carry beside keys: attributes, each a JSON
//! object of some of the record's fields.

use super::criteria::SEARCHED;
use super::fields::{FORECAST_THROUGH, MAILS_SENT, OPEN_ORDER, PAYMENT_INFO, REFUSED_CHARGE};
use super::{rests, sent};
use crate::record::Record;
use serde_json::{Map, Value};

/// The attribute of all that planning reads.
pub const DUE_PACKED: &str = "_due";

/// The attribute of all that is searched by.
pub(super) const SEARCH_PACKED: &str = "_search";

/// What planning judges by, and a search by expiration date.
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
    "_billed_elsewhere",
    "_open_order",
];

/// Whom planning finds to bill or to mail, beside.
const OWNER: &[&str] = &[
    "email_address",
    "owner_type",
    "contact_id",
    "organization_id",
    "bill_organization",
];

/// What planning reads of what a membership is billed for beside its package.
const BOUGHT: [(&str, &[&str]); 3] = [
    ("chapters", &["chapter_id", "dues"]),
    ("sections", &["section_id", "dues"]),
    ("add_ons", &["add_on_id", "dues", "quantity"]),
];

/// The name under which the rest that is reminded of is packed.
pub const REST: &str = "rest";

/// Tells what an item was packed by: what an earlier version has packed lacks
/// what planning needs, and is read from the record instead.
pub const PACKING: (&str, i64) = ("packing", 4);

pub(super) fn packed(after: &Record) -> Vec<(&'static str, String)> {
    let mut planned = after.pick(PLANNED);
    planned.extend(after.pick(OWNER));
    let mails = Some(sent::mails_sent(after)).filter(|mails| !mails.is_empty());
    planned.extend(mails.map(|mails| (MAILS_SENT.name().to_owned(), mails.into())));
    let forecast = sent::forecast_through(after).map(|through| through.to_string());
    planned.extend(forecast.map(|through| (FORECAST_THROUGH.name().to_owned(), through.into())));
    for (list, fields) in BOUGHT {
        let entries = after.raw(list).and_then(Value::as_array);
        if let Some(entries) = entries.filter(|entries| !entries.is_empty()) {
            let entries = entries.iter().map(|entry| only(entry, fields));
            planned.insert(list.into(), entries.collect());
        }
    }
    let rest = rests::newest_rest(after).and_then(|rest| serde_json::to_value(rest).ok());
    planned.extend(rest.map(|rest| (REST.to_owned(), rest)));
    if let Some(refused) = refused_charge(after) {
        planned.insert("refused_charge".into(), refused);
    }
    if let Some(info) = after.get(PAYMENT_INFO) {
        // Planning asks only whether a card is stored and can be charged, not
        // which.
        planned.insert("has_payment_info".into(), true.into());
        let account = info.get("payment_account").and_then(Value::as_str);
        if account.is_some_and(|account| !account.is_empty()) {
            planned.insert("has_payment_account".into(), true.into());
        }
    }
    planned.insert(PACKING.0.into(), PACKING.1.into());
    let searched = after.pick(SEARCHED);
    vec![
        (DUE_PACKED, Value::Object(planned).to_string()),
        (SEARCH_PACKED, Value::Object(searched).to_string()),
    ]
}

/// The refused charge of the open order: whether the member still has that card,
/// not which.
fn refused_charge(after: &Record) -> Option<Value> {
    let mut refused = after.get(REFUSED_CHARGE)?;
    if refused["order"].as_str() != Some(after.text(OPEN_ORDER)) {
        return None;
    }
    let info = after.get(PAYMENT_INFO).unwrap_or_default();
    let charged = refused.as_object_mut()?.remove("account");
    refused["same_card"] = (charged.as_ref() == info.get("payment_account")).into();
    Some(refused)
}

fn only(entry: &Value, fields: &[&str]) -> Value {
    let kept = fields.iter().filter_map(|name| {
        let value = entry.get(name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    Value::Object(kept.collect::<Map<_, _>>())
}
