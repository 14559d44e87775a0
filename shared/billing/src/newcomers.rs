//! Who has become eligible since a run was planned: execution adds nobody, so
//! staff are told when it has ended (rule RUN-25).

use crate::action_counts::for_each;
use crate::notice_mail::NoticeCache;
use crate::planning::propose;
use ledger::context::TenantBilling;
use model::ids::SHARDS;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::{Record, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Names that are told; the rest are a number.
const NAMES: usize = 20;

/// Members whom the run would concern now, and who have no action in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newcomers {
    pub count: usize,
    /// The first of them, in the order of work.
    pub names: Vec<String>,
    /// Whether time was up before everybody was looked at: there may be more.
    pub partial: bool,
}

/// Plans the run once more, without writing anything.
pub async fn since_planning(
    billing: &TenantBilling,
    run: &Record,
    deadline: Instant,
) -> Result<Newcomers> {
    let mut found = Newcomers::default();
    let notices = NoticeCache::new(billing, run);
    for shard in 0..SHARDS {
        // The run has ended, whoever comes after: nobody waits for this count.
        if Instant::now() >= deadline {
            found.partial = true;
            break;
        }
        found.add(in_shard(billing, run, &notices, shard).await?);
    }
    Ok(found)
}

impl Newcomers {
    fn add(&mut self, names: Vec<String>) {
        self.count += names.len();
        let room = NAMES.saturating_sub(self.names.len());
        self.names.extend(names.into_iter().take(room));
    }
}

async fn in_shard(
    billing: &TenantBilling,
    run: &Record,
    notices: &NoticeCache<'_>,
    shard: u32,
) -> Result<Vec<String>> {
    let proposed = propose(billing, run, notices, shard).await?;
    let mut names = BTreeMap::new();
    for added in proposed.iter().filter(|proposal| proposal.before.is_none()) {
        if added.after.get(action::STATUS) == Some(ActionStatus::Pending) {
            let member = added.after.text(action::MEMBERSHIP_ID).to_owned();
            names.insert(member, added.after.text(action::NAME).to_owned());
        }
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // Whom the run has worked it may concern otherwise by now, as those whom it has
    // billed could be reminded: they are not new to it.
    let mut known = BTreeSet::new();
    let keep = |record: &Record| {
        known.insert(record.text(action::MEMBERSHIP_ID).to_owned());
    };
    for_each(&billing.store, run.text(ID_FIELD), shard, keep).await?;
    names.retain(|member, _| !known.contains(member));
    Ok(names.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_named() {
        let mut found = Newcomers::default();
        for shard in 0..5 {
            found.add((0..7).map(|n| format!("{shard}-{n}")).collect());
        }
        assert_eq!((found.count, found.names.len()), (35, NAMES));
        assert_eq!(found.names.last().map(String::as_str), Some("2-5"));
    }
}
