//! What spreadsheet programs, and libraries that write their files, make of
//! values.

use super::*;

const PACKAGES: &str = "id,name,business_unit_id,price,member_price\np-8,Dear,b-1,120.50,80\n";

async fn package(app: &TestApp) -> Value {
    app.get("/packages/acme/p-8").await.ok()
}

/// A formula whose result was never stored is an empty cell.
#[tokio::test]
async fn an_empty_cell_takes_no_amount_away() {
    let app = app().await;
    brought(&app, "packages.csv", PACKAGES).await;
    let emptied = PACKAGES.replace("120.50", "").replace("Dear", "Cheap");
    let imported = brought(&app, "packages.csv", &emptied).await;
    assert_eq!(imported.counts(), (0, 0, 0, 1));
    assert_eq!(
        imported.problems,
        [
            "2,price,\"is empty where 120.5 is stored: null takes it away, and without the column it stays\""
        ]
    );
    let stored = package(&app).await;
    assert_eq!(
        (&stored["price"], &stored["name"]),
        (&json!(120.5), &json!("Dear"))
    );

    let taken = PACKAGES.replace("120.50", "null");
    assert_eq!(
        brought(&app, "packages.csv", &taken).await.counts(),
        (0, 1, 0, 0)
    );
    assert_eq!(package(&app).await.get("price"), None);
    for again in [taken, PACKAGES.replace("120.50", "")] {
        assert_eq!(
            brought(&app, "packages.csv", &again).await.counts(),
            (0, 0, 1, 0)
        );
    }
}

/// A membership without one would be for life.
#[tokio::test]
async fn an_empty_cell_takes_no_day_away() {
    let app = app().await;
    let content = "owner_type,contact_id,type_id,package_id,expiration_date\ncontact,c-1,t-1,p-1,2027-01-31\n";
    brought(&app, "memberships.csv", content).await;
    let emptied = brought(&app, "memberships.csv", &content.replace("2027-01-31", "")).await;
    assert_eq!(emptied.counts(), (0, 0, 0, 1));
    let problem = &emptied.problems[0];
    assert!(
        problem.contains("expiration_date,\"is empty where 2027-01-31 is stored"),
        "{problem}"
    );
    let taken = brought(
        &app,
        "memberships.csv",
        &content.replace("2027-01-31", "null"),
    )
    .await;
    assert_eq!(taken.counts(), (0, 1, 0, 0), "{:?}", taken.problems);
    assert_eq!(
        membership(&app, "contact:c-1").await.get("expiration_date"),
        None
    );
}

/// So reads a formula that was never calculated, in files of some libraries.
#[tokio::test]
async fn a_zero_in_place_of_an_amount_is_told() {
    let app = app().await;
    brought(&app, "packages.csv", PACKAGES).await;
    for zero in ["0", "0.00"] {
        let content = PACKAGES.replace("120.50", zero);
        let dry = ImportOptions {
            dry_run: true,
            ..OPTIONS
        };
        let told = try_import(&app, &file("packages.csv", &content), dry)
            .await
            .unwrap();
        assert_eq!(told.counts(), (0, 1, 0, 0));
        let warning =
            "2,price,warning: 0 in place of 120.5: so reads a formula that was never calculated";
        assert_eq!(told.problems, [warning]);
    }
    let imported = brought(&app, "packages.csv", &PACKAGES.replace("120.50", "0")).await;
    assert_eq!(
        (imported.counts(), imported.problems.len()),
        ((0, 1, 0, 0), 1)
    );
    let again = brought(&app, "packages.csv", &PACKAGES.replace("120.50", "0.0")).await;
    assert_eq!((again.counts(), again.problems.len()), ((0, 0, 1, 0), 0));
}

/// Whole numbers come as floats, days as numbers, long numbers in powers of ten.
#[tokio::test]
async fn numbers_and_days_are_what_the_file_shows_or_refused() {
    let app = app().await;
    let content = "id,owner_type,contact_id,type_id,package_id,number,expiration_date\n\
        ,contact,c-1,t-1,p-1,20.0,2027-01-31\n\
        ,contact,c-1.0,t-1,p-1,,\n\
        20.0,,,,,,\n\
        ,contact,c-2,t-1,p-1,20.5,46053\n\
        ,contact,c-3,t-1,p-1,1.23457E+11,31.01.2027\n";
    let imported = brought(&app, "memberships.csv", content).await;
    assert_eq!(imported.counts(), (1, 0, 0, 4));
    let told = |part: &str| {
        imported
            .problems
            .iter()
            .any(|problem| problem.contains(part))
    };
    for part in [
        "3,contact_id,",
        "4,id,",
        "5,number,must be a whole number",
        "5,expiration_date,\"must be a date, YYYY-MM-DD\"",
        "6,number,\"is in powers of ten",
    ] {
        assert!(told(part), "no {part} in {:#?}", imported.problems);
    }
    assert_eq!(membership(&app, "contact:c-1").await["number"], 20);
}

#[tokio::test]
async fn a_text_that_was_a_long_number_is_told() {
    let app = app().await;
    let imported = brought(
        &app,
        "contacts.csv",
        "id,name,sys_external_id\nc-9,Ada,4.17912E+11\n",
    )
    .await;
    assert_eq!(imported.counts(), (1, 0, 0, 0), "{:?}", imported.problems);
    let warning =
        "2,sys_external_id,warning: looks like a long number that a spreadsheet has shortened";
    assert_eq!(imported.problems, [warning]);
}
