//! Charging a stored card, in the way that makes charging twice impossible:
//! the provider's payment is made unconfirmed and its id is stored; then it is
//! confirmed; an unknown outcome is asked about by that id.

use async_trait::async_trait;
use model::TenantId;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What is to be charged. The same `key` is always the same payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// `<order id>:<attempt>`
    pub key: String,
    /// In the currency's own decimals; what its provider reckons in is the adapter's.
    pub amount: Decimal,
    /// ISO 4217
    pub currency: String,
    /// The provider's token of the stored card.
    pub account: String,
    pub description: String,
}

/// How a payment stands with the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    Declined(Refusal),
    /// Made but not confirmed: nothing was charged, and confirming is safe.
    Unconfirmed,
}

/// A card that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The provider's words for staff.
    pub why: String,
    /// The card is lost, stolen or unknown: trying it again helps nobody.
    pub hard: bool,
}

impl From<&str> for Refusal {
    /// One that may pass.
    fn from(why: &str) -> Self {
        Refusal {
            why: why.to_owned(),
            hard: false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentError {
    /// Certainly nothing happened; the provider asks for a pause.
    RateLimited { retry_after_seconds: u32 },
    /// Certainly nothing happened, and trying again would not help.
    Refused(String),
    /// It may have happened: ask.
    Unknown(String),
}

/// A payment provider.
#[async_trait]
pub trait Payments: Send + Sync {
    /// Makes the payment, unconfirmed, and answers its id; for a known key the
    /// same id as before.
    async fn create(
        &self,
        tenant: &TenantId,
        request: &PaymentRequest,
    ) -> Result<String, PaymentError>;

    /// Charges the card; harmless to repeat for one id.
    async fn confirm(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError>;

    /// How the payment stands.
    async fn ask(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError>;
}
