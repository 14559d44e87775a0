//! Rows as records: what is made, what is refused and why.

use crate::*;
use model::resources::{Contacts, Memberships, Packages, StatusReasons, Types};
use serde_json::{Value, json};
use tests::records::{a_contact, a_membership, with};

const CONTACTS: &str = "\
id,name,first_name,email_address,address.city,address.latitude,contact_role_ids
c-1,Ada Byron,Ada,ada@example.org,London,51.25,chair|press
007,\"Müller, \"\"Bob\"\"\nJr.\",,,,,
";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app
}

async fn membership(app: &TestApp, id: &str) -> Value {
    let found = app.store.get_consistent::<Memberships>(id).await.unwrap();
    Value::Object(found.expect("a membership").into_fields())
}

#[tokio::test]
async fn rows_become_records() {
    let app = TestApp::start().await;
    let imported = brought(&app, "contacts.csv", CONTACTS).await;
    assert_eq!(imported.counts(), (2, 0, 0, 0), "{:?}", imported.problems);
    let made = app.get("/contacts/acme/c-1").await.ok();
    assert_eq!(
        made["address"],
        json!({ "city": "London", "latitude": serde_json::from_str::<Value>("51.25").unwrap() })
    );
    assert_eq!(made["contact_role_ids"], json!(["chair", "press"]));
    let odd = app.get("/contacts/acme/007").await.ok();
    assert_eq!(odd["name"], "Müller, \"Bob\"\nJr.");
    assert_eq!((odd.get("first_name"), odd.get("address")), (None, None));
}

#[tokio::test]
async fn a_record_says_what_it_came_with() {
    let app = TestApp::start().await;
    let imported = brought(&app, "contacts.csv", CONTACTS).await;
    let made = app.get("/contacts/acme/007").await.ok();
    assert_eq!(made["sys_bulk_load_id"], imported.id.as_str());
    assert_eq!(made["sys_bulk_load_pk"], "007");
    assert_eq!(made["sys_bulk_load_record_no"], 3);
    assert_eq!(made["sys_bulk_load_source_file"], "contacts.csv");
    assert_eq!(made["sys_bulk_load_at"], made["sys_created_at"]);
    assert_eq!(
        made["sys_last_bulk_data_operation_id"],
        imported.id.as_str()
    );
    assert_eq!(made["sys_last_bulk_data_operation_sys_version"], "1");
    assert_eq!(made["sys_last_security_context"]["via"], "import");
}

#[tokio::test]
async fn the_same_file_again_writes_nothing_and_a_change_one_record() {
    let app = TestApp::start().await;
    let first = brought(&app, "contacts.csv", CONTACTS).await;
    assert_eq!(
        brought(&app, "contacts.csv", CONTACTS).await.counts(),
        (0, 0, 2, 0)
    );
    let changed = CONTACTS
        .replace("London", "Bath")
        .replace("ada@example.org", "");
    let imported = brought(&app, "contacts.csv", &changed).await;
    assert_eq!(imported.counts(), (0, 1, 1, 0));
    let made = app.get("/contacts/acme/c-1").await.ok();
    assert_eq!(
        (&made["address"]["city"], made.get("email_address")),
        (&json!("Bath"), None)
    );
    assert_eq!(made["sys_version"], 2);
    assert_eq!(made["sys_bulk_load_id"], first.id.as_str());
    assert_eq!(
        made["sys_last_bulk_data_operation_id"],
        imported.id.as_str()
    );
    assert_eq!(made["sys_last_bulk_data_operation_sys_version"], "2");
}

#[tokio::test]
async fn columns_that_are_not_there_are_left_alone() {
    let app = TestApp::start().await;
    brought(&app, "contacts.csv", CONTACTS).await;
    let imported = brought(&app, "contacts.csv", "address.city,id\nBath,c-1\n").await;
    assert_eq!(imported.counts(), (0, 1, 0, 0));
    let made = app.get("/contacts/acme/c-1").await.ok();
    assert_eq!(
        (&made["name"], &made["address"]["city"]),
        (&json!("Ada Byron"), &json!("Bath"))
    );
    assert!(made["address"].get("latitude").is_some());
}

