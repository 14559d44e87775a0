//! What a row makes of a record.

use super::*;

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
