//! Memberships are made and changed as the API does it.

use super::*;

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
async fn what_cannot_be_held_is_refused_by_field_and_rule() {
    let app = app().await;
    app.seed::<Contacts>(with(a_contact(), json!({ "id": "c-2" })))
        .await;
    let retired = json!({ "id": "p-2", "name": "O", "business_unit_id": "b", "is_active": false });
    app.seed::<Packages>(retired).await;
    let content = "owner_type,contact_id,organization_id,type_id,package_id\n\
         contact,c-1,,t-1,p-2\n\
         organization,,o-1,t-1,p-1\n\
         contact,c-2,,t-1,p-1\n";
    let imported = brought(&app, "memberships.csv", content).await;
    assert_eq!(imported.counts(), (1, 0, 0, 2), "{:?}", imported.problems);
    assert_eq!(
        imported.problems,
        [
            "2,package_id,package O (p-2) is not active",
            "3,type_id,is only for a contact: an organization cannot hold it",
        ]
    );
    // Rows about something else go through, whatever became of what is held.
    app.set::<Packages>("p-1", json!({ "is_active": false }))
        .await;
    let notes = "id,notes\ncontact:c-2,called\n";
    let imported = brought(&app, "memberships.csv", notes).await;
    assert_eq!(imported.counts(), (0, 1, 0, 0), "{:?}", imported.problems);
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
async fn a_number_at_the_end_leaves_numbers_for_everybody_else() {
    let app = app().await;
    for contact in ["c-2", "c-3"] {
        app.seed_contact(contact).await;
    }
    let header = "owner_type,contact_id,type_id,package_id,number";
    let row =
        |contact: &str, number: &str| format!("{header}\ncontact,{contact},t-1,p-1,{number}\n");
    let first = brought(&app, "memberships.csv", &row("c-1", "999999999")).await;
    assert_eq!(first.counts(), (1, 0, 0, 0), "{:?}", first.problems);
    let taken = brought(&app, "memberships.csv", &row("c-2", "999999999")).await;
    assert_eq!(
        taken.problems,
        ["2,number,is that of the membership contact:c-1"]
    );
    let next = brought(&app, "memberships.csv", &row("c-3", "")).await;
    assert_eq!(next.counts(), (1, 0, 0, 0), "{:?}", next.problems);
    let number = membership(&app, "contact:c-3").await["number"].as_i64();
    assert!(number.is_some_and(|number| number < 1_000), "{number:?}");
}
