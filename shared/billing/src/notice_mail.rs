//! Notices on their way to members: what they say, and sending them at most once.

mod fields;
mod recipients;

use recipients::owner_type;
pub(crate) use recipients::{owner_of, people_of};

use ledger::context::TenantBilling;
use ledger::order::{Order, PARTITION};
use model::resource::ID_FIELD;
use model::resources::billing_notice::{self as notice, BillingNotices, is_active};
use model::resources::people::Contacts;
use model::{Error, Record};
use serde_json::json;
use services::mail::{MailError, Message, deliver_to, message_id};
use services::notice::{EmailTemplate, Names, Notice, Shared};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A notice as it is sent many times.
pub(crate) struct Compiled {
    id: String,
    notice: Notice,
    pub(crate) names: Names,
    pub(crate) roles: Vec<String>,
}

/// What the mails of a pass over a run share, each read and made ready once.
pub struct NoticeCache<'a> {
    billing: &'a TenantBilling,
    run: Shared,
    tenant: Shared,
    notices: Mutex<HashMap<String, Result<Arc<Compiled>, String>>>,
    types: Mutex<HashMap<String, Option<Shared>>>,
    packages: Mutex<HashMap<String, Shared>>,
}

/// What a mail is about.
pub struct NoticeContext<'a> {
    pub member: &'a Record,
    pub order: Option<&'a Order>,
    pub reminder: Option<i64>,
    /// Names the mail: the same key never goes out twice.
    pub key: &'a str,
}

/// What is read for a mail beside its membership.
#[derive(Default)]
pub(crate) struct Sources {
    /// The contact or organization.
    pub owner: Record,
    /// Among whom the notice's roles choose.
    pub people: Vec<Record>,
    /// The member's, where the notice tells what else is owed.
    pub orders: Vec<Order>,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    Sent,
    /// Certainly not sent; one line for staff.
    Refused(String),
    /// Perhaps sent; never sent again by itself.
    Perhaps(String),
    /// Not sent yet.
    Later(u32),
}

/// Turned off after the run was approved: nothing counts as sent that no provider
/// has taken.
const OFF: &str = "delivery is off";

/// Why a mail could not be written.
#[derive(Debug)]
pub enum Unwritten {
    /// One line for staff: no recipient, inactive, a template that fails, mail off.
    Why(String),
    /// The store did not answer: nothing is known of the notice.
    Failed(Error),
}

impl Unwritten {
    /// The line for staff.
    ///
    /// # Errors
    /// The store's, after which the mail is to be written again.
    pub fn why(self) -> Result<String, Error> {
        match self {
            Unwritten::Why(why) => Ok(why),
            Unwritten::Failed(error) => Err(error),
        }
    }
}

impl From<Error> for Unwritten {
    fn from(error: Error) -> Self {
        Unwritten::Failed(error)
    }
}

impl From<String> for Unwritten {
    fn from(why: String) -> Self {
        Unwritten::Why(why)
    }
}

