//! A run of all seven types and looking up, with the data on disk, one process.
//!
//! `cargo bench -p tests --bench billing -- [MEMBERS]` prints, for each phase,
//! wall and processor time, requests to the database, the capacity units it
//! says they took, and the most memory ever held. Figures of different machines
//! do not compare; those of one call do.

use api::routes;
use jiff::ToSpan;
use jiff::civil::Date;
use local::gateway::Gateway;
use local::seed::{Association, fill};
use local::stack::{Core, Files, embedded};
use local::tokens::{Grant, SigningKey};
use model::{Scope, TenantId, WriteContext};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Database, Store};
use tests::meter::{Meter, Units};

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
        documents: &path("documents"),
    };
    let meter = Meter::default();
    let core = Core::start_over(&files, |connection| meter.over(connection), embedded);
    let core = core.await.expect("the stack starts");
    let tenant = TenantId::parse("bench").expect("a tenant");
    // Waiting for a phase to end is not counted.
    let names = local::tables::make(&core.connection).await;
    let names = names.expect("the tables");
    let store = Arc::new(Database::new(&core.connection, names)).tenant(&tenant);
    let day = Association::today(jiff::Timestamp::now());
    let association = Association {
        seed: 1,
        members,
        day,
    };

    let mut clock = Clock::start(&meter);
    fill(&store, &association, |_| ())
        .await
        .expect("an association");
    clock.lap("fill", members);

    let id = make_run(&core, &store, day).await;
    let mut planned = Value::Null;
    for phase in ["plan", "plan again"] {
        clock = Clock::start(&meter);
        refresh(&core, &tenant, &id).await;
        planned = settled(&store, &id).await;
        clock.lap(phase, total(&planned));
    }
    clock = Clock::start(&meter);
    approve(&core, &store, &id).await;
    clock.lap("approve", total(&planned));
    let done = settled(&store, &id).await;
    clock.lap("execute", total(&planned));
    println!("{}", local::demo::statistics(&done["statistics"]));

    look_up(&core, &path("key.pem"), &tenant, &meter).await;
    core.stop().await;
}

/// The actions of a run.
fn total(run: &Value) -> u32 {
    let total = run["statistics"]["all_actions"]["total"].as_u64();
    total.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

/// A run of all seven types that concerns nearly everybody.
async fn make_run(core: &Core, store: &Store, day: Date) -> String {
    let within = |from: i32, to: i32, mut options: Value| {
        let day = |days: i32| day.saturating_add(days.days()).to_string();
        options["expiration_date_range_start"] = day(from).into();
        options["expiration_date_range_end"] = day(to).into();
        options
    };
    let reminder = |from: i32, to: i32, notice: &str| {
        let one = json!({ "id": 1, "reminder_notice_id": notice });
        json!({ "reminders": [within(from, to, one)] })
    };
    let body = json!({
        "name": "Bench",
        "generate_renewal_notices": true,
        "renewal_notice_options": within(300, 900, json!({ "renewal_notice_id": "notice-renewal" })),
        "generate_renewal_orders": true,
        "renewal_order_options": within(-40, 450, json!({ "renewal_order_notice_id": "notice-order" })),
        "perform_auto_renewals": true,
        "auto_renewal_options": within(-40, 200, json!({
            "auto_renewal_success_notice_id": "notice-auto-success",
            "auto_renewal_failure_notice_id": "notice-auto-failure",
        })),
        "send_renewal_reminders": true,
        "renewal_reminder_options": reminder(-60, 30, "notice-reminder-1"),
        "send_auto_renewal_reminders": true,
        "auto_renewal_reminder_options": reminder(201, 900, "notice-auto-reminder"),
        "send_expiring_credit_card_reminders": true,
        "expiring_credit_card_reminders_options": reminder(201, 900, "notice-card"),
        "perform_drops": true,
        "drop_options": within(-365, -61, json!({ "drop_notice_id": "notice-drop" })),
    });
    call(core, store, "POST", "/billingRuns/bench", Some(body)).await["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

async fn refresh(core: &Core, tenant: &TenantId, id: &str) {
    let context = WriteContext {
        user: "bench".into(),
        via: "bench".into(),
        now: jiff::Timestamp::now(),
    };
    let store = core.billing.store(tenant);
    let started = billing::claim::start_planning(&core.billing, &store, id, &context).await;
    started.expect("planning starts");
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
async fn look_up(core: &Core, key: &std::path::Path, tenant: &TenantId, meter: &Meter) {
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
    let mut clock = Clock::start(meter);
    for number in 0..LOOKUPS {
        let uri = format!("/memberships/bench/contact:c-{:06}", number % 100);
        let request =
            axum::http::Request::get(uri).header("authorization", format!("Bearer {token}"));
        let answer = gateway
            .call(request.body(Vec::new()).expect("a request"))
            .await;
        assert!(matches!(answer.status().as_u16(), 200 | 404));
    }
    clock.lap("look up", LOOKUPS);
}

/// What a phase takes.
struct Clock<'a> {
    meter: &'a Meter,
    wall: Instant,
    cpu: f64,
}

impl Clock<'_> {
    fn start(meter: &Meter) -> Clock<'_> {
        meter.take();
        Clock {
            meter,
            wall: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    /// Prints the phase, for each of its pieces, and begins the next.
    fn lap(&mut self, what: &str, pieces: u32) {
        let (wall, cpu) = (self.wall.elapsed().as_secs_f64(), cpu_seconds() - self.cpu);
        let (used, each) = (self.meter.take(), f64::from(pieces.max(1)));
        let Units { read, write } = used.all();
        println!(
            "{what:<10} {pieces:>7} in {wall:>7.2} s wall, {cpu:>7.2} s cpu; each {:>6.2} ms wall, {:>6.2} ms cpu, {:>6.3} requests, {:>6.2} units read, {:>6.2} written; peak {} MB",
            wall * 1000.0 / each,
            cpu * 1000.0 / each,
            used.requests() as f64 / each,
            read / each,
            write / each,
            peak_megabytes()
        );
        *self = Clock::start(self.meter);
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
