//! Whether a membership's coming term has been billed: by an order, or elsewhere.

use crate::Term;
use crate::package::Packages;
use jiff::ToSpan;
use jiff::civil::Date;
use model::Record;
use model::resources::membership::{
    BILLED, BILLED_ELSEWHERE, COVERED_THROUGH, EXPIRATION_DATE, PACKAGE_ID,
};

/// Sets `billed` as the ledger and the mark of a bill made elsewhere say. A
/// membership without an expiration date has no coming term.
pub fn derive_billed(member: &mut Record, coming: Option<Term>) {
    let through = member
        .get(COVERED_THROUGH)
        .max(member.get(BILLED_ELSEWHERE));
    let covered = coming
        .zip(through)
        .is_some_and(|(term, through)| term.is_covered(through));
    if covered || member.has(BILLED) {
        member.set(BILLED, covered);
    }
}

/// The term after the membership's expiration date, of the package that a
/// renewal buys; a year where there is none to say.
pub fn coming_term(member: &Record, packages: &Packages) -> Option<Term> {
    let expiration = member.get(EXPIRATION_DATE)?;
    Some(term_after(expiration, member.text(PACKAGE_ID), packages))
}

/// The same, from a package and an expiration date.
pub fn term_after(expiration: Date, package: &str, packages: &Packages) -> Term {
    match packages.renewal_of(package) {
        Ok(package) => crate::next_term(&package.expiration, expiration),
        Err(_) => a_year(expiration),
    }
}

fn a_year(expiration: Date) -> Term {
    Term {
        start: expiration.tomorrow().unwrap_or(Date::MAX),
        expiration: Some(expiration.saturating_add(1.year())),
    }
}

/// What a write of the membership by staff or an import does to `billed`: true
/// where it was not marks the coming term as billed elsewhere, false takes the
/// mark away, and whatever moves the date, the ledger decides.
pub fn settle_billed(before: Option<&Record>, after: &mut Record, packages: &Packages) {
    let was = before.is_some_and(|before| before.is(BILLED));
    let coming = coming_term(after, packages);
    match (was, after.is(BILLED)) {
        (false, true) => mark(after, coming.as_ref()),
        (true, false) => after.clear(BILLED_ELSEWHERE),
        // Marked before there were marks: the term that was the coming one.
        (true, true) if !has_cover(after) => {
            let was_coming = before.and_then(|before| coming_term(before, packages));
            mark(after, was_coming.as_ref());
        }
        _ => {}
    }
    derive_billed(after, coming);
}

/// Whether a write can change `billed`: no other needs the packages.
pub fn turns_on_packages(before: Option<&Record>, after: &Record) -> bool {
    let shown = |record: &Record| {
        (
            record.get(EXPIRATION_DATE),
            record.get(PACKAGE_ID),
            record.is(BILLED),
        )
    };
    let concerned = |record: &Record| record.is(BILLED) || has_cover(record);
    (concerned(after) || before.is_some_and(concerned)) && before.map(shown) != Some(shown(after))
}

fn has_cover(record: &Record) -> bool {
    record.has(COVERED_THROUGH) || record.has(BILLED_ELSEWHERE)
}

/// What an order bills needs no mark.
fn mark(after: &mut Record, coming: Option<&Term>) {
    let by_order = |term: &&Term| {
        let through = after.get(COVERED_THROUGH);
        through.is_some_and(|through| term.is_covered(through))
    };
    if let Some(term) = coming.filter(|term| !by_order(term)) {
        after.set(BILLED_ELSEWHERE, term.expiration.unwrap_or(Date::MAX));
    }
}
