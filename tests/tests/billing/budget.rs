//! What a run may cost, in requests and in write units as the engine charges
//! them. A figure that has to grow is a decision: say why here and in 0007.

use crate::support::create;
use ledger::context::Ports;
use model::ids::SHARDS;
use model::resources::BillingNotices;
use serde_json::json;
use std::sync::Arc;
use store::Database;
use tests::TestApp;
use tests::machine::{At, Machine, executions, no_executions};
use tests::meter::{Meter, Usage};
use tests::scenarios;

/// Members of each kind.
const EACH: usize = 40;
/// Statements in a request of bulk writes.
const BATCH: u64 = 25;

const SWITCHES: [&str; 7] = [
    "generate_renewal_notices",
    "generate_renewal_orders",
    "perform_auto_renewals",
    "send_renewal_reminders",
    "send_auto_renewal_reminders",
    "send_expiring_credit_card_reminders",
    "perform_drops",
];

/// A stack, and a billing over the same data whose every request is counted.
struct Metered {
    app: TestApp,
    billing: Ports,
    meter: Meter,
}

impl Metered {
    async fn start() -> Metered {
        let app = TestApp::with_catalogue().await;
        let meter = Meter::default();
        let connection = meter.over(&app.core.connection);
        let names = local::tables::make(&app.core.connection).await;
        let names = names.expect("the tables");
        let billing = Ports {
            database: Arc::new(Database::new(&connection, names)),
            executions: executions(&app.core.connection, &no_executions().await),
            ..app.core.billing.clone()
        };
        let metered = Metered {
            app,
            billing,
            meter,
        };
        metered.members().await;
        metered
    }

