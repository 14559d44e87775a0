//! What a mail will tell of: the member and the order as executing will leave them, by
//! its own steps. What is known only then has a place holder: the id and the number
//! of an order that is yet to be made, and the credit that it may take.

use super::Asked;
use crate::eligibility::term_of;
use crate::execute::marked;
use crate::outlook::customer;
use crate::source::Source;
use ledger::head::BillingHead;
use ledger::order::{ClaimState, Order, PaymentClaim};
use ledger::purchase::{Occasion, Purchase, order, quote};
use ledger::renew::{When, paid_by_card, refused_by_card};
use ledger::steps;
use model::Record;
use model::resources::billing_run_action::{ActionStatus, ActionType};
use model::resources::membership::BillMethod;
use terms::coverage::coming_term;

pub(super) struct Foreseen {
    pub member: Record,
    pub order: Option<Order>,
}

impl Asked<'_> {
    /// `member` with what the action does to it, and the order that it is about:
    /// `open`, or one that it makes. Nothing where the action itself can't be done:
    /// planning says so anyway.
    pub(super) fn foreseen(
        &self,
        source: &Source<'_>,
        member: Record,
        open: Option<&Order>,
    ) -> Option<Foreseen> {
        let when = source.billing.when();
        match self.spec.kind {
            ActionType::RenewalOrder => self.billed(source, member, &when),
            ActionType::AutoRenewalOrder => self.charged(source, member, open, &when),
            ActionType::Drop => self.dropped(source, member, &when),
            _ => Some(Foreseen {
                member: self.marked(source, member, &when),
                order: open.cloned(),
            }),
        }
    }

    fn billed(&self, source: &Source<'_>, mut member: Record, when: &When) -> Option<Foreseen> {
        let mut order = self.order(source, &member, when)?;
        let (head, method) = (BillingHead::default(), BillMethod::RenewalOrder);
        steps::bill(&mut member, &head, &mut order, None, method, when).ok()?;
        let order = Some(order);
        Some(Foreseen { member, order })
    }

    fn charged(
        &self,
        source: &Source<'_>,
        mut member: Record,
        open: Option<&Order>,
        when: &When,
    ) -> Option<Foreseen> {
        let (head, method) = (BillingHead::default(), BillMethod::AutoRenewalOrder);
        let mut order = match open {
            Some(open) => open.clone(),
            None => self.order(source, &member, when)?,
        };
        let claim = self.claim(&order, when);
        if open.is_none() {
            order.claim = Some(claim.clone()).filter(|_| !order.is_paid());
            steps::bill(&mut member, &head, &mut order, None, method, when).ok()?;
        }
        let order = match self.effect {
            ActionStatus::PaymentFailure => {
                refused_by_card(&mut member, &order, &claim, false, when)
            }
            _ if order.is_paid() => order,
            _ => paid_by_card(&mut member, &order, &claim, &head, when).0,
        };
        let order = Some(order);
        Some(Foreseen { member, order })
    }

    fn dropped(&self, source: &Source<'_>, mut member: Record, when: &When) -> Option<Foreseen> {
        let coming = coming_term(&member, &source.billing.packages);
        let (head, reason) = (BillingHead::default(), self.spec.new_reason.clone());
        let coming = coming.as_ref();
        steps::drop_member(&mut member, &head, None, None, coming, reason, when).ok()?;
        let order = None;
        Some(Foreseen { member, order })
    }

    fn marked(&self, source: &Source<'_>, member: Record, when: &When) -> Record {
        let series = &source.selection.series;
        let coming = || coming_term(&member, &source.billing.packages);
        match self.rest.map(term_of).or_else(coming) {
            Some(term) => marked(&member, self.spec, series, &term, when),
            None => member,
        }
    }

    /// The order that is yet to be made.
    fn order(&self, source: &Source<'_>, member: &Record, when: &When) -> Option<Order> {
        let (packages, currency) = (&source.billing.packages, source.billing.tenant.currency);
        let buyer = self.member.buyer.clone();
        let quote = quote(buyer, packages, currency, when.today).ok()?;
        let kind = quote.kind.into();
        let bought = Purchase::of(quote.package, kind, quote.term, quote.priced);
        let occasion = Occasion {
            id: "to-be-made".into(),
            number: 0,
            run: Some(source.selection.run_id.clone()),
            action: Some(self.action.clone()),
            batch_id: source.selection.batch_id.clone(),
            by: when.by.user.clone(),
            pro_forma: self.spec.pro_forma,
            new_reason: self.spec.new_reason.clone(),
            // No mail tells who is billed.
            customer: customer(self.member, packages, None).unwrap_or_default(),
        };
        Some(order(
            member,
            &BillingHead::default(),
            bought,
            when,
            occasion,
        ))
    }

    /// The charge that pays an order, or does not.
    fn claim(&self, order: &Order, when: &When) -> PaymentClaim {
        PaymentClaim {
            attempt: 1,
            state: ClaimState::Open,
            provider_id: None,
            amount: order.balance(),
            account: String::new(),
            holder: self.action.clone(),
            held_until: when.by.now,
            unknown_since: None,
            declined_on: None,
            hard: false,
            new_reason: self.spec.new_reason.clone(),
        }
    }
}
