//! `POST …/batch`: up to 100 operations, each on its own.

use model::resources::Memberships;
use serde_json::{Value, json};
use tests::meter::Meter;
use tests::records::{a_stored_membership, a_type, with};
use tests::{Answer, Call, TestApp};

#[tokio::test]
async fn results_stand_in_the_order_of_the_operations() {
    let app = TestApp::start().await;
    let made = app.post("/types/acme", a_type()).await.ok();
    let id = made["id"].as_str().unwrap();
    let operations = json!([
        { "operation": "create", "object": with(a_type(), json!({ "name": "One" })) },
        { "operation": "create", "object": { "name": "no customer type" } },
        { "operation": "patch", "id": id, "patch_directives": [{ "op": "replace", "path": "/name", "value": "Two" }] },
        { "operation": "delete", "id": "nothing" },
        { "operation": "create", "object": with(a_type(), json!({ "name": "Three" })) },
    ]);
    let answer = app
        .post("/types/acme/batch", json!({ "operations": operations }))
        .await
        .ok();
    assert_eq!(
        (&answer["success_count"], &answer["error_count"]),
        (&json!(3), &json!(2))
    );
    let results = answer["results"].as_array().unwrap();
    let names: Vec<&Value> = results
        .iter()
        .map(|result| &result["object"]["name"])
        .collect();
    assert_eq!(
        names,
        [
            &json!("One"),
            &Value::Null,
            &json!("Two"),
            &Value::Null,
            &json!("Three")
        ]
    );
    let statuses: Vec<&Value> = results.iter().map(|result| &result["status"]).collect();
    assert_eq!(statuses, [200, 400, 200, 404, 200]);
    assert_eq!(
        results[1]["errors"],
        json!([{ "path": "/customer_type", "message": "is required" }])
    );
    assert_eq!(results[3]["error"], "MembershipType nothing does not exist");
    assert_eq!(
        app.get("/types/acme").await.ok().as_array().unwrap().len(),
        3
    );
}

#[tokio::test]
async fn all_four_operations_change_what_they_name() {
    let app = TestApp::start().await;
    let made = app.post("/types/acme", a_type()).await.ok();
    let id = made["id"].as_str().unwrap();
    let send = |operation: Value| {
        let app = &app;
        async move {
            app.post("/types/acme/batch", json!({ "operations": [operation] }))
                .await
                .ok()["results"][0]
                .clone()
        }
    };
    let update = with(made.clone(), json!({ "name": "Updated" }));
    let updated = send(json!({ "operation": "update", "id": id, "object": update })).await;
    assert_eq!(
        (&updated["status"], &updated["object"]["sys_version"]),
        (&json!(200), &json!(2))
    );
    let stale = send(json!({ "operation": "update", "id": id, "object": update })).await;
    assert_eq!(stale["status"], 409);
    let keyed = json!({ "1": { "op": "replace", "path": "/name", "value": "B" }, "0": { "op": "test", "path": "/name", "value": "Updated" } });
    let patched = send(json!({ "operation": "patch", "id": id, "patch_directives": keyed })).await;
    assert_eq!(patched["object"]["name"], "B");
    let deleted = send(json!({ "operation": "delete", "id": id })).await;
    assert_eq!(
        deleted,
        json!({ "id": id, "operation": "delete", "success": true, "status": 200 })
    );
    app.get(&format!("/types/acme/{id}")).await.refused(404);
}

#[tokio::test]
async fn what_is_no_batch_is_refused_whole() {
    let app = TestApp::start().await;
    let many = vec![json!({ "operation": "create", "object": a_type() }); 101];
    for (body, expected) in [
        (json!({}), "/operations is required: an array of operations"),
        (
            json!({ "operations": {} }),
            "/operations is required: an array of operations",
        ),
        (
            json!({ "operations": [], "more": 1 }),
            "/more is not a field of a batch",
        ),
        (
            json!({ "operations": [{}, 7] }),
            "/operations/1 must be an object",
        ),
        (
            json!({ "operations": many }),
            "/operations must have at most 100 items",
        ),
        (json!([]), " must be a JSON object"),
    ] {
        assert_eq!(
            app.post("/types/acme/batch", body).await.refused_for(400),
            expected
        );
    }
    assert_eq!(app.get("/types/acme").await.ok(), json!([]));
}

