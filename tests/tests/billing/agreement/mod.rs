//! The product plans what a second planner, written from the rules alone, says
//! that it has to: over random associations, before and after executing, paying,
//! voiding and editing.
//!
//! `PLANNER_CASES` says how many associations (50 unless told); `PLANNER_SEED`
//! repeats one.

mod random;
mod tenant;

use futures::StreamExt;
use jiff::ToSpan;
use rand::SeedableRng;
use rand::rngs::StdRng;
use random::Dice;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tenant::Tenant;
use tests::TestApp;
use tests::planner::{Association, FAILS, Member, Planned, SWITCHES, judge, plan};

/// How often a long comparison says how far it has come.
const TOLD_EVERY: usize = 100;
/// Associations at once: much of each is waiting for its run.
const PARALLEL: usize = 4;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_planner_plans_the_same() {
    let app = &TestApp::start().await;
    let seeds = match number("PLANNER_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PLANNER_CASES").unwrap_or(50),
    };
    let cases = seeds.map(|seed| async move {
        let mut case = Case::default();
        let mut dice = Dice(StdRng::seed_from_u64(seed));
        let mut tenant = Tenant::fill(app, &format!("t{seed}"), &mut dice).await;
        case.play(&mut tenant, &mut dice).await;
        let named = |line: String| format!("PLANNER_SEED={seed} {line}");
        case.differences = case.differences.into_iter().map(named).collect();
        case
    });
    let cases: Vec<Case> = futures::stream::iter(cases)
        .buffer_unordered(PARALLEL)
        .enumerate()
        .map(|(nth, case)| {
            let done = nth + 1;
            if done.is_multiple_of(TOLD_EVERY) || !case.differences.is_empty() {
                println!("{done} associations; {}", case.differences.join("; "));
            }
            case
        })
        .collect()
        .await;
    let compared: usize = cases.iter().map(|case| case.compared).sum();
    println!("{} associations, {compared} actions agree", cases.len());
    let differences: Vec<&str> = cases
        .iter()
        .flat_map(|case| &case.differences)
        .map(String::as_str)
        .collect();
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(
        compared >= cases.len() * 10,
        "{compared} actions are too few"
    );
}

#[derive(Default)]
struct Case {
    compared: usize,
    differences: Vec<String>,
}

impl Case {
    async fn play(&mut self, tenant: &mut Tenant<'_>, dice: &mut Dice) {
        let rounds = dice.of(&[2, 2, 3]);
        for round in 1..=rounds {
            let run = tenant.create_run(dice.run(tenant.today)).await;
            let id = run["id"].as_str().expect("an id");
            tenant.refresh(id).await;
            let mut association = tenant.read().await;
            let mut pending = self.compare(&association, &run, round);
            if dice.chance(30) {
                edit(tenant, &association, dice).await;
                tenant.refresh(id).await;
                association = tenant.read().await;
                pending = self.compare(&association, &run, round);
            }
            if round == rounds || pending == 0 {
                continue;
            }
            let edited = dice.chance(50);
            if edited {
                edit(tenant, &association, dice).await;
                association = tenant.read().await;
            }
            let mails = !dice.chance(10);
            tenant.set_notice(mails).await;
            tenant.execute(id, &association).await;
            tenant.set_notice(true).await;
            let before = association;
            let association = tenant.read().await;
            self.compare_outcomes(&before, &association, &run, mails);
            if !edited {
                self.as_planned(&before, &association, &run, mails);
            }
            pay_and_void(tenant, &association, dice).await;
            edit(tenant, &association, dice).await;
            let days = match dice.chance(40) {
                true => dice.within(1, 4),
                false => dice.within(5, 120),
            };
            let hour = dice.of(&["00:30", "05:00", "12:30", "23:30"]);
            let day = tenant.today + days.days();
            tenant.set_clock(&format!("{day}T{hour}:00Z")).await;
        }
    }

    /// Compares what is pending with what has to be; how many are pending.
    fn compare(&mut self, association: &Association, run: &Value, round: usize) -> usize {
        let actions = association
            .members
            .iter()
            .flat_map(|member| &member.actions);
        let pending = actions.filter(|action| {
            action["billing_run_id"] == run["id"] && action["status"] == "pending"
        });
        let pending: BTreeSet<Planned> = pending.map(planned).collect();
        let wanted = plan(association, run);
        for difference in pending.symmetric_difference(&wanted) {
            let described = describe(association, run, difference, pending.contains(difference));
            self.differences.push(format!("round {round}: {described}"));
        }
        self.compared += pending.intersection(&wanted).count();
        pending.len()
    }

