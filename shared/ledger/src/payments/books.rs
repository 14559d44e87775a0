//! What a change of payments reads into books, and how books are written.

use super::checks::check_charge;
use crate::books::{Account, Books, Entry};
use crate::commit::Writes;
use crate::context::TenantBilling;
use crate::head::{self, BillingHead};
use crate::order::Order;
use crate::receipt::{self, Receipt};
use model::resources::membership::Memberships;
use model::{Error, Record, Result};
use rust_decimal::Decimal;
use store::Versioned;

impl TenantBilling {
    /// The receipt of a payment that concerns an order.
    pub(super) async fn receipt(&self, order: &Order, payment: &str) -> Result<Versioned<Receipt>> {
        let known = self.known_receipt(order, payment).await?;
        let of_group = order
            .application
            .as_ref()
            .and_then(|of| of.group_order.as_ref());
        let concerns = |receipt: &Receipt| {
            receipt.order_id == order.id
                || of_group == Some(&receipt.order_id)
                || receipt.on(&order.id) > Decimal::ZERO
        };
        known
            .filter(|receipt| concerns(&receipt.value))
            .ok_or(Error::NotFound {
                what: "Payment",
                id: payment.to_owned(),
            })
    }

    /// A payment's receipt, or that of one on the order from before there were
    /// receipts, or by a charge.
    pub(super) async fn known_receipt(
        &self,
        order: &Order,
        payment: &str,
    ) -> Result<Option<Versioned<Receipt>>> {
        // The provider's own id of a charge is as good as that of its payment.
        let charge = order.payment_of_charge(payment);
        let payment = charge.as_deref().unwrap_or(payment);
        let stored = self
            .store
            .document::<Receipt>(&receipt::key(payment))
            .await?;
        let on_order = || order.payments.iter().find(|known| known.id == payment);
        Ok(stored.or_else(|| on_order().map(|known| Receipt::of_order(order, known))))
    }

    pub(super) async fn books_with<const N: usize>(
        &self,
        receipt: Versioned<Receipt>,
        orders: [Versioned<Order>; N],
    ) -> Result<Books> {
        let mut books = self.books(orders).await?;
        self.add_orders_of(&mut books, &receipt.value).await?;
        books
            .receipts
            .insert(receipt.value.id.clone(), Entry::new(receipt));
        Ok(books)
    }

    pub(super) async fn add_orders_of(&self, books: &mut Books, receipt: &Receipt) -> Result<()> {
        for applied in &receipt.applied {
            if !books.orders.contains_key(&applied.order_id) {
                let order = self.order(&applied.order_id).await?;
                self.add(books, order).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn books(
        &self,
        orders: impl IntoIterator<Item = Versioned<Order>>,
    ) -> Result<Books> {
        let mut books = Books::default();
        for order in orders {
            self.add(&mut books, order).await?;
        }
        Ok(books)
    }

    pub(super) async fn add(&self, books: &mut Books, order: Versioned<Order>) -> Result<()> {
        if !books.accounts.contains_key(&order.value.membership_id) {
            let id = order.value.membership_id.clone();
            let account = self.account(&order.value).await?;
            books.accounts.insert(id, account);
        }
        books
            .orders
            .insert(order.value.id.clone(), Entry::new(order));
        Ok(())
    }

    /// # Errors
    /// `Forbidden` where a membership that is to change is locked, `Conflict`
    /// where an order is being charged.
    pub(super) fn check_free(&self, books: &Books) -> Result<()> {
        if books.accounts.values().any(Account::is_locked) {
            return Err(Error::Forbidden(
                "the membership is locked (sys_locked): nothing of it can be changed".into(),
            ));
        }
        let mut orders = books.orders.values();
        orders.try_for_each(|order| check_charge(&order.now))
    }

    /// The account of an order: of an application's also before there is a
    /// membership.
    async fn account(&self, order: &Order) -> Result<Account> {
        match self.of_order(order).await {
            Err(Error::NotFound { .. }) if order.application.is_some() => {
                let id = &order.membership_id;
                let head = self.store.document::<BillingHead>(&head::key(id)).await?;
                let head = head.unwrap_or_else(|| BillingHead::new(id));
                Ok(Account::of_applicant(id, head))
            }
            found => found.map(|(member, head)| Account::new(member, head)),
        }
    }

    pub(super) async fn of_order(&self, order: &Order) -> Result<(Record, Versioned<BillingHead>)> {
        let key = head::key(&order.membership_id);
        let (member, head) = futures::join!(
            self.store.require::<Memberships>(&order.membership_id),
            self.store.document::<BillingHead>(&key)
        );
        Ok((
            member?,
            head?.unwrap_or_else(|| BillingHead::new(&order.membership_id)),
        ))
    }

    /// Membership, head and order together; `false` when another was first.
    pub(super) async fn write(
        &self,
        before: &Record,
        after: Record,
        head: &Versioned<BillingHead>,
        order: &Versioned<Order>,
    ) -> Result<bool> {
        let change = self
            .store
            .change::<Memberships>(&self.context(), Some(before), after)?;
        let writes = Writes::new(&self.store)
            .record(change)?
            .document(head)?
            .document(order)?;
        writes.commit().await?.is_committed()
    }

    /// Everything that has changed, together; `false` when another was first.
    pub(super) async fn commit(&self, books: &mut Books) -> Result<bool> {
        let by = self.context();
        books.write(&self.store, &by, &self.packages).await
    }
}

pub(super) fn answer(mut books: Books, order: &str, receipt: &str) -> Result<(Order, Receipt)> {
    let order = books.orders.remove(order).map(|entry| entry.now);
    let receipt = books.receipts.remove(receipt).map(|entry| entry.now);
    order
        .zip(receipt)
        .ok_or_else(|| Error::internal("a change of the ledger without its order and receipt"))
}
