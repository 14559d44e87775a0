//! Planning, executing and looking up, with the data on disk, one process.
//!
//! `cargo bench -p tests --bench billing -- [MEMBERS]` prints wall time,
//! processor time and peak memory of each phase. Figures of different machines
//! do not compare; those of one call do.

use jiff::ToSpan;
use local::gateway::Gateway;
use local::routes::routes;
use local::seed::{Association, fill};
use local::stack::{Core, Files, embedded};
use local::tokens::{Grant, SigningKey};
use model::{Scope, TenantId, WriteContext};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::Store;

const LOOKUPS: u32 = 2_000;

fn main() {
    let members = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run(members));
}

async fn run(members: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (database, executions, outbox) = (
        path("dynamodb.sqlite"),
        path("executions.db"),
        path("outbox"),
    );
    let files = Files {
        database: Some(&database),
        executions: Some(&executions),
        outbox: &outbox,
    };
    let core = Core::start(&files, embedded)
        .await
        .expect("the stack starts");
    let tenant = TenantId::parse("bench").expect("a tenant");
    let store = core.app.database.tenant(&tenant);
    let day = Association::today(jiff::Timestamp::now());
    let association = Association {
        seed: 1,
        members,
        day,
    };

    let mut clock = Clock::start();
    fill(&store, &association, |_| ())
        .await
        .expect("an association");
    clock.lap("fill", members);

    let id = make_run(&core, &store, day).await;
    clock = Clock::start();
    let context = WriteContext {
        user: "bench".into(),
        via: "bench".into(),
        now: jiff::Timestamp::now(),
    };
    core.billing
        .refresh(&store, &id, &context)
        .await
        .expect("planning starts");
    let planned = settled(&store, &id).await;
    let actions = planned["statistics"]["all_actions"]["total"]
        .as_u64()
        .unwrap_or(0) as u32;
    clock.lap("plan, per membership", members);

    clock = Clock::start();
    approve(&core, &store, &id).await;
    let done = settled(&store, &id).await;
    clock.lap("execute, per action", actions);
    println!("{}", done["statistics"]["all_actions"]);

    look_up(&core, &path("key.pem"), &tenant).await;
    core.stop().await;
}

/// A run that concerns nearly everybody: orders and automatic renewals.
async fn make_run(core: &Core, store: &Store, day: jiff::civil::Date) -> String {
    let range = |notice: &str, id: &str| {
        json!({
            "expiration_date_range_start": day.saturating_sub(40.days()).to_string(),
            "expiration_date_range_end": day.saturating_add(900.days()).to_string(),
            notice: id,
        })
    };
    let body = json!({
        "name": "Bench", "generate_renewal_orders": true, "perform_auto_renewals": true,
        "renewal_order_options": range("renewal_order_notice_id", "notice-order"),
        "auto_renewal_options": range("auto_renewal_success_notice_id", "notice-auto-success"),
    });
    call(core, store, "POST", "/billingRuns/bench", Some(body)).await["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

async fn approve(core: &Core, store: &Store, id: &str) {
    let patch = json!([{ "op": "replace", "path": "/status", "value": "running" }]);
    call(
        core,
        store,
        "PATCH",
        &format!("/billingRuns/bench/{id}"),
        Some(patch),
    )
    .await;
}

/// A request straight to the function, as the gateway would pass it on.
async fn call(core: &Core, store: &Store, method: &str, path: &str, body: Option<Value>) -> Value {
    let segment = path.split('/').nth(1).unwrap_or_default();
    let (_, router) = routes(&core.app, &core.billing)
        .into_iter()
        .find(|(name, _)| *name == segment)
        .expect("a function");
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": { "content-type": "application/json" }, "isBase64Encoded": false,
        "body": body.map(|body| body.to_string()),
        "requestContext": {
            "requestId": "bench", "stage": "$default", "timeEpoch": 0,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench" },
            "authorizer": { "lambda": { "tenant": store.tenant().as_str(), "user": "bench", "contact": "", "scopes": "admin" } },
        },
    });
    let event = lambda_http::LambdaEvent::new(event, lambda_http::Context::default());
    let answer = web::lambda::handle(router, event).await.expect("an answer");
    let body: Value =
        serde_json::from_str(answer["body"].as_str().unwrap_or("null")).expect("JSON");
    assert_eq!(answer["statusCode"], 200, "{body}");
    body
}

async fn settled(store: &Store, id: &str) -> Value {
    loop {
        let run = store
            .require::<model::resources::BillingRuns>(id)
            .await
            .expect("the run");
        let fields = Value::Object(run.into_fields());
        match fields["status"].as_str() {
            Some("preprocessing" | "running") => tokio::time::sleep(Duration::from_millis(5)).await,
            Some("ready for execution" | "completed") => return fields,
            other => panic!("the run is {other:?}: {}", fields["error"]),
        }
    }
}

/// One membership by id, over the gateway: token, authorizer, event, function.
async fn look_up(core: &Core, key: &std::path::Path, tenant: &TenantId) {
    let key = SigningKey::open(key).expect("a key");
    let gateway = Gateway::new(
        key.authorizer().expect("an authorizer"),
        routes(&core.app, &core.billing),
    );
    let scopes = vec![Scope::Read];
    let token = key
        .sign(&Grant {
            tenant: tenant.clone(),
            user: "bench".into(),
            contact: None,
            scopes,
        })
        .expect("a token");
    let clock = Clock::start();
    for number in 0..LOOKUPS {
        let uri = format!("/memberships/bench/contact:c-{:06}", number % 100);
        let request =
            axum::http::Request::get(uri).header("authorization", format!("Bearer {token}"));
        let answer = gateway
            .call(request.body(Vec::new()).expect("a request"))
            .await;
        assert!(matches!(answer.status().as_u16(), 200 | 404));
    }
    clock.lap("look up, each", LOOKUPS);
}

/// Wall and processor time of a phase.
struct Clock {
    wall: Instant,
    cpu: f64,
}

impl Clock {
    fn start() -> Clock {
        Clock {
            wall: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    fn lap(&self, what: &str, pieces: u32) {
        let (wall, cpu) = (self.wall.elapsed().as_secs_f64(), cpu_seconds() - self.cpu);
        let each = |seconds: f64| seconds * 1000.0 / f64::from(pieces.max(1));
        println!(
            "{what:<22} {pieces:>7} in {wall:>7.2} s wall, {cpu:>7.2} s cpu; each {:.2} ms wall, {:.2} ms cpu; peak {} MB",
            each(wall),
            each(cpu),
            peak_megabytes()
        );
    }
}

/// Of this process, all threads, in user and kernel mode (`/proc`, 100 ticks a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// The most memory the process has ever held.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or("0");
    line.split_whitespace()
        .next()
        .and_then(|n| n.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}
