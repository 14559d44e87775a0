//! What only the server reads and writes: mirrors of the billing head, and what
//! was sent for which term.

use crate::field::{Field, FieldDef, Kind, NUMBER, TEXT, TEXTS};
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

/// The last day of the last term that has been billed: a copy of the billing
/// head's, for planning.
pub const COVERED_THROUGH: Field<Date> = Field::with(FieldDef::new("_covered_through", Kind::Date));
/// How many rows of the history stand beside the record, see [`super::super::history`].
pub const HISTORY_BESIDE: Field<i64> = Field::with(FieldDef::new("_history_beside", NUMBER));
/// Whether the counter gave the number of a membership that is being made. Never
/// stored.
pub const NUMBER_COUNTED: Field<bool> = Field::with(FieldDef::new("_number_counted", Kind::Bool));
/// The open renewal order, a copy likewise.
pub const OPEN_ORDER: Field<String> = Field::with(FieldDef::new("_open_order", TEXT));
/// A bill made elsewhere, as an import or an admin has told, covers the terms up
/// to this day.
pub const BILLED_ELSEWHERE: Field<Date> =
    Field::with(FieldDef::new("_billed_elsewhere", Kind::Date));
/// The last day of the term that the waiting pro forma order is for.
pub const FORECAST_THROUGH: Field<Date> =
    Field::with(FieldDef::new("_forecast_through", Kind::Date));
/// The last charge that was refused: order, attempt, day, whether for good, and
/// the card's token.
pub const REFUSED_CHARGE: Field<Value> = Field::with(FieldDef::new("_refused_charge", Kind::Open));
/// The names of what is held, by resource and id: so that they can be shown
/// wherever a list changes, see [`super::super::names`].
pub const AFFILIATION_NAMES: Field<Value> =
    Field::with(FieldDef::new("_affiliation_names", Kind::Open));
/// What is still to be paid on orders that have moved the dates, see [`super::super::rests`].
pub const RESTS: Field<Value> = Field::with(FieldDef::new("_rests", Kind::Open));
/// The notices and reminders that were sent, each with the term it was sent for.
pub const MAILS_SENT: Field<Vec<String>> = Field::with(FieldDef::new("_mails_sent", TEXTS));
/// Since when what derives from it, or what it derives, may be otherwise than it should be.
pub const FLOWDOWN_DUE: Field<Timestamp> =
    Field::with(FieldDef::new("_flowdown_due", Kind::Timestamp));
