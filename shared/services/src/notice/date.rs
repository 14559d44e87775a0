//! The `date` filter.

use jiff::{Timestamp, ZonedDateTime, civil::Date, fmt::strtime, tz::TimeZone};
use minijinja::{Error, ErrorKind, State, Value};

const DEFAULT_FORMAT: &str = "%B %-d, %Y";

/// `{{ membership.expiration_date | date }}` or `| date("%d.%m.%Y")`: shows a
/// calendar date `YYYY-MM-DD`, or an RFC 3339 timestamp in the zone
/// `tenant.time_zone` (UTC where there is none). An absent date is empty.
pub(super) fn filter(
    state: &State<'_, '_>,
    value: &Value,
    format: Option<&str>,
) -> Result<String, Error> {
    let text = match value.as_str() {
        Some(text) => text,
        None if value.is_undefined() => "",
        None => return Err(invalid(format!("`date` cannot show {value}"))),
    };
    if text.is_empty() {
        return Ok(String::new());
    }
    show(state, text, format.unwrap_or(DEFAULT_FORMAT)).map_err(invalid)
}

/// Checks a format when the notice is saved.
pub(super) fn check_format(format: &Value) -> Result<(), String> {
    let format = format.as_str().ok_or("the format of `date` is a text")?;
    // A moment with a zone takes every directive; one that a plain date lacks fails only when it
    // is rendered.
    let sample = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    zoned(format, &sample).map(drop)
}

fn show(state: &State<'_, '_>, text: &str, format: &str) -> Result<String, String> {
    let unknown = || format!("`date` cannot read {text:?}: neither YYYY-MM-DD nor a timestamp");
    // A calendar date has no zone: converted as midnight UTC it would be the day before in
    // America.
    if text.len() == "YYYY-MM-DD".len() {
        let date = text.parse::<Date>().map_err(|_| unknown())?;
        return strtime::format(format, date).map_err(|error| bad_format(format, &error));
    }
    let timestamp = text.parse::<Timestamp>().map_err(|_| unknown())?;
    zoned(format, &timestamp.to_zoned_datetime(time_zone(state)?))
}

fn zoned(format: &str, moment: &ZonedDateTime) -> Result<String, String> {
    strtime::format(format, moment).map_err(|error| bad_format(format, &error))
}

fn time_zone(state: &State<'_, '_>) -> Result<TimeZone, String> {
    let tenant = state
        .lookup("tenant")
        .and_then(|tenant| tenant.get_attr("time_zone").ok());
    match tenant.as_ref().and_then(Value::as_str) {
        Some(name) => model::zone::named(name).ok_or_else(|| format!("{name:?} is no time zone")),
        None => Ok(TimeZone::UTC),
    }
}

fn bad_format(format: &str, error: &jiff::Error) -> String {
    format!("`date` cannot use the format {format:?}: {error}")
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}
