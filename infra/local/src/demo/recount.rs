//! Whether the run did what its statistics say: every action, and what it
//! claims to have done, is looked up again where it must have left its mark.

use super::table::grouped;
use crate::folder::Folder;
use billing::action_counts::{self, ActionCounts};
use billing::eligibility::reminder_key;
use jiff::civil::Date;
use ledger::order::{self, Order};
use model::Record;
use model::ids::SHARDS;
use model::resource::ID_FIELD;
use model::resources::Memberships;
use model::resources::billing_run as run;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership as m;
use rust_decimal::Decimal;
use services::mail::message_id;
use services::outbox::file_name;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;
use std::path::PathBuf;
use store::Store;

/// What does not add up, by the first few cases.
const SHOWN: usize = 5;

/// What was found.
#[derive(Default)]
struct Found {
    counts: ActionCounts,
    actions: u64,
    memberships: BTreeSet<String>,
    /// By id: an order is counted once, whoever worked on it.
    orders: BTreeMap<String, (Decimal, Decimal)>,
    mails: u64,
    unsent: u64,
    wrong: Vec<String>,
}

/// Counts everything again and says what was found, in a few lines.
///
/// # Errors
/// One line that names the first cases that do not add up.
pub async fn recount(store: &Store, folder: &Folder, run: &Record) -> Result<String, String> {
    let outbox = Outbox::open(store, folder)?;
    let mut found = Found::default();
    for shard in 0..SHARDS {
        let mut actions = Vec::new();
        let keep = |record: &Record| actions.push(record.clone());
        let read = action_counts::for_each(store, run.text(ID_FIELD), shard, keep).await;
        read.map_err(|error| error.to_string())?;
        found.add(store, &outbox, run, &actions).await?;
    }
    if Some(found.counts.statistics()) != run.get(run::STATISTICS) {
        found
            .wrong
            .push("the run's statistics are not what its actions come to".into());
    }
    found.verdict(&outbox)
}

impl Found {
    async fn add(
        &mut self,
        store: &Store,
        outbox: &Outbox,
        run: &Record,
        actions: &[Record],
    ) -> Result<(), String> {
        let members = members(store, actions).await?;
        let orders = orders(store, actions).await?;
        for record in actions {
            self.actions += 1;
            self.counts.add(record);
            self.memberships
                .insert(record.text(action::MEMBERSHIP_ID).to_owned());
            let member = members.get(record.text(action::MEMBERSHIP_ID));
            let order = orders.get(record.text(action::ORDER_ID));
            if let Err(why) = self.check(outbox, run, record, member, order) {
                self.wrong.push(format!("{}: {why}", record.text(ID_FIELD)));
            }
        }
        Ok(())
    }

    fn check(
        &mut self,
        outbox: &Outbox,
        run: &Record,
        record: &Record,
        member: Option<&Record>,
        order: Option<&Order>,
    ) -> Result<(), String> {
        let member = member.ok_or("its membership is gone")?;
        if record.has(action::ORDER_ID) {
            let order = order.ok_or("its order is not there")?;
            self.orders
                .insert(order.id.clone(), (order.total, order.paid));
        }
        let status = record.get(action::STATUS).ok_or("has no status")?;
        if !status.is_settled() {
            return Err(format!("is still {status}"));
        }
        if matches!(
            status,
            ActionStatus::Completed | ActionStatus::PaymentFailure
        ) {
            effect(run, record, member, order)?;
            self.mail(outbox, record, status)?;
        }
        Ok(())
    }

    /// A notice is in the outbox, or the action says why it is not.
    fn mail(
        &mut self,
        outbox: &Outbox,
        record: &Record,
        status: ActionStatus,
    ) -> Result<(), String> {
        let (notice, purpose) = match status {
            ActionStatus::PaymentFailure => (action::FAILURE_NOTICE, "failure"),
            _ => (action::SUCCESS_NOTICE, "success"),
        };
        let excused = record
            .text(action::ERROR_MESSAGE)
            .contains("notice not sent");
        if !record.has(notice) {
            return Ok(());
        }
        let key = format!("{}|{purpose}", record.text(ID_FIELD));
        match outbox.has(&key) {
            true => self.mails += 1,
            false if excused => self.unsent += 1,
            false => return Err("its mail is not in the outbox".into()),
        }
        Ok(())
    }

