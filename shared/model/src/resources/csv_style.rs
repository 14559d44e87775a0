//! How a CSV is written for the spreadsheet programs of a tenant's staff (rule
//! SET-15): they take separator and decimal mark from the language they run in.

use super::common::flag;
use crate::field::{Field, FieldDef, FieldType};
use crate::record::Record;

crate::choice! {
    /// What stands between the cells of a line.
    pub enum Separator {
        Comma = "comma",
        Semicolon = "semicolon",
        Tab = "tab",
    }
}

crate::choice! {
    /// What stands before the decimals of an amount.
    pub enum DecimalMark {
        Point = "point",
        Comma = "comma",
    }
}

pub const SEPARATOR: Field<Separator> = Field::with(
    FieldDef::new("csv_separator", Separator::KIND)
        .about("What separates the cells of reports; comma when absent."),
);
pub const DECIMAL_MARK: Field<DecimalMark> = Field::with(
    FieldDef::new("csv_decimal_mark", DecimalMark::KIND)
        .about("What stands before the decimals of amounts in reports; point when absent."),
);
pub const BYTE_ORDER_MARK: Field<bool> = Field::with(flag(
    "csv_byte_order_mark",
    "Whether reports begin with a byte order mark, by which spreadsheet programs know UTF-8; not when absent.",
));

/// The choices read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvStyle {
    pub separator: Separator,
    pub decimal_mark: DecimalMark,
    pub byte_order_mark: bool,
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
            byte_order_mark: settings.is(BYTE_ORDER_MARK),
        }
    }

    pub fn delimiter(self) -> u8 {
        match self.separator {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        }
    }

    /// An amount such as `12.50` with its mark.
    pub fn amount(self, text: &str) -> String {
        match self.decimal_mark {
            DecimalMark::Point => text.to_owned(),
            DecimalMark::Comma => text.replace('.', ","),
        }
    }
}
