//! A change written alone and in bulk leaves the same item.

use model::resources::Types;
use model::{Record, Result, WriteContext};
use proptest::collection::btree_map;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use store::Change;
use tests::TestApp;
use tests::records::record;

/// Any JSON that a field of any shape may hold.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        "[ -~äß\u{1F600}]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-z'\"ä ]{1,6}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The fields of a type, some of them there and some not.
fn fields() -> impl Strategy<Value = Map<String, Value>> {
    let open = proptest::option::of(btree_map("[a-z'\"ä ]{1,6}", json(), 0..4));
    let text = proptest::option::of("[ -~ä]{0,20}");
    (text.clone(), text, proptest::option::of(any::<bool>()), open).prop_map(|(a, b, c, open)| {
        let open = open.map(|open| open.into_iter().collect::<Map<_, _>>());
        let all = json!({
            "name": "n", "customer_type": "contact", "display_in_portal_as": a, "portal_description": b,
            "hide_from_portal": c, "flowdown_options": open,
        });
        let present = all.as_object().expect("an object").clone().into_iter();
        present.filter(|(_, value)| !value.is_null()).collect()
    })
}

fn context() -> WriteContext {
    WriteContext {
        now: "2026-03-01T10:00:00Z".parse().expect("a moment"),
        ..tests::import()
    }
}

fn with_id(id: &str, mut fields: Map<String, Value>) -> Record {
    fields.insert("id".into(), id.into());
    record(Value::Object(fields))
}

async fn bulk(app: &TestApp, change: Change) -> Result<()> {
    app.store
        .write_all(&[change])
        .await
        .pop()
        .expect("one outcome")
}

/// Writes both states under two ids, each in its own way; answers what is read.
async fn written(
    app: &TestApp,
    first: Map<String, Value>,
    second: Map<String, Value>,
) -> [Record; 2] {
    let (id, round) = (model::ids::generate(), context());
    let ids = [format!("{id}-a"), format!("{id}-b")];
    let made = app
        .store
        .save::<Types>(&round, None, with_id(&ids[0], first.clone()))
        .await
        .expect("a write that stands");
    app.store
        .save::<Types>(&round, Some(&made), with_id(&ids[0], second.clone()))
        .await
        .expect("a write that stands");
    let insert = app
        .store
        .change::<Types>(&round, None, with_id(&ids[1], first))
        .expect("a write that stands");
    let made = insert.after.clone();
    bulk(app, insert).await.expect("a write that stands");
    let update = app
        .store
        .change::<Types>(&round, Some(&made), with_id(&ids[1], second))
        .expect("a write that stands");
    bulk(app, update).await.expect("a write that stands");
    let mut read = Vec::new();
    for id in &ids {
        let mut found = app
            .store
            .require::<Types>(id)
            .await
            .expect("a stored record");
        found.remove_raw("id");
        read.push(found);
    }
    read.try_into().expect("two records")
}

#[test]
fn alone_and_in_bulk() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = runtime.block_on(TestApp::start());
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let checked = runner.run(&(fields(), fields()), |(first, second)| {
        let expected = second.clone();
        let [alone, in_bulk] = runtime.block_on(written(&app, first, second));
        prop_assert_eq!(&alone, &in_bulk);
        for (name, value) in &expected {
            prop_assert!(
                model::json::same(alone.raw(name).unwrap(), value),
                "{}: {} {:?}",
                name,
                value,
                alone.raw(name)
            );
        }
        prop_assert_eq!(
            alone.raw("flowdown_options").is_some(),
            expected.contains_key("flowdown_options")
        );
        Ok(())
    });
    checked.unwrap();
    runtime.block_on(async move { drop(app) });
}
