//! Bodies, doubles of the outside, and looks behind the API that several
//! themes share.

use async_trait::async_trait;
use model::resources::membership::computed::fill_computed;
use model::resources::{BillingRuns, Memberships, Organizations};
use model::{Record, TenantId};
use serde_json::{Value, json};
use services::mail::{MailError, Mailer, Message, Sent};
use services::outbox::Outbox;
use services::payments::{Outcome, PaymentError, PaymentRequest, Payments};
use services::scripted::ScriptedGateway;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tests::records::{record, with};
use tests::{Answer, TENANT, TestApp, import};

pub const MARCH: (&str, &str) = ("2026-03-01", "2026-03-31");

/// Saves a run and answers its id.
pub async fn create(app: &TestApp, body: Value) -> String {
    let run = app.post(&format!("/billingRuns/{TENANT}"), body).await.ok();
    run["id"].as_str().expect("an id").to_owned()
}

/// Creates, plans, approves and executes.
pub async fn bill(app: &TestApp, body: Value) -> Value {
    let id = create(app, body).await;
    app.refresh(&id).await;
    app.execute(&id).await
}

pub fn run_path(id: &str) -> String {
    format!("/billingRuns/{TENANT}/{id}")
}

pub async fn set_status(app: &TestApp, id: &str, status: &str) -> Answer {
    let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
    app.patch(&run_path(id), patch).await
}

/// Moves a run's one action of a member.
pub async fn set_action(app: &TestApp, run: &str, member: &str, status: &str) -> Answer {
    let id = action_id(app, run, member).await;
    let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
    app.patch(&format!("/billingRunActions/{TENANT}/{id}"), patch)
        .await
}

pub async fn action_id(app: &TestApp, run: &str, member: &str) -> String {
    let actions = app.actions(run).await;
    let mut of_member = actions.iter().filter(|((id, _), _)| id == member);
    let (_, record) = of_member.next().expect("an action");
    record.text(model::resource::ID_FIELD).to_owned()
}

/// A run with everything it holds, what the API does not show too.
pub async fn stored(app: &TestApp, id: &str) -> Record {
    let found = app.store.get_consistent::<BillingRuns>(id).await;
    found.expect("the store answers").expect("a run")
}

/// Writes a run as billing does, past the API.
pub async fn overwrite(app: &TestApp, id: &str, change: impl FnOnce(&mut Record)) -> Record {
    let before = stored(app, id).await;
    let mut after = before.clone();
    change(&mut after);
    app.store
        .save::<BillingRuns>(&import(), Some(&before), after)
        .await
        .expect("a sound run")
}

/// Changes a membership past the API.
pub async fn change_member(app: &TestApp, id: &str, changes: Value) {
    app.set::<Memberships>(id, changes).await;
}

/// A membership with everything that has to be there, by id, changed by `fields`.
pub async fn membership(app: &TestApp, id: &str, fields: Value) -> String {
    let number = app.store.numbers("membership", 1).await;
    let base = json!({
        "id": id, "number": number.expect("a number").start, "name": id, "status": "active",
        "type_id": "regular", "package_id": "anniversary", "origin": "principal", "join_date": "2020-01-01",
    });
    let mut member = record(with(base, fields));
    fill_computed(&mut member);
    app.store
        .save::<Memberships>(&import(), None, member)
        .await
        .expect("a sound membership");
    id.to_owned()
}

/// An organization and its own membership.
pub async fn organization(app: &TestApp, id: &str, expiration: &str, fields: Value) -> String {
    let base = json!({ "id": id, "name": id });
    app.seed::<Organizations>(with(base, fields)).await;
    let owner = json!({ "owner_type": "organization", "organization_id": id, "expiration_date": expiration });
    membership(app, &format!("organization:{id}"), owner).await
}

/// To whom mails went: the lines of their addresses, sorted.
pub fn recipients(app: &TestApp) -> Vec<String> {
    let entries = app.outbox.list(TENANT).expect("an outbox");
    let mut to: Vec<String> = entries
        .iter()
        .map(|entry| {
            let mail = app.outbox.read(TENANT, &entry.name).expect("a mail");
            let text = String::from_utf8_lossy(&mail.expect("a mail")).into_owned();
            let line = text.lines().find_map(|line| line.strip_prefix("To: "));
            line.expect("a recipient")
                .trim_matches(['<', '>'])
                .to_owned()
        })
        .collect();
    to.sort();
    to
}

