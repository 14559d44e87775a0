//! What the indexes of memberships carry beside keys: attributes, each a JSON
//! object of some of the record's fields.

use super::criteria::SEARCHED;
use super::fields::{OPEN_ORDER, PAYMENT_INFO, REFUSED_CHARGE};
use crate::record::Record;
use serde_json::Value;

/// The attribute of all that planning reads.
pub const DUE_PACKED: &str = "_due";

/// The attribute of all that is searched by.
pub(super) const SEARCH_PACKED: &str = "_search";

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
    "_billed_elsewhere",
    "_open_order",
    "_forecast_through",
    "_mails_sent",
];

pub(super) fn packed(after: &Record) -> Vec<(&'static str, String)> {
    let mut planned = after.pick(PLANNED);
    if after.has(PAYMENT_INFO) {
        // Planning asks only whether a card is stored, not which.
        planned.insert("has_payment_info".into(), true.into());
    }
    if let Some(refused) = refused_charge(after) {
        planned.insert("refused_charge".into(), refused);
    }
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
