//! Rules of a membership beyond its single fields.

use super::fields::{
    ADD_ONS, CERTIFICATE_URI, CHAPTERS, CONTACT_ID, CUSTOMER_ID, EXPIRATION_DATE, ID, ORIGIN,
    OWNER_TYPE, Origin, PARENT_ID_FIELD, SECTIONS, TERM_START_DATE,
};
use crate::action_id::MEMBERSHIP_ID_MAX;
use crate::error::Problems;
use crate::record::Record;
use crate::resources::lists::check_named;
use crate::resources::owner::check_owner;
use crate::web_address;

pub(super) fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    check_owner(after, problems);
    check_new_id(before, after, problems);
    check_same_owner(before, after, problems);
    check_dates(after, problems);
    super::affiliations::check(before, after, problems);
    super::assigned::check(before, after, problems);
    super::inherited::check(before, after, problems);
    check_certificate(before, after, problems);
    let derived = after
        .get(ORIGIN)
        .is_some_and(|origin| origin != Origin::Principal);
    if derived != after.has(PARENT_ID_FIELD) {
        problems.add(
            "/origin",
            "is flowdown or assigned exactly when parent_membership_id is set",
        );
    }
    if after.get(PARENT_ID_FIELD).as_deref() == Some(after.text(ID)) {
        problems.add(
            format!("/{}", PARENT_ID_FIELD.name()),
            "is the membership itself: name the one that it is derived from",
        );
    }
    for (list, key) in [
        (CHAPTERS, "chapter_id"),
        (SECTIONS, "section_id"),
        (ADD_ONS, "add_on_id"),
    ] {
        check_named(before, after, list, key, problems);
    }
}

/// The link is answered to whoever asks for the certificate.
fn check_certificate(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let of = |record: &Record| record.get(CERTIFICATE_URI).filter(|link| !link.is_empty());
    let link = of(after).filter(|_| before.and_then(of) != of(after));
    if let Some(Err(rule)) = link.map(|link| web_address::check(&link)) {
        problems.add(format!("/{}", CERTIFICATE_URI.name()), rule);
    }
}

fn check_new_id(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    // Only a new one: an id can't be changed, so a longer one that is stored would block every
    // edit.
    if before.is_none() && after.text(ID).chars().count() > MEMBERSHIP_ID_MAX {
        let rule = format!("must have at most {MEMBERSHIP_ID_MAX} characters, to be billed by");
        problems.add("/id", rule);
    }
}

fn check_same_owner(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let Some(before) = before else { return };
    // Not organization_id: a contact may change its organization. An owner that is one is held by
    // customer_id.
    for field in [CONTACT_ID, CUSTOMER_ID, ID] {
        if before.get(field) != after.get(field) {
            problems.add(
                format!("/{}", field.name()),
                "cannot change: it is part of the membership's id",
            );
        }
    }
    if before.get(OWNER_TYPE) != after.get(OWNER_TYPE) {
        problems.add(
            "/owner_type",
            "cannot change: it is part of the membership's id",
        );
    }
}

fn check_dates(after: &Record, problems: &mut Problems) {
    if let (Some(start), Some(end)) = (after.get(TERM_START_DATE), after.get(EXPIRATION_DATE))
        && end < start
    {
        problems.add("/expiration_date", "must not lie before term_start_date");
    }
}