    /// `EACH` members for every type of [`scenarios::body`], 7 actions for 6.
    async fn members(&self) {
        let card = |until: &str| {
            json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_good" },
                "renewal_payment_card_expiration": until })
        };
        let kinds = [
            ("noticed", "2026-06-15", json!({})),
            ("ordered", "2026-04-15", json!({})),
            ("charged", "2026-04-15", card("2028-01-31")),
            ("owes", "2026-03-20", json!({ "billed": true })),
            ("warned", "2026-07-15", card("2026-06-30")),
            ("gone", "2026-02-15", json!({})),
        ];
        for (kind, expiration, changes) in kinds {
            for number in 0..EACH {
                let id = format!("{kind}-{number}");
                self.app.member(&id, expiration, changes.clone()).await;
            }
        }
    }

    /// A run with these switches on, and what planning it took.
    async fn plan(&self, switches: &[&str]) -> (String, Machine, Usage) {
        let mut body = scenarios::body();
        for switch in SWITCHES {
            body[switch] = switches.contains(&switch).into();
        }
        let run = create(&self.app, body).await;
        let mut machine = Machine::new(&self.app.store, &run);
        let used = self.until(&mut machine, At::Approve).await;
        (run, machine, used)
    }

    /// What going on to there takes.
    async fn until(&self, machine: &mut Machine, at: At) -> Usage {
        self.meter.take();
        Box::pin(machine.until(at, &self.billing)).await;
        self.meter.take()
    }

    async fn count(&self, run: &str, bucket: &str) -> u64 {
        let all = &self.app.run(run).await["statistics"]["all_actions"];
        all[bucket].as_u64().unwrap_or_else(|| panic!("{all}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_takes_two_write_units_an_action_and_a_request_for_twenty_five() {
    let metered = Metered::start().await;
    let (run, mut machine, used) = metered.plan(&SWITCHES).await;
    let actions = metered.count(&run, "pending").await;
    assert_eq!(actions, 7 * EACH as u64);
    // The action, and its key in the index by membership.
    assert_eq!(
        used.table("billing-run-actions").write,
        2.0 * actions as f64
    );
    // A shard: the run, its actions, the memberships due, a batch that is not
    // full, and the count at the end.
    let of_shards = 5 * u64::from(SHARDS);
    // The run: asked for, claimed, started; three steps that each read the
    // settings and packages; one shard looked into for the size; settled.
    let of_run = 20;
    let allowed = actions / BATCH + of_shards + of_run;
    assert!(
        used.requests() <= allowed,
        "{} of {allowed}: {used:?}",
        used.requests()
    );
    assert!(used.requests["BatchExecuteStatement"] <= actions / BATCH + u64::from(SHARDS));

    // Nothing has changed: only the run is written, when it is claimed and when
    // it is settled.
    machine.at = At::Refresh;
    let again = metered.until(&mut machine, At::Approve).await;
    assert_eq!(again.writing_requests(), 2, "{again:?}");
    assert_eq!(again.table("billing-run-actions").write, 0.0);
    assert_eq!(again.all().write, again.table("billing-runs").write);
    assert!(again.requests() <= of_shards + of_run, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_notices_name_is_read_many_a_request_and_the_rest_is_not_read() {
    let metered = Metered::start().await;
    let mails = [SWITCHES[0], SWITCHES[3], SWITCHES[4], SWITCHES[5]];
    let (_, _, used) = metered.plan(&mails).await;
    // Members by the index, and each of the three notices once.
    assert_eq!(used.requests.get("BatchGetItem"), None, "{used:?}");
    assert_eq!(used.table("billing-notices").read, 1.5, "{used:?}");
    let body = "{{ membership.city }} {{ contact.job_title }} {{ arrears | length }}";
    let email = json!({ "from": "dues@example.org", "subject": "s", "body": body });
    for id in ["notice", "reminder", "card"] {
        let naming = json!({ "email": email });
        metered.app.set::<BillingNotices>(id, naming).await;
    }
    let (_, _, used) = metered.plan(&mails).await;
    // Of each shard's members themselves, their owners, and their heads.
    let reads = used.requests["BatchGetItem"];
    assert!(reads <= 3 * u64::from(SHARDS), "{used:?}");
}

/// Write units of an action: its own record, and what stands in the ledger:
/// order and head. What a membership takes depends on its size and its indexes.
struct Price {
    switch: &'static str,
    action: f64,
    ledger: f64,
}

/// A transaction writes at twice the price.
const PRICES: [Price; 7] = [
    price("generate_renewal_notices", 3.0, 0.0),
    // The order at 2 KB and the head.
    price("generate_renewal_orders", 3.0, 5.0),
    // Made, its payment's id stored, charged.
    price("perform_auto_renewals", 5.0, 15.0),
    price("send_renewal_reminders", 3.0, 0.0),
    price("send_auto_renewal_reminders", 3.0, 0.0),
    price("send_expiring_credit_card_reminders", 3.0, 0.0),
    price("perform_drops", 3.0, 0.0),
];

const fn price(switch: &'static str, action: f64, ledger: f64) -> Price {
    Price {
        switch,
        action,
        ledger,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn executing_writes_an_action_twice_and_nothing_else_of_its_own() {
    let metered = Metered::start().await;
    for price in PRICES {
        let (run, mut machine, _) = metered.plan(&[price.switch]).await;
        let approval = At::Step("execution-prepare");
        metered.until(&mut machine, approval).await;
        let used = metered.until(&mut machine, At::Done).await;
        let actions = metered.count(&run, "successful").await;
        assert_eq!(actions, EACH as u64, "{}", price.switch);
        let each = |table: &str| used.table(table).write / actions as f64;
        let told = format!("{} {used:?}", price.switch);
        assert!(each("billing-run-actions") <= price.action, "{told}");
        // A block of order numbers beside.
        assert!(
            used.table("ledger").write <= price.ledger * actions as f64 + 1.0,
            "{told}"
        );
        // A page of a shard moves the run's statistics once.
        let of_run = used.requests.get("UpdateItem").copied().unwrap_or(0);
        assert!(of_run <= u64::from(SHARDS) + 3, "{told}");
    }
}
