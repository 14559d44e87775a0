//! What an application's process says about it (rule APPL-4).

use model::resources::application::{PROCESS_ID, TYPE};
use model::resources::application_setup::{CUSTOMER_TYPE, PROCESS_TYPE};
use model::resources::owner::OWNER_TYPE;
use model::{Problems, Record};
use serde_json::Value;

/// A switch of the process, the ids it then allows, and the application's
/// field that must hold one of them.
const RESTRICTIONS: [(&str, &str, &str); 2] = [
    (
        "restrict_membership_types",
        "membership_type_ids",
        "membership_type_id",
    ),
    (
        "restrict_membership_packages",
        "membership_package_ids",
        "membership_package_id",
    ),
];

/// Whether the process has to be asked again: a later change of the process
/// itself blocks no other change of the application.
pub fn is_chosen_anew(before: Option<&Record>, after: &Record) -> bool {
    let governed = [PROCESS_ID.name(), TYPE.name(), OWNER_TYPE.name()];
    let restricted = RESTRICTIONS.map(|(_, _, field)| field);
    before.is_none_or(|before| {
        let mut fields = governed.into_iter().chain(restricted);
        fields.any(|field| before.raw(field) != after.raw(field))
    })
}

pub fn check(process: &Record, after: &Record, problems: &mut Problems) {
    if let Some((wanted, given)) = process.get(PROCESS_TYPE).zip(after.get(TYPE))
        && wanted != given
    {
        problems.add("/type", format!("must be {wanted}, as the process is"));
    }
    if let Some((wanted, given)) = process.get(CUSTOMER_TYPE).zip(after.get(OWNER_TYPE))
        && wanted != given
    {
        let rule = format!("must be {wanted}: the process is for no other owners");
        problems.add("/owner_type", rule);
    }
    for (switch, allowed, field) in RESTRICTIONS {
        let restricts = process.raw(switch) == Some(&Value::Bool(true));
        let allowed = process.raw(allowed).and_then(Value::as_array);
        if let (true, Some(allowed), Some(given)) = (restricts, allowed, after.raw(field))
            && !allowed.contains(given)
        {
            problems.add(format!("/{field}"), "is not one that the process allows");
        }
    }
}
