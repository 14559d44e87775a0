//! Notices on their way to members: who gets them, what they say, and sending
//! them at most once.

use ledger::context::TenantBilling;
use ledger::order::{Order, PARTITION};
use model::resource::ID_FIELD;
use model::resources::Types;
use model::resources::billing_notice::{self as notice, BillingNotices, is_active};
use model::resources::membership::{self as m, OwnerType};
use model::resources::people::{self, Contacts, Organizations};
use model::{Error, Record};
use serde_json::{Map, Value, json};
use services::mail::{MailError, Message, deliver_to, message_id};
use services::notice::{Context, EmailTemplate, Notice};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A notice as it is sent many times.
struct Compiled {
    notice: Notice,
    roles: Vec<String>,
    /// Whether it may tell what else is owed, which costs a query.
    tells_arrears: bool,
}

/// The notices and types of a pass, each read and compiled once.
#[derive(Default)]
pub struct NoticeCache {
    notices: Mutex<HashMap<String, Result<Arc<Compiled>, String>>>,
    types: Mutex<HashMap<String, Option<Record>>>,
}

/// What a mail is about.
pub struct NoticeContext<'a> {
    pub member: &'a Record,
    pub order: Option<&'a Order>,
    pub run: &'a Record,
    pub reminder: Option<i64>,
    /// Names the mail: the same key never goes out twice.
    pub key: &'a str,
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

impl NoticeCache {
    /// The mail of a notice, ready to go.
    ///
    /// # Errors
    /// [`Unwritten`]
    pub async fn write(
        &self,
        billing: &TenantBilling,
        id: &str,
        about: &NoticeContext<'_>,
    ) -> Result<Message, Unwritten> {
        let compiled = self.compiled(billing, id).await??;
        let owner = Owner::of(billing, about.member).await?;
        let to = recipients(billing, about.member, &owner.record, &compiled.roles).await?;
        let mut fields = self.merge_fields(billing, about, &owner).await?;
        if compiled.tells_arrears {
            fields.insert("arrears".into(), arrears(billing, about).await?);
        }
        let context = Context::new(&fields);
        let mut rendered = compiled
            .notice
            .render(&context)
            .map_err(|error| format!("notice {id}: {error}"))?;
        if rendered.from.trim().is_empty() {
            rendered.from = billing.tenant.sender.clone();
        }
        let message_id = message_id(billing.store.tenant().as_str(), about.key);
        let message = rendered
            .message(&to, &message_id, billing.tenant.now())
            .map_err(|error| format!("notice {id}: {error}"))?;
        deliver_to(&billing.tenant.delivery, message).ok_or_else(|| Unwritten::Why(OFF.into()))
    }

    /// What a notice came to stays known; that it could not be read does not.
    async fn compiled(
        &self,
        billing: &TenantBilling,
        id: &str,
    ) -> Result<Result<Arc<Compiled>, String>, Error> {
        let mut notices = self.notices.lock().await;
        if let Some(known) = notices.get(id) {
            return Ok(known.clone());
        }
        let read = billing.store.get::<BillingNotices>(id).await?;
        let compiled = match read {
            None => Err(format!("notice {id} does not exist")),
            Some(record) if !is_active(&record) => Err(format!("notice {id} is not active")),
            Some(record) => compile(&record).map_err(|why| format!("notice {id}: {why}")),
        };
        notices.insert(id.to_owned(), compiled.clone());
        Ok(compiled)
    }