impl<'a> NoticeCache<'a> {
    pub fn new(billing: &'a TenantBilling, run: &Record) -> NoticeCache<'a> {
        NoticeCache {
            billing,
            run: Shared::new(&fields::run(billing, run)),
            tenant: Shared::new(&fields::tenant(billing)),
            notices: Mutex::default(),
            types: Mutex::default(),
            packages: Mutex::default(),
        }
    }

    /// The mail of a notice, ready to go.
    ///
    /// # Errors
    /// [`Unwritten`]
    pub async fn write(&self, id: &str, about: &NoticeContext<'_>) -> Result<Message, Unwritten> {
        let compiled = self.compiled(id).await??;
        let sources = self.read(&compiled, about.member).await?;
        let message = self.compose(&compiled, about, &sources).await?;
        let delivery = &self.billing.tenant.delivery;
        deliver_to(delivery, message).ok_or_else(|| Unwritten::Why(OFF.into()))
    }

    async fn read(&self, compiled: &Compiled, member: &Record) -> Result<Sources, Error> {
        let owner = owner_of(self.billing, member).await?;
        let people = people_of(owner_type(member), &owner, &compiled.roles);
        let people = self.billing.store.get_many::<Contacts>(&people).await?;
        let orders = match compiled.names.has("arrears") {
            true => orders_of(self.billing, member.text(ID_FIELD)).await?,
            false => Vec::new(),
        };
        Ok(Sources {
            owner,
            people: people.into_iter().flatten().collect(),
            orders,
        })
    }

    /// The mail as it would be if mail is on: planning asks this too.
    ///
    /// # Errors
    /// [`Unwritten`]
    pub(crate) async fn compose(
        &self,
        compiled: &Compiled,
        about: &NoticeContext<'_>,
        sources: &Sources,
    ) -> Result<Message, Unwritten> {
        let (billing, id) = (self.billing, &compiled.id);
        let to = recipients::recipients(about.member, sources, &compiled.roles)?;
        let context = self.context(&compiled.names, about, sources).await?;
        let mut rendered = compiled
            .notice
            .render(&context)
            .map_err(|error| format!("notice {id}: {error}"))?;
        if rendered.from.trim().is_empty() {
            rendered.from = billing.tenant.sender.clone();
        }
        let message_id = message_id(billing.store.tenant().as_str(), about.key);
        let message = rendered.message(&to, &message_id, billing.tenant.now());
        Ok(message.map_err(|error| format!("notice {id}: {error}"))?)
    }

    /// What a notice came to stays known; that it could not be read does not.
    pub(crate) async fn compiled(&self, id: &str) -> Result<Result<Arc<Compiled>, String>, Error> {
        let mut notices = self.notices.lock().await;
        if let Some(known) = notices.get(id) {
            return Ok(known.clone());
        }
        let read = self.billing.store.get::<BillingNotices>(id).await?;
        let compiled = match read {
            None => Err(format!("notice {id} does not exist")),
            Some(record) if !is_active(&record) => Err(format!("notice {id} is not active")),
            Some(record) => compile(&record).map_err(|why| format!("notice {id}: {why}")),
        };
        notices.insert(id.to_owned(), compiled.clone());
        Ok(compiled)
    }
}

/// All orders of a member, as they were a moment ago.
pub(crate) async fn orders_of(billing: &TenantBilling, member: &str) -> Result<Vec<Order>, Error> {
    let found = billing
        .store
        .documents_of::<Order>(member, PARTITION)
        .await?;
    Ok(found.into_iter().map(|found| found.value).collect())
}

fn compile(record: &Record) -> Result<Arc<Compiled>, String> {
    let email = record
        .get(notice::EMAIL_TEMPLATE)
        .unwrap_or_else(|| json!({}));
    let email: EmailTemplate = serde_json::from_value(email).map_err(|cause| cause.to_string())?;
    let notice = Notice::compile(&email).map_err(|problems| {
        let found: Vec<String> = problems
            .iter()
            .map(|p| format!("{} {}", p.path, p.message))
            .collect();
        found.join("; ")
    })?;
    Ok(Arc::new(Compiled {
        id: record.text(ID_FIELD).to_owned(),
        names: notice.names(),
        notice,
        roles: record.get(notice::CONTACT_ROLE_IDS).unwrap_or_default(),
    }))
}

/// Sends a mail that has been claimed. After a crash (`resumed`) it is asked
/// first whether it went.
pub async fn send(billing: &TenantBilling, message: &Message, resumed: bool) -> SendOutcome {
    let (mailer, tenant) = (&billing.ports.mailer, billing.store.tenant().as_str());
    if resumed {
        match mailer.was_sent(tenant, &message.message_id).await {
            Some(true) => return SendOutcome::Sent,
            Some(false) => {}
            None => {
                return SendOutcome::Perhaps(
                    "perhaps sent: the outcome was lost in a restart".into(),
                );
            }
        }
    }
    match mailer.send(tenant, message).await {
        Ok(_) => SendOutcome::Sent,
        Err(MailError::Refused(why)) => SendOutcome::Refused(why),
        Err(MailError::Unknown(why)) => SendOutcome::Perhaps(format!("perhaps sent: {why}")),
        Err(MailError::RateLimited {
            retry_after_seconds,
        }) => SendOutcome::Later(u32::try_from(retry_after_seconds).unwrap_or(60)),
    }
}
