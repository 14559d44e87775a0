//! What was mailed to a member for a term: a notice or a reminder goes once for
//! it, and a term stays the same when its dates are corrected. The membership
//! keeps each as `<mail>|<first day>|<last day>`, the newest of a mail. What an
//! earlier version has noted is `<mail>` alone, for the coming term.

use crate::Term;
use jiff::civil::Date;
use model::Record;
use model::resources::membership::EXPIRATION_DATE;
use model::resources::membership::rests::rests;
use model::resources::membership::sent::{mails_sent, set_mails_sent};

/// Notes on the membership that `mail` has gone for `term`.
pub fn note(member: &mut Record, mail: &str, term: &Term) {
    let mut kept = mails_sent(member);
    kept.retain(|entry| !is_of(entry, mail));
    kept.push(entry(mail, term));
    set_mails_sent(member, kept);
}

/// Whether `mail` has gone for the term.
pub fn was_sent(kept: &[String], mail: &str, term: impl Fn() -> Term) -> bool {
    let of_term = |entry: &String| match term_of(entry, mail) {
        Some(sent) => term().is_as_early_as(&sent),
        None => entry == mail,
    };
    kept.iter().any(of_term)
}

/// Whether `mail` has gone for any term that is remembered.
pub fn is_known(kept: &[String], mail: &str) -> bool {
    kept.iter().any(|entry| is_of(entry, mail))
}

/// `term` begins for a member who was as `before`: what was sent for terms that were
/// over by then is forgotten. What was sent for this one stays: staff may move the
/// membership back to before it; and so does what was sent for a term that has a rest.
pub fn begin(member: &mut Record, before: &Record, term: &Term) {
    let ended = before.get(EXPIRATION_DATE);
    let kept = mails_sent(before)
        .into_iter()
        .map(|kept| match last_day(&kept) {
            Some(_) => kept,
            None => entry(&kept, term),
        });
    let owed: Vec<Date> = rests(before)
        .iter()
        .map(|rest| rest.through.unwrap_or(Date::MAX))
        .collect();
    let still = |last: Date| ended.is_none_or(|ended| last > ended) || owed.contains(&last);
    let kept = kept
        .filter(|entry| last_day(entry).is_some_and(still))
        .collect();
    set_mails_sent(member, kept);
}

fn entry(mail: &str, term: &Term) -> String {
    let last = term.expiration.unwrap_or(Date::MAX);
    format!("{mail}|{}|{last}", term.start)
}

fn last_day(entry: &str) -> Option<Date> {
    entry.rsplit('|').next()?.parse().ok()
}

fn is_of(entry: &str, mail: &str) -> bool {
    entry == mail || term_of(entry, mail).is_some()
}

/// The term that an entry is about, if it is of this mail.
fn term_of(entry: &str, mail: &str) -> Option<Term> {
    let days = entry.strip_prefix(mail)?.strip_prefix('|')?;
    let (first, last) = days.split_once('|')?;
    let last: Date = last.parse().ok()?;
    Some(Term {
        start: first.parse().ok()?,
        expiration: (last < Date::MAX).then_some(last),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use model::resources::membership::MAILS_SENT;

    const MAIL: &str = "renewal reminder|series|1";

    fn term(start: Date, end: Date) -> Term {
        Term {
            start,
            expiration: Some(end),
        }
    }

    fn after(sent: &Term) -> Record {
        let mut member = Record::default();
        note(&mut member, MAIL, sent);
        member
    }

    fn sent(member: &Record, mail: &str, term: &Term) -> bool {
        let kept = member.get(MAILS_SENT).unwrap_or_default();
        was_sent(&kept, mail, || *term)
    }

    #[test]
    fn a_corrected_date_is_the_same_term_and_the_next_one_is_not() {
        let year = term(date(2026, 4, 1), date(2027, 3, 31));
        let member = after(&year);
        for (start, end, same) in [
            (date(2026, 3, 31), date(2027, 3, 30), true),
            (date(2026, 4, 2), date(2027, 4, 1), true),
            (date(2025, 4, 1), date(2026, 3, 31), true),
            (date(2026, 9, 1), date(2027, 8, 31), true),
            (date(2027, 4, 1), date(2028, 3, 31), false),
        ] {
            assert_eq!(sent(&member, MAIL, &term(start, end)), same, "{start}");
        }
        assert!(!sent(&member, "renewal reminder|series|2", &year));
        assert!(!sent(&member, "renewal reminder|series", &year));
    }

    /// Between the two the member has renewed, and changed the package.
    #[test]
    fn a_short_term_after_a_long_one_is_another_and_so_is_a_long_one_after_a_short() {
        let month = term(date(2026, 4, 1), date(2026, 4, 30));
        let year = term(date(2026, 4, 1), date(2027, 3, 31));
        let next_month = term(date(2026, 5, 1), date(2026, 5, 31));
        let next_year = term(date(2026, 5, 1), date(2027, 4, 30));
        assert!(!sent(&after(&year), MAIL, &next_month));
        assert!(!sent(&after(&month), MAIL, &next_year));
        assert!(sent(&after(&month), MAIL, &year), "nothing was renewed");
    }

    #[test]
    fn a_renewal_forgets_what_was_sent_for_terms_before_it() {
        let mut member = after(&term(date(2025, 4, 1), date(2026, 3, 31)));
        let coming = term(date(2026, 4, 1), date(2027, 3, 31));
        note(&mut member, "renewal notice", &coming);
        member.set(EXPIRATION_DATE, date(2026, 3, 31));
        let before = member.clone();
        begin(&mut member, &before, &coming);
        assert!(!is_known(&member.get(MAILS_SENT).unwrap_or_default(), MAIL));
        assert!(sent(&member, "renewal notice", &coming));
        note(&mut member, "renewal notice", &coming);
        let kept = member.get(MAILS_SENT).unwrap_or_default();
        assert_eq!(kept, ["renewal notice|2026-04-01|2027-03-31"]);
    }

    /// As an earlier version has stored it: for the coming term, which it does not name.
    #[test]
    fn what_an_earlier_version_has_noted_counts_until_the_next_term() {
        let coming = term(date(2026, 4, 1), date(2027, 3, 31));
        let next = term(date(2027, 4, 1), date(2028, 3, 31));
        let mut member = Record::default();
        member.set(EXPIRATION_DATE, date(2026, 3, 31));
        member.set_raw("_reminders_sent", vec![MAIL].into());
        member.set_raw("_notice_sent_for", "2026-03-31".into());
        for mail in [MAIL, "renewal notice"] {
            assert!(was_sent(&mails_sent(&member), mail, || coming), "{mail}");
        }
        assert!(!was_sent(
            &mails_sent(&member),
            "renewal reminder|series",
            || coming
        ));
        let before = member.clone();
        member.set(EXPIRATION_DATE, date(2027, 3, 31));
        begin(&mut member, &before, &coming);
        for mail in [MAIL, "renewal notice"] {
            assert!(was_sent(&mails_sent(&member), mail, || coming), "{mail}");
            assert!(!was_sent(&mails_sent(&member), mail, || next), "{mail}");
        }
        assert!(!member.fields().contains_key("_reminders_sent"));
    }

    #[test]
    fn a_term_for_life_is_one() {
        let life = Term {
            start: date(2026, 4, 1),
            expiration: None,
        };
        assert!(sent(&after(&life), MAIL, &life));
    }
}
