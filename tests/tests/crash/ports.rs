//! Outside services as a process with a crash point reaches them. They outlive
//! the process.

use crate::crash_point::CrashPoint;
use async_trait::async_trait;
use model::TenantId;
use services::mail::{MailError, Mailer, Message, Sent};
use services::outbox::file_name;
use services::payments::{Outcome, PaymentError, PaymentRequest, Payments};
use services::scripted::ScriptedGateway;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tests::invariants::Mails;

/// Members whose mails are put off: one a notice, one about an order.
const LIMITED: [&str; 2] = ["noticed", "declined"];

/// Takes every mail it is given, as often as it is given it.
#[derive(Default)]
pub struct RecordingMailer {
    /// Those it has told to come back later, which it does once for some.
    put_off: Mutex<BTreeSet<String>>,
    sent: Mutex<Vec<Message>>,
    /// Whether it can tell what it has sent.
    tells: bool,
}

impl RecordingMailer {
    pub fn new(tells: bool) -> RecordingMailer {
        RecordingMailer {
            tells,
            ..RecordingMailer::default()
        }
    }

    pub fn mails(&self) -> Mails {
        let mut mails = Mails::new();
        for message in self.sent.lock().unwrap().iter() {
            *mails.entry(file_name(&message.message_id)).or_default() += 1;
        }
        mails
    }

    fn take(&self, message: &Message) -> Result<Sent, MailError> {
        let id = message.message_id.clone();
        let limited = LIMITED.iter().any(|name| id.contains(name));
        if limited && self.put_off.lock().unwrap().insert(id.clone()) {
            let retry_after_seconds = 1;
            return Err(MailError::RateLimited {
                retry_after_seconds,
            });
        }
        self.sent.lock().unwrap().push(message.clone());
        Ok(Sent { provider_id: id })
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

pub struct Faulty<T> {
    pub inner: Arc<T>,
    pub crash_point: Arc<CrashPoint>,
}

#[async_trait]
impl Mailer for Faulty<RecordingMailer> {
    async fn send(&self, _tenant: &str, message: &Message) -> Result<Sent, MailError> {
        let sent = async { self.inner.take(message) };
        let lost = MailError::Unknown("the answer was lost".into());
        self.crash_point.call(sent, Err(lost)).await
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
impl Payments for Faulty<ScriptedGateway> {
    async fn create(&self, t: &TenantId, request: &PaymentRequest) -> Result<String, PaymentError> {
        let call = self.inner.create(t, request);
        self.crash_point.call(call, lost()).await
    }

    async fn confirm(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        let call = self.inner.confirm(tenant, id);
        self.crash_point.call(call, lost()).await
    }

    async fn ask(&self, tenant: &TenantId, id: &str) -> Result<Outcome, PaymentError> {
        let call = self.inner.ask(tenant, id);
        self.crash_point.call(call, lost()).await
    }
}
