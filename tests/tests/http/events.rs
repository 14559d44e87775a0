//! The samples of API Gateway's events, as they are and by a caller who may.

use model::resources::Types;
use serde_json::{Value, json};
use std::path::Path;
use tests::records::{a_type, record, with};
use tests::{Call, TestApp, import};

fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/events");
    let files = std::fs::read_dir(folder).expect("the folder of samples");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a sample");
        let event = serde_json::from_str(&text).expect("a sample in JSON");
        (path.display().to_string(), event)
    };
    files.map(read).collect()
}

fn by_staff(mut event: Value) -> Value {
    event["requestContext"]["authorizer"] = json!({ "lambda": {
        "tenant": "acme", "user": "user-1", "contact": "", "scopes": "read write billing",
    }});
    event
}

#[tokio::test]
async fn each_is_answered() {
    let app = TestApp::start().await;
    let samples = samples();
    assert!(samples.len() > 10, "{}", samples.len());
    for (name, event) in samples {
        let as_it_is = app.send_event(event.clone()).await;
        assert!(as_it_is.status < 500, "{name}: {}", as_it_is.body);
        let answer = app.send_event(by_staff(event)).await;
        assert!(
            matches!(answer.status, 200 | 400 | 403 | 404),
            "{name}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn no_path_leads_out_of_its_tenant() {
    let app = TestApp::start().await;
    let kind = record(with(a_type(), json!({ "id": "t-1" })));
    let other = app.store_of("globex");
    other.save::<Types>(&import(), None, kind).await.unwrap();
    for path in [
        "/types/acme/../globex/t-1",
        "/types/acme/..%2Fglobex/t-1",
        "/types/./globex/t-1",
        "/types//globex/t-1",
    ] {
        let answer = app.send(Call::raw_path("GET", path)).await;
        assert!(
            matches!(answer.status, 400 | 403 | 404),
            "{path}: {}",
            answer.body
        );
    }
}
