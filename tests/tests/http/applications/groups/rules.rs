//! What is refused in a group, and leaves nothing behind.

use super::{app, apply, body, group, group_process, joining, order, read};
use model::resources::{Contacts, GroupApplicationProcesses, Types};
use serde_json::{Value, json};
use tests::TestApp;

/// An application that is refused, saved or priced, and of which nothing is left.
async fn refused(app: &TestApp, body: Value, status: u16) -> String {
    let quoted = app
        .post("/applications/acme/generateOrder", body.clone())
        .await;
    let saved = app
        .post("/applications/acme", body.clone())
        .await
        .refused_for(status);
    if quoted.status == 400 {
        assert_eq!(quoted.refused_for(400), saved);
    }
    let owner = body["contact_id"].as_str().unwrap_or("c-2");
    let of = app
        .get(&format!("/applications/acme/contact/{owner}"))
        .await
        .ok();
    assert_eq!(of["Count"], 0);
    saved
}

#[tokio::test]
async fn the_groups_process_restricts_packages_and_types() {
    let app = app().await;
    app.seed::<Types>(json!({ "id": "fellows", "name": "Fellows", "customer_type": "contact" }))
        .await;
    for (id, changes) in [
        (
            "packages",
            json!({ "restrict_to_specific_membership_packages": true, "membership_package_ids": ["immediate"] }),
        ),
        (
            "types",
            json!({ "restrict_to_specific_membership_types": true, "membership_type_ids": ["fellows"] }),
        ),
    ] {
        let process = group_process(id, changes);
        app.seed::<GroupApplicationProcesses>(process).await;
    }
    let group = group(&app, json!({})).await;
    let by = |process: &str| json!({ "group_application_process_id": process });
    assert_eq!(
        refused(&app, body(&group, "c-2", by("packages")), 400).await,
        "/membership_package_id anniversary is not one that the group's process packages allows"
    );
    assert_eq!(
        refused(&app, body(&group, "c-2", by("types")), 400).await,
        "/membership_type_id regular is not one that the group's process types allows"
    );
    assert_eq!(read(&app, &group).await.get("order_id"), None);
    let allowed =
        json!({ "group_application_process_id": "packages", "membership_package_id": "immediate" });
    apply(&app, &group, "c-2", allowed).await;
    // All of a group are by one process.
    assert_eq!(
        refused(&app, body(&group, "c-3", json!({})), 400).await,
        "/group_application_process_id must be packages, as of the group's other applications"
    );
}

#[tokio::test]
async fn its_administrator_has_the_role_that_is_asked_for() {
    let app = app().await;
    let roles =
        json!({ "restrict_to_specific_contact_roles": true, "contact_role_ids": ["officer"] });
    app.seed::<GroupApplicationProcesses>(group_process("officers", roles))
        .await;
    let group = group(&app, json!({})).await;
    let body = body(
        &group,
        "c-2",
        json!({ "group_application_process_id": "officers" }),
    );
    assert_eq!(
        refused(&app, body.clone(), 400).await,
        "/group_application_process_id asks for a role that c-1, who administers the group, does not have"
    );
    app.set::<Contacts>("c-1", json!({ "contact_role_ids": ["officer"] }))
        .await;
    app.post("/applications/acme", body).await.ok();
}

#[tokio::test]
async fn an_inactive_process_and_half_a_group_are_refused() {
    let app = app().await;
    app.seed_process(json!({ "id": "closed", "is_active": false }))
        .await;
    let group = group(&app, json!({})).await;
    for (changes, rule) in [
        (
            json!({ "process_id": "closed" }),
            "/process_id closed is not active",
        ),
        (
            json!({ "group_application_process_id": null }),
            "/group_application_process_id is required with application_group_id",
        ),
        (
            json!({ "application_group_id": null }),
            "/application_group_id is required with group_application_process_id",
        ),
    ] {
        assert_eq!(refused(&app, body(&group, "c-2", changes), 400).await, rule);
    }
    let unknown = json!({ "application_group_id": "nowhere" });
    let answer = app
        .post("/applications/acme", body(&group, "c-2", unknown))
        .await;
    answer.refused(409);
    assert_eq!(read(&app, &group).await.get("order_id"), None);
}

#[tokio::test]
async fn nobody_is_billed_twice() {
    let app = app().await;
    let (group, made) = joining(&app, 1).await;
    let twice = app
        .post("/applications/acme", body(&group, "c-1", json!({})))
        .await;
    let id = made[0]["id"].as_str().expect("an id");
    assert_eq!(
        twice.refused_for(400),
        format!("/contact_id c-1 is in the group already, by the application {id}")
    );
    // Nor by another group, or by themselves.
    let other = super::group(&app, json!({})).await;
    let alone = json!({ "application_group_id": null, "group_application_process_id": null });
    for body in [body(&other, "c-1", json!({})), body(&group, "c-1", alone)] {
        let refused = app.post("/applications/acme", body).await.refused_for(409);
        assert!(
            refused.starts_with("/status cannot be billed: order"),
            "{refused}"
        );
    }
    assert_eq!(read(&app, &other).await.get("order_id"), None);
    assert_eq!(
        order(&app, &group).await["orders"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_group_has_room_for_twenty() {
    let app = app().await;
    let group = group(&app, json!({})).await;
    for id in 0..20 {
        let contact = format!("p-{id}");
        app.seed_contact(&contact).await;
        apply(&app, &group, &contact, json!({})).await;
    }
    assert_eq!(
        refused(&app, body(&group, "c-2", json!({})), 400).await,
        "/application_group_id has 20 applications, and no group's order bills more"
    );
    let paid = super::pay(&app, &order(&app, &group).await, "p-1", 2400.0)
        .await
        .ok();
    assert_eq!(paid["status"], "completed");
}
