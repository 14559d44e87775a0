//! How a CSV is written for the spreadsheet programs of a tenant's staff (rule
//! SET-15), and read back: they take separator, decimal mark and order of dates
//! from the language they run in.

use super::common::flag;
use crate::field::{Field, FieldDef, FieldType, date, number};
use crate::record::Record;
use jiff::civil::Date;
use serde_json::Value;

crate::choice! {
    /// What stands between the cells of a line.
    pub enum Separator {
        Comma = "comma",
        Semicolon = "semicolon",
        Tab = "tab",
    }
}

crate::choice! {
    /// What stands before the decimals of a number.
    pub enum DecimalMark {
        Point = "point",
        Comma = "comma",
    }
}

crate::choice! {
    /// How a day is written.
    pub enum DateStyle {
        Iso = "year-month-day",
        DayFirst = "day.month.year",
        DayFirstSlashes = "day/month/year",
        MonthFirst = "month/day/year",
    }
}

pub const SEPARATOR: Field<Separator> = Field::with(
    FieldDef::new("csv_separator", Separator::KIND)
        .about("What separates the cells of reports and exports; comma when absent."),
);
pub const DECIMAL_MARK: Field<DecimalMark> = Field::with(
    FieldDef::new("csv_decimal_mark", DecimalMark::KIND).about(
        "What stands before the decimals of numbers in reports, exports and imports; point when absent.",
    ),
);
pub const DATE_STYLE: Field<DateStyle> = Field::with(
    FieldDef::new("csv_date_style", DateStyle::KIND)
        .about("How days are written in exports and imports; year-month-day when absent."),
);
pub const BYTE_ORDER_MARK: Field<bool> = Field::with(flag(
    "csv_byte_order_mark",
    "Whether reports and exports begin with a byte order mark, by which spreadsheet programs know UTF-8; not when absent.",
));

/// The bytes of that mark.
pub const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The choices read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvStyle {
    pub separator: Separator,
    pub decimal_mark: DecimalMark,
    pub date_style: DateStyle,
    pub byte_order_mark: bool,
}

/// Choices for one file; `None` where the tenant's hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvChoices {
    pub separator: Option<Separator>,
    pub decimal_mark: Option<DecimalMark>,
    pub date_style: Option<DateStyle>,
    pub byte_order_mark: Option<bool>,
}

impl Default for CsvStyle {
    fn default() -> Self {
        CsvStyle::read(&Record::default())
    }
}

impl CsvStyle {
    pub fn read(settings: &Record) -> CsvStyle {
        CsvStyle {
            separator: settings.get(SEPARATOR).unwrap_or(Separator::Comma),
            decimal_mark: settings.get(DECIMAL_MARK).unwrap_or(DecimalMark::Point),
            date_style: settings.get(DATE_STYLE).unwrap_or(DateStyle::Iso),
            byte_order_mark: settings.is(BYTE_ORDER_MARK),
        }
    }

    pub fn with(self, choices: CsvChoices) -> CsvStyle {
        CsvStyle {
            separator: choices.separator.unwrap_or(self.separator),
            decimal_mark: choices.decimal_mark.unwrap_or(self.decimal_mark),
            date_style: choices.date_style.unwrap_or(self.date_style),
            byte_order_mark: choices.byte_order_mark.unwrap_or(self.byte_order_mark),
        }
    }

    pub fn delimiter(self) -> u8 {
        match self.separator {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        }
    }

    /// A number such as `12.50` with its mark.
    pub fn number(self, text: &str) -> String {
        match self.decimal_mark {
            DecimalMark::Point => text.to_owned(),
            DecimalMark::Comma => text.replace('.', ","),
        }
    }

    /// What [`CsvStyle::number`] has written; `null` for anything else, because
    /// the other mark may have been meant to separate thousands.
    pub fn read_number(self, cell: &str) -> Value {
        match self.decimal_mark {
            DecimalMark::Point => number(cell),
            DecimalMark::Comma if cell.contains('.') => Value::Null,
            DecimalMark::Comma => number(&cell.replacen(',', ".", 1)),
        }
    }

