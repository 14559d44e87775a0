//! What has to be known beside members to tell what a run comes to for them,
//! read for many at once: a request for a hundred, never one for each.

use crate::eligibility::{Facts, open_for_coming};
use crate::mails_ahead::unwritable;
use crate::member::DueMembership;
use crate::outlook::{Beside, SoFar, bills_organization, coming_of, concerns};
use crate::selection::{ActionSpec, RunSelection};
pub use crate::source::Source;
use ledger::customers::organizations_of;
use ledger::head::{self, BillingHead};
use ledger::order::{self, Order};
use model::resources::billing_run_action::ActionType;
use model::{Record, Result};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By id.
    orders: BTreeMap<String, Order>,
    /// By membership.
    heads: BTreeMap<String, BillingHead>,
    /// By contact.
    organizations: BTreeMap<String, String>,
    /// Why mails can't be written, by action.
    unwritable: BTreeMap<String, String>,
}

impl Known {
    /// Reads what the members concerned need. `existing` are the run's actions for
    /// them, by id.
    pub async fn read(
        source: &Source<'_>,
        members: &[DueMembership],
        existing: &BTreeMap<String, Record>,
        facts: &Facts<'_>,
    ) -> Result<Known> {
        let (store, selection) = (&source.billing.store, source.selection);
        let (mut orders, mut contacts) = (BTreeSet::new(), BTreeSet::new());
        let mut dropped = Vec::new();
        // A reason that this run gives keeps nobody out.
        let given = selection.specs.iter();
        let so_far = SoFar {
            reasons: given.filter_map(|spec| spec.new_reason.clone()).collect(),
            ..SoFar::default()
        };
        for member in members {
            let concerned = |spec: &&ActionSpec| concerns(member, spec, facts, &so_far).is_ok();
            for spec in selection.specs.iter().filter(concerned) {
                orders.extend(open_order(member, spec, facts).map(str::to_owned));
                dropped.extend((spec.kind == ActionType::Drop).then_some(member));
                let bills = matches!(
                    spec.kind,
                    ActionType::RenewalOrder | ActionType::AutoRenewalOrder
                );
                if bills && bills_organization(member, facts.packages) {
                    contacts.insert(member.contact_id.clone());
                }
            }
        }
        let keys: Vec<_> = orders.iter().map(|id| order::key(id)).collect();
        let found = store.documents::<Order>(&keys).await?;
        let found = found.into_iter().flatten().map(|order| order.value);
        let orders = found.map(|order| (order.id.clone(), order)).collect();
        dropped.retain(|member| is_ahead(member, &orders, facts));
        let keys: Vec<_> = dropped.iter().map(|member| head::key(&member.id)).collect();
        let heads = store.documents::<BillingHead>(&keys).await?;
        let heads = heads.into_iter().flatten().map(|head| head.value);
        Ok(Known {
            orders,
            heads: heads
                .map(|head| (head.membership_id.clone(), head))
                .collect(),
            organizations: organizations_of(store, contacts.into_iter().collect()).await?,
            unwritable: unwritable(source, members, existing, facts, &so_far).await?,
        })
    }

    /// What bears on an action of a member.
    pub fn beside<'a>(
        &'a self,
        selection: &RunSelection,
        member: &DueMembership,
        spec: &ActionSpec,
        facts: &Facts<'_>,
        so_far: &'a SoFar,
    ) -> Beside<'a> {
        let order = open_order(member, spec, facts).and_then(|id| self.orders.get(id));
        let organization = self.organizations.get(&member.contact_id);
        let action = selection.action_id(&member.id, spec);
        let unwritable = self.unwritable(&action).filter(|_| spec.only_mails());
        Beside {
            so_far,
            open_order: order,
            head: self.heads.get(&member.id),
            organization: organization.map(String::as_str),
            unwritable,
        }
    }

    /// Why the mail of an action can't be written, as far as that is known.
    pub fn unwritable(&self, action: &str) -> Option<&str> {
        self.unwritable.get(action).map(String::as_str)
    }
}

/// The open order that an action of the type is about, if it is about one.
fn open_order<'a>(
    member: &'a DueMembership,
    spec: &ActionSpec,
    facts: &Facts<'_>,
) -> Option<&'a str> {
    match spec.kind {
        ActionType::AutoRenewalOrder => open_for_coming(member, facts.packages),
        ActionType::Drop => member.open_order.as_deref(),
        _ => None,
    }
}

/// Whether the open order is for a term after the coming one, which another order may
/// have paid.
fn is_ahead(member: &DueMembership, orders: &BTreeMap<String, Order>, facts: &Facts<'_>) -> bool {
    let open = member.open_order.as_ref().and_then(|id| orders.get(id));
    let coming = coming_of(member, facts.packages);
    let pair = open.zip(coming);
    pair.is_some_and(|(open, coming)| !open.renewal.term().is_as_early_as(&coming))
}