#[tokio::test]
async fn what_is_no_operation_is_refused_alone() {
    let app = TestApp::start().await;
    let operations = [
        (
            json!({ "operation": "create" }),
            "/object is required for create and update",
        ),
        (
            json!({ "operation": "create", "id": "x", "object": a_type() }),
            "/id is generated: leave it out",
        ),
        (
            json!({ "operation": "patch", "id": "x" }),
            "/patch_directives is required for patch",
        ),
        (
            json!({ "operation": "patch", "patch_directives": [] }),
            "/id is required to patch",
        ),
        (
            json!({ "operation": "patch", "id": "x", "patch_directives": { "a": {} } }),
            "/patch_directives must be an array, or an object keyed 0, 1, 2 …",
        ),
        (
            json!({ "operation": "delete" }),
            "/id is required to delete",
        ),
        (
            json!({ "operation": "fly" }),
            "/operation must be create, update, patch or delete",
        ),
        (
            json!({}),
            "/operation must be create, update, patch or delete",
        ),
        (
            json!({ "operation": "create", "object": [] }),
            "must be a JSON object",
        ),
        (
            json!({ "operation": "create", "object": a_type(), "extra": 1 }),
            "/extra is not a field of an operation",
        ),
    ];
    let body: Vec<&Value> = operations.iter().map(|(operation, _)| operation).collect();
    let answer = app
        .post("/types/acme/batch", json!({ "operations": body }))
        .await
        .ok();
    for (result, (operation, expected)) in answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&operations)
    {
        assert_eq!(
            (&result["status"], &result["error"]),
            (&json!(400), &json!(expected)),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn a_hundred_are_done() {
    let app = TestApp::start().await;
    let operations: Vec<Value> = (0..100)
        .map(|n| json!({ "operation": "create", "object": with(a_type(), json!({ "name": format!("{n}") })) }))
        .collect();
    let answer = app
        .post("/types/acme/batch", json!({ "operations": operations }))
        .await
        .ok();
    assert_eq!(answer["success_count"], 100);
    let in_order = answer["results"].as_array().unwrap().iter().enumerate();
    for (n, result) in in_order {
        assert_eq!(result["object"]["name"], n.to_string());
    }
}

#[tokio::test]
async fn an_answer_leaves_out_what_lambda_could_not_carry() {
    let app = TestApp::start().await;
    let wide = json!({ "flowdown_options": { "a": "x".repeat(300_000) } });
    let mut operations = Vec::new();
    for _ in 0..20 {
        let made = app
            .post("/types/acme", with(a_type(), wide.clone()))
            .await
            .ok();
        operations.push(json!({ "operation": "patch", "id": made["id"], "patch_directives": [] }));
    }
    let answer = app
        .post("/types/acme/batch", json!({ "operations": operations }))
        .await
        .ok();
    assert_eq!(answer["success_count"], 20);
    assert!(answer.to_string().len() < 5_000_000);
    assert_eq!(answer["results"][19].get("object"), None);
    assert_eq!(answer["results"][0]["object"]["sys_version"], 2);
}

#[tokio::test]
async fn people_are_made_changed_and_deleted() {
    let app = TestApp::start().await;
    app.seed_contact("c-1").await;
    app.seed_contact("c-2").await;
    let operations = json!([
        { "operation": "create", "object": { "name": "New" } },
        { "operation": "delete", "id": "c-2" },
        { "operation": "patch", "id": "c-1", "patch_directives": [{ "op": "replace", "path": "/name", "value": "X" }] },
        { "operation": "create", "object": { "id": "crm-1", "name": "New" } },
    ]);
    let answer = app
        .post("/contacts/acme/batch", json!({ "operations": operations }))
        .await
        .ok();
    let results = answer["results"].as_array().expect("results");
    let refused = "/id is generated: leave it out";
    let errors: Vec<&Value> = results.iter().map(|one| &one["error"]).collect();
    assert_eq!(
        errors,
        [&Value::Null, &Value::Null, &Value::Null, &json!(refused)]
    );
    let made = results[0]["object"]["id"].as_str().expect("an id");
    let url = format!("/contacts/acme/{made}");
    assert_eq!(app.get(&url).await.ok()["name"], "New");
}

/// How many requests a batch of patches of a hundred distinct records takes.
async fn requests(app: &TestApp, url: &str, ids: &[String], patch: &Value) -> (Value, u64) {
    let meter = Meter::default();
    let group = url.split('/').nth(1).expect("a group");
    let function = app.function_over(&meter.over(&app.core.connection), group);
    let operations: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "operation": "patch", "id": id, "patch_directives": patch }))
        .collect();
    let call = Call::post(&format!("{url}/batch"), json!({ "operations": operations }));
    let answer = Answer::read(&call.through(&function).await).ok();
    (answer, meter.take().requests())
}