    async fn type_of(&self, billing: &TenantBilling, id: &str) -> Result<Option<Record>, Error> {
        let mut types = self.types.lock().await;
        if let Some(known) = types.get(id) {
            return Ok(known.clone());
        }
        let found = billing.store.get::<Types>(id).await?;
        types.insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// What a template can name (rule MAIL-7).
    pub(crate) async fn merge_fields(
        &self,
        billing: &TenantBilling,
        about: &NoticeContext<'_>,
        owner: &Owner,
    ) -> Result<Map<String, Value>, Error> {
        let kind = self.type_of(billing, about.member.text(m::TYPE_ID)).await?;
        let package = billing.packages.get(about.member.text(m::PACKAGE_ID)).ok();
        let shown = |record: &Record| Value::Object(record.without_internal());
        let portal = billing.tenant.portal_url.trim_end_matches('/');
        let id = about.member.text(ID_FIELD);
        let mut fields = Map::new();
        fields.insert("membership".into(), Value::Object(web_safe(about.member)));
        fields.insert(owner.name.into(), shown(&owner.record));
        fields.insert("type".into(), kind.as_ref().map_or(Value::Null, shown));
        fields.insert(
            "package".into(),
            package.map_or(Value::Null, |package| shown(&package.record)),
        );
        fields.insert("billing_run".into(), shown(about.run));
        fields.insert(
            "reminder".into(),
            about
                .reminder
                .map_or(Value::Null, |number| json!({ "number": number })),
        );
        fields.insert(
            "tenant".into(),
            json!({ "name": billing.tenant.name, "time_zone": billing.tenant.zone_name, "currency": billing.tenant.currency.code() }),
        );
        let mut links = json!({ "portal": portal, "renew": format!("{portal}/renew/{id}") });
        if let Some(order) = about.order {
            // A forecast can't be paid.
            if !order.pro_forma {
                links["pay"] = format!("{portal}/pay/{}", order.id).into();
            }
            let shown = order_fields(order);
            fields.insert("invoice".into(), shown.clone());
            fields.insert("order".into(), shown);
        }
        fields.insert("links".into(), links);
        Ok(fields)
    }
}

/// A membership without the card's token: a template must not mail it.
fn web_safe(member: &Record) -> Map<String, Value> {
    let mut fields = member.without_internal();
    if let Some(Value::Object(info)) = fields.get_mut(m::PAYMENT_INFO.name()) {
        info.remove("payment_account");
    }
    fields
}

/// An order as templates see it; amounts with all decimals of their currency.
pub fn order_fields(order: &Order) -> Value {
    let number = |amount: rust_decimal::Decimal| model::field::number(&amount.to_string());
    let line = |line: &ledger::order::Line| json!({ "name": line.name, "kind": line.kind, "quantity": line.quantity, "unit_price": number(line.unit_price), "total": number(line.total) });
    json!({
        "id": order.id, "number": order.number, "status": order.status, "pro_forma": order.pro_forma,
        "currency": order.currency, "total": number(order.total), "paid": number(order.paid),
        "balance": number(order.balance()), "balance_due": number(order.balance()),
        "term_start": order.renewal.term_start, "term_expiration": order.renewal.term_expiration,
        "lines": order.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// Every unpaid balance of the member, the oldest first.
pub(crate) async fn arrears(
    billing: &TenantBilling,
    about: &NoticeContext<'_>,
) -> Result<Value, Error> {
    let id = about.member.text(ID_FIELD);
    let found = billing.store.documents_of::<Order>(id, PARTITION).await?;
    let mut orders: Vec<Order> = found.into_iter().map(|found| found.value).collect();
    // The list may be a moment old: the order at hand is newer.
    if let Some(order) = about.order {
        orders.retain(|known| known.id != order.id);
        orders.push(order.clone());
    }
    orders.retain(|order| !order.pro_forma && !order.is_void() && !order.is_paid());
    orders.sort_by_key(|order| order.number);
    Ok(orders.iter().map(order_fields).collect())
}

fn compile(record: &Record) -> Result<Arc<Compiled>, String> {
    let email = record
        .get(notice::EMAIL_TEMPLATE)
        .unwrap_or_else(|| json!({}));
    let tells_arrears = email.to_string().contains("arrears");
    let email: EmailTemplate = serde_json::from_value(email).map_err(|cause| cause.to_string())?;
    let notice = Notice::compile(&email).map_err(|problems| {
        let found: Vec<String> = problems
            .iter()
            .map(|p| format!("{} {}", p.path, p.message))
            .collect();
        found.join("; ")
    })?;
    Ok(Arc::new(Compiled {
        notice,
        tells_arrears,
        roles: record.get(notice::CONTACT_ROLE_IDS).unwrap_or_default(),
    }))
}

/// The member, under the name templates know it by.
pub(crate) struct Owner {
    name: &'static str,
    record: Record,
}

impl Owner {
    /// One that is not there any more is empty.
    pub(crate) async fn of(billing: &TenantBilling, member: &Record) -> Result<Owner, Error> {
        let (name, found) = match member.get(m::OWNER_TYPE) {
            Some(OwnerType::Organization) => {
                let id = member.text(m::ORGANIZATION_ID);
                (
                    "organization",
                    billing.store.get::<Organizations>(id).await?,
                )
            }
            _ => {
                let id = member.text(m::CONTACT_ID);
                ("contact", billing.store.get::<Contacts>(id).await?)
            }
        };
        let record = found.unwrap_or_default();
        Ok(Owner { name, record })
    }
}

/// Addresses: a person's own; of an organization, its people with the notice's
/// roles, else its own (rule MAIL-2).
async fn recipients(
    billing: &TenantBilling,
    member: &Record,
    owner: &Record,
    roles: &[String],
) -> Result<Vec<String>, Unwritten> {
    let mut to = Vec::new();
    if member.get(m::OWNER_TYPE) == Some(OwnerType::Organization) {
        to = with_roles(billing, owner, roles).await?;
        to.retain(|address| !address.trim().is_empty());
    }
    if to.is_empty() {
        let own = owner
            .get(people::EMAIL_ADDRESS)
            .or(member.get(m::EMAIL_ADDRESS));
        to.extend(own.filter(|address| !address.trim().is_empty()));
    }
    if to.is_empty() {
        return Err(format!("{} has no e-mail address", member.text(m::NAME)).into());
    }
    Ok(to)
}

async fn with_roles(
    billing: &TenantBilling,
    organization: &Record,
    roles: &[String],
) -> Result<Vec<String>, Error> {
    let ids = organization.get(people::CONTACT_IDS).unwrap_or_default();
    let people = billing.store.get_many::<Contacts>(&ids).await?;
    let with_role = |contact: &&Record| {
        contact
            .get(people::ROLE_IDS)
            .unwrap_or_default()
            .iter()
            .any(|role| roles.contains(role))
    };
    let chosen = people.iter().flatten().filter(with_role);
    Ok(chosen
        .filter_map(|contact| contact.get(people::EMAIL_ADDRESS))
        .collect())
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
