//! Files as they come.

use crate::*;
use transfer::Source;

fn lines(content: impl AsRef<[u8]>, encoding: Encoding) -> Result<Vec<(u64, String)>, String> {
    let given = file("contacts.csv", content);
    let source = Source::open(&given.path, encoding)?;
    let mut rows = source.rows()?;
    let mut read = vec![(0, source.header.join("/"))];
    while let Some(row) = rows.read()? {
        read.push((row.line, row.cells.iter().collect::<Vec<_>>().join("/")));
    }
    Ok(read)
}

#[track_caller]
fn reads_as(content: impl AsRef<[u8]>, expected: &[(u64, &str)]) {
    let read = lines(content, Encoding::Utf8).unwrap();
    let read: Vec<(u64, &str)> = read
        .iter()
        .map(|(line, text)| (*line, text.as_str()))
        .collect();
    assert_eq!(read, expected);
}

#[test]
fn rows_know_their_lines_whatever_ends_them() {
    for end in ["\n", "\r\n"] {
        let content = ["id,name", "1,\"a", "b\"", "", "2,c", "3,d"].join(end);
        let inside = format!("1/a{end}b");
        let expected = [(0, "id/name"), (2, inside.as_str()), (5, "2/c"), (6, "3/d")];
        reads_as(&content, &expected);
        reads_as(content + end, &expected);
    }
}