    fn verdict(self, outbox: &Outbox) -> Result<String, String> {
        if !self.wrong.is_empty() {
            let first = self
                .wrong
                .iter()
                .take(SHOWN)
                .cloned()
                .collect::<Vec<_>>()
                .join("; ");
            let count = match self.wrong.len() {
                1 => "1 thing does".to_owned(),
                many => format!("{many} things do"),
            };
            return Err(format!("{count} not add up: {first}"));
        }
        let (total, paid) = self
            .orders
            .values()
            .fold(Default::default(), |sum: (Decimal, Decimal), order| {
                (sum.0 + order.0, sum.1 + order.1)
            });
        let mut text =
            "Counted again from what is stored; everything is where it must be:\n".to_owned();
        let mut say = |name: &str, count: u64, more: String| {
            let _ = writeln!(text, "  {name:<12}{:>9}  {more}", grouped(count));
        };
        say(
            "actions",
            self.actions,
            "all settled, as the statistics say".into(),
        );
        say(
            "memberships",
            self.memberships.len() as u64,
            "as their actions left them".into(),
        );
        say(
            "orders",
            self.orders.len() as u64,
            format!(
                "for {total} {}, of which {paid} are paid",
                crate::seed::CURRENCY
            ),
        );
        let others = outbox.names.len() as u64 - self.mails;
        say(
            "mails",
            self.mails,
            format!("and {others} to staff, in {}", outbox.path.display()),
        );
        say(
            "not mailed",
            self.unsent,
            "done all the same; the actions say why".into(),
        );
        Ok(text)
    }
}

/// What an action has done stands in the membership and the order.
fn effect(
    run: &Record,
    record: &Record,
    member: &Record,
    order: Option<&Order>,
) -> Result<(), String> {
    let id = record.text(ID_FIELD);
    let planned = record.get(action::EXPIRATION_DATE);
    let sent = member.get(m::REMINDERS_SENT).unwrap_or_default();
    let is_mine = |order: &Order| order.billing_run_action_id.as_deref() == Some(id);
    let kind = record.get(action::TYPE).ok_or("has no type")?;
    let done = match (kind, record.get(action::STATUS)) {
        (ActionType::RenewalNotice, _) => member.get(m::NOTICE_SENT_FOR) == planned,
        (ActionType::RenewalOrder, _) => {
            order.is_some_and(is_mine) && member.get(m::ORDER_ID) == record.get(action::ORDER_ID)
        }
        (ActionType::AutoRenewalOrder, Some(ActionStatus::PaymentFailure)) => {
            order.is_some_and(|order| refused(order, member, planned))
        }
        (ActionType::AutoRenewalOrder, _) => {
            order.is_some_and(Order::is_paid) && member.get(m::EXPIRATION_DATE) > planned
        }
        (ActionType::Drop, _) => member.get(m::STATUS) == Some(m::Status::Inactive),
        (reminder, _) => sent.contains(&reminder_key(
            reminder,
            run.text(ID_FIELD),
            record.get(action::REMINDER_NUMBER),
        )),
    };
    done.then_some(())
        .ok_or_else(|| format!("is completed, but its {kind} has left no mark"))
}

/// Nothing is paid. The dates stay, but for a package that moves them as soon
/// as the order is made.
fn refused(order: &Order, member: &Record, planned: Option<Date>) -> bool {
    let moved = order.renewal.dates_moved;
    !order.is_paid() && (moved || member.get(m::EXPIRATION_DATE) == planned)
}

async fn members(store: &Store, actions: &[Record]) -> Result<BTreeMap<String, Record>, String> {
    let ids: BTreeSet<String> = actions
        .iter()
        .map(|record| record.text(action::MEMBERSHIP_ID).to_owned())
        .collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let found = store
        .get_many::<Memberships>(&ids)
        .await
        .map_err(|error| error.to_string())?;
    Ok(ids
        .into_iter()
        .zip(found)
        .filter_map(|(id, found)| Some((id, found?)))
        .collect())
}

async fn orders(store: &Store, actions: &[Record]) -> Result<BTreeMap<String, Order>, String> {
    let ids: BTreeSet<String> = actions
        .iter()
        .filter_map(|record| record.get(action::ORDER_ID))
        .collect();
    let keys: Vec<_> = ids.iter().map(|id| order::key(id)).collect();
    let found = store
        .documents::<Order>(&keys)
        .await
        .map_err(|error| error.to_string())?;
    Ok(ids
        .into_iter()
        .zip(found)
        .filter_map(|(id, found)| Some((id, found?.value)))
        .collect())
}

/// The names of the files in the tenant's outbox.
struct Outbox {
    tenant: String,
    path: PathBuf,
    names: HashSet<String>,
}

impl Outbox {
    fn open(store: &Store, folder: &Folder) -> Result<Outbox, String> {
        let tenant = store.tenant().to_string();
        let path = folder.outbox()?;
        let outbox = services::outbox::Outbox::open(&path).map_err(|cause| cause.to_string())?;
        let listed = outbox.list(&tenant).map_err(|cause| cause.to_string())?;
        let names = listed.into_iter().map(|entry| entry.name).collect();
        Ok(Outbox {
            path: path.join(&tenant),
            tenant,
            names,
        })
    }

    fn has(&self, key: &str) -> bool {
        self.names
            .contains(&file_name(&message_id(&self.tenant, key)))
    }
}
