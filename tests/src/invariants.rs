//! What must hold when a run has ended, whatever happened on its way: every
//! action once, one order, one charge, one mail, dates moved once. Reads
//! everything anew and lists every difference.

mod facts;
mod ledger;
mod member;

use crate::TestApp;
use crate::scenarios::{Scenario, members};
use crate::{Call, TENANT};
use facts::Facts;
use futures::StreamExt;
use model::Record;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use serde_json::{Map, Value, json};
use services::outbox::file_name;
use std::collections::BTreeMap;

/// How often each mail went out, by its file name in an outbox.
pub type Mails = BTreeMap<String, usize>;

/// What was found to be wrong.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<String>);

impl Findings {
    pub(crate) fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, wanted: T) {
        if found != wanted {
            self.0
                .push(format!("{what}: {found:?} instead of {wanted:?}"));
        }
    }

    /// Fails with every finding, the first of them in full.
    #[track_caller]
    pub fn none(&self, context: &str) {
        let shown: Vec<&str> = self.0.iter().take(20).map(String::as_str).collect();
        assert!(
            self.0.is_empty(),
            "{context}: {} findings\n{}",
            self.0.len(),
            shown.join("\n")
        );
    }
}

/// The mails in the outbox, each of which went once: a file is one mail.
pub fn outbox(app: &TestApp) -> Mails {
    let entries = app.outbox.list(TENANT).expect("an outbox");
    entries.into_iter().map(|entry| (entry.name, 1)).collect()
}

/// Checks a completed run of [`crate::scenarios::body`] over `each` members of
/// every kind.
pub async fn check(app: &TestApp, run: &str, each: usize, mails: &Mails) -> Findings {
    let mut findings = Findings::default();
    let stored = app.run(run).await;
    findings.same("the run's status", &stored["status"], &json!("completed"));
    let actions = app.actions(run).await;
    let known = members(each);
    let planned: usize = known
        .iter()
        .map(|(_, scenario)| scenario.actions.len())
        .sum();
    findings.same("the number of actions", actions.len(), planned);
    for kind in ActionType::ALL {
        let planned = actions.values();
        let planned = planned.filter(|record| record.get(action::TYPE) == Some(*kind));
        findings.same(&format!("no {kind}"), planned.count() == 0, false);
    }
    let recounted = statistics(actions.values());
    findings.same("the statistics", &stored["statistics"], &recounted);
    report(app, run, &actions, &mut findings).await;
    mail(&actions, mails, &mut findings);
    ledger::check(app, &known, &mut findings).await;
    each_member(app, &known, &actions, &mut findings).await;
    findings
}

async fn each_member(
    app: &TestApp,
    known: &[(String, &'static Scenario)],
    actions: &BTreeMap<(String, String), Record>,
    findings: &mut Findings,
) {
    let read = known
        .iter()
        .map(|(id, scenario)| async move { (scenario, Facts::read(app, id).await) });
    let read: Vec<_> = futures::stream::iter(read).buffered(8).collect().await;
    for (scenario, mut facts) in read {
        let of_member = actions
            .iter()
            .filter(|((member, _), _)| *member == facts.id);
        facts.actions = of_member.map(|(_, record)| record.clone()).collect();
        facts.actions.sort_by_key(|record| record.get(action::TYPE));
        member::check(scenario, &facts, findings);
    }
}

/// The statistics of these actions, counted by the wording of rule RUN-19 rather
/// than by the code under test.
fn statistics<'a>(actions: impl Iterator<Item = &'a Record>) -> Value {
    let buckets = [
        "total",
        "pending",
        "processing",
        "successful",
        "error",
        "excluded",
    ];
    let zero = |name: &str| (name.to_owned(), json!(0));
    let empty: Map<String, Value> = buckets.into_iter().map(zero).collect();
    let mut counted: Map<String, Value> = [
        "all_actions",
        "renewal_notices",
        "renewal_orders",
        "auto_renewals",
        "renewal_reminders",
        "auto_renewal_reminders",
        "expiring_credit_card_reminders",
        "drops",
    ]
    .into_iter()
    .map(|kind| (kind.to_owned(), Value::Object(empty.clone())))
    .collect();
    for record in actions {
        let bucket = bucket(record.get(action::STATUS));
        for kind in ["all_actions", plural(record.get(action::TYPE))] {
            for name in ["total", bucket] {
                let count = counted[kind][name].as_u64().expect("a count");
                counted[kind][name] = (count + 1).into();
            }
        }
    }
    counted.into()
}

fn bucket(status: Option<ActionStatus>) -> &'static str {
    match status.expect("a status") {
        ActionStatus::Pending => "pending",
        ActionStatus::Processing | ActionStatus::ProcessingOrder => "processing",
        ActionStatus::Completed => "successful",
        ActionStatus::Error | ActionStatus::PaymentFailure => "error",
        _ => "excluded",
    }
}

