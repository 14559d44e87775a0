//! What one change of the ledger touches, and the changes themselves: pure, so
//! that they can be tried in any order. `payments` reads and commits it.

use crate::head::BillingHead;
use crate::order::{ClaimState, Order, StandingDue};
use crate::receipt::{Receipt, Reversal};
use crate::renew::{When, apply_payment, copy_order, forecast_ended, note_refusal, order_voided};
use crate::steps;
use jiff::civil::Date;
use model::resources::membership::{self as m, BillMethod, Status};
use model::{Record, sys};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use store::{Document, Versioned};
use terms::coverage::coming_term;
use terms::package::Packages;

/// Memberships with their heads, orders and receipts, by id.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub accounts: BTreeMap<String, Account>,
    pub orders: BTreeMap<String, Entry<Order>>,
    pub receipts: BTreeMap<String, Entry<Receipt>>,
}

/// A membership and its head.
#[derive(Clone, Debug)]
pub struct Account {
    pub read: Record,
    pub member: Record,
    pub head: Entry<BillingHead>,
    /// Of somebody who has yet to become a member: `member` stands for the
    /// membership that is to be, and is written by whoever makes it.
    pub is_applicant: bool,
}

/// A document as it was read and as it is to become.
#[derive(Clone, Debug)]
pub struct Entry<D> {
    pub read: Versioned<D>,
    pub now: D,
}

/// What becomes of the payments on an order that is voided.
#[derive(Clone, Debug)]
pub enum Disposal {
    /// They are the membership's credit.
    Credit,
    /// They pay another order, the rest is credit of its membership.
    Move(String),
    /// They are reversed.
    Reverse(Reversal),
}

impl<D: Document + PartialEq> Entry<D> {
    pub fn new(read: Versioned<D>) -> Entry<D> {
        Entry {
            now: read.value.clone(),
            read,
        }
    }

    /// As it is to be written, if it has changed or is new.
    pub fn changed(&self) -> Option<Versioned<D>> {
        let new = self.read.version == 0 || self.now != self.read.value;
        new.then(|| self.read.with(self.now.clone()))
    }
}

impl Account {
    pub fn new(member: Record, head: Versioned<BillingHead>) -> Account {
        Account {
            read: member.clone(),
            member,
            head: Entry::new(head),
            is_applicant: false,
        }
    }

    /// Of somebody who has no membership, but may owe for the one to be.
    pub fn of_applicant(id: &str, head: Versioned<BillingHead>) -> Account {
        let mut applicant = Record::default();
        applicant.set(m::ID, id.to_owned());
        applicant.set(m::STATUS, Status::Inactive);
        Account {
            is_applicant: true,
            ..Account::new(applicant, head)
        }
    }

    /// Nothing is written to a locked membership, and none of its orders.
    pub fn is_locked(&self) -> bool {
        self.read.is(sys::LOCKED)
    }

    fn is_dropped(&self) -> bool {
        self.member.get(m::STATUS) == Some(Status::Inactive)
    }
}

impl Books {
    /// Makes an order: it takes its term, and moves the dates at once where
    /// nothing has to be paid first.
    ///
    /// # Errors
    /// One line naming what holds the term.
    pub fn bill(
        &mut self,
        mut order: Order,
        method: BillMethod,
        when: &When,
    ) -> Result<(), String> {
        let Some(account) = self.accounts.get_mut(&order.membership_id) else {
            return Err(format!("membership {} is not at hand", order.membership_id));
        };
        let head = &mut account.head.now;
        let known = head.pro_forma_order.as_ref();
        let known = known.and_then(|id| self.orders.get(id)).map(|e| &e.now);
        let billed = steps::bill(&mut account.member, head, &mut order, known, method, when)?;
        *head = billed.head;
        self.keep(billed.forecast);
        match self.orders.get_mut(&order.id) {
            Some(forecast) => forecast.now = order,
            None => {
                let entry = Entry::new(Versioned::new(order));
                self.orders.insert(entry.now.id.clone(), entry);
            }
        }
        Ok(())
    }

    /// Adds an order of a change within a term, which takes none.
    pub fn charge_change(&mut self, order: Order) {
        if let Some(account) = self.accounts.get_mut(&order.membership_id) {
            copy_order(&mut account.member, &order);
        }
        let entry = Entry::new(Versioned::new(order));
        self.orders.insert(entry.now.id.clone(), entry);
    }

    /// An application is activated: what is paid on its order counts from now on,
    /// and gives `standing` to who waits for it.
    pub fn activate(
        &mut self,
        order: &str,
        standing: Option<StandingDue>,
        join_date: Option<Date>,
        when: &When,
    ) {
        if let Some(entry) = self.orders.get_mut(order)
            && let Some(application) = entry.now.application.as_mut()
        {
            application.activated = true;
            (application.standing, application.join_date) = (standing, join_date);
        }
        self.apply_payments(order, when);
    }

