//! Import and export over the embedded database.

#![cfg(test)]

mod files;
mod histories;
mod importing;
mod moving;
mod round_trip;
mod styles;
mod undoing;

use model::resources::csv_style::CsvChoices;
use std::path::PathBuf;
use tempfile::TempDir;
use tests::TestApp;
use transfer::{
    Counts, Encoding, ExportOptions, Group, ImportOptions, Report, Undone, export, import, undo,
};

/// A file of its own for one import.
struct Given {
    folder: TempDir,
    path: PathBuf,
}

fn file(name: &str, content: impl AsRef<[u8]>) -> Given {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    Given { folder, path }
}

const PLAIN: CsvChoices = CsvChoices {
    separator: None,
    decimal_mark: None,
    date_style: None,
    byte_order_mark: None,
};

const OPTIONS: ImportOptions = ImportOptions {
    group: None,
    encoding: Encoding::Utf8,
    dry_run: false,
    style: PLAIN,
};

/// What an import has come to, and the lines of its report.
#[derive(Debug)]
struct Imported {
    id: String,
    counts: Counts,
    problems: Vec<String>,
}

impl Imported {
    /// (created, updated, unchanged, refused)
    fn counts(&self) -> (u64, u64, u64, u64) {
        let Counts {
            created,
            updated,
            unchanged,
            refused,
        } = self.counts;
        (created, updated, unchanged, refused)
    }
}

async fn try_import(
    app: &TestApp,
    given: &Given,
    options: ImportOptions,
) -> Result<Imported, String> {
    let mut said = Vec::new();
    let mut report = Report::new(&mut said);
    let outcome = import(&app.store, &given.path, options, &mut report, |_| ()).await;
    drop(report);
    assert!(
        given.folder.path().read_dir().unwrap().count() == 1,
        "nothing beside the file"
    );
    let said = String::from_utf8(said).unwrap();
    let mut lines = said.lines();
    if let Some(header) = lines.next() {
        assert_eq!(header, "line,column,reason");
    }
    outcome.map(|outcome| Imported {
        id: outcome.id,
        counts: outcome.counts,
        problems: lines.map(str::to_owned).collect(),
    })
}

/// Imports a file that is sound as a whole.
async fn brought(app: &TestApp, name: &str, content: &str) -> Imported {
    try_import(app, &file(name, content), OPTIONS)
        .await
        .unwrap()
}

/// Why a file as a whole is refused.
async fn refused(app: &TestApp, name: &str, content: impl AsRef<[u8]>) -> String {
    try_import(app, &file(name, content), OPTIONS)
        .await
        .unwrap_err()
}

async fn exported(app: &TestApp, group: Group) -> String {
    let mut out = Vec::new();
    export(&app.store, group, ExportOptions::default(), &mut out)
        .await
        .unwrap();
    String::from_utf8(out).unwrap()
}
