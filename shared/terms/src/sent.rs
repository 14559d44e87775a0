//! What was mailed to a member for a term: a notice or a reminder goes once for
//! it, and a term stays the same when its dates are corrected. The membership
//! keeps each as `<mail>|<first day>|<last day>`, the newest of a mail.

use crate::Term;
use jiff::civil::Date;
use model::Record;
use model::resources::membership::MAILS_SENT;

/// Notes on the membership that `mail` has gone for `term`.
pub fn note(member: &mut Record, mail: &str, term: &Term) {
    let mut kept = member.get(MAILS_SENT).unwrap_or_default();
    kept.retain(|entry| term_of(entry, mail).is_none());
    let last = term.expiration.unwrap_or(Date::MAX);
    kept.push(format!("{mail}|{}|{last}", term.start));
    member.set(MAILS_SENT, kept);
}

/// Whether `mail` has gone for the term.
pub fn was_sent(kept: &[String], mail: &str, term: impl Fn() -> Term) -> bool {
    let sent = kept.iter().find_map(|entry| term_of(entry, mail));
    sent.is_some_and(|sent| term().is_as_early_as(&sent))
}

/// Whether `mail` has gone for any term that is remembered.
pub fn is_known(kept: &[String], mail: &str) -> bool {
    kept.iter().any(|entry| term_of(entry, mail).is_some())
}

/// Forgets what was sent for terms that were over on `expiration`. The term that
/// follows it stays: staff may move the membership back to before it.
pub fn forget_ended(member: &mut Record, expiration: Option<Date>) {
    let mut kept = member.get(MAILS_SENT).unwrap_or_default();
    kept.retain(|entry| {
        let last = entry.rsplit('|').next().and_then(|day| day.parse().ok());
        last > expiration
    });
    member.put(MAILS_SENT, Some(kept).filter(|kept| !kept.is_empty()));
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
        forget_ended(&mut member, Some(date(2026, 3, 31)));
        assert!(!is_known(&member.get(MAILS_SENT).unwrap_or_default(), MAIL));
        assert!(sent(&member, "renewal notice", &coming));
        note(&mut member, "renewal notice", &coming);
        let kept = member.get(MAILS_SENT).unwrap_or_default();
        assert_eq!(kept, ["renewal notice|2026-04-01|2027-03-31"]);
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