    /// Notes what an order at hand has become.
    fn keep(&mut self, order: Option<Order>) {
        if let Some(order) = order
            && let Some(entry) = self.orders.get_mut(&order.id)
        {
            entry.now = order;
        }
    }

    /// A member who has come back: what was paid meanwhile moves the dates.
    pub fn returned(&mut self, membership: &str, when: &When) {
        let waiting = |order: &Order| order.membership_id == membership && order.moves_dates();
        let waiting = self.orders.iter().filter(|(_, entry)| waiting(&entry.now));
        let waiting: Vec<String> = waiting.map(|(id, _)| id.clone()).collect();
        for order in waiting {
            self.apply_payments(&order, when);
            if let Some(entry) = self.orders.get_mut(&order) {
                entry
                    .now
                    .payments
                    .iter_mut()
                    .for_each(|p| p.unapplied = false);
            }
        }
    }

    /// A member is dropped: their order for a term that has not begun is void if
    /// nothing is paid on it, every other is still owed.
    ///
    /// # Errors
    /// One line: the coming term is paid, or may be about to be.
    pub fn drop_member(
        &mut self,
        membership: &str,
        packages: &Packages,
        when: &When,
    ) -> Result<(), String> {
        let Some(account) = self.accounts.get_mut(membership) else {
            return Err(format!("membership {membership} is not at hand"));
        };
        let (member, head) = (&mut account.member, &mut account.head.now);
        let at_hand = |id: &Option<String>| Some(&self.orders.get(id.as_ref()?)?.now);
        let (open, forecast) = (at_hand(&head.open_order), at_hand(&head.pro_forma_order));
        let coming = coming_term(member, packages);
        let done = steps::drop_member(member, head, open, forecast, coming.as_ref(), None, when)?;
        if let Some(released) = done.head {
            *head = released;
        }
        self.keep(done.order);
        self.keep(done.forecast);
        Ok(())
    }

    /// Forecasts end with the membership, and once their term is not the coming
    /// one any more or has been billed elsewhere (rule ORD-18).
    pub fn end_forecasts(&mut self, packages: &Packages, when: &When) {
        for account in self.accounts.values_mut() {
            let (member, head) = (&mut account.member, &mut account.head.now);
            let known = head.pro_forma_order.as_ref();
            let Some(entry) = known.and_then(|id| self.orders.get_mut(id)) else {
                continue;
            };
            let through = entry.now.renewal.term_expiration.unwrap_or(Date::MAX);
            let coming = coming_term(member, packages);
            let waits = coming.is_some_and(|term| term.is_covered(through));
            if !waits || member.is(m::BILLED) || member.get(m::STATUS) == Some(Status::Inactive) {
                (entry.now, *head) = forecast_ended(member, &entry.now, head, when);
            }
        }
    }

    /// `billed` of every membership, as orders and marks say.
    pub fn derive_billed(&mut self, packages: &Packages) {
        for account in self
            .accounts
            .values_mut()
            .filter(|account| !account.is_locked())
        {
            let coming = coming_term(&account.member, packages);
            terms::coverage::derive_billed(&mut account.member, coming);
        }
    }

    /// Records a payment: its order takes up to its balance, the rest is credit
    /// of the membership. The order of a locked membership takes nothing. Told
    /// again, it is known.
    pub fn receive(&mut self, receipt: Receipt, when: &When) {
        let order = receipt.order_id.clone();
        self.receive_on(receipt, &[order], when);
    }

    /// The same of a payment on several orders: each takes up to its balance before
    /// the next.
    pub fn receive_on(&mut self, receipt: Receipt, orders: &[String], when: &When) {
        let (id, amount) = (receipt.id.clone(), receipt.amount);
        if self.receipts.contains_key(&id) {
            return;
        }
        let entry = Entry::new(Versioned::new(receipt));
        self.receipts.insert(id.clone(), entry);
        for order in orders {
            self.apply(&id, order, amount, when);
        }
    }

    /// Puts credit of a payment on an order, at most so much; answers how much.
    pub fn apply(&mut self, receipt_id: &str, order: &str, most: Decimal, when: &When) -> Decimal {
        let locked = self
            .account_of(order)
            .is_none_or(|account| account.is_locked());
        let (Some(receipt), Some(entry)) = (
            self.receipts.get_mut(receipt_id),
            self.orders.get_mut(order),
        ) else {
            return Decimal::ZERO;
        };
        if locked {
            return Decimal::ZERO;
        }
        let taken = receipt.now.apply_to(&mut entry.now, most);
        if taken > Decimal::ZERO {
            // A charge that was left before anything was sent may charge no more.
            let claim = entry.now.claim.as_mut();
            if let Some(claim) = claim.filter(|claim| claim.state == ClaimState::Open) {
                claim.state = ClaimState::Declined;
            }
            self.apply_payments(order, when);
            self.mark_unapplied(receipt_id, order);
        }
        taken
    }

