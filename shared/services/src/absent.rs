//! Where a deployment has no provider: everything is refused, by name, and
//! nothing is pretended. Providers for deployments are later work.

use crate::mail::{MailError, Mailer, Message, Sent};
use crate::payments::{Outcome, PaymentError, PaymentRequest, Payments};
use async_trait::async_trait;
use model::TenantId;

/// No mail leaves.
pub struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: &str, _: &Message) -> Result<Sent, MailError> {
        Err(MailError::Refused(
            "this deployment has no mail provider".into(),
        ))
    }
}

/// No card is charged.
pub struct NoPayments;

fn refused() -> PaymentError {
    PaymentError::Refused("this deployment has no payment provider".into())
}

#[async_trait]
impl Payments for NoPayments {
    async fn create(&self, _: &TenantId, _: &PaymentRequest) -> Result<String, PaymentError> {
        Err(refused())
    }

    async fn confirm(&self, _: &TenantId, _: &str) -> Result<Outcome, PaymentError> {
        Err(refused())
    }

    async fn ask(&self, _: &TenantId, _: &str) -> Result<Outcome, PaymentError> {
        Err(refused())
    }
}