#[tokio::test]
async fn every_row_is_counted_once_and_every_problem_told() {
    let app = TestApp::start().await;
    let imported = brought(
        &app,
        "contacts.csv",
        "id,name,address.latitude,contact_role_ids\n\
         c-1,a,,\n\
         c-2,b\n\
         c-3,c,,,\n\
         ,d,,\n\
         c 5,,north,[1\n\
         c 6,,north,\n\
         \n\
         c-1,again,,\n\
         c-8,\"e\n\",1.5,x\n\
         c-9,f,\"1,5\",\n",
    )
    .await;
    assert_eq!(imported.counts(), (2, 0, 0, 7));
    assert_eq!(
        imported.problems,
        [
            "3,,\"the row has 2 cells, the header 4\"",
            "4,,\"the row has 5 cells, the header 4\"",
            "5,id,is required",
            "6,contact_role_ids,must be JSON",
            "7,address.latitude,must be a number",
            "7,id,must match ^[\\w|-]+$",
            "7,name,is required",
            "9,id,stands on line 2 already",
            "12,address.latitude,must be a number",
        ]
    );
    assert_eq!(app.get("/contacts/acme/c-1").await.ok()["name"], "a");
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let app = app().await;
    let before = exported(&app, Group::Contacts).await;
    let dry = ImportOptions {
        dry_run: true,
        ..OPTIONS
    };
    let content = "id,name\nc-1,Ada\nc-2,b\nc-2,c\nc 3,d\n";
    let imported = try_import(&app, &file("contacts.csv", content), dry)
        .await
        .unwrap();
    assert_eq!(imported.counts(), (1, 1, 0, 2));
    assert_eq!(exported(&app, Group::Contacts).await, before);
    let members =
        "owner_type,contact_id,type_id,package_id\ncontact,c-1,t-1,p-1\ncontact,c-2,t-1,p-9\n";
    let dry = try_import(&app, &file("memberships.csv", members), dry)
        .await
        .unwrap();
    assert_eq!(dry.counts(), (1, 0, 0, 1));
    let imported = brought(&app, "memberships.csv", members).await;
    assert_eq!(
        (imported.counts(), &imported.problems),
        (dry.counts(), &dry.problems)
    );
    assert_eq!(membership(&app, "contact:c-1").await["number"], 1);
    app.delete("/types/acme/t-1").await.refused_for(409);
}

#[tokio::test]
async fn a_membership_is_settled_as_the_api_settles_it() {
    let (imported, posted) = (app().await, app().await);
    for app in [&imported, &posted] {
        app.seed_affiliations(&["north"], &[]).await;
        app.seed_reason(json!({ "id": "r-1", "applies_to": "active" }))
            .await;
    }
    let content = "owner_type,contact_id,type_id,package_id,join_date,term_start_date,expiration_date,chapters\n\
        contact,c-1,t-1,p-1,2025-01-01,2025-01-01,2025-12-31,\"[{\"\"chapter_id\"\":\"\"north\"\"}]\"\n";
    let rows = brought(&imported, "memberships.csv", content).await;
    assert_eq!(rows.counts(), (1, 0, 0, 0), "{:?}", rows.problems);
    let body = with(
        a_membership(),
        json!({ "chapters": [{ "chapter_id": "north" }] }),
    );
    posted.post("/memberships/acme", body).await.ok();
    let mut made = [
        membership(&imported, "contact:c-1").await,
        membership(&posted, "contact:c-1").await,
    ];
    for made in &mut made {
        let fields = made.as_object_mut().unwrap();
        fields.retain(|name, _| !name.starts_with("sys_"));
        let row = fields["history"][0].as_object_mut().unwrap();
        assert!(row.remove("date").is_some() && row.remove("user_id").is_some());
    }
    assert_eq!(made[0], made[1]);
    assert_eq!(made[0]["history"][0]["event"], "join");
}

#[tokio::test]
async fn what_the_server_owns_may_come_with_an_import() {
    let app = app().await;
    let content = "owner_type,contact_id,type_id,package_id,number,expiration_date,billed,lapse_date,last_reminder,history\n\
        contact,c-1,t-1,p-1,500,2027-01-31,true,2020-01-01,2,\"[{\"\"event\"\":\"\"join\"\"}]\"\n";
    assert_eq!(
        brought(&app, "memberships.csv", content).await.counts(),
        (1, 0, 0, 0)
    );
    let made = membership(&app, "contact:c-1").await;
    assert_eq!(
        (&made["number"], &made["billed"]),
        (&json!(500), &json!(true))
    );
    assert_eq!(made["history"], json!([{ "event": "join" }]));
    assert_eq!(
        brought(&app, "memberships.csv", content).await.counts(),
        (0, 0, 1, 0)
    );
    // A number that came is given to nobody else.
    app.seed_contact("c-2").await;
    let body = with(a_membership(), json!({ "contact_id": "c-2" }));
    let next = app.post("/memberships/acme", body).await.ok();
    assert_eq!(next["number"], 501);
    app.seed_contact("c-3").await;
    let taken = content.replace("c-1", "c-3");
    let imported = brought(&app, "memberships.csv", &taken).await;
    assert_eq!(
        imported.problems,
        ["2,number,is that of the membership contact:c-1"]
    );
}

