//! Codes that phones and scanners read.

use crate::{Result, unfit};
use qrcodegen::{QrCode, QrCodeEcc};

/// The most characters of a code: what a phone still reads off a card.
const MAX_VALUE: usize = 300;
/// Light modules around a code, as ISO/IEC 18004 asks for.
const QUIET: i32 = 4;
/// The least width of a module, in points: 0.25 mm, five dots of a usual card printer's 300 to the inch less a reserve.
pub const LEAST_MODULE: f32 = 0.25 * crate::paper::MM;

/// A QR code of model 2.
pub struct Code(QrCode);

impl Code {
    /// # Errors
    /// No value, one that is too long, or one with a character that readers do not
    /// agree on: only printable ASCII without blanks is read the same by all.
    pub fn read(value: Option<&str>) -> Result<Code> {
        let value = value.unwrap_or("").trim();
        if value.is_empty() {
            return unfit("<qr> has no value");
        }
        if let Some(odd) = value.chars().find(|c| !c.is_ascii_graphic()) {
            return unfit(format!(
                "<qr> holds {odd:?}: a code holds letters, digits and signs of ASCII, because readers disagree on others"
            ));
        }
        if value.len() > MAX_VALUE {
            return unfit(format!("<qr> holds more than {MAX_VALUE} characters"));
        }
        match QrCode::encode_text(value, QrCodeEcc::Medium) {
            Ok(code) => Ok(Code(code)),
            Err(_) => unfit("<qr> holds too much"),
        }
    }

    /// Modules on each side, the light ones around it with them.
    pub fn size(&self) -> u16 {
        u16::try_from(self.0.size() + 2 * QUIET).unwrap_or(u16::MAX)
    }

    /// The dark modules of each row as runs: row, first column, columns.
    pub fn runs(&self) -> Vec<(u16, u16, u16)> {
        let side = self.size();
        let mut runs: Vec<(u16, u16, u16)> = Vec::new();
        for row in 0..side {
            for column in (0..side).filter(|column| self.dark(row, *column)) {
                match runs.last_mut() {
                    Some((at, first, many)) if *at == row && *first + *many == column => *many += 1,
                    _ => runs.push((row, column, 1)),
                }
            }
        }
        runs
    }

    fn dark(&self, row: u16, column: u16) -> bool {
        self.0
            .get_module(i32::from(column) - QUIET, i32::from(row) - QUIET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back() {
        for value in [
            "1000042",
            "HTTPS://EXAMPLE.ORG/M/42",
            "https://example.org/m?id=42&s=aB-_~",
        ] {
            let code = Code::read(Some(value)).unwrap();
            assert_eq!(decoded(&code), value);
        }
    }

    #[test]
    fn what_readers_disagree_on_is_refused() {
        let refused = |value| Code::read(value).err().unwrap().0;
        assert_eq!(refused(None), "<qr> has no value");
        assert_eq!(refused(Some(" ")), "<qr> has no value");
        assert!(refused(Some("Müller")).contains("holds 'ü'"));
        assert!(refused(Some("a b")).contains("holds ' '"));
        let long = "a".repeat(301);
        assert!(refused(Some(&long)).contains("more than 300"));
    }

    /// What an independent reader makes of the modules, four dots each.
    fn decoded(code: &Code) -> String {
        let side = usize::from(code.size()) * 4;
        let runs = code.runs();
        let dark = |x: usize, y: usize| {
            let (column, row) = (x as u16 / 4, y as u16 / 4);
            let covers = |(at, first, many): &(u16, u16, u16)| {
                *at == row && (*first..*first + *many).contains(&column)
            };
            runs.iter().any(covers)
        };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            if dark(x, y) { 0 } else { 255 }
        });
        let grids = image.detect_grids();
        grids[0].decode().unwrap().1
    }
}
