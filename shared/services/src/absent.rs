//! Where a deployment has no provider: everything is refused, by name, and
//! nothing is pretended. Providers for deployments are later work.

use crate::documents::{Documents, Upload};
use crate::mail::{MailError, Mailer, Message, Sent};
use crate::payments::{Outcome, PaymentError, PaymentRequest, Payments};
use async_trait::async_trait;
use model::deployment::{NO_CARDS, NO_MAIL};
use model::{Error, TenantId};

/// No mail leaves.
pub struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: &str, _: &Message) -> Result<Sent, MailError> {
        Err(MailError::Refused(NO_MAIL.into()))
    }
}

/// No card is charged.
pub struct NoPayments;

fn refused() -> PaymentError {
    PaymentError::Refused(NO_CARDS.into())
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

/// No document is kept: what is too large for an answer cannot be had.
pub struct NoDocuments;

fn no_store<T>() -> model::Result<T> {
    Err(Error::internal("this deployment has no document store"))
}

#[async_trait]
impl Documents for NoDocuments {
    async fn begin(&self, _: &TenantId, _: &str, _: &str) -> model::Result<Upload> {
        no_store()
    }

    async fn add(&self, _: &TenantId, _: &Upload, _: i32, _: Vec<u8>) -> model::Result<()> {
        no_store()
    }

    async fn finish(&self, _: &TenantId, _: &Upload) -> model::Result<()> {
        no_store()
    }

    async fn link(&self, _: &TenantId, _: &str) -> model::Result<String> {
        no_store()
    }
}
