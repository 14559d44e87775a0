//! What the indexes of memberships carry beside keys: attributes, each a JSON
//! object of some of the record's fields.

use super::criteria::SEARCHED;
use super::fields::PAYMENT_INFO;
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
    let searched = after.pick(SEARCHED);
    vec![
        (DUE_PACKED, Value::Object(planned).to_string()),
        (SEARCH_PACKED, Value::Object(searched).to_string()),
    ]
}