#[test]
fn the_header_says_what_separates() {
    for content in ["id,name\n1,a;b", "id;name\n1;a;b", "id\tname\n1\ta;b"] {
        let separator = &content[2..3];
        let joined = content[8..].replace(separator, "/");
        reads_as(content, &[(0, "id/name"), (2, &joined)]);
    }
    reads_as("\"id\",\"a;b;c\"\n1,2", &[(0, "id/a;b;c"), (2, "1/2")]);
    reads_as("id\n1", &[(0, "id"), (2, "1")]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_column() {
    reads_as("\u{feff}id,name\n1,ä", &[(0, "id/name"), (2, "1/ä")]);
    reads_as("\u{feff}\"id\";name\n1;ä", &[(0, "id/name"), (2, "1/ä")]);
}

#[test]
fn bytes_that_are_no_utf_8_are_refused_by_line_and_column_or_read_as_asked() {
    let content = b"id,name\n1,a\n2,M\xfcller \x80\n";
    let why = lines(content, Encoding::Utf8).unwrap_err();
    assert!(why.contains("line 3: column name is not UTF-8"), "{why}");
    assert!(!why.contains("add --encoding windows-1252"), "{why}");
    for reading in ["\"Müller €\" as windows-1252", "\"M¸ller Ä\" as macintosh"] {
        assert!(why.contains(reading), "{why}");
    }
    let read = lines(content, Encoding::Windows1252).unwrap();
    assert_eq!(read[2], (3, "2/Müller €".to_owned()));
    let long = [&b"id,name\n"[..], &b"7,\xe9\n".repeat(20_000)].concat();
    let read = lines(long, Encoding::Windows1252).unwrap();
    assert!(read.len() == 20_001 && read[1..].iter().all(|(_, text)| text == "7/é"));
}

#[test]
fn each_encoding_is_read_as_it_is_named() {
    let files: [(&[u8], Encoding); 4] = [
        (b"id,name\n2,M\xfcller\n", Encoding::Windows1252),
        (b"id,name\n2,M\x9fller\n", Encoding::Macintosh),
        (b"id,name\n2,M\x81ller\n", Encoding::Cp437),
        (b"id,name\n2,M\x81ller\n", Encoding::Cp850),
    ];
    for (content, encoding) in files {
        let read = lines(content, encoding).unwrap();
        assert_eq!(read[1], (2, "2/Müller".to_owned()), "{encoding}");
    }
}

/// DOS's `ü` is nothing in windows-1252, and UTF-8 is nothing else.
#[test]
fn a_wrong_name_of_an_encoding_is_refused_where_it_can_be_seen() {
    for content in [
        &b"id,name\n2,M\x81ller\n"[..],
        "id,name\n2,Müller\n".as_bytes(),
    ] {
        let why = lines(content, Encoding::Windows1252).unwrap_err();
        assert!(
            why.contains("line 2: column name is not windows-1252"),
            "{why}"
        );
        assert!(why.contains("\"Müller\" as"), "{why}");
    }
}

#[test]
fn what_is_no_text_is_refused_before_it_is_read() {
    for (content, part) in [
        (&b"\x89PNG\r\n\x1a\n\0\0"[..], "an image (PNG)"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "an image (JPEG)"),
        (b"PK\x03\x04\x14\0", "a spreadsheet"),
        (b"\xff\xfei\0d\0", "UTF-16: save it as UTF-8"),
        (b"\xfe\xff\0i\0d", "UTF-16: save it as UTF-8"),
        (b"id,name\n\0,1", "NUL bytes"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
    ] {
        let why = lines(content, Encoding::Utf8).unwrap_err();
        assert!(why.contains(part), "{why}");
    }
    let late = [&b"id,name\n"[..], &b"1,abcdefgh\n".repeat(7_000), b"2,\0"].concat();
    let why = lines(late, Encoding::Utf8).unwrap_err();
    assert!(why.contains("line 7002: holds NUL bytes"), "{why}");
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_row() {
    let why = lines("id,name\n1,a\n2,\"b\n3,c\n4,d\n", Encoding::Utf8).unwrap_err();
    assert!(
        why.contains("line 3: a quote that is opened here is never closed"),
        "{why}"
    );
    let long = format!("id,name\n1,\"{}", "a,b\n".repeat(2_000_000));
    let why = lines(long, Encoding::Utf8).unwrap_err();
    assert!(
        why.contains("line 2: begins a record of more than 4 MB"),
        "{why}"
    );
}

#[tokio::test]
async fn a_header_is_refused_whole_and_before_any_row() {
    let app = TestApp::start().await;
    let why = refused(
        &app,
        "contacts.csv",
        "id,name,nmae,name,address,sys_version,\n1,a,,,,,\n",
    )
    .await;
    for part in [
        "\"nmae\" is not a field",
        "\"name\" stands twice",
        "\"address\" is an object: it has columns such as \"address.line1\"",
        "\"sys_version\" is kept by the server",
        "\"\" is not a field",
    ] {
        assert!(why.contains(part), "no {part} in {why}");
    }
    let why = refused(&app, "contacts.csv", "name\na\n").await;
    assert!(why.contains("\"id\" is missing"), "{why}");
    assert_eq!(exported(&app, Group::Contacts).await.lines().count(), 1);
}

#[tokio::test]
async fn a_file_is_read_to_its_end_before_any_row_is_written() {
    let app = TestApp::start().await;
    let rows: String = (0..3_000).map(|n| format!("c-{n},a\n")).collect();
    let why = refused(&app, "contacts.csv", format!("id,name\n{rows}x,\"b\n")).await;
    assert!(why.contains("line 3002"), "{why}");
    assert_eq!(exported(&app, Group::Contacts).await.lines().count(), 1);
}

#[tokio::test]
async fn the_group_is_the_files_name_or_what_is_asked_for() {
    let app = TestApp::start().await;
    let why = refused(&app, "members.csv", "id,name\nc-1,a\n").await;
    assert!(
        why.contains("add --group with one of contacts, organizations"),
        "{why}"
    );
    let asked = ImportOptions {
        group: Some(Group::Organizations),
        ..OPTIONS
    };
    let imported = try_import(&app, &file("contacts.csv", "id,name\no-1,a\n"), asked).await;
    assert!(imported.unwrap().id.starts_with("organizations-"));
    assert_eq!(
        brought(&app, "Contacts.CSV", "id,name\n").await.counts(),
        (0, 0, 0, 0)
    );
}