    /// Executed at once, no action ends otherwise than planned; but a card may be
    /// refused, and what follows a charge depends on it. `mails` says whether the
    /// notice was active.
    fn as_planned(&mut self, before: &Association, after: &Association, run: &Value, mails: bool) {
        for (member, now) in before.members.iter().zip(&after.members) {
            let of_run = |action: &&Value| action["billing_run_id"] == run["id"];
            let charged = member.actions.iter().filter(of_run).any(|action| {
                let charges = action["type"] == "auto renewal order" && action["amount"] != 0;
                charges && action["status"] == "pending"
            });
            for action in member.actions.iter().filter(of_run) {
                let ended = now.actions.iter().find(|ended| ended["id"] == action["id"]);
                let ended = &ended.expect("the action")["status"];
                let planned = planned(action);
                let wanted = match action["status"].as_str().expect("a status") {
                    "pending" if charged => continue,
                    "pending" if !mails && only_mails(planned.kind) => "error",
                    "pending" => "completed",
                    other => other,
                };
                if ended == wanted {
                    self.compared += 1;
                } else {
                    let described = describe(before, run, &planned, true);
                    self.differences.push(format!(
                        "planned as {wanted}, ended as {ended}: {described}"
                    ));
                }
            }
        }
    }

    /// Compares how each member's first action has ended with what the rules
    /// make of it, as things stood before. What follows depends on it. `mails`
    /// says whether the notice was active.
    fn compare_outcomes(
        &mut self,
        before: &Association,
        after: &Association,
        run: &Value,
        mails: bool,
    ) {
        for (member, now) in before.members.iter().zip(&after.members) {
            assert_eq!(member.id(), now.id());
            let of_run = |action: &&Value| action["billing_run_id"] == run["id"];
            let pending = |action: &&Value| of_run(action) && action["status"] == "pending";
            let place = |action: &&Value| {
                SWITCHES
                    .iter()
                    .position(|(_, _, kind)| action["type"] == *kind)
            };
            let Some(first) = member.actions.iter().filter(pending).min_by_key(place) else {
                continue;
            };
            let ended = now
                .actions
                .iter()
                .find(|action| action["id"] == first["id"]);
            let ended = ended.expect("the action")["status"]
                .as_str()
                .expect("a status");
            let planned = planned(first);
            let wanted = outcome(before, run, &planned, first, mails);
            if wanted.contains(&ended) {
                self.compared += 1;
            } else {
                let described = describe(before, run, &planned, true);
                self.differences
                    .push(format!("ended as {ended}, not as {wanted:?}: {described}"));
            }
        }
    }
}

fn planned(action: &Value) -> Planned {
    let kinds = SWITCHES.iter().map(|(_, _, kind)| *kind);
    let kind = kinds.into_iter().find(|kind| action["type"] == *kind);
    Planned {
        member: action["membership_id"]
            .as_str()
            .expect("a member")
            .to_owned(),
        kind: kind.expect("a type"),
        reminder: action["reminder_number"].as_i64().unwrap_or(0),
    }
}

/// Whether a type of action does nothing but mail its notice.
fn only_mails(kind: &str) -> bool {
    !["renewal order", "auto renewal order", "drop"].contains(&kind)
}

/// How an action may end that is executed now.
fn outcome(
    association: &Association,
    run: &Value,
    planned: &Planned,
    action: &Value,
    mails: bool,
) -> &'static [&'static str] {
    let at = situation(association, run, planned);
    let record = &at.member.record;
    let moved = record["expiration_date"] != action["membership_expiration_date"];
    let mut run = run.clone();
    if only_mails(planned.kind) {
        // It is the member's first that waits: no renewal of the run comes before.
        run["perform_auto_renewals"] = false.into();
        run["generate_renewal_orders"] = false.into();
    }
    let judged = judge(association, at.member, &run, at.kind, at.options);
    let fails = (!mails && only_mails(planned.kind)) || costs_otherwise(association, &at, action);
    match (
        record["sys_locked"] == true,
        moved,
        judged == Ok(planned.reminder),
    ) {
        (true, false, true) => &["error"],
        (true, ..) => &["error", "expiration date changed", "no longer eligible"],
        (false, true, _) => &["expiration date changed"],
        (false, false, false) if judged == Err(FAILS) => &["error"],
        (false, false, false) => &["no longer eligible"],
        (false, false, true) if fails => &["error"],
        // The card is not to be seen.
        (false, false, true) if planned.kind == "auto renewal order" => {
            &["completed", "payment failure"]
        }
        (false, false, true) => &["completed"],
    }
}

