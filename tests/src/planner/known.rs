//! What the product is known to plan otherwise than the rules say. Whoever mends
//! a fault deletes its entry.

use super::{Association, Member};
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

pub const KNOWN: &[Known] = &[];

/// The fault that the product is known to have here.
pub fn known(situation: &Situation<'_>) -> Option<&'static str> {
    let fault = KNOWN.iter().find(|known| (known.concerns)(situation));
    fault.map(|known| known.fault)
}