    /// Takes a payment off all orders: it is credit again.
    pub fn withdraw(&mut self, receipt: &str, when: &When) {
        let Some(entry) = self.receipts.get(receipt) else {
            return;
        };
        let on: Vec<String> = entry
            .now
            .applied
            .iter()
            .map(|a| a.order_id.clone())
            .collect();
        for order in on {
            self.withdraw_from(receipt, &order, when);
        }
    }

    fn withdraw_from(&mut self, receipt: &str, order: &str, when: &When) {
        if let (Some(receipt), Some(entry)) =
            (self.receipts.get_mut(receipt), self.orders.get_mut(order))
        {
            receipt.now.withdraw_from(&mut entry.now);
            self.apply_payments(order, when);
        }
    }

    /// Moves a payment with all that is left of it to an order, also another
    /// member's; what the order does not need is credit of its membership.
    pub fn move_to(&mut self, receipt: &str, order: &str, when: &When) {
        self.withdraw(receipt, when);
        let member = self.orders.get(order).map(|o| o.now.membership_id.clone());
        let amount = match (self.receipts.get_mut(receipt), member) {
            (Some(receipt), Some(member)) => {
                receipt.now.membership_id = member;
                receipt.now.credit()
            }
            _ => return,
        };
        self.apply(receipt, order, amount, when);
    }

    /// Reverses a payment: the balances of its orders are open again, dates that
    /// have moved stay.
    pub fn reverse(&mut self, receipt: &str, reversal: Reversal, when: &When) {
        self.refuse_card(receipt, when);
        self.withdraw(receipt, when);
        if let Some(receipt) = self.receipts.get_mut(receipt) {
            receipt.now.reverse(reversal);
        }
    }

    /// The card that paid is not asked again for what is taken back.
    fn refuse_card(&mut self, receipt: &str, when: &When) {
        let charged = |entry: &&mut Entry<Order>| entry.now.is_charge(receipt);
        for entry in self.orders.values_mut().filter(charged) {
            if let Some(claim) = entry.now.claim.as_mut() {
                (claim.hard, claim.declined_on) = (true, Some(when.today));
            }
            if let Some(account) = self.accounts.get_mut(&entry.now.membership_id) {
                note_refusal(&mut account.member, &entry.now);
            }
        }
    }

    /// Voids an order, after what has been paid on it has gone elsewhere, and
    /// answers which fields that it had set stay as they have been changed since.
    pub fn void(&mut self, order: &str, disposal: Option<&Disposal>, when: &When) -> Vec<String> {
        let on = |receipt: &Receipt| receipt.on(order) > Decimal::ZERO;
        let receipts = self.receipts.iter().filter(|(_, entry)| on(&entry.now));
        let receipts: Vec<String> = receipts.map(|(id, _)| id.clone()).collect();
        for receipt in receipts {
            match disposal {
                Some(Disposal::Move(to)) => self.move_to(&receipt, to, when),
                Some(Disposal::Reverse(reversal)) => {
                    self.reverse(&receipt, reversal.clone(), when);
                }
                Some(Disposal::Credit) | None => self.withdraw_from(&receipt, order, when),
            }
        }
        let Some(entry) = self.orders.get_mut(order) else {
            return Vec::new();
        };
        entry.now = entry.now.voided(&when.by);
        let Some(account) = self.accounts.get_mut(&entry.now.membership_id) else {
            return Vec::new();
        };
        let head = &mut account.head.now;
        *head = head.release_term(order, entry.now.renewal.covered_before);
        order_voided(&mut account.member, &entry.now, head, when)
    }

    /// What the state of an order does to its membership and head.
    fn apply_payments(&mut self, order: &str, when: &When) {
        let Some(entry) = self.orders.get_mut(order) else {
            return;
        };
        let Some(account) = self.accounts.get_mut(&entry.now.membership_id) else {
            return;
        };
        let may_move = !account.is_dropped() || !entry.now.waits_for_return();
        let member = &mut account.member;
        account.head.now = apply_payment(member, &mut entry.now, &account.head.now, may_move, when);
    }

    /// What a dropped member's order takes moves nothing until they return.
    fn mark_unapplied(&mut self, receipt: &str, order: &str) {
        let dropped = self.account_of(order).is_some_and(Account::is_dropped);
        let entry = self.orders.get_mut(order);
        let Some(entry) = entry.filter(|entry| dropped && entry.now.waits_for_return()) else {
            return;
        };
        let taken = entry.now.payments.iter_mut().filter(|p| p.id == receipt);
        taken.for_each(|payment| payment.unapplied = true);
    }

    pub fn account_of(&self, order: &str) -> Option<&Account> {
        let order = self.orders.get(order)?;
        self.accounts.get(&order.now.membership_id)
    }
}

mod write;

#[cfg(test)]
mod tests;
