//! Numbers that orders bring along: unique among all orders of the tenant. The counter
//! gives none at or below one that was brought, and what it skips by that is open to
//! others that are brought.

use crate::order::Order;
use model::{Error, Result};
use serde::{Deserialize, Serialize};
use store::{Document, DocumentKey, Refused, Store, Transaction, Versioned};

/// The highest number that may be brought.
pub const NUMBER_MAX: i64 = 999_999_999;
/// The counter that orders are numbered by.
const COUNTER: &str = "order";
/// Attempts while orders are made.
const ATTEMPTS: usize = 8;

/// The numbers that the counter has passed without giving them, as they were read.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    skipped: Skipped,
    /// The highest that the counter has given or passed.
    last: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Skipped {
    /// First and last of each range, in order.
    ranges: Vec<(i64, i64)>,
}

impl Document for Skipped {
    const WHAT: &'static str = "skipped order numbers";
    fn key(&self) -> DocumentKey {
        DocumentKey::new("order-numbers", "skipped")
    }
}

/// A brought number, which is its order's for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Taken {
    number: i64,
    pub(super) order_id: String,
}

impl Document for Taken {
    const WHAT: &'static str = "order number";
    fn key(&self) -> DocumentKey {
        key(self.number)
    }
}

fn key(number: i64) -> DocumentKey {
    DocumentKey::new(format!("order-number#{number}"), "order")
}

impl Taken {
    pub fn of(order: &Order) -> Taken {
        Taken {
            number: order.number,
            order_id: order.id.clone(),
        }
    }

    pub async fn find(store: &Store, number: i64) -> Result<Option<Versioned<Taken>>> {
        store.document::<Taken>(&key(number)).await
    }

    pub fn refused(&self) -> Error {
        let why = format!("{} is that of the order {}", self.number, self.order_id);
        Error::conflict("/order_number", why)
    }
}

impl Numbers {
    pub async fn read(store: &Store) -> Result<Numbers> {
        let skipped = store.document::<Skipped>(&Skipped::default().key()).await?;
        Ok(Numbers {
            skipped: skipped.map(|skipped| skipped.value).unwrap_or_default(),
            last: store.last_number(COUNTER).await?,
        })
    }

    /// Whether an order may bring this number, unless another has brought it.
    ///
    /// # Errors
    /// `Conflict` for one that an order made here may have.
    pub fn check(&self, number: i64) -> Result<i64> {
        let mut ranges = self.skipped.ranges.iter();
        let open = ranges.any(|(first, last)| (*first..=*last).contains(&number));
        match open || number > self.last {
            true => Ok(number),
            false => {
                let why = format!(
                    "{number} may be that of an order made here: leave it out, and the order gets its own"
                );
                Err(Error::conflict("/order_number", why))
            }
        }
    }

    /// The same, and that no other has brought it.
    ///
    /// # Errors
    /// `Conflict`, naming the order that has it.
    pub async fn check_free(&self, store: &Store, number: i64) -> Result<()> {
        let number = self.check(number)?;
        match Taken::find(store, number).await? {
            Some(taken) => Err(taken.value.refused()),
            None => Ok(()),
        }
    }

    /// Makes the counter pass `highest`, so that it is never given.
    ///
    /// # Errors
    /// `Stale` while orders are made faster than this can be written.
    pub async fn pass(store: &Store, highest: i64) -> Result<Numbers> {
        for _ in 0..ATTEMPTS {
            let known = store.document::<Skipped>(&Skipped::default().key()).await?;
            let known = known.unwrap_or_else(|| Versioned::new(Skipped::default()));
            let last = store.last_number(COUNTER).await?;
            if highest <= last {
                return Ok(Numbers {
                    skipped: known.value,
                    last,
                });
            }
            let mut skipped = known.value.clone();
            match skipped.ranges.last_mut().filter(|range| range.1 == last) {
                Some(range) => range.1 = highest,
                None => skipped.ranges.push((last + 1, highest)),
            }
            // Together: a number that is open must never be given.
            let mut transaction = Transaction::new(store);
            transaction.raise(COUNTER, last, highest)?;
            transaction.document(&known.with(skipped.clone()))?;
            match transaction.commit().await {
                Ok(()) => {
                    return Ok(Numbers {
                        skipped,
                        last: highest,
                    });
                }
                Err(Refused::At(_)) => {}
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        Err(Error::stale("order number", &highest.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_open_above_the_counter_and_where_it_has_skipped() {
        let numbers = Numbers {
            skipped: Skipped {
                ranges: vec![(11, 40), (61, 80)],
            },
            last: 80,
        };
        for (number, open) in [(10, false), (11, true), (40, true), (50, false), (81, true)] {
            assert_eq!(numbers.check(number).is_ok(), open, "{number}");
        }
    }
}
