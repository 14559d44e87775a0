//! What deciding depends on beside the membership: plain data, the same for all
//! actions of a moment.

use crate::eligibility::Facts;
use crate::selection::{ActionSpec, RunSelection};
use jiff::Timestamp;
use ledger::renew::When;
use ledger::tenant::Retries;
use model::Record;
use model::money::Currency;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership as m;
use terms::package::Packages;

pub struct Rules<'a> {
    pub packages: &'a Packages,
    pub currency: Currency,
    pub when: When,
    pub retries: Retries,
    pub selection: &'a RunSelection,
    pub generation: i64,
    /// The machine's time, whatever the tenant's clock shows: leases are in it.
    pub machine_now: Timestamp,
    /// Until when the worker holds what it claims.
    pub lease_until: Timestamp,
    /// The status reason of the dropped where the run names none.
    pub drop_reason: Option<&'a str>,
}

impl<'a> Rules<'a> {
    pub fn facts(&self) -> Facts<'a> {
        Facts {
            packages: self.packages,
            currency: self.currency,
            today: self.when.today,
            series: &self.selection.series,
            retries: self.retries,
            auto_renewals: self.selection.spec(ActionType::AutoRenewalOrder, 0),
        }
    }

    /// What the run says of such actions; nothing if its options have changed.
    pub fn spec_of(&self, action: &Record) -> Option<&'a ActionSpec> {
        self.selection.spec_of(action)
    }

    /// The action, this generation's from the next write on.
    pub fn claimed(&self, action: &Record) -> Record {
        let mut after = action.clone();
        // Taken over under way, it keeps saying how far it has come.
        if action.get(action::STATUS) == Some(ActionStatus::Pending) {
            after.set(action::STATUS, ActionStatus::Processing);
            // What planning has noted: what comes of it is told anew.
            after.clear(action::ERROR_MESSAGE);
        }
        // A write by an older generation finds another version and is refused.
        after.set(action::CLAIM_GENERATION, self.generation);
        after.set(action::CLAIM_LEASE, self.lease_until);
        after.clear(action::NOT_BEFORE);
        after
    }

    /// The run's reason for those it drops, or the first that applies.
    pub fn drop_reason(&self, spec: Option<&ActionSpec>) -> Option<String> {
        let own = spec.and_then(|spec| spec.new_reason.clone());
        let own = own.filter(|reason| !reason.is_empty());
        own.or_else(|| self.drop_reason.map(str::to_owned))
    }
}

/// The run's status reason for those whom it renews or reminds, if it names one.
pub fn set_reason(member: &mut Record, spec: &ActionSpec) {
    if let Some(reason) = spec.new_reason.clone().filter(|id| !id.is_empty()) {
        member.set(m::STATUS_REASON_ID, reason);
    }
}
