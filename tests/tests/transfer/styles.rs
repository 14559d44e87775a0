//! Files as the spreadsheet programs of different languages want them.

use crate::round_trip::{GROUPS, odd_data};
use crate::*;
use model::resources::csv_style::{DateStyle, DecimalMark, Separator};
use model::resources::{Contacts, Packages, Settings};
use serde_json::json;
use tests::records::{a_package, with};

/// Each decimal mark with each style of dates, and each separator with each mark.
fn every_style() -> impl Iterator<Item = CsvChoices> {
    let separators = Separator::ALL.iter().cycle();
    let marks = DecimalMark::ALL.iter();
    let styles = marks.flat_map(|mark| DateStyle::ALL.iter().map(move |dates| (*mark, *dates)));
    styles
        .zip(separators)
        .map(|((mark, dates), separator)| CsvChoices {
            separator: Some(*separator),
            decimal_mark: Some(mark),
            date_style: Some(dates),
            byte_order_mark: Some(mark == DecimalMark::Comma),
        })
}

async fn exported_as(app: &TestApp, group: Group, options: ExportOptions<'_>) -> String {
    let mut out = Vec::new();
    export(&app.store, group, options, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn an_export_in_any_style_brought_in_again_changes_nothing() {
    let app = TestApp::start().await;
    odd_data(&app).await;
    for style in every_style() {
        for group in GROUPS {
            let options = ExportOptions { style, sort: None };
            let content = exported_as(&app, group, options).await;
            let given = file(&format!("{group}.csv"), content);
            // What separates cells and the mark are seen in the file.
            let told = CsvChoices {
                separator: None,
                byte_order_mark: None,
                ..style
            };
            let told = ImportOptions {
                style: told,
                ..OPTIONS
            };
            let imported = try_import(&app, &given, told).await.unwrap();
            let (created, updated, unchanged, refused) = imported.counts();
            assert_eq!(
                (created, updated, refused),
                (0, 0, 0),
                "{group} {style:?} {imported:?}"
            );
            assert!(unchanged > 0, "{group}");
        }
    }
}

/// One setting for what goes out and what comes in.
#[tokio::test]
async fn files_are_written_and_read_as_the_settings_say() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let dear = json!({ "id": "p-2", "price": 1120.5, "description": "+1" });
    app.seed::<Packages>(with(a_package(), dear)).await;
    let german = json!({ "id": "settings", "csv_separator": "semicolon", "csv_decimal_mark": "comma",
        "csv_date_style": "day.month.year", "csv_byte_order_mark": true });
    app.seed::<Settings>(german).await;
    let content = exported(&app, Group::Packages).await;
    assert!(content.starts_with("\u{feff}id;"), "{content}");
    assert!(content.contains(";1120,5;"), "{content}");
    let imported = brought(&app, "packages.csv", &content).await;
    assert_eq!(imported.counts(), (0, 0, 2, 0), "{:?}", imported.problems);
    let changed = "id;price\np-2;99,90\np-1;99.90\n";
    let imported = brought(&app, "packages.csv", changed).await;
    assert_eq!(imported.counts(), (0, 1, 0, 1));
    assert_eq!(imported.problems, ["3,price,must be a decimal number"]);
    let members =
        "owner_type;contact_id;type_id;package_id;expiration_date\ncontact;c-1;t-1;p-1;1.2.2027\n";
    let imported = brought(&app, "memberships.csv", members).await;
    assert_eq!(imported.counts(), (1, 0, 0, 0), "{:?}", imported.problems);
    let content = exported(&app, Group::Memberships).await;
    assert!(content.contains(";01.02.2027;"), "{content}");
}

/// Else they come in the order of keys, which are hashed.
#[tokio::test]
async fn an_export_is_sorted_as_the_tenants_language_sorts() {
    let app = TestApp::start().await;
    for (id, last) in [
        ("1", "Zahle"),
        ("2", "Aabenraa"),
        ("3", "Abel"),
        ("4", "Åberg"),
    ] {
        let contact = json!({ "id": id, "name": "N", "last_name": last });
        app.seed::<Contacts>(contact).await;
    }
    let ids = async |sort| {
        let style = PLAIN;
        let content = exported_as(&app, Group::Contacts, ExportOptions { style, sort }).await;
        let ids = content.lines().skip(1).map(|line| &line[..1]);
        ids.collect::<String>()
    };
    assert_eq!(ids(Some("last_name")).await, "2341");
    app.seed::<Settings>(json!({ "id": "settings", "language": "da" }))
        .await;
    assert_eq!(ids(Some("last_name")).await, "3124");
    for column in ["number", "contact_role_ids", "nothing"] {
        let sort = ExportOptions {
            style: PLAIN,
            sort: Some(column),
        };
        let refused = export(&app.store, Group::Contacts, sort, Vec::new()).await;
        let expected = format!("cannot sort by {column}: it is no column of text");
        assert_eq!(refused.unwrap_err(), expected);
    }
}
