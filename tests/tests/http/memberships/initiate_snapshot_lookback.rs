//! `POST …/initiateSnapshotLookback`, and the `statistics` of it.

use lifecycle::jobs::{self, Kind, Part, State};
use serde_json::{Map, Value, json};
use services::steps::Pass;
use std::time::Instant;
use tests::{Call, TestApp};

const PATH: &str = "/memberships/acme/initiateSnapshotLookback";

async fn computed(app: &TestApp) {
    let id = app.send(Call::post(PATH, Value::Null)).await.ok();
    let id = id.as_str().expect("a string");
    let job = app.ended_job(Kind::Snapshots, id).await;
    assert_eq!((job.state, job.problems), (State::Completed, vec![]));
}

async fn statistic(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/statistics/acme/{id}")).await.ok()
}

/// Value, of the month before, difference, in percent.
async fn figures(app: &TestApp, id: &str) -> [Value; 4] {
    let found = statistic(app, id).await;
    assert_eq!(found["status"], "ready", "{found}");
    [
        "value",
        "value_for_previous_period",
        "value_difference_numeric",
        "value_difference_percentage",
    ]
    .map(|name| found[name].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn month_ends_are_rebuilt_from_histories_and_dates() {
    let app = TestApp::with_catalogue().await;
    app.seed_affiliations(&["north"], &[]).await;
    let joined = |day: &str| json!({ "join_date": day, "chapters": [{ "chapter_id": "north" }] });
    for (id, expiration, day) in [
        ("old", "2026-12-31", "2020-01-01"),
        ("dropped", "2026-01-31", "2020-01-01"),
        ("new", "2026-12-31", "2026-02-15"),
        ("coming", "2026-12-31", "2026-03-02"),
    ] {
        app.member(id, expiration, joined(day)).await;
    }
    let left =
        json!({ "status": "inactive", "join_date": "2019-01-01", "lapse_date": "2025-06-10" });
    app.member("left", "2025-05-31", left).await;
    // More events than the record holds.
    app.set_clock("2026-02-20T12:00:00Z", "UTC").await;
    app.bill("2026-01-01", "2026-02-28", &["drops"]).await;
    app.add_events("contact:dropped", 1, 1, 40).await;
    app.set_clock("2026-03-10T12:00:00Z", "UTC").await;
    computed(&app).await;
    assert_eq!(
        figures(&app, "members").await,
        [json!(2), json!(2), json!(0), json!(0)]
    );
    assert_eq!(
        figures(&app, "joins").await,
        [json!(1), json!(0), json!(1), Value::Null]
    );
    assert_eq!(
        figures(&app, "lapses").await,
        [json!(1), json!(0), json!(1), Value::Null]
    );
    // Of three members a year before, one stayed.
    assert_eq!(statistic(&app, "retention").await["value"], 33.3);
    let members = statistic(&app, "members").await;
    let values = members["values"].as_array().expect("months");
    let at = |period: &str| values.iter().find(|value| value["period"] == period);
    assert_eq!(at("2025-05").expect("a month")["value"], 3);
    assert_eq!(at("2025-06").expect("a month")["value"], 2);
    assert!(at("2026-03").is_none());
    let statuses = statistic(&app, "members-by-status").await;
    let of = |id: &str| {
        let values = statuses["values"].as_array().expect("statuses");
        values.iter().find(|value| value["id"] == id).cloned()
    };
    assert_eq!(of("active").expect("a status")["value"], 2);
    assert_eq!(of("inactive").expect("a status")["value"], 2);
    let chapters = statistic(&app, "members-by-chapter").await;
    assert_eq!(chapters["values"][0]["id"], "north");
    assert_eq!(chapters["value"], 2);
    // Asked for again, it counts anew and not in addition.
    computed(&app).await;
    assert_eq!(figures(&app, "members").await[0], json!(2));
}

#[tokio::test]
async fn many_passes_and_steps_that_are_run_twice_count_everybody_once() {
    let app = TestApp::with_catalogue().await;
    app.set_clock("2026-03-10T12:00:00Z", "UTC").await;
    // All in one shard, and more than are counted together.
    for n in 1..=130 {
        let number = json!({ "number": 32 * n });
        app.member(&format!("m-{n}"), "2026-12-31", number).await;
    }
    let ports = app.endless().await;
    let started = jobs::start(&ports, &app.store, Kind::Snapshots, "staff", Map::new()).await;
    let id = started.expect("a job");
    let billing = ports.for_tenant(app.store.tenant(), "jobs", "job").await;
    let billing = billing.expect("settings");
    let mut passes = 0;
    for _ in 0..2 {
        let lots = jobs::prepare(&billing, &id)
            .await
            .expect("the store answers");
        for shards in lots.expect("the job is under way") {
            let mut cursor = String::new();
            loop {
                let part = Part {
                    job: &id,
                    shards: &shards,
                    cursor: &cursor,
                    deadline: Instant::now(),
                };
                match jobs::work(&billing, &part)
                    .await
                    .expect("the store answers")
                {
                    Pass::Again(next) => cursor = next,
                    pass => break assert_eq!(pass, Pass::Done),
                }
                passes += 1;
            }
        }
    }
    assert!(passes >= 1);
    for _ in 0..2 {
        let settled = jobs::settle(&billing, &id).await;
        settled.expect("the store answers");
    }
    assert_eq!(figures(&app, "members").await[0], json!(130));
    let types = statistic(&app, "members-by-type").await;
    assert_eq!(types["values"][0]["value"], 130);
}

#[tokio::test]
async fn while_one_is_under_way_the_same_is_answered() {
    let app = TestApp::with_catalogue().await;
    app.is_asked_once(PATH, Value::Null).await;
}

#[tokio::test]
async fn before_the_first_job_a_statistic_says_so_and_an_unknown_one_is_not_found() {
    let app = TestApp::with_catalogue().await;
    let found = statistic(&app, "members").await;
    assert_eq!(
        (&found["status"], &found["value"]),
        (&json!("not computed"), &Value::Null)
    );
    let some = statistic(&app, "members?fields=value").await;
    assert_eq!(some, json!({ "id": "members" }));
    app.get("/statistics/acme/unheard-of").await.refused(404);
}