    /// A day such as `2026-01-31`; what is none stays as it is.
    pub fn date(self, text: &str) -> String {
        let format = match self.date_style {
            DateStyle::Iso => return text.to_owned(),
            DateStyle::DayFirst => "%d.%m.%Y",
            DateStyle::DayFirstSlashes => "%d/%m/%Y",
            DateStyle::MonthFirst => "%m/%d/%Y",
        };
        let day = date(text).filter(|day| day.year() >= 1_000);
        day.map_or(text.to_owned(), |day| day.strftime(format).to_string())
    }

    /// The day in a cell, `YYYY-MM-DD`; what is none in this style stays as it
    /// is. Spreadsheets leave zeros out, so `1.2.2026` is one.
    pub fn read_date(self, cell: &str) -> String {
        let (mark, month_first) = match self.date_style {
            DateStyle::Iso => return cell.to_owned(),
            DateStyle::DayFirst => ('.', false),
            DateStyle::DayFirstSlashes => ('/', false),
            DateStyle::MonthFirst => ('/', true),
        };
        let day = day(cell, mark, month_first);
        day.map_or(cell.to_owned(), |day| day.to_string())
    }
}

fn day(cell: &str, mark: char, month_first: bool) -> Option<Date> {
    let mut parts = cell.split(mark);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    // A year of two digits would have to be guessed.
    if parts.next().is_some() || year.len() != 4 || ![first, second, year].into_iter().all(digits) {
        return None;
    }
    let (day, month) = if month_first {
        (second, first)
    } else {
        (first, second)
    };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// What a spreadsheet would run as a formula begins so.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text that a spreadsheet would run as a formula, with a quote before it; one
/// that would be taken for such gets another.
pub fn harmless(text: &str) -> String {
    match is_formula(text.trim_start_matches('\'')) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// The text that [`harmless`] has made a cell of.
pub fn unharmed(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text.trim_start_matches('\'')) => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLES: [DateStyle; 4] = [
        DateStyle::Iso,
        DateStyle::DayFirst,
        DateStyle::DayFirstSlashes,
        DateStyle::MonthFirst,
    ];

    fn style(date_style: DateStyle, decimal_mark: DecimalMark) -> CsvStyle {
        CsvStyle {
            date_style,
            decimal_mark,
            ..CsvStyle::default()
        }
    }

    #[test]
    fn a_day_is_written_in_each_style_and_read_back() {
        let written = ["2026-02-01", "01.02.2026", "01/02/2026", "02/01/2026"];
        for (dates, cell) in STYLES.into_iter().zip(written) {
            let style = style(dates, DecimalMark::Point);
            assert_eq!(style.date("2026-02-01"), cell);
            assert_eq!(style.read_date(cell), "2026-02-01");
            for other in ["2026-02-01", "0099-12-31", "soon", "1.2.26", "1.2.3.2026"] {
                assert_eq!(style.read_date(&style.date(other)), other, "{dates}");
            }
        }
        let day_first = style(DateStyle::DayFirst, DecimalMark::Point);
        assert_eq!(day_first.read_date("1.2.2026"), "2026-02-01");
        assert_eq!(day_first.read_date("31.02.2026"), "31.02.2026");
        assert_eq!(day_first.read_date("+1.2.2026"), "+1.2.2026");
    }

    #[test]
    fn the_other_decimal_mark_is_no_number() {
        let comma = style(DateStyle::Iso, DecimalMark::Comma);
        assert_eq!(comma.read_number("-12,50"), number("-12.50"));
        assert_eq!(comma.read_number("12"), number("12"));
        for cell in ["12.50", "1.234,50", "1,234,50", ""] {
            assert_eq!(comma.read_number(cell), Value::Null, "{cell}");
        }
        assert_eq!(CsvStyle::default().read_number("12,50"), Value::Null);
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_quoted_and_comes_back() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''=1"] {
            assert_eq!(harmless(text), format!("'{text}"));
            assert_eq!(unharmed(&harmless(text)), text);
        }
        for text in ["", "Ada", "a=b", "'s-Gravenhage", "'", "''"] {
            assert_eq!((harmless(text).as_str(), unharmed(text)), (text, text));
        }
    }
}
