//! Every catalogue group by its schema: the shared operations, and that bad input
//! is named.

use crate::world::{UNLISTED, World, fields, groups};
use model::field::{Kind, Presence};
use model::json::same;
use serde_json::{Map, Value, json};
use tests::{Call, TestApp};

#[tokio::test]
async fn every_groups_life() {
    let world = World::start().await;
    let app = &world.app;
    for home in groups() {
        let base = format!("/{}/acme", home.name);
        let made = app.post(&base, world.body(fields(home))).await.ok();
        let url = format!("{base}/{}", made["id"].as_str().expect("an id"));
        let read = app.get(&url).await.ok();
        assert!(same(&read, &made), "{read} {made}");
        if UNLISTED.contains(&home.name) {
            app.get(&base).await.refused(404);
        } else {
            let listed = app.get(&base).await.ok();
            let mut listed = listed.as_array().expect("an array").iter();
            assert!(listed.any(|listed| same(listed, &made)), "{base}");
        }
        let replaced = app.put(&url, made.clone()).await.ok();
        assert_eq!(replaced["sys_version"], 2, "{base}");
        app.put(&url, made).await.refused(409);
        let patch = json!([{ "op": "add", "path": "/sys_external_id", "value": "x" }]);
        let patched = app.patch(&url, patch).await.ok();
        assert_eq!(patched["sys_external_id"], "x", "{base}");
        assert_eq!(app.delete(&url).await.ok(), patched["id"]);
        app.get(&url).await.refused(404);
        app.delete(&url).await.refused(404);
    }
}

#[tokio::test]
async fn every_groups_batch() {
    let world = World::start().await;
    for home in groups() {
        let base = format!("/{}/acme", home.name);
        let body = world.body(fields(home));
        let made = world.app.post(&base, body.clone()).await.ok();
        let operations = json!({ "operations": [
            { "operation": "create", "object": body },
            { "operation": "create", "object": { "nonsense": 1 } },
            { "operation": "patch", "id": made["id"], "patch_directives": [{ "op": "add", "path": "/sys_external_id", "value": "x" }] },
            { "operation": "delete", "id": "nobody" },
        ]});
        let answer = world.app.post(&format!("{base}/batch"), operations).await;
        let answer = answer.ok();
        let statuses: Vec<i64> = answer["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|result| result["status"].as_i64().expect("a status"))
            .collect();
        assert_eq!(statuses, [200, 400, 200, 404], "{base}: {answer}");
    }
}

#[tokio::test]
async fn every_field_of_a_wrong_type_is_named() {
    let world = World::start().await;
    for home in groups() {
        let wrong: Map<String, Value> = fields(home)
            .filter(|field| !matches!(field.kind, Kind::Any))
            .map(|field| match field.kind {
                Kind::List { .. } => (field.name.to_owned(), json!("no list")),
                _ => (field.name.to_owned(), json!([[]])),
            })
            .collect();
        let names: Vec<String> = wrong.keys().map(|name| format!("/{name}")).collect();
        let base = format!("/{}/acme", home.name);
        let refused = world.app.post(&base, Value::Object(wrong)).await;
        assert_eq!(refused.status, 400, "{base}: {}", refused.body);
        let told = refused.refused_fields();
        for name in names {
            assert!(told.contains(&name), "{base} takes {name}: {told:?}");
        }
    }
}

#[tokio::test]
async fn what_is_required_and_what_is_unknown_is_named() {
    let app = TestApp::start().await;
    for home in groups() {
        let base = format!("/{}/acme", home.name);
        let refused = app.post(&base, json!({ "nonsense": 1 })).await;
        assert_eq!(refused.status, 400, "{base}");
        let told = refused.refused_fields();
        let required = fields(home).filter(|field| field.presence == Presence::Required);
        let required = required.map(|field| format!("/{}", field.name));
        for name in required.chain(["/nonsense".into()]) {
            assert!(told.contains(&name), "{base} {name}: {told:?}");
        }
    }
}

#[tokio::test]
async fn every_reference_to_nothing_is_a_conflict_that_names_it() {
    let world = World::start().await;
    for home in groups() {
        for field in fields(home) {
            let Some(target) = field.refers_to else {
                continue;
            };
            let mut body = world.body(fields(home));
            let list = body[field.name].is_array();
            body[field.name] = if list { json!(["none"]) } else { json!("none") };
            let base = format!("/{}/acme", home.name);
            let refused = world.app.post(&base, body).await.refused_for(409);
            let at = if list { "/0" } else { "" };
            let expected = format!("/{}{at} {target} none does not exist", field.name);
            assert_eq!(refused, expected, "{base}");
        }
    }
}

#[tokio::test]
async fn readers_write_nothing_and_other_tenants_see_nothing() {
    let app = TestApp::start().await;
    for home in groups() {
        let (base, one) = (
            format!("/{}/acme", home.name),
            format!("/{}/acme/x", home.name),
        );
        for call in [
            Call::post(&base, json!({})),
            Call::post(&format!("{base}/batch"), json!({ "operations": [] })),
            Call::put(&one, json!({})),
            Call::patch(&one, json!([])),
            Call::delete(&one),
        ] {
            app.send(call.scopes("read")).await.refused(403);
        }
        app.send(Call::get(&one).scopes("write")).await.refused(403);
        app.send(Call::get(&one).of_tenant("other"))
            .await
            .refused(403);
        let nobody = app.send(Call::get(&one).without_credentials()).await;
        nobody.refused(401);
    }
}