#[tokio::test]
async fn cells_left_empty_do_not_take_away_what_was_filled_in() {
    let app = app().await;
    let content = "owner_type,contact_id,type_id,package_id,join_date,status,number,name,notes\n\
        contact,c-1,t-1,p-1,,,,,n\n";
    assert_eq!(
        brought(&app, "memberships.csv", content).await.counts(),
        (1, 0, 0, 0)
    );
    assert_eq!(
        brought(&app, "memberships.csv", content).await.counts(),
        (0, 0, 1, 0)
    );
    let imported = brought(&app, "memberships.csv", &content.replace(",n\n", ",\n")).await;
    assert_eq!(imported.counts(), (0, 1, 0, 0));
    let made = membership(&app, "contact:c-1").await;
    assert!(made["join_date"].is_string() && made.get("notes").is_none());
}

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
async fn what_a_membership_uses_is_marked_as_used() {
    let app = app().await;
    let content = "owner_type,contact_id,type_id,package_id\ncontact,c-1,t-1,p-1\n";
    assert_eq!(
        brought(&app, "memberships.csv", content).await.counts(),
        (1, 0, 0, 0)
    );
    for path in [
        "/types/acme/t-1",
        "/packages/acme/p-1",
        "/contacts/acme/c-1",
    ] {
        let why = app.delete(path).await.refused_for(409);
        assert!(why.contains("is or was used by other records"), "{why}");
    }
}

#[tokio::test]
async fn rows_may_refer_to_rows_behind_them() {
    let app = TestApp::start().await;
    let imported = brought(
        &app,
        "packages.csv",
        "id,name,business_unit_id,renews_with_id,price\n\
         p-1,One,b,p-2,10.00\n\
         p-2,Two,b,p-1,20\n\
         p-3,Three,b,p-3,30\n\
         p-4,Four,b,p-5,40\n\
         p-5,Five,b,p-6,-1\n\
         p-6,Six,b,p-9,60\n",
    )
    .await;
    assert_eq!(imported.counts(), (3, 0, 0, 3), "{:?}", imported.problems);
    let mut problems = imported.problems;
    problems.sort();
    assert_eq!(
        problems,
        [
            "5,renews_with_id,packages p-5 does not exist",
            "6,price,must not be negative",
            "6,renews_with_id,packages p-6 does not exist",
            "7,renews_with_id,packages p-9 does not exist",
        ]
    );
    app.delete("/packages/acme/p-2").await.refused_for(409);
}

#[tokio::test]
async fn a_locked_record_stays_until_a_row_unlocks_it() {
    let app = TestApp::start().await;
    app.seed::<Contacts>(with(a_contact(), json!({ "sys_locked": true })))
        .await;
    let imported = brought(&app, "contacts.csv", "id,name\nc-1,Eve\n").await;
    assert_eq!(imported.counts(), (0, 0, 0, 1));
    assert!(
        imported.problems[0].contains("the record is locked"),
        "{:?}",
        imported.problems
    );
    let imported = brought(&app, "contacts.csv", "id,name,sys_locked\nc-1,Eve,false\n").await;
    assert_eq!(imported.counts(), (0, 1, 0, 0));
}

#[tokio::test]
async fn more_rows_than_are_in_memory_at_once() {
    let app = app().await;
    let rows: String = (0..1_205)
        .map(|n| format!("m-{n},\"Member, {n}\"\n"))
        .collect();
    let contacts = brought(&app, "contacts.csv", &format!("id,name\n{rows}")).await;
    assert_eq!(contacts.counts(), (1_205, 0, 0, 0));
    let rows: String = (0..1_205)
        .map(|n| format!("contact,m-{n},t-1,p-1\n"))
        .collect();
    let content = format!("owner_type,contact_id,type_id,package_id\n{rows}contact,m-3,t-1,p-1\n");
    let imported = brought(&app, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (1_205, 0, 0, 1));
    assert_eq!(imported.problems, ["1207,id,stands on line 5 already"]);
    assert_eq!(
        exported(&app, Group::Memberships).await.lines().count(),
        1_206
    );
}

