//! The outside as a doomed process reaches it. What is outside outlives it.

use crate::doom::Doom;
use async_trait::async_trait;
use model::TenantId;
use services::mail::{MailError, Mailer, Message, Sent};
use services::outbox::file_name;
use services::payments::{Outcome, PaymentError, PaymentRequest, Payments};
use services::scripted::ScriptedGateway;
use std::sync::{Arc, Mutex};
use tests::invariants::Mails;

/// Takes every mail it is given, as often as it is given it.
#[derive(Default)]
pub struct PostOffice {
    pub sent: Mutex<Vec<Message>>,
    /// Whether it can tell what it has sent.
    pub tells: bool,
}

impl PostOffice {
    pub fn mails(&self) -> Mails {
        let mut mails = Mails::new();
        for message in self.sent.lock().unwrap().iter() {
            *mails.entry(file_name(&message.message_id)).or_default() += 1;
        }
        mails
    }

    /// Subjects and texts, in the order of their ids.
    pub fn texts(&self) -> Vec<(String, String, String)> {
        let sent = self.sent.lock().unwrap();
        let text = |m: &Message| (m.message_id.clone(), m.subject.clone(), m.html.clone());
        let mut texts: Vec<_> = sent.iter().map(text).collect();
        texts.sort();
        texts
    }
}

pub struct Doomed<T> {
    pub inner: Arc<T>,
    pub doom: Arc<Doom>,
}

#[async_trait]
impl Mailer for Doomed<PostOffice> {
    async fn send(&self, _tenant: &str, message: &Message) -> Result<Sent, MailError> {
        let sent = async {
            self.inner.sent.lock().unwrap().push(message.clone());
            let provider_id = message.message_id.clone();
            Ok(Sent { provider_id })
        };
        let lost = MailError::Unknown("the answer was lost".into());
        self.doom.call(sent, Err(lost)).await
    }

    async fn was_sent(&self, _tenant: &str, message_id: &str) -> Option<bool> {
        let sent = self.inner.sent.lock().unwrap();
        self.inner
            .tells
            .then(|| sent.iter().any(|message| message.message_id == message_id))
    }
}

fn lost<T>() -> Result<T, PaymentError> {
    Err(PaymentError::Unknown("the answer was lost".into()))
}

#[async_trait]
impl Payments for Doomed<ScriptedGateway> {
    async fn create(&self, t: &TenantId, request: &PaymentRequest) -> Result<String, PaymentError> {
        let call = self.inner.create(t, request);
        self.doom.call(call, lost()).await
    }

    async fn confirm(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        let call = self.inner.confirm(tenant, id);
        self.doom.call(call, lost()).await
    }

    async fn ask(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        let call = self.inner.ask(tenant, id);
        self.doom.call(call, lost()).await
    }
}