/// Whether the order that is to be made comes to something else than was planned.
fn costs_otherwise(association: &Association, at: &Situation<'_>, action: &Value) -> bool {
    let price = at.member.price(association, at.kind);
    price.is_some_and(|price| Some(price) != action["amount"].as_f64())
}

/// What an action is judged by.
struct Situation<'a> {
    member: &'a Member,
    kind: &'a str,
    options: &'a Value,
}

fn situation<'a>(
    association: &'a Association,
    run: &'a Value,
    planned: &'a Planned,
) -> Situation<'a> {
    let member = association
        .members
        .iter()
        .find(|member| member.id() == planned.member);
    let (_, options, _) = SWITCHES
        .iter()
        .find(|(_, _, kind)| *kind == planned.kind)
        .expect("a type");
    Situation {
        member: member.expect("a member"),
        kind: planned.kind,
        options: &run[*options],
    }
}

/// A difference with all that has led to it.
fn describe(association: &Association, run: &Value, planned: &Planned, pending: bool) -> String {
    let at = situation(association, run, planned);
    let judged = judge(association, at.member, run, at.kind, at.options);
    format!(
        "{planned:?} is {}pending, by the rules {judged:?} on {}\n  options {}\n  member {}\n  orders {:?}\n  actions {:?}",
        if pending { "" } else { "not " },
        association.today,
        at.options,
        at.member.record,
        at.member.orders,
        at.member.actions,
    )
}

/// Pays some open orders, in whole or in part, and voids others.
async fn pay_and_void(tenant: &Tenant<'_>, association: &Association, dice: &mut Dice) {
    // Nothing of a locked member can be voided.
    let free = |member: &Member| member.record["sys_locked"] != true;
    for member in &association.members {
        for order in &member.orders {
            let id = order["id"].as_str().expect("an id");
            let balance = order["balance_due"].as_f64().unwrap_or(0.0);
            if order["status"] == "void" || order["pro_forma"] == true || balance <= 0.0 {
                continue;
            }
            let paid = order["amount_paid"].as_f64().unwrap_or(0.0) > 0.0;
            match dice.within(0, 9) {
                0..4 => {
                    let amount = if dice.chance(60) {
                        balance
                    } else {
                        50.0_f64.min(balance)
                    };
                    let body = json!({ "id": format!("p-{id}-{}", order["payments"].as_array().map_or(0, Vec::len)), "type": "check", "amount": amount });
                    tenant.post("orders", &format!("{id}/payments"), body).await;
                }
                4 if free(member) && !paid && order["renewal"]["dates_updated"] != true => {
                    tenant
                        .post("orders", &format!("{id}/void"), json!({}))
                        .await;
                }
                _ => {}
            }
        }
    }
    for member in &association.members {
        let newest = member
            .orders
            .iter()
            .max_by_key(|order| order["number"].as_i64());
        let paid = newest.filter(|order| order["status"] == "completed");
        if let Some(order) = paid.filter(|_| free(member) && dice.chance(10)) {
            let id = order["id"].as_str().expect("an id");
            let credit = json!({ "payments": "credit" });
            tenant.post("orders", &format!("{id}/void"), credit).await;
        }
    }
}

/// Staff change some members.
async fn edit(tenant: &Tenant<'_>, association: &Association, dice: &mut Dice) {
    let members = &association.members;
    let mut edited = BTreeSet::new();
    for _ in 0..4 {
        let index = dice.within(0, members.len() as i64 - 1) as usize;
        let member = &members[index];
        let renews = member.record["renew_automatically"] == true;
        let changes = dice.edit(tenant.today);
        if !edited.insert(index)
            || member.record["status"] == "inactive"
            || member.record["sys_locked"] == true
            || (changes.get("renew_automatically").is_some() && !renews)
        {
            continue;
        }
        tenant.edit(member.id(), &changes).await;
    }
}
