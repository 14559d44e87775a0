//! Taking back a membership that came with its order, as long as nobody has touched
//! either.

use super::numbers::Taken;
use super::payment_id;
use crate::head::{self, BillingHead};
use crate::order::{self, Order};
use crate::receipt::{self, Receipt};
use model::resources::Memberships;
use model::resources::membership as m;
use model::{Error, Record, Result};
use store::{Change, Refused, Store, Transaction};

/// Deletes the membership with the order that was brought with it, together with a
/// change of its owner; answers why not, where something has been done to the order
/// since.
///
/// # Errors
/// `Stale` where the membership or its owner has been written since.
pub async fn take_back(
    store: &Store,
    member: &Record,
    owner: Option<&Change>,
) -> Result<Option<&'static str>> {
    const TOUCHED: Option<&str> = Some("has an order that was changed since");
    let id = member.text(m::ID);
    let number = member.get(m::ORDER_NUMBER).unwrap_or_default();
    let taken = Taken::find(store, number).await?;
    let Some(taken) = taken.filter(|taken| taken.value.order_id == member.text(m::ORDER_ID)) else {
        // The order that it names came from elsewhere here.
        let deleted = store.delete_together::<Memberships>(member, owner);
        return deleted.await.map(|()| None);
    };
    let orders = store.documents_of::<Order>(id, order::PARTITION).await?;
    let receipts = store
        .documents_of::<Receipt>(id, receipt::PARTITION)
        .await?;
    let head = store.document::<BillingHead>(&head::key(id)).await?;
    let ([order], Some(head)) = (orders.as_slice(), head) else {
        return Ok(TOUCHED);
    };
    let own = payment_id(&order.value.id);
    let untouched = order.version == 1
        && head.version == 1
        && order.value.id == member.text(m::ORDER_ID)
        && receipts
            .iter()
            .all(|receipt| receipt.version == 1 && receipt.value.id == own);
    if !untouched {
        return Ok(TOUCHED);
    }
    let mut transaction = Transaction::new(store);
    transaction.delete::<Memberships>(member).await?;
    transaction.remove(order)?;
    transaction.remove(&head)?;
    for receipt in &receipts {
        transaction.remove(receipt)?;
    }
    transaction.remove(&taken)?;
    let place = owner.map(|owner| transaction.change(owner.clone()));
    let place = place.transpose()?;
    match transaction.commit().await {
        Ok(()) => Ok(None),
        Err(Refused::At(0)) => Err(Error::stale("Membership", id)),
        Err(Refused::At(at)) if Some(at) == place => Err(Error::stale("Owner", id)),
        Err(Refused::At(_)) => Ok(TOUCHED),
        Err(Refused::Failed(error)) => Err(error),
    }
}
