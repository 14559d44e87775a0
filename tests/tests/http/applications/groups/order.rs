//! The one order of a group follows its applications.

use super::{activate, app, apply, body, change, figures, group, joining, order, read, text};
use model::resources::{ApplicationGroups, Organizations};
use serde_json::json;
use tests::Call;

#[tokio::test]
async fn it_is_made_with_the_first_and_bills_them_all() {
    let app = app().await;
    let group = group(&app, json!({})).await;
    let before = read(&app, &group).await;
    assert_eq!((before.get("order_id"), before.get("total")), (None, None));
    let draft = json!({ "status": "not yet submitted" });
    apply(&app, &group, "c-1", draft).await;
    assert_eq!(read(&app, &group).await.get("order_id"), None);
    let two = apply(&app, &group, "c-2", json!({})).await;
    let three = json!({ "membership_package_id": "immediate" });
    let three = apply(&app, &group, "c-3", three).await;
    let after = read(&app, &group).await;
    assert_eq!(after["number_of_applications"], 2);
    assert_eq!(after["total"].as_f64(), Some(170.0));
    let order = order(&app, &group).await;
    assert_eq!(
        figures(&order),
        (170.0, 0.0, 170.0, "awaiting payment".into())
    );
    assert_eq!(order["application_group_id"], json!(group));
    assert_eq!(order["customer_type"], "contact");
    assert_eq!(order["customer_id"], "c-1");
    for (at, one) in [two, three].iter().enumerate() {
        assert_eq!(order["orders"][at]["id"], one["order_id"]);
        assert_eq!(order["orders"][at]["application_id"], one["id"]);
        let own = app
            .get(&format!("/orders/acme/{}", text(&one["order_id"])))
            .await
            .ok();
        assert_eq!(own["group_order_id"], order["id"]);
        assert_eq!(own["customer_id"], "c-1");
        assert_ne!(own["number"], order["number"]);
    }
    assert_eq!(order["line_items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_organization_that_the_administrator_acts_for_is_billed() {
    let app = app().await;
    let engines = json!({ "id": "o-1", "name": "Engines Ltd" });
    app.seed::<Organizations>(engines).await;
    let group = group(&app, json!({ "organization_id": "o-1" })).await;
    let quoted = body(&group, "c-2", json!({ "status": null }));
    let quoted = app
        .post("/applications/acme/generateOrder", quoted)
        .await
        .ok();
    assert_eq!(
        (&quoted["customer_type"], &quoted["customer_id"]),
        (&json!("organization"), &json!("o-1"))
    );
    assert_eq!(read(&app, &group).await.get("order_id"), None);
    apply(&app, &group, "c-2", json!({})).await;
    let order = order(&app, &group).await;
    assert_eq!(
        (&order["customer_type"], &order["customer_id"]),
        (&json!("organization"), &json!("o-1"))
    );
    // Who is billed is not changed afterwards.
    let url = format!("/applicationGroups/acme/{group}");
    let refused = app
        .patch(&url, super::set("organization_id", json!("o-2")))
        .await;
    assert_eq!(
        refused.refused_for(400),
        "/organization_id cannot change: the group has an order, which they are billed by"
    );
    app.patch(&url, super::set("name", json!("Others")))
        .await
        .ok();
    app.delete(&url).await.refused(409);
}

#[tokio::test]
async fn one_of_five_is_rejected() {
    let app = app().await;
    let group = group(&app, json!({})).await;
    let mut made = Vec::new();
    for id in 1..=5 {
        let decided = json!({ "process_id": "join-1" });
        made.push(apply(&app, &group, &format!("c-{id}"), decided).await);
    }
    assert_eq!(figures(&order(&app, &group).await).0, 600.0);
    change(&app, &made[2], "status", json!("rejected"))
        .await
        .ok();
    let after = read(&app, &group).await;
    assert_eq!(
        (
            after["number_of_applications"].as_i64(),
            after["total"].as_f64()
        ),
        (Some(4), Some(480.0))
    );
    let order = order(&app, &group).await;
    assert_eq!(
        figures(&order),
        (480.0, 0.0, 480.0, "awaiting payment".into())
    );
    assert_eq!(order["orders"][2]["status"], "void");
    // Priced anew, an application keeps its place.
    change(&app, &made[1], "membership_package_id", json!("immediate"))
        .await
        .ok();
    let order = super::order(&app, &group).await;
    assert_eq!(figures(&order).0, 410.0);
    assert_eq!(order["orders"][1]["application_id"], made[1]["id"]);
    assert_eq!(read(&app, &group).await["total"].as_f64(), Some(410.0));
    for one in [0, 1, 3, 4] {
        change(&app, &made[one], "status", json!("rejected"))
            .await
            .ok();
    }
    assert_eq!(
        figures(&super::order(&app, &group).await),
        (0.0, 0.0, 0.0, "void".into())
    );
    assert_eq!(read(&app, &group).await["number_of_applications"], 0);
}

#[tokio::test]
async fn a_void_of_one_order_leaves_the_others() {
    let app = app().await;
    let (group, made) = joining(&app, 2).await;
    let url = format!("/orders/acme/{}/void", text(&made[0]["order_id"]));
    for _ in 0..2 {
        app.post(&url, json!({})).await.ok();
        let after = read(&app, &group).await;
        assert_eq!(
            (
                after["number_of_applications"].as_i64(),
                after["total"].as_f64()
            ),
            (Some(1), Some(120.0))
        );
    }
    assert_eq!(figures(&order(&app, &group).await).2, 120.0);
    let whole = format!(
        "/orders/acme/{}/void",
        text(&order(&app, &group).await["id"])
    );
    let refused = app.post(&whole, json!({})).await.refused_for(409);
    assert!(
        refused.contains("is a group's: name one of the orders"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_application_changes_its_group_while_it_is_under_review() {
    let app = app().await;
    let (one, other) = (group(&app, json!({})).await, group(&app, json!({})).await);
    let decided = json!({ "process_id": "join-1" });
    let made = apply(&app, &one, "c-2", decided.clone()).await;
    apply(&app, &one, "c-3", decided).await;
    change(&app, &made, "application_group_id", json!(other))
        .await
        .ok();
    assert_eq!(figures(&order(&app, &one).await).0, 120.0);
    assert_eq!(figures(&order(&app, &other).await).0, 120.0);
    assert_eq!(read(&app, &one).await["number_of_applications"], 1);
    assert_eq!(read(&app, &other).await["number_of_applications"], 1);
    change(&app, &made, "status", json!("approved")).await.ok();
    let refused = change(&app, &made, "application_group_id", json!(one)).await;
    assert_eq!(
        refused.refused_for(400),
        "/application_group_id cannot change: the application is approved, and its order made"
    );
}

#[tokio::test]
async fn all_who_submit_at_once_are_on_it() {
    let app = app().await;
    let group = group(&app, json!({})).await;
    let submit = |contact: &str| app.post("/applications/acme", body(&group, contact, json!({})));
    let (one, two, three, four) =
        futures::join!(submit("c-1"), submit("c-2"), submit("c-3"), submit("c-4"));
    for answer in [one, two, three, four] {
        answer.ok();
    }
    let after = read(&app, &group).await;
    assert_eq!(
        (
            after["number_of_applications"].as_i64(),
            after["total"].as_f64()
        ),
        (Some(4), Some(480.0))
    );
    assert_eq!(figures(&order(&app, &group).await).0, 480.0);
}

#[tokio::test]
async fn members_are_renewed_by_one_too() {
    let app = app().await;
    for id in ["m-1", "m-2"] {
        app.member(id, "2026-03-31", json!({})).await;
    }
    let group = group(&app, json!({})).await;
    let mut made = Vec::new();
    for id in ["m-1", "m-2"] {
        let renewal =
            json!({ "type": "renewal", "process_id": "renew", "membership_package_id": null });
        made.push(apply(&app, &group, id, renewal).await);
    }
    let order = order(&app, &group).await;
    assert_eq!(figures(&order).0, 181.0);
    super::pay(&app, &order, "p-1", 181.0).await.ok();
    for (id, one) in ["m-1", "m-2"].iter().zip(&made) {
        activate(&app, one).await;
        let member = app.membership(&format!("contact:{id}")).await;
        assert_eq!(member["expiration_date"], "2027-03-31", "{id}");
        assert_eq!(member["order_id"], one["order_id"]);
    }
}

#[tokio::test]
async fn who_is_dropped_is_billed_no_more() {
    let app = app().await;
    for id in ["m-1", "m-2"] {
        app.member(id, "2026-02-28", json!({})).await;
    }
    let group = group(&app, json!({})).await;
    let renewal =
        json!({ "type": "renewal", "process_id": "renew", "membership_package_id": null });
    apply(&app, &group, "m-1", renewal.clone()).await;
    assert_eq!(figures(&order(&app, &group).await).2, 90.5);
    app.bill("2026-02-01", "2026-02-28", &["drops"]).await;
    assert_eq!(app.membership("contact:m-1").await["status"], "inactive");
    assert_eq!(figures(&order(&app, &group).await).3, "void");
    // They may apply anew, and the group's record follows.
    apply(&app, &group, "m-1", renewal).await;
    let after = read(&app, &group).await;
    assert_eq!(
        (
            after["number_of_applications"].as_i64(),
            after["total"].as_f64()
        ),
        (Some(1), Some(90.5))
    );
    assert_eq!(figures(&order(&app, &group).await).2, 90.5);
}

#[tokio::test]
async fn nobody_but_the_server_writes_it() {
    let app = app().await;
    for (field, value) in [
        ("order_id", json!("x")),
        ("total", json!(1)),
        ("number_of_applications", json!(3)),
    ] {
        let body = json!({ "name": "n", "contact_id": "c-1", field: value });
        let call = Call::post("/applicationGroups/acme", body).scopes("admin");
        let refused = app.send(call).await.refused_for(400);
        assert_eq!(refused, format!("/{field} is set by the server"));
    }
    let (group, _) = joining(&app, 1).await;
    let shown = read(&app, &group).await;
    let after = app
        .put(&format!("/applicationGroups/acme/{group}"), shown.clone())
        .await
        .ok();
    assert_eq!(after["order_id"], shown["order_id"]);
}

#[tokio::test]
async fn a_locked_group_takes_nobody() {
    let app = app().await;
    let group = group(&app, json!({})).await;
    app.set::<ApplicationGroups>(&group, json!({ "sys_locked": true }))
        .await;
    let answer = app
        .post("/applications/acme", body(&group, "c-2", json!({})))
        .await;
    answer.refused(403);
    app.get("/orders/acme/membership/contact:c-2")
        .await
        .refused(404);
}
