//! Recounts a billing run that has ended from what is stored, without the code
//! that counted it: statistics, and for each action what it must have left in
//! its membership, its order and the mail.

mod effect;
mod statistics;

use billing::action_counts;
use ledger::order::{self, Order};
use model::ids::SHARDS;
use model::resource::ID_FIELD;
use model::resources::Memberships;
use model::resources::billing_run as run;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::{Record, Result};
use rust_decimal::Decimal;
use services::mail::message_id;
use services::outbox::file_name;
use statistics::Statistics;
use std::collections::{BTreeMap, BTreeSet};
use store::Store;

/// How often each mail went out, by its file name in an outbox.
pub type Mails = BTreeMap<String, usize>;

/// What a run comes to, and what is not as it must be.
#[derive(Debug, Default)]
pub struct Recount {
    pub actions: u64,
    pub memberships: BTreeSet<String>,
    /// Total and paid amount by the order's id: an order is counted once, however
    /// many actions name it.
    pub orders: BTreeMap<String, (Decimal, Decimal)>,
    /// Actions whose notice was mailed once.
    pub mailed: u64,
    /// Actions that say why their notice was not mailed, or perhaps not.
    pub not_mailed: u64,
    /// Mails that belong to no action.
    pub other_mails: Vec<String>,
    /// One line for each difference, beginning with the action's id.
    pub differences: Vec<String>,
}

/// Reads every action of the run, its membership and its order anew.
///
/// # Errors
/// When the store fails; a difference is no error.
pub async fn recount(store: &Store, run: &Record, mails: &Mails) -> Result<Recount> {
    let mut counted = Recount::default();
    let mut statistics = Statistics::default();
    let mut own_mails = BTreeSet::new();
    // A shard at a time, so that memory does not grow with the run.
    for shard in 0..SHARDS {
        let mut actions = Vec::new();
        let keep = |record: &Record| actions.push(record.clone());
        action_counts::for_each(store, run.text(ID_FIELD), shard, keep).await?;
        let members = memberships(store, &actions).await?;
        let orders = orders(store, &actions).await?;
        for record in &actions {
            statistics.add(record);
            let (file, earlier) = mail_files(store, record);
            let check = Check {
                run,
                record,
                member: members.get(record.text(action::MEMBERSHIP_ID)),
                order: orders.get(record.text(action::ORDER_ID)),
                sent: mails.get(&file).copied().unwrap_or(0),
            };
            counted.add(&check);
            own_mails.insert(file);
            own_mails.extend(earlier);
        }
    }
    if Some(statistics.value()) != run.get(run::STATISTICS) {
        let what = "the run's statistics are not what its actions come to";
        counted.differences.push(what.into());
    }
    let others = mails.keys().filter(|file| !own_mails.contains(*file));
    counted.other_mails = others.cloned().collect();
    Ok(counted)
}

/// An action beside what it should have changed.
struct Check<'a> {
    run: &'a Record,
    record: &'a Record,
    member: Option<&'a Record>,
    order: Option<&'a Order>,
    /// How often its mail went out.
    sent: usize,
}

impl Recount {
    fn add(&mut self, check: &Check<'_>) {
        let record = check.record;
        self.actions += 1;
        let member = record.text(action::MEMBERSHIP_ID);
        self.memberships.insert(member.to_owned());
        if let Some(order) = check.order {
            let amounts = (order.total, order.paid);
            self.orders.insert(order.id.clone(), amounts);
        }
        let outcome = check.outcome().and_then(|status| self.mail(check, status));
        if let Err(why) = outcome {
            let id = record.text(ID_FIELD);
            self.differences.push(format!("{id}: {why}"));
        }
    }

    /// A notice went out once, or the action says why it did not.
    fn mail(&mut self, check: &Check<'_>, status: ActionStatus) -> std::result::Result<(), String> {
        let notice = match status {
            ActionStatus::Completed => action::SUCCESS_NOTICE,
            ActionStatus::PaymentFailure => action::FAILURE_NOTICE,
            _ => return Ok(()),
        };
        if !check.record.has(notice) {
            return Ok(());
        }
        let message = check.record.text(action::ERROR_MESSAGE);
        // The texts that execution puts into the message of an action whose notice failed.
        let excused =
            message.contains("notice not sent") || message.contains("notice perhaps sent");
        match check.sent {
            1 => self.mailed += 1,
            0 if excused => self.not_mailed += 1,
            0 => return Err("its mail is not in the outbox".into()),
            more => return Err(format!("its mail went out {more} times")),
        }
        Ok(())
    }
}

impl Check<'_> {
    /// The action's status, when everything else is as that says.
    fn outcome(&self) -> std::result::Result<ActionStatus, String> {
        let member = self.member.ok_or("its membership is gone")?;
        if self.record.has(action::ORDER_ID) && self.order.is_none() {
            return Err("its order is not there".into());
        }
        let status = self.record.get(action::STATUS).ok_or("has no status")?;
        if !status.is_settled() {
            return Err(format!("is still {status}"));
        }
        // Settling takes both away in its one write.
        if self.record.has(action::CLAIM_LEASE) || self.record.has(action::EFFECT) {
            return Err("is settled and still claimed by a worker".into());
        }
        match status {
            ActionStatus::Completed | ActionStatus::PaymentFailure => {
                effect::check(self.run, self.record, member, self.order)?;
            }
            _ => {}
        }
        Ok(status)
    }
}

/// The file that the action's mail has in an outbox, and those of attempts that were refused
/// before.
fn mail_files(store: &Store, record: &Record) -> (String, Vec<String>) {
    let file = |purpose: String| {
        let key = format!("{}|{purpose}", record.text(ID_FIELD));
        file_name(&message_id(store.tenant().as_str(), &key))
    };
    let failure = |attempt: i64| file(format!("failure|{attempt}"));
    let refused = record.get(action::ATTEMPT).unwrap_or(0);
    let earlier = (1..=refused).map(failure).collect();
    match record.get(action::STATUS) {
        Some(ActionStatus::PaymentFailure) => (failure(refused), earlier),
        _ => (file("success".into()), earlier),
    }
}

async fn memberships(store: &Store, actions: &[Record]) -> Result<BTreeMap<String, Record>> {
    let ids: BTreeSet<String> = actions
        .iter()
        .map(|record| record.text(action::MEMBERSHIP_ID).to_owned())
        .collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let found = store.get_many::<Memberships>(&ids).await?;
    let pairs = ids.into_iter().zip(found);
    Ok(pairs.filter_map(|(id, found)| Some((id, found?))).collect())
}

async fn orders(store: &Store, actions: &[Record]) -> Result<BTreeMap<String, Order>> {
    let ids: BTreeSet<String> = actions
        .iter()
        .filter_map(|record| record.get(action::ORDER_ID))
        .collect();
    let keys: Vec<_> = ids.iter().map(|id| order::key(id)).collect();
    let found = store.documents::<Order>(&keys).await?;
    let pairs = ids.into_iter().zip(found);
    Ok(pairs
        .filter_map(|(id, found)| Some((id, found?.value)))
        .collect())
}
