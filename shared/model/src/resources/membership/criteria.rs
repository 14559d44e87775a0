//! What memberships are searched by.

use super::fields::{
    CITY, EMAIL_ADDRESS, EXPIRATION_DATE, ID, IS_NEW, JOB_TITLE, JOIN_DATE, NAME, NUMBER_FIELD,
    ORIGIN, OWNER_TYPE, PACKAGE_ID, RENEWAL_DATE, STATE, STATUS, STATUS_REASON_ID,
    TERMINATION_DATE, TYPE_ID,
};
use crate::search::{Criterion, fields};

pub(super) const CRITERIA: [Criterion; 18] = [
    Criterion::any_of(ID),
    Criterion::contains(NAME),
    Criterion::contains(CITY),
    Criterion::contains(STATE),
    Criterion::contains(EMAIL_ADDRESS),
    Criterion::contains(JOB_TITLE),
    Criterion::exact(OWNER_TYPE),
    Criterion::any_of(STATUS),
    Criterion::any_of(STATUS_REASON_ID),
    Criterion::any_of(TYPE_ID),
    Criterion::any_of(PACKAGE_ID),
    Criterion::range(NUMBER_FIELD),
    Criterion::range(JOIN_DATE),
    Criterion::range(EXPIRATION_DATE),
    Criterion::range(RENEWAL_DATE),
    Criterion::range(TERMINATION_DATE),
    Criterion::yes_or_no(IS_NEW),
    Criterion::any_of(ORIGIN),
];

/// The field of every criterion.
pub(super) const SEARCHED: &[&str] = &fields(CRITERIA);
