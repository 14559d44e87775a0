//! What the server remembers of notices, reminders and forecasts. Earlier versions
//! kept it otherwise; what they have stored counts until the dates move, so that
//! an upgrade reminds nobody twice.

use super::fields::{EXPIRATION_DATE, FORECAST_THROUGH, MAILS_SENT};
use crate::field::{Field, FieldDef, Kind, TEXTS};
use crate::record::Record;
use crate::resources::billing_run_action::ActionType;
use jiff::civil::Date;

/// The reminders of the coming term, without the term.
const REMINDERS_SENT: Field<Vec<String>> = Field::with(FieldDef::new("_reminders_sent", TEXTS));
/// The expiration date that the last notice was about.
const NOTICE_SENT_FOR: Field<Date> = Field::with(FieldDef::new("_notice_sent_for", Kind::Date));
/// The expiration date that the waiting pro forma order was made for.
const PRO_FORMA_FOR: Field<Date> = Field::with(FieldDef::new("_pro_forma_for", Kind::Date));

/// The mails that were sent, each with its term behind it; of an earlier version
/// without, and then for the coming term.
pub fn mails_sent(record: &Record) -> Vec<String> {
    let mut sent = record.get(MAILS_SENT).unwrap_or_default();
    sent.extend(record.get(REMINDERS_SENT).unwrap_or_default());
    if is_of_coming_term(record, NOTICE_SENT_FOR) {
        sent.push(ActionType::RenewalNotice.to_string());
    }
    sent
}

/// Remembers these mails and no others.
pub fn set_mails_sent(record: &mut Record, sent: Vec<String>) {
    record.clear(REMINDERS_SENT);
    record.clear(NOTICE_SENT_FOR);
    record.put(MAILS_SENT, Some(sent).filter(|sent| !sent.is_empty()));
}

/// The last day of the term that a pro forma order waits for.
pub fn forecast_through(record: &Record) -> Option<Date> {
    // An earlier version did not say how long the coming term is: all of it.
    let earlier = is_of_coming_term(record, PRO_FORMA_FOR).then_some(Date::MAX);
    record.get(FORECAST_THROUGH).or(earlier)
}

/// No pro forma order waits any more.
pub fn clear_forecast(record: &mut Record) {
    record.clear(FORECAST_THROUGH);
    record.clear(PRO_FORMA_FOR);
}

fn is_of_coming_term(record: &Record, made_for: Field<Date>) -> bool {
    record.has(made_for) && record.get(made_for) == record.get(EXPIRATION_DATE)
}
