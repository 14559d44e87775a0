//! Entries of lists name what they are of, in applications and memberships (rule
//! AFF-2).

use super::{app, set};
use model::resources::{Applications, Memberships};
use serde_json::{Value, json};
use tests::Call;
use tests::records::{a_membership, an_application, with};

#[tokio::test]
async fn an_entry_that_names_nothing_is_refused() {
    let app = app().await;
    app.seed_affiliations(&["north"], &["journal"]).await;
    let journal = json!({ "add_on_id": "journal" });
    for (list, key, entries, at) in [
        ("add_ons", "add_on_id", json!([{}]), 0),
        (
            "add_ons",
            "add_on_id",
            json!([journal, { "quantity": 5 }]),
            1,
        ),
        ("add_ons", "add_on_id", json!([{ "add_on_id": "" }]), 0),
        ("chapters", "chapter_id", json!([{}]), 0),
        (
            "chapters",
            "chapter_id",
            json!([{ "chapter_id": "north" }, { "dues": 5 }]),
            1,
        ),
        ("sections", "section_id", json!([{ "section_id": null }]), 0),
    ] {
        let refused = format!("/{list}/{at}/{key} is required: which it is");
        let body = with(a_membership(), json!({ list: entries }));
        let call = Call::post("/memberships/acme", body).scopes("admin");
        assert_eq!(app.send(call).await.refused_for(400), refused);
        if list == "add_ons" {
            let body = with(an_application(), json!({ list: entries }));
            let saved = app.post("/applications/acme", body.clone()).await;
            assert_eq!(saved.refused_for(400), refused);
            let quoted = app.post("/applications/acme/generateOrder", body).await;
            assert_eq!(quoted.refused_for(400), refused);
        }
    }
}

#[tokio::test]
async fn one_that_was_stored_before_blocks_no_other_edit() {
    let app = app().await;
    app.seed_affiliations(&[], &["journal"]).await;
    let url = app.apply(an_application()).await;
    let id = url.rsplit('/').next().expect("an id");
    let nameless = || {
        use aws_sdk_dynamodb::types::AttributeValue::{L, M};
        L(vec![M(Default::default())])
    };
    app.store_unchecked_value::<Applications>(id, "add_ons", nameless())
        .await;
    app.patch(&url, set("notes", json!("n"))).await.ok();
    let journal = json!({ "add_on_id": "journal" });
    let more = app.patch(&url, set("add_ons/-", journal)).await.ok();
    assert_eq!(more["add_ons"].as_array().map(Vec::len), Some(2));
    let another = app
        .patch(&url, set("add_ons/-", json!({ "quantity": 2 })))
        .await;
    assert_eq!(
        another.refused_for(400),
        "/add_ons/2/add_on_id is required: which it is"
    );
    app.post("/memberships/acme", a_membership()).await.ok();
    app.store_unchecked_value::<Memberships>("contact:c-1", "chapters", nameless())
        .await;
    let member = "/memberships/acme/contact:c-1";
    app.patch(member, set("notes", json!("n"))).await.ok();
}

#[tokio::test]
async fn numbers_of_many_digits_are_refused_by_the_fields_rule() {
    let app = app().await;
    app.seed_affiliations(&[], &["journal"]).await;
    let url = app.apply(an_application()).await;
    for digits in [20, 21, 30, 38] {
        let number: Value = serde_json::from_str(&"9".repeat(digits)).expect("a number");
        let entry = json!([{ "add_on_id": "journal", "quantity": number }]);
        let patched = app.patch(&url, set("add_ons", entry.clone())).await;
        let whole = with(app.get(&url).await.ok(), json!({ "add_ons": entry }));
        let put = app.put(&url, whole).await.refused_for(400);
        assert!(put.starts_with("/add_ons/0/quantity must be"), "{put}");
        assert_eq!(patched.refused_for(400), put, "{digits}");
    }
}

#[tokio::test]
async fn nobody_takes_the_order_away() {
    let app = app().await;
    let url = app
        .apply(with(an_application(), json!({ "status": "under review" })))
        .await;
    let made = app.get(&url).await.ok();
    assert!(made["order_id"].is_string());
    let without = with(made.clone(), json!({ "order_id": null }));
    let mut null = made.clone();
    null["order_id"] = Value::Null;
    // Absent, it stays; null is absent, but from an admin, who means something by it.
    let kept = app.put(&url, null.clone()).await.ok();
    assert_eq!(kept["order_id"], made["order_id"]);
    let version =
        |body: &Value, of: &Value| with(body.clone(), json!({ "sys_version": of["sys_version"] }));
    let kept = app.put(&url, version(&without, &kept)).await.ok();
    assert_eq!(kept["order_id"], made["order_id"]);
    let mut null = version(&null, &kept);
    null["order_id"] = Value::Null;
    let refused = app.send(Call::put(&url, null).scopes("admin")).await;
    assert_eq!(refused.refused_for(400), "/order_id is set by the server");
    let remove = json!([{ "op": "remove", "path": "/order_id" }]);
    let refused = app.send(Call::patch(&url, remove).scopes("admin")).await;
    assert_eq!(refused.refused_for(400), "/order_id is set by the server");
}
