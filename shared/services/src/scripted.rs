//! A payment provider for laptops and tests: what happens is written in the
//! card's token. It keeps its payments in the same database, and like a real
//! one it remembers them across a crash of its callers.
//!
//! | token begins with | confirming |
//! |---|---|
//! | `tok_declined` | is declined |
//! | `tok_lost` | is declined for good: the card was reported lost |
//! | `tok_timeout_before` | times out once, before anything is charged |
//! | `tok_timeout_after` | charges, but its answer is lost |
//! | `tok_silent` | is never answered, neither is asking |
//! | `tok_rate_limited` | is refused once with a pause of a second |
//! | anything else | is accepted |

use crate::payments::{Outcome, PaymentError, PaymentRequest, Payments, Refusal};
use async_trait::async_trait;
use model::TenantId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Database, Document, DocumentKey, Store, Versioned};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Unconfirmed,
    /// Confirmed once without effect: a time-out or a pause was answered.
    Interrupted,
    Succeeded,
    Declined,
}

/// A payment as this provider keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Payment {
    id: String,
    request: PaymentRequest,
    state: State,
    /// How often the card was charged: anything above 1 is a defect of a caller.
    charges: u32,
}

impl Document for Payment {
    const WHAT: &'static str = "gateway payment";
    fn key(&self) -> DocumentKey {
        payment_key(&self.id)
    }
}

fn payment_key(id: &str) -> DocumentKey {
    DocumentKey::new(format!("gateway#{id}"), "payment")
}

/// See the module.
pub struct ScriptedGateway {
    database: Arc<Database>,
}

impl ScriptedGateway {
    pub fn new(database: Arc<Database>) -> Self {
        ScriptedGateway { database }
    }

    /// How often a payment's card was charged; for checks, not for billing.
    pub async fn charges(&self, tenant: &TenantId, id: &str) -> Result<u32, PaymentError> {
        Ok(self
            .find(&self.database.tenant(tenant), id)
            .await?
            .value
            .charges)
    }

    async fn find(&self, store: &Store, id: &str) -> Result<Versioned<Payment>, PaymentError> {
        let found = store
            .document::<Payment>(&payment_key(id))
            .await
            .map_err(lost)?;
        found.ok_or_else(|| PaymentError::Refused(format!("there is no payment {id}")))
    }

    /// Moves a payment on; somebody else having moved it is no failure.
    async fn advance(
        &self,
        store: &Store,
        from: &Versioned<Payment>,
        state: State,
    ) -> Result<(), PaymentError> {
        let charged = u32::from(state == State::Succeeded);
        let next = Payment {
            state,
            charges: from.value.charges + charged,
            ..from.value.clone()
        };
        // What the other made of it is read after.
        store.put(&from.with(next)).await.map(|_| ()).map_err(lost)
    }
}

/// The token of a card that was reported lost.
const LOST: &str = "tok_lost";

fn lost(error: model::Error) -> PaymentError {
    PaymentError::Unknown(error.to_string())
}

fn timed_out() -> PaymentError {
    PaymentError::Unknown("the provider did not answer in time".into())
}

fn outcome(payment: &Payment) -> Outcome {
    match payment.state {
        State::Succeeded => Outcome::Succeeded,
        State::Declined if payment.request.account.starts_with(LOST) => {
            Outcome::Declined(Refusal {
                why: "card reported lost".into(),
                hard: true,
            })
        }
        State::Declined => Outcome::Declined("card declined".into()),
        State::Unconfirmed | State::Interrupted => Outcome::Unconfirmed,
    }
}

#[async_trait]
impl Payments for ScriptedGateway {
    async fn create(
        &self,
        tenant: &TenantId,
        request: &PaymentRequest,
    ) -> Result<String, PaymentError> {
        let id = format!("pay_{}", request.key.replace(':', "_"));
        let payment = Payment {
            id: id.clone(),
            request: request.clone(),
            state: State::Unconfirmed,
            charges: 0,
        };
        let store = self.database.tenant(tenant);
        if store
            .put(&Versioned::new(payment))
            .await
            .map_err(lost)?
            .is_none()
        {
            let known = self.find(&store, &id).await?;
            // As providers do with an idempotency key.
            if known.value.request != *request {
                return Err(PaymentError::Refused(format!(
                    "the key {} was used for another payment",
                    request.key
                )));
            }
        }
        Ok(id)
    }

    async fn confirm(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        let store = self.database.tenant(tenant);
        let payment = self.find(&store, id).await?;
        let account = payment.value.request.account.clone();
        let first = payment.value.state == State::Unconfirmed;
        if !first && payment.value.state != State::Interrupted {
            return Ok(outcome(&payment.value));
        }
        let script = |name: &str| account.starts_with(name);
        if script("tok_silent") {
            return Err(timed_out());
        }
        if script("tok_declined") || script(LOST) {
            self.advance(&store, &payment, State::Declined).await?;
        } else if first && script("tok_timeout_before") {
            self.advance(&store, &payment, State::Interrupted).await?;
            return Err(timed_out());
        } else if first && script("tok_rate_limited") {
            self.advance(&store, &payment, State::Interrupted).await?;
            return Err(PaymentError::RateLimited {
                retry_after_seconds: 1,
            });
        } else {
            self.advance(&store, &payment, State::Succeeded).await?;
            // Only the first time: from then on the payment is known to have succeeded.
            if script("tok_timeout_after") {
                return Err(timed_out());
            }
        }
        Ok(outcome(&self.find(&store, id).await?.value))
    }

    async fn ask(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        let payment = self.find(&self.database.tenant(tenant), id).await?.value;
        if payment.request.account.starts_with("tok_silent") {
            return Err(timed_out());
        }
        Ok(outcome(&payment))
    }
}
