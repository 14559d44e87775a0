//! The command `compact`: what deleted and expired records have taken up goes
//! back to the disk.

use crate::engine;
use crate::folder::Folder;
use std::io::Write;
use std::path::Path;

/// Compacts the tables in the folder at `data`, and says what they took before
/// and take now.
///
/// # Errors
/// One line: there is no data, it is in use, or the disk is too full.
pub fn compact(data: &Path) -> Result<(), String> {
    let folder = Folder::existing(data)?;
    let _lock = folder.lock()?;
    let before = folder.size_of_tables()?;
    engine::compact(&folder.database())?;
    let after = folder.size_of_tables()?;
    let shown = data.display();
    let said = format!(
        "{shown}: the tables take {}, were {}",
        size(after),
        size(before)
    );
    writeln!(std::io::stdout(), "{said}").map_err(|cause| cause.to_string())
}

/// In megabytes of a million bytes, to a tenth.
fn size(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_rounded_to_tenths() {
        for (bytes, shown) in [
            (0, "0.0"),
            (49_999, "0.0"),
            (50_000, "0.1"),
            (12_345_678, "12.3"),
        ] {
            assert_eq!(size(bytes), format!("{shown} MB"));
        }
    }
}
