//! What must hold when a run has ended, whatever happened on its way: every
//! action once, one order, one charge, one mail, dates moved once. Reads
//! everything anew and lists every difference.

mod facts;
mod ledger;
mod member;
mod tenant;

use crate::TestApp;
use crate::scenarios::{Scenario, members};
use crate::{Call, TENANT};
use billing::outlook::Amount;
use facts::Facts;
use futures::StreamExt;
use local::recount::recount;
use model::Record;
use model::resources::BillingRuns;
use model::resources::billing_run_action::{self as action, ActionType};
use serde_json::json;
use std::collections::BTreeMap;

pub use local::recount::Mails;
pub use tenant::tenant;

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
    recounted(app, run, mails, &mut findings).await;
    report(app, run, &actions, &mut findings).await;
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

/// What a run that has just ended has left, whatever it was about.
pub async fn ended_run(app: &TestApp, run: &str) -> Findings {
    let stored = app.store.require::<BillingRuns>(run).await.expect("a run");
    let counted = recount(&app.store, &stored, &outbox(app)).await;
    Findings(counted.expect("the store answers").differences)
}

/// What holds of every run. Each action of a scenario has a notice: it went
/// once, or nobody can tell whether it did (which the member's check asks for).
async fn recounted(app: &TestApp, run: &str, mails: &Mails, findings: &mut Findings) {
    let stored = app.store.require::<BillingRuns>(run).await.expect("a run");
    let counted = recount(&app.store, &stored, mails).await;
    let counted = counted.expect("the store answers");
    findings.0.extend(counted.differences);
    findings.same("other mails", counted.other_mails, Vec::new());
    let notices = counted.mailed + counted.not_mailed;
    findings.same("actions with a notice", notices, counted.actions);
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
    let amount = Amount::of(record);
    let decimals = amount.as_ref().map(Amount::decimals).unwrap_or_default();
    [
        cell("membership_id"),
        cell("name"),
        cell("type"),
        cell("reminder_number"),
        decimals,
        amount.map(|amount| amount.currency).unwrap_or_default(),
        cell("status"),
        cell("error_message"),
        cell("order_id"),
    ]
    .join(",")
        + ",live,test"
}

impl TestApp {
    /// What hangs: the run, and its actions that are still open.
    pub async fn open_work(&self, run: &str) -> String {
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
