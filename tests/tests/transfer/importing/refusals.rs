//! Rows that are refused, and what they leave as it was.

use super::*;

#[tokio::test]
async fn members_that_cannot_be_are_refused() {
    let app = app().await;
    brought(
        &app,
        "contacts.csv",
        "id,name\nc-2,b\nc-3,c\nc-4,d\nc-5,e\nc-6,f\nc-7,g\n",
    )
    .await;
    let imported = brought(
        &app,
        "memberships.csv",
        "id,owner_type,contact_id,type_id,package_id,expiration_date,renewal_payment_card_expiration,status,chapter_ids,number\n\
         ,contact,c-9,t-9,p-9,,,,,\n\
         ,contact,c-1,t-1,p-1,2025-02-30,31.12.2025,gone,,\n\
         ,contact,c-2,t-1,p-1,,2019-01-31,,,\n\
         contact:c-8,contact,c-3,t-1,p-1,,,,,\n\
         ,person,c-4,t-1,p-1,,,,,\n\
         ,contact,c-5,t-1,p-1,,,,north,\n\
         ,contact,c-6,t-1,p-1,,,,,7\n\
         ,contact,c-7,t-1,p-1,,,,,7\n",
    )
    .await;
    assert_eq!(imported.counts(), (2, 0, 0, 6), "{:#?}", imported.problems);
    let mut problems = imported.problems.clone();
    problems.sort();
    assert_eq!(
        problems,
        [
            "2,contact_id,contacts c-9 does not exist",
            "2,package_id,packages p-9 does not exist",
            "2,type_id,types t-9 does not exist",
            "3,expiration_date,\"must be a date, YYYY-MM-DD\"",
            "3,renewal_payment_card_expiration,\"must be a date, YYYY-MM-DD\"",
            "3,status,\"must be one of: active, inactive, suspended, active without benefits\"",
            "5,id,\"follows from other fields, and would be contact:c-3\"",
            "6,id,\"is required, unless owner_type and the owner's id say whose it is\"",
            "7,chapter_ids,\"follows from other fields, and would be nothing\"",
            "9,number,stands on line 8 already",
        ]
    );
    let past = membership(&app, "contact:c-2").await;
    assert_eq!(past["renewal_payment_card_expiration"], "2019-01-31");
    assert_eq!(past.get("expiration_date"), None);
}

#[tokio::test]
async fn an_amount_that_cannot_be_charged_is_refused() {
    let app = app().await;
    let rows = "id,name,business_unit_id,price\np-8,Half a cent,b-1,10.005\np-9,Sound,b-1,10.50\n";
    let imported = brought(&app, "packages.csv", rows).await;
    assert_eq!(imported.counts(), (1, 0, 0, 1), "{:?}", imported.problems);
    assert!(
        imported.problems[0].contains("more decimals than USD has"),
        "{:?}",
        imported.problems
    );
}

#[tokio::test]
async fn a_number_that_comes_twice_is_refused_however_it_is_written() {
    let app = app().await;
    brought(&app, "contacts.csv", "id,name\nc-2,Bo\nc-3,Cy\n").await;
    let content = format!(
        "{NUMBERED}contact,c-1,t-1,p-1,20\ncontact,c-2,t-1,p-1,20.0\ncontact,c-3,t-1,p-1,\n"
    );
    let imported = brought(&app, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (2, 0, 0, 1));
    assert_eq!(imported.problems, ["3,number,stands on line 2 already"]);
    assert_eq!(app.store.last_number("membership").await.unwrap(), 20);
}

#[tokio::test]
async fn a_refused_number_does_not_raise_the_counter() {
    let app = app().await;
    brought(&app, "contacts.csv", "id,name\nc-2,Bo\nc-3,Cy\n").await;
    let content = format!(
        "{NUMBERED}contact,c-1,t-1,p-1,\ncontact,c-2,t-1,p-1,9007199254740993\n\
         contact,c-3,t-1,p-9,800\ncontact,c-4,t-1,p-1,-7\n"
    );
    let imported = brought(&app, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (1, 0, 0, 3), "{:?}", imported.problems);
    assert_eq!(app.store.last_number("membership").await.unwrap(), 1);
    assert_eq!(membership(&app, "contact:c-1").await["number"], 1);
}

#[tokio::test]
async fn an_id_too_long_to_be_billed_by_is_refused() {
    let app = app().await;
    let (long, longest) = ("x".repeat(241), "y".repeat(102));
    for group in ["contacts.csv", "organizations.csv"] {
        let imported = brought(&app, group, &format!("id,name\n{long},A\n{longest},B\n")).await;
        assert_eq!(imported.counts(), (1, 0, 0, 1));
        let expected = "2,id,\"must have at most 102 characters, to be billed by\"";
        assert_eq!(imported.problems, [expected]);
    }
}

#[tokio::test]
async fn a_row_names_an_order_that_is_here() {
    let app = app().await;
    let file = "owner_type,contact_id,type_id,package_id,order_id\ncontact,c-1,t-1,p-1,old-7\n";
    let imported = brought(&app, "memberships.csv", file).await;
    assert_eq!(
        imported.problems,
        ["2,order_id,orders old-7 does not exist"],
        "{:?}",
        imported.counts()
    );
    app.seed_order("old-7").await;
    let imported = brought(&app, "memberships.csv", file).await;
    assert_eq!(imported.counts(), (1, 0, 0, 0), "{:?}", imported.problems);
}

#[tokio::test]
async fn a_row_whose_address_no_mail_reaches_is_refused() {
    let app = TestApp::start().await;
    let file = "id,name,email_address\nc-1,Ada,n/a\nc-2,Bob,bob@example.org\nc-3,Cy,cy@example.org.\n\
        c-4,Jörg,jörg@müller.example\nc-5,Jo,jo@müller.example\n";
    let imported = brought(&app, "contacts.csv", file).await;
    assert_eq!(imported.counts(), (2, 0, 0, 3), "{:?}", imported.problems);
    for (problem, line) in imported.problems.iter().zip([2, 4, 5]) {
        assert!(
            problem.starts_with(&format!("{line},email_address,")),
            "{problem}"
        );
    }
}