fn plural(kind: Option<ActionType>) -> &'static str {
    match kind.expect("a type") {
        ActionType::RenewalNotice => "renewal_notices",
        ActionType::RenewalOrder => "renewal_orders",
        ActionType::AutoRenewalOrder => "auto_renewals",
        ActionType::RenewalReminder => "renewal_reminders",
        ActionType::AutoRenewalReminder => "auto_renewal_reminders",
        ActionType::ExpiringCardReminder => "expiring_credit_card_reminders",
        ActionType::Drop => "drops",
    }
}

/// The report has a line for every action, and no other.
async fn report(
    app: &TestApp,
    run: &str,
    actions: &BTreeMap<(String, String), Record>,
    findings: &mut Findings,
) {
    let path = format!("/billingRuns/{TENANT}/{run}/report");
    let text = app.text(&path).await;
    let mut lines: Vec<&str> = text.lines().skip(1).map(str::trim_end).collect();
    let mut wanted: Vec<String> = actions.values().map(line).collect();
    lines.sort_unstable();
    wanted.sort_unstable();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    findings.same("the report's lines", lines, wanted);
}

fn line(record: &Record) -> String {
    let cell = |name: &str| crate::scenarios::shown(record, name);
    [
        "membership_id",
        "name",
        "type",
        "reminder_number",
        "_amount",
        "_currency",
        "status",
        "error_message",
        "order_id",
    ]
    .map(cell)
    .join(",")
        + ",live,test"
}

/// Every action's mail once. Missing may be only one of which nobody can tell
/// whether it went, and its action says so; none goes twice, and no other goes.
fn mail(actions: &BTreeMap<(String, String), Record>, mails: &Mails, findings: &mut Findings) {
    let mut known = Vec::new();
    for record in actions.values() {
        let refused = record.get(action::STATUS) == Some(ActionStatus::PaymentFailure);
        let purpose = if refused { "failure" } else { "success" };
        let key = format!("{}|{purpose}", record.text(model::resource::ID_FIELD));
        let file = file_name(&services::mail::message_id(TENANT, &key));
        let sent = mails.get(&file).copied().unwrap_or(0);
        let untold = record.text(action::ERROR_MESSAGE).contains("perhaps sent");
        if !(sent == 0 && untold) {
            findings.same(&format!("mails of {key}"), sent, 1);
        }
        known.push(file);
    }
    let others: Vec<&String> = mails.keys().filter(|file| !known.contains(file)).collect();
    findings.same("other mails", others, Vec::new());
}

impl TestApp {
    /// What hangs: the run, and its actions that are still open.
    pub async fn picture(&self, run: &str) -> String {
        let open = self.actions(run).await.into_values().filter(|record| {
            record
                .get(action::STATUS)
                .is_none_or(|status| !status.is_settled())
        });
        let open: Vec<String> = open
            .map(|record| format!("{:?}", record.fields()))
            .collect();
        let run = self
            .send(Call::get(&format!("/billingRuns/{TENANT}/{run}")))
            .await;
        format!("{:?}\nopen actions:\n{}", run.body, open.join("\n"))
    }
}
