//! Members who owe for a term that has begun: they are few, and reminded by the date
//! of that bill, not by their own (rule REM-7).

use crate::due::find;
use crate::member::DueMembership;
use crate::selection::RunSelection;
use ledger::context::TenantBilling;
use model::ids::shard;
use model::resources::billing_run_action::ActionType;
use model::resources::membership::indexes::owing;
use model::{Record, Result};
use std::collections::BTreeSet;

/// Those of several shards, read together.
pub struct Owing(Vec<DueMembership>);

impl Owing {
    pub async fn read(billing: &TenantBilling, run: &Record, shards: &[u32]) -> Result<Owing> {
        let selection = RunSelection::of(run)?;
        let Some((from, to)) = selection.dates_of(ActionType::RenewalReminder) else {
            return Ok(Owing(Vec::new()));
        };
        // One reading: the date that a bill was made for never changes, and whose bill
        // is paid meanwhile is left out.
        find(billing, owing(shards, from, to)).await.map(Owing)
    }

    /// Hands over those of a shard that are not among its members yet.
    pub fn add_to(&mut self, members: &mut Vec<DueMembership>, number: u32) {
        let known: BTreeSet<String> = members.iter().map(|member| member.id.clone()).collect();
        let of_shard = |member: &mut DueMembership| shard(&member.id) == number;
        let found = self.0.extract_if(.., of_shard);
        members.extend(found.filter(|member| !known.contains(&member.id)));
    }
}
