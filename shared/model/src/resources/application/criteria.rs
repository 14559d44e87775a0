//! What applications are searched by.

use super::fields::{DATE, GROUP_ID, NAME, PACKAGE_ID, STATUS, STATUS_REASON_ID, TYPE, TYPE_ID};
use crate::resource::ID_FIELD;
use crate::resources::owner::OWNER_TYPE;
use crate::search::{Criterion, fields};

pub(super) const CRITERIA: [Criterion; 10] = [
    Criterion::any_of(ID_FIELD),
    Criterion::exact(OWNER_TYPE),
    Criterion::contains(NAME),
    Criterion::any_of(STATUS),
    Criterion::any_of(STATUS_REASON_ID),
    Criterion::any_of(TYPE),
    Criterion::any_of(TYPE_ID),
    Criterion::any_of(PACKAGE_ID),
    Criterion::any_of(GROUP_ID),
    Criterion::range(DATE),
];

/// The field of every criterion.
pub(super) const SEARCHED: &[&str] = &fields(CRITERIA);
