//! `compact`: a data folder gives back what is free in it.

use crate::{assert_refused, over, run, serve, text};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Brings so many contacts in; answers the import's id.
fn import(data: &Path, prefix: &str, count: usize) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("contacts.csv");
    let row = |n| format!("{prefix}-{n},Ada Byron\n");
    let rows: String = (0..count).map(row).collect();
    fs::write(&file, format!("id,name\n{rows}")).unwrap();
    let (code, _, said) = over(data, &["import", text(&file)]);
    assert_eq!(code, Some(0), "{said}");
    let told = said.lines().find_map(|line| line.strip_prefix("Import "));
    let id = told.unwrap().split(':').next();
    id.unwrap().to_owned()
}

fn exported(data: &Path) -> String {
    let (code, out, said) = over(data, &["export", "-", "--group", "contacts"]);
    assert_eq!(code, Some(0), "{said}");
    out
}

fn size(data: &Path) -> u64 {
    fs::metadata(data.join("dynamodb.sqlite")).unwrap().len()
}

#[test]
fn what_was_deleted_is_given_back_and_what_is_there_stays() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    import(data, "stays", 200);
    let little = size(data);
    let id = import(data, "goes", 2_000);
    let (code, _, said) = over(data, &["undo-import", &id]);
    assert_eq!(code, Some(0), "{said}");
    let (kept, full) = (exported(data), size(data));
    assert!(kept.lines().count() == 201 && full > 3 * little, "{full}");
    let compacted = run(&["compact", "--data", text(data)]);
    assert!(compacted.status.success(), "{compacted:?}");
    let said = String::from_utf8(compacted.stdout).unwrap();
    assert!(
        said.starts_with(text(data)) && said.contains(" MB, were "),
        "{said}"
    );
    assert!(
        size(data) <= little,
        "{} of {full}, {little} before",
        size(data)
    );
    assert_eq!(exported(data), kept);
    // What is free is none the next time.
    let again = run(&["compact", "--data", text(data)]);
    assert!(again.status.success(), "{again:?}");
    assert_eq!(exported(data), kept);
    drop(serve(data));
}

#[test]
fn a_folder_without_data_or_in_use_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("nowhere");
    let arguments = ["compact", "--data", text(&nowhere)];
    assert_refused(
        &run(&arguments),
        &["there is no data in the folder", text(&nowhere)],
    );
    assert!(!nowhere.exists());
    let _server = serve(folder.path());
    let arguments = ["compact", "--data", text(folder.path())];
    assert_refused(&run(&arguments), &["in use by another process"]);
}

#[test]
fn a_file_that_is_no_database_is_named_and_left() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("dynamodb.sqlite");
    fs::write(&file, "corrupt ".repeat(4096)).unwrap();
    let arguments = ["compact", "--data", text(folder.path())];
    assert_refused(&run(&arguments), &["dynamodb.sqlite"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "corrupt ".repeat(4096));
}