#[tokio::test]
async fn a_hundred_patches_take_five_requests() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let mut ids = Vec::new();
    for n in 0..100 {
        let contact = format!("b-{n}");
        app.seed_contact(&contact).await;
        app.create::<Memberships>(a_stored_membership(&contact, json!({ "number": n + 1 })))
            .await;
        ids.push(format!("contact:{contact}"));
    }
    let notes = json!([{ "op": "add", "path": "/notes", "value": "called" }]);
    let (answer, taken) = requests(&app, "/memberships/acme", &ids, &notes).await;
    assert_eq!(answer["success_count"], 100, "{answer}");
    for (id, result) in ids
        .iter()
        .zip(answer["results"].as_array().expect("results"))
    {
        assert_eq!(
            (&result["id"], &result["object"]["notes"]),
            (&json!(id), &json!("called"))
        );
        assert_eq!(result["object"]["name"], "Ada Byron");
    }
    assert!(taken <= 5, "{taken} requests");
    let stored = app.get("/memberships/acme/contact:b-99").await.ok();
    assert_eq!(
        (&stored["notes"], &stored["sys_version"]),
        (&json!("called"), &json!(2))
    );
}

#[tokio::test]
async fn what_is_changed_together_fails_one_by_one() {
    let app = TestApp::start().await;
    for id in ["n-1", "n-2", "n-3"] {
        app.seed_notice(id).await;
    }
    let rename = |name: Value| json!([{ "op": "replace", "path": "/name", "value": name }]);
    let stale = json!({ "name": "Late", "sys_version": 7 });
    let operations = json!({ "operations": [
        { "operation": "patch", "id": "n-1", "patch_directives": rename(json!("First")) },
        { "operation": "patch", "id": "n-2", "patch_directives": rename(json!(2)) },
        { "operation": "patch", "id": "none", "patch_directives": rename(json!("No")) },
        { "operation": "update", "id": "n-3", "object": stale },
        { "operation": "delete", "id": "gone" },
    ]});
    let answer = app
        .post("/billingNotices/acme/batch", operations)
        .await
        .ok();
    let statuses: Vec<&Value> = answer["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| &result["status"])
        .collect();
    assert_eq!(statuses, [200, 400, 404, 409, 404]);
    assert_eq!(answer["results"][1]["errors"][0]["path"], "/name");
    assert_eq!(
        app.get("/billingNotices/acme/n-1").await.ok()["name"],
        "First"
    );
}

#[tokio::test]
async fn several_changes_of_one_record_are_all_made() {
    let app = TestApp::start().await;
    app.seed_notice("n-1").await;
    let patch = |field: &str| {
        let value =
            json!([{ "op": "add", "path": format!("/email/{field}"), "value": "x@example.org" }]);
        json!({ "operation": "patch", "id": "n-1", "patch_directives": value })
    };
    let operations = json!({ "operations": [patch("from"), patch("reply_to"), patch("cc")] });
    let answer = app
        .post("/billingNotices/acme/batch", operations)
        .await
        .ok();
    assert_eq!(answer["success_count"], 3, "{answer}");
    let email = &app.get("/billingNotices/acme/n-1").await.ok()["email"];
    for field in ["from", "reply_to", "cc"] {
        assert_eq!(email[field], "x@example.org");
    }
}

#[tokio::test]
async fn several_changes_of_one_record_are_made_in_the_order_asked() {
    let app = TestApp::start().await;
    let mut operations: Vec<Value> = (1..=20)
        .map(|i| {
            let value = json!([{ "op": "add", "path": "/name", "value": format!("Name {i}") }]);
            json!({ "operation": "patch", "id": "n-1", "patch_directives": value })
        })
        .collect();
    operations.push(json!({ "operation": "delete", "id": "n-1" }));
    operations.push(operations[0].clone());
    app.seed_notice("n-1").await;
    let body = json!({ "operations": operations });
    let answer = app.post("/billingNotices/acme/batch", body).await.ok();
    let results = answer["results"].as_array().unwrap();
    for (i, result) in results[..20].iter().enumerate() {
        assert_eq!(result["object"]["name"], format!("Name {}", i + 1));
    }
    assert_eq!(results[20]["status"], 200, "{}", results[20]);
    assert_eq!(results[21]["status"], 404, "{}", results[21]);
}
