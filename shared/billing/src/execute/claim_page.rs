//! Which actions of a page this worker may work, and the claim on those that
//! another has left.

use super::context::RunContext;
use jiff::Timestamp;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus, BillingRunActions};
use model::{Error, Record, Result};
use std::collections::BTreeMap;

/// A page's actions by membership, settled ones among them: they say what this
/// run has done already.
#[derive(Default)]
pub struct Claimed {
    pub by_membership: BTreeMap<String, Vec<Record>>,
    /// Seconds until what had to be left out is looked at again.
    pub left: Option<u32>,
}

impl Claimed {
    fn add(&mut self, record: Record) {
        let membership = record.text(action::MEMBERSHIP_ID).to_owned();
        self.by_membership
            .entry(membership)
            .or_default()
            .push(record);
    }

    fn leave(&mut self, seconds: u32) {
        self.left = Some(self.left.map_or(seconds, |known| known.min(seconds)));
    }
}

/// What is pending is claimed by the very write that records its effect, or by
/// the one that says how it ended without one; what another worker has left is
/// claimed here.
pub async fn claim_page(context: &RunContext<'_>, page: Vec<Record>) -> Result<Claimed> {
    let (billing, rules) = (context.billing, context.rules());
    let mut claimed = Claimed::default();
    let mut claims = Vec::new();
    for record in page {
        match may_take(&record, rules.generation, rules.machine_now) {
            Taking::AsItIs => claimed.add(record),
            Taking::Claim => {
                let (by, after) = (billing.context(), rules.claimed(&record));
                let before = Some(&record);
                claims.push(
                    billing
                        .store
                        .change::<BillingRunActions>(&by, before, after)?,
                );
            }
            Taking::NotYet(seconds) => claimed.leave(seconds),
        }
    }
    let written = billing.store.write_all(&claims).await;
    for (change, outcome) in claims.into_iter().zip(written) {
        match outcome {
            Ok(()) => claimed.add(change.after),
            // Another worker has claimed it: looked at again.
            Err(Error::Stale { .. }) => claimed.left = Some(1),
            Err(error) => return Err(error),
        }
    }
    let groups = &mut claimed.by_membership;
    // A membership without open actions need not be read.
    groups.retain(|_, actions| actions.iter().any(is_open));
    // Ids of one membership sort in the documented order of work.
    for actions in groups.values_mut() {
        actions.sort_by_key(|record| record.text(ID_FIELD).to_owned());
    }
    Ok(claimed)
}

enum Taking {
    /// Settled, pending, or claimed by this generation before a crash or a pause.
    AsItIs,
    /// Left by another generation, whose lease has ended.
    Claim,
    NotYet(u32),
}

fn may_take(record: &Record, generation: i64, now: Timestamp) -> Taking {
    let Some(status) = record.get(action::STATUS) else {
        return Taking::AsItIs;
    };
    if status.is_settled() {
        return Taking::AsItIs;
    }
    // A pause holds for every worker, the one that asked for it too.
    if let Some(pause) = record.get(action::NOT_BEFORE).filter(|until| *until > now) {
        return Taking::NotYet(seconds_until(pause, now));
    }
    if status == ActionStatus::Pending {
        return Taking::AsItIs;
    }
    // A shard has one worker at a time within a generation: whoever claimed
    // this before us is gone. Another generation's may live until its lease ends.
    if record.get(action::CLAIM_GENERATION) == Some(generation) {
        return Taking::AsItIs;
    }
    match record.get(action::CLAIM_LEASE).filter(|until| *until > now) {
        Some(lease) => Taking::NotYet(seconds_until(lease, now)),
        None => Taking::Claim,
    }
}

pub fn is_open(record: &Record) -> bool {
    record
        .get(action::STATUS)
        .is_some_and(|status| !status.is_settled())
}

fn seconds_until(then: Timestamp, now: Timestamp) -> u32 {
    u32::try_from(then.duration_since(now).as_secs())
        .unwrap_or(0)
        .max(1)
}