/// A run of reminders of a kind: number, range and the notice `reminder`.
pub fn reminders(kind: &str, list: &[(i64, &str, &str)]) -> Value {
    let (flag, options, notice) = match kind {
        "renewal" => (
            "send_renewal_reminders",
            "renewal_reminder_options",
            "reminder",
        ),
        "auto" => (
            "send_auto_renewal_reminders",
            "auto_renewal_reminder_options",
            "reminder",
        ),
        "card" => (
            "send_expiring_credit_card_reminders",
            "expiring_credit_card_reminders_options",
            "card",
        ),
        other => panic!("no reminders of {other}"),
    };
    let entry = |(id, from, to): &(i64, &str, &str)| {
        json!({ "id": id, "reminder_notice_id": notice, "expiration_date_range_start": from,
            "expiration_date_range_end": to })
    };
    let list: Vec<Value> = list.iter().map(entry).collect();
    json!({ "name": "Reminders", flag: true, options: { "reminders": list } })
}

/// A mailer that fails for addresses that contain a word.
pub struct Troubled {
    pub outbox: Outbox,
    pub panics_for: &'static str,
    pub refuses: Arc<AtomicBool>,
}

#[async_trait]
impl Mailer for Troubled {
    async fn send(&self, tenant: &str, message: &Message) -> Result<Sent, MailError> {
        let to = format!("{:?}", message.to);
        if !self.panics_for.is_empty() && to.contains(self.panics_for) {
            panic!("a defect of the mailer");
        }
        if self.refuses.load(Ordering::SeqCst) {
            return Err(MailError::Refused("the address is blocked".into()));
        }
        self.outbox.send(tenant, message).await
    }

    async fn was_sent(&self, tenant: &str, message_id: &str) -> Option<bool> {
        self.outbox.was_sent(tenant, message_id).await
    }
}

/// A gateway that charges but keeps silent about it until told to answer, and
/// that panics for the card `tok_panic`.
pub struct Late {
    inner: ScriptedGateway,
    pub answers: AtomicBool,
    pub confirms: AtomicUsize,
    pub creates: AtomicUsize,
}

impl Late {
    fn said(&self, answer: Result<Outcome, PaymentError>) -> Result<Outcome, PaymentError> {
        match self.answers.load(Ordering::SeqCst) {
            true => answer,
            false => Err(PaymentError::Unknown("no answer".into())),
        }
    }
}

#[async_trait]
impl Payments for Late {
    async fn create(
        &self,
        to: &TenantId,
        request: &PaymentRequest,
    ) -> Result<String, PaymentError> {
        if request.account == "tok_panic" {
            panic!("a defect of the gateway");
        }
        self.creates.fetch_add(1, Ordering::SeqCst);
        self.inner.create(to, request).await
    }

    async fn confirm(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        self.confirms.fetch_add(1, Ordering::SeqCst);
        let answer = self.inner.confirm(tenant, id).await;
        self.said(answer)
    }

    async fn ask(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        let answer = self.inner.ask(tenant, id).await;
        self.said(answer)
    }
}

/// A stack with that gateway.
pub async fn with_late_gateway() -> (TestApp, Arc<Late>) {
    let slot: Arc<OnceLock<Arc<Late>>> = Arc::default();
    let kept = slot.clone();
    let app = TestApp::start_with(move |database, outbox| {
        let late = Arc::new(Late {
            inner: ScriptedGateway::new(database.clone()),
            answers: AtomicBool::new(false),
            confirms: AtomicUsize::new(0),
            creates: AtomicUsize::new(0),
        });
        kept.set(late.clone()).ok().expect("once");
        local::stack::Providers {
            mailer: Arc::new(outbox),
            payments: late,
        }
    })
    .await;
    app.catalogue().await;
    (app, slot.get().expect("a gateway").clone())
}

/// Waits until the gateway has kept a charge of the member waiting.
pub async fn until_charge_is_unknown(app: &TestApp, member: &str) {
    for _ in 0..3_000 {
        let orders = app.orders(member).await;
        let first = orders.first();
        if first.is_some_and(|order| order["charge"]["state"] == "unknown") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no charge of {member} is unknown");
}

/// A stack whose mailer panics for an address, or refuses while told to.
pub async fn with_troubled_mailer(panics_for: &'static str) -> (TestApp, Arc<AtomicBool>) {
    let refuses = Arc::new(AtomicBool::new(false));
    let kept = refuses.clone();
    let app = TestApp::start_with(move |database, outbox| local::stack::Providers {
        mailer: Arc::new(Troubled {
            outbox,
            panics_for,
            refuses: kept,
        }),
        payments: Arc::new(ScriptedGateway::new(database.clone())),
    })
    .await;
    app.catalogue().await;
    (app, refuses)
}

/// The texts of the mails in the outbox, as they are on their way.
pub fn bodies(app: &TestApp) -> Vec<String> {
    let entries = app.outbox.list(TENANT).expect("an outbox");
    let read = |name: &str| app.outbox.read(TENANT, name).expect("a mail");
    let text = |name: &str| read(name).map(|mail| String::from_utf8_lossy(&mail).into_owned());
    entries.iter().filter_map(|e| text(&e.name)).collect()
}
