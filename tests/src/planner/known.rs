//! What the product is known to plan otherwise than the rules say. Whoever mends
//! a fault deletes its entry.

use super::{Association, Member, has_balance};
use serde_json::Value;

/// What a fault is told by.
pub struct Situation<'a> {
    pub association: &'a Association,
    pub member: &'a Member,
    pub run: &'a Value,
    pub kind: &'a str,
    pub options: &'a Value,
}

pub struct Known {
    pub fault: &'static str,
    pub concerns: fn(&Situation<'_>) -> bool,
}

pub const KNOWN: &[Known] = &[Known {
    fault: "drops planned that can't be: part paid, or the charge unknown",
    concerns: |at| {
        let order = at.member.coming_order(at.association);
        let paid = |order: &Value| order["amount_paid"].as_f64().unwrap_or(0.0) > 0.0;
        at.kind == "drop" && order.is_some_and(|order| paid(order) && has_balance(order))
    },
}];

/// The fault that the product is known to have here.
pub fn known(situation: &Situation<'_>) -> Option<&'static str> {
    let fault = KNOWN.iter().find(|known| (known.concerns)(situation));
    fault.map(|known| known.fault)
}
