//! How a file's bytes are text. Nothing is guessed, because no guess tells these
//! apart: bytes that are a name in one are garbage, or another name, in the next.

use encoding_rs::{MACINTOSH, WINDOWS_1252};
use model::choice::Choice;
use oem_cp::code_table::{DECODING_TABLE_CP437, DECODING_TABLE_CP850};
use oem_cp::decode_string_complete_table;

model::choice! {
    /// All but the first have a character for each byte, and ASCII's for the
    /// lower half, so that cells are separated before they are decoded.
    pub enum Encoding {
        Utf8 = "utf-8",
        Windows1252 = "windows-1252",
        /// Mac Roman.
        Macintosh = "macintosh",
        /// The DOS of the United States.
        Cp437 = "cp437",
        /// The DOS of Western Europe.
        Cp850 = "cp850",
    }
}

/// Characters of a cell that are shown on either side of the first in question.
const SHOWN: usize = 20;

impl Encoding {
    /// A cell's text; `None` where a byte has no meaning, or where all are UTF-8
    /// and something else is asked for.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let text = match self {
            _ if bytes.is_ascii() => return String::from_utf8(bytes.to_vec()).ok(),
            Encoding::Utf8 => return String::from_utf8(bytes.to_vec()).ok(),
            // By chance no name in these encodings is.
            _ if std::str::from_utf8(bytes).is_ok() => return None,
            Encoding::Windows1252 => decoded(WINDOWS_1252, bytes),
            Encoding::Macintosh => decoded(MACINTOSH, bytes),
            Encoding::Cp437 => decode_string_complete_table(bytes, &DECODING_TABLE_CP437),
            Encoding::Cp850 => decode_string_complete_table(bytes, &DECODING_TABLE_CP850),
        };
        // Five bytes of windows-1252 mean nothing; the library makes control characters of them.
        let is_text = |c: char| c.is_ascii() || !c.is_control();
        text.chars().all(is_text).then_some(text)
    }
}

fn decoded(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// What the bytes are in each encoding, for a person to choose by.
pub fn readings(bytes: &[u8]) -> String {
    let mut readings: Vec<(String, Vec<&str>)> = Vec::new();
    for encoding in Encoding::ALL {
        let Some(text) = encoding.decode(bytes) else {
            continue;
        };
        let text = excerpt(&text);
        match readings.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(encoding.as_str()),
            None => readings.push((text, vec![encoding.as_str()])),
        }
    }
    let each = |(text, names): (String, Vec<&str>)| format!("{text:?} as {}", names.join(" or "));
    let readings: Vec<String> = readings.into_iter().map(each).collect();
    readings.join(", ")
}

fn excerpt(text: &str) -> String {
    let first = text.chars().position(|c| !c.is_ascii()).unwrap_or(0);
    let from = first.saturating_sub(SHOWN);
    text.chars().skip(from).take(2 * SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_each_encoding_reads_it() {
        let shown = |bytes: &[u8]| readings(bytes);
        assert_eq!(
            shown(b"M\xfcller"),
            r#""Müller" as windows-1252, "M¸ller" as macintosh, "Mⁿller" as cp437, "M³ller" as cp850"#
        );
        assert_eq!(
            shown(b"M\x9fller"),
            r#""MŸller" as windows-1252, "Müller" as macintosh, "Mƒller" as cp437 or cp850"#
        );
        // 0x81 is nothing in windows-1252.
        assert_eq!(
            shown(b"M\x81ller"),
            r#""MÅller" as macintosh, "Müller" as cp437 or cp850"#
        );
    }

    #[test]
    fn of_a_long_cell_only_the_place_is_shown() {
        let long = [&[b'x'; 500][..], b"\xe9", &[b'y'; 500]].concat();
        let around = format!("{}é{}", "x".repeat(20), "y".repeat(19));
        assert!(readings(&long).starts_with(&format!("{around:?} as windows-1252")));
    }

    #[test]
    fn what_is_utf_8_is_nothing_else() {
        assert_eq!(Encoding::Windows1252.decode("Müller".as_bytes()), None);
        assert_eq!(readings("Müller".as_bytes()), r#""Müller" as utf-8"#);
    }

    #[test]
    fn bytes_below_128_are_ascii_in_all() {
        let ascii: Vec<u8> = (0..128).collect();
        for encoding in Encoding::ALL {
            assert_eq!(
                encoding.decode(&ascii),
                String::from_utf8(ascii.clone()).ok()
            );
        }
    }
}
