//! What deciding looks at, read before: the action and its membership, and what
//! an action of its type needs to know beside them.

use super::context::RunContext;
use super::state::MembershipState;
use crate::member::DueMembership;
use crate::outlook::bills_organization;
use crate::selection::ActionSpec;
use ledger::customers::organizations_of;
use ledger::order::Order;
use ledger::receipt::Receipt;
use model::resources::billing_run_action::ActionType;
use model::{Record, Result};
use store::Versioned;
use terms::coverage::coming_term;

pub struct View<'a> {
    pub action: &'a Record,
    pub state: &'a MembershipState,
    pub member: &'a Record,
    /// The member as planning sees it.
    pub due: DueMembership,
    pub spec: &'a ActionSpec,
    pub found: Found,
}

/// What was read for an action; each type needs its own.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub open_order: Option<Versioned<Order>>,
    /// The forecast that waits, of whichever term.
    pub pro_forma: Option<Versioned<Order>>,
    /// The contact's organization, where that is billed and exists.
    pub organization: Option<String>,
    /// Payments whose credit a new order may take.
    pub credit: Vec<Versioned<Receipt>>,
    /// For an order that is to be made: a forecast of its term lends it its own.
    pub order_id: String,
    pub order_number: i64,
}

impl Found {
    /// Reads what an action needs. `None` where the head names an open order
    /// that is settled by now: the membership was read before that.
    pub async fn read(
        context: &RunContext<'_>,
        state: &MembershipState,
        (spec, due): (&ActionSpec, &DueMembership),
    ) -> Result<Option<Found>> {
        let mut found = Found::default();
        match spec.kind {
            // They are voided with the drop.
            ActionType::Drop => {
                found.open_order = open_order(context, state).await?;
                found.read_forecast(context, state).await?;
            }
            ActionType::AutoRenewalOrder if is_open(context, state)? => {
                let open = open_order(context, state).await?;
                let waits = |order: &Order| !order.is_paid() && !order.is_void();
                found.open_order = open.filter(|open| waits(&open.value));
                if found.open_order.is_none() {
                    return Ok(None);
                }
            }
            ActionType::RenewalOrder | ActionType::AutoRenewalOrder => {
                found.read_for_order(context, state, due).await?;
            }
            _ => {}
        }
        Ok(Some(found))
    }

    async fn read_for_order(
        &mut self,
        context: &RunContext<'_>,
        state: &MembershipState,
        due: &DueMembership,
    ) -> Result<()> {
        let billing = context.billing;
        if bills_organization(due, &billing.packages) {
            let found = organizations_of(&billing.store, vec![due.contact_id.clone()]).await?;
            self.organization = found.into_values().next();
        }
        if billing.tenant.take_credit {
            self.credit = billing.credit_of(&state.id).await?;
        }
        self.order_id = model::ids::generate();
        self.order_number = context.numbers.next(&billing.store).await?;
        self.read_forecast(context, state).await
    }

    async fn read_forecast(
        &mut self,
        context: &RunContext<'_>,
        state: &MembershipState,
    ) -> Result<()> {
        if let Some(id) = &state.head.value.pro_forma_order {
            let known = context.billing.order(id).await?;
            self.pro_forma = Some(known).filter(|order| !order.value.is_void());
        }
        Ok(())
    }
}

/// Whether an order for the coming term is open: a rest of an earlier term is
/// no matter.
fn is_open(context: &RunContext<'_>, state: &MembershipState) -> Result<bool> {
    let coming = coming_term(state.member()?, &context.billing.packages);
    let head = &state.head.value;
    Ok(coming.is_some_and(|term| head.open_order_for(&term).is_some()))
}

/// The order that the membership's head says is open.
pub async fn open_order(
    context: &RunContext<'_>,
    state: &MembershipState,
) -> Result<Option<Versioned<Order>>> {
    match &state.head.value.open_order {
        Some(id) => context.billing.order(id).await.map(Some),
        None => Ok(None),
    }
}

pub fn is_reminder(kind: ActionType) -> bool {
    use ActionType::{AutoRenewalReminder, ExpiringCardReminder, RenewalReminder};
    matches!(
        kind,
        RenewalReminder | AutoRenewalReminder | ExpiringCardReminder
    )
}