#[tokio::test]
async fn a_status_that_changes_takes_its_reason_and_its_dates() {
    let app = app().await;
    app.seed_reason(json!({ "id": "left" })).await;
    app.seed_reason(json!({ "id": "moved", "priority": 2 }))
        .await;
    assert!(
        app.store
            .get::<StatusReasons>("left")
            .await
            .unwrap()
            .is_some()
    );
    let content = "owner_type,contact_id,type_id,package_id,status,termination_date\ncontact,c-1,t-1,p-1,active,\n";
    brought(&app, "memberships.csv", content).await;
    let left = content.replace("active,\n", "inactive,2024-05-06\n");
    assert_eq!(
        brought(&app, "memberships.csv", &left).await.counts(),
        (0, 1, 0, 0)
    );
    let made = membership(&app, "contact:c-1").await;
    assert_eq!(made["status_reason_id"], "left");
    assert_eq!(
        (&made["termination_date"], &made["lapse_date"]),
        (&json!("2024-05-06"), &json!("2024-05-06"))
    );
    assert_eq!(made["history"][1]["event"], "manual change");
    let wrong = brought(
        &app,
        "memberships.csv",
        "id,status,status_reason_id\ncontact:c-1,active,moved\n",
    )
    .await;
    assert_eq!(
        wrong.problems,
        ["2,status_reason_id,\"applies to the status inactive, not to active\""]
    );
}

#[tokio::test]
async fn the_package_grants_the_type() {
    let app = app().await;
    app.seed::<Types>(json!({ "id": "t-2", "name": "B", "customer_type": "contact" }))
        .await;
    let other =
        json!({ "id": "p-2", "name": "O", "business_unit_id": "b", "membership_type_id": "t-2" });
    app.seed::<Packages>(other).await;
    let content = "owner_type,contact_id,type_id,package_id\ncontact,c-1,t-1,p-2\n";
    let imported = brought(&app, "memberships.csv", content).await;
    assert_eq!(
        imported.problems,
        ["2,package_id,\"grants the type t-2, which type_id is not\""]
    );
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

const NUMBERED: &str = "owner_type,contact_id,type_id,package_id,number\n";

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
async fn a_number_that_the_file_brings_is_given_to_no_other_row() {
    let app = app().await;
    brought(&app, "contacts.csv", "id,name\nc-2,Bo\nc-3,Cy\n").await;
    let content =
        format!("{NUMBERED}contact,c-1,t-1,p-1,\ncontact,c-2,t-1,p-1,1\ncontact,c-3,t-1,p-1,2\n");
    let imported = brought(&app, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (3, 0, 0, 0), "{:?}", imported.problems);
    assert_eq!(membership(&app, "contact:c-1").await["number"], 3);
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
async fn memberships_show_what_a_file_makes_of_their_owners() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let file =
        "id,name,email_address,job_title\nc-1,Ada Lovelace,lovelace@example.org,\nc-7,New,,\n";
    let imported = brought(&app, "contacts.csv", file).await;
    assert_eq!(imported.counts(), (1, 1, 0, 0), "{:?}", imported.problems);
    let shown = membership(&app, "contact:c-1").await;
    assert_eq!(
        [&shown["name"], &shown["email_address"], &shown["job_title"]],
        [
            &json!("Ada Lovelace"),
            &json!("lovelace@example.org"),
            &Value::Null
        ]
    );
    let imported = brought(&app, "contacts.csv", file).await;
    assert_eq!(imported.counts(), (0, 0, 2, 0), "{:?}", imported.problems);
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
async fn who_comes_back_by_a_row_has_what_was_paid_meanwhile() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill("2026-03-01", "2026-03-31", &["orders"]).await;
    let imported = brought(
        &app,
        "memberships.csv",
        &format!("id,status\n{member},inactive\n"),
    )
    .await;
    assert_eq!(imported.counts(), (0, 1, 0, 0), "{:?}", imported.problems);
    let order = app.orders(&member).await.remove(0);
    let id = order["id"].as_str().expect("a text");
    let payment = json!({ "id": "late", "type": "check", "amount": order["total"] });
    let url = format!("/orders/acme/{id}/payments");
    app.post(&url, payment).await.ok();
    let back = format!("id,status\n{member},active\n");
    let imported = brought(&app, "memberships.csv", &back).await;
    assert_eq!(imported.counts(), (0, 1, 0, 0), "{:?}", imported.problems);
    let made = membership(&app, &member).await;
    assert_eq!(
        (&made["expiration_date"], &made["status"]),
        (&json!("2027-03-31"), &json!("active"))
    );
    let imported = brought(&app, "memberships.csv", &back).await;
    assert_eq!(imported.counts(), (0, 0, 1, 0));
}

#[tokio::test]
async fn a_row_whose_address_no_mail_reaches_is_refused() {
    let app = TestApp::start().await;
    let file = "id,name,email_address\nc-1,Ada,n/a\nc-2,Bob,bob@example.org\n";
    let imported = brought(&app, "contacts.csv", file).await;
    assert_eq!(imported.counts(), (1, 0, 0, 1), "{:?}", imported.problems);
    let problem = &imported.problems[0];
    assert!(problem.starts_with("2,email_address,"), "{problem}");
}
