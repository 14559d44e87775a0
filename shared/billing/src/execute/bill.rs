//! Renewal orders: one transaction makes the order, takes the term, and tells
//! the membership and the action.

use super::act::Outcome;
use super::page::Worker;
use super::state::MembershipState;
use crate::selection::ActionSpec;
use jiff::civil::Date;
use ledger::order::{ClaimState, Order, PaymentClaim};
use ledger::purchase::{Occasion, claim_term, renewal_order};
use ledger::renew::{billed, order_closed, renewed};
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus, BillingRunActions};
use model::resources::membership::{self as m, BillMethod, Memberships, OwnerType};
use model::resources::people::{self, Contacts};
use model::{Error, Record, Result, sys};
use store::{Refused, Transaction, Versioned};

/// Whether a pro forma order is one of the term that `made` would bill.
fn forecasts(known: &Order, made: &Order) -> bool {
    let through = known.renewal.term_expiration.unwrap_or(Date::MAX);
    known.pro_forma && made.renewal.term().is_covered(through)
}

impl Worker<'_> {
    /// A renewal order for a member who pays on a bill.
    pub(super) async fn bill(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        spec: &ActionSpec,
    ) -> Result<Option<Outcome>> {
        let made = match self.make(record, state, spec).await? {
            Ok(order) => order,
            Err(outcome) => return Ok(Some(outcome)),
        };
        self.place(record, state, made, BillMethod::RenewalOrder, spec)
            .await
    }

    /// A member who renews automatically: the open order, or a new one, is charged.
    pub(super) async fn renew_automatically(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        spec: &ActionSpec,
    ) -> Result<Option<Outcome>> {
        if let Some(open) = state.head.value.open_order.clone() {
            return self.adopt(record, state, &open).await;
        }
        let mut made = match self.make(record, state, spec).await? {
            Ok(order) => order,
            Err(outcome) => return Ok(Some(outcome)),
        };
        if made.value.is_paid() {
            return self
                .place(record, state, made, BillMethod::AutoRenewalOrder, spec)
                .await;
        }
        made.value.claim = Some(match self.first_claim(record, state, &made.value) {
            Ok(claim) => claim,
            Err(outcome) => return Ok(Some(outcome)),
        });
        let outcome = self
            .place(record, state, made, BillMethod::AutoRenewalOrder, spec)
            .await?;
        // Nothing is to be charged where another writer was first.
        if outcome.is_none() && record.get(action::STATUS) == Some(ActionStatus::ProcessingOrder) {
            return self.charge(record, state).await;
        }
        Ok(outcome)
    }

    /// The order to be made, or the open pro forma one made real.
    async fn make(
        &self,
        record: &Record,
        state: &MembershipState,
        spec: &ActionSpec,
    ) -> Result<std::result::Result<Versioned<Order>, Outcome>> {
        let member = state.member()?;
        let customer = match self.customer(member).await? {
            Ok(customer) => customer,
            Err(why) => return Ok(Err(Outcome::Error(why))),
        };
        let pro_forma = match &state.head.value.pro_forma_order {
            Some(id) => Some(self.billing.order(id).await?).filter(|known| !known.value.is_void()),
            None => None,
        };
        let (forecast, pro_forma) = match spec.pro_forma {
            true => (pro_forma, None),
            false => (None, pro_forma),
        };
        let (id, number) = match &pro_forma {
            Some(known) => (known.value.id.clone(), known.value.number),
            None => (model::ids::generate(), self.order_number().await?),
        };
        let occasion = Occasion {
            id,
            number,
            run: Some(self.selection.run_id.clone()),
            action: Some(record.text(ID_FIELD).to_owned()),
            batch_id: self.selection.batch_id.clone(),
            by: self.billing.user.clone(),
            pro_forma: spec.pro_forma,
            new_reason: spec.new_reason.clone(),
            customer,
        };
        let billing = self.billing;
        let made = renewal_order(
            member,
            &state.head.value,
            &billing.packages,
            billing.tenant.currency,
            &billing.when(),
            occasion,
        );
        Ok(match made {
            Ok(order) => match forecast.filter(|known| forecasts(&known.value, &order)) {
                Some(known) => Err(Outcome::no_longer_eligible(format!(
                    "order {} is a pro forma of the term",
                    known.value.number
                ))),
                None => Ok(match pro_forma {
                    Some(known) => known.with(order),
                    None => Versioned::new(order),
                }),
            },
            Err(why) => Err(Outcome::Error(why)),
        })
    }

    /// Who is billed: the owner, or the contact's organization.
    async fn customer(
        &self,
        member: &Record,
    ) -> Result<std::result::Result<(String, String), String>> {
        let owner_type = member.get(m::OWNER_TYPE).unwrap_or(OwnerType::Contact);
        let package = self.billing.packages.get(member.text(m::PACKAGE_ID));
        let bills_organization = member.is(m::BILL_ORGANIZATION)
            || package.is_ok_and(|package| package.bill_organization);
        if owner_type == OwnerType::Organization || !bills_organization {
            return Ok(Ok((
                owner_type.to_string(),
                member.text(m::CUSTOMER_ID).to_owned(),
            )));
        }
        let contact = self
            .billing
            .store
            .get::<Contacts>(member.text(m::CONTACT_ID))
            .await?;
        let organization = contact
            .and_then(|contact| contact.get(people::ORGANIZATION_ID))
            .filter(|id| !id.is_empty());
        Ok(organization
            .map(|id| (OwnerType::Organization.to_string(), id))
            .ok_or_else(|| {
                "bill_organization is set, but no organization of the contact is known".to_owned()
            }))
    }

    /// The claim that goes with a new order that is about to be charged.
    fn first_claim(
        &self,
        record: &Record,
        state: &MembershipState,
        order: &Order,
    ) -> std::result::Result<PaymentClaim, Outcome> {
        Ok(PaymentClaim {
            attempt: 1,
            state: ClaimState::Open,
            provider_id: None,
            amount: order.balance(),
            account: self.account(state)?,
            holder: record.text(ID_FIELD).to_owned(),
            held_until: self.lease_until,
            unknown_since: None,
        })
    }

    /// The stored card of the member.
    pub(super) fn account(&self, state: &MembershipState) -> std::result::Result<String, Outcome> {
        let info = state
            .member
            .as_ref()
            .and_then(|member| member.get(m::PAYMENT_INFO));
        let account = info
            .as_ref()
            .and_then(|info| info.get("payment_account")?.as_str())
            .filter(|text| !text.is_empty());
        account
            .map(str::to_owned)
            .ok_or_else(|| Outcome::Error("the stored card has no payment_account".into()))
    }

    /// Makes the order: head, order, membership and action, together or not at
    /// all. With a charge still to come answers `None` and goes on.
    async fn place(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        mut made: Versioned<Order>,
        method: BillMethod,
        spec: &ActionSpec,
    ) -> Result<Option<Outcome>> {
        let head = match claim_term(&state.head.value, &made.value) {
            Ok(head) => head,
            Err(why) => return Ok(Some(Outcome::no_longer_eligible(why))),
        };
        let to_charge = made.value.claim.is_some();
        let mut member = state.member()?.clone();
        billed(&mut member, &made.value, method, &self.billing.when());
        let mut head = head;
        // A charge still to come may be refused, and then no date has moved,
        // whenever the package says that they do (rule PAY-9).
        if !to_charge && made.value.moves_dates() {
            made.value.renewal.dates_moved = true;
            renewed(&mut member, &made.value, &self.billing.when());
        }
        if made.value.is_paid() && !made.value.pro_forma {
            head = head.close_order(&made.value.id);
            order_closed(&mut member, &made.value);
        }
        let mut after = self.claimed(record);
        after.set(action::ORDER_ID, made.value.id.clone());
        after.set(action::AMOUNT, made.value.total.to_string());
        after.set(action::CURRENCY, made.value.currency.clone());
        after.set(action::STATUS, ActionStatus::ProcessingOrder);
        if !to_charge {
            self.set_reason(&mut member, spec);
            after.set(action::EFFECT, ActionStatus::Completed);
        }
        let head = state.head.with(head);
        if let Some(outcome) = self
            .write_order(record, state, after, member, &head, &made)
            .await?
        {
            return Ok(outcome);
        }
        state.billed_here = !made.value.pro_forma;
        if to_charge {
            return Ok(None);
        }
        self.finish(record, state, ActionStatus::Completed, false)
            .await
            .map(Some)
    }

    /// One transaction; `Some` when it did not happen.
    pub(super) async fn write_order(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        after: Record,
        member: Record,
        head: &Versioned<ledger::head::BillingHead>,
        order: &Versioned<Order>,
    ) -> Result<Option<Option<Outcome>>> {
        let context = self.billing.context();
        let store = &self.billing.store;
        let action = store.change::<BillingRunActions>(&context, Some(record), after)?;
        let member = store.change::<Memberships>(&context, state.member.as_ref(), member)?;
        let (action_after, member_after) = (action.after.clone(), member.after.clone());
        let mut transaction = Transaction::new(store);
        transaction.change(action)?;
        transaction.change(member)?;
        transaction.document(head)?;
        transaction.document(order)?;
        match transaction.commit().await {
            Ok(()) => {}
            Err(Refused::At(0)) => return Ok(Some(Some(Outcome::Lost))),
            // Another writer was first: look again and judge again.
            Err(Refused::At(_)) => return Ok(Some(None)),
            Err(Refused::Failed(error)) => {
                return self.after_unknown(record, state, error).await.map(Some);
            }
        }
        *record = action_after;
        state.member = Some(member_after);
        state.head = Versioned {
            version: head.version + 1,
            value: head.value.clone(),
        };
        Ok(None)
    }

    /// A transaction of unknown outcome: what is stored decides.
    pub(super) async fn after_unknown(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        error: Error,
    ) -> Result<Option<Outcome>> {
        if !matches!(error, Error::Unknown(_)) {
            return Err(error);
        }
        let stored = self
            .billing
            .store
            .require::<BillingRunActions>(record.text(ID_FIELD))
            .await?;
        let unwritten = stored.get(sys::VERSION) == record.get(sys::VERSION);
        let ours = stored.get(action::CLAIM_GENERATION) == Some(self.generation);
        *record = stored;
        state.stale = true;
        Ok(if ours || unwritten {
            None
        } else {
            Some(Outcome::Lost)
        })
    }
}
