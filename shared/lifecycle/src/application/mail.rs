//! What an applicant is told: that the application has come, and that it is
//! activated, and by chapters and sections that one is a member of theirs. Each at
//! most once (rules APPL-11, AFF-7).

use ledger::context::TenantBilling;
use ledger::order::Order;
use ledger::shape;
use model::resource::{ID_FIELD, Resource};
use model::resources::application::{
    ACTIVATED_AT, JOINED, ORDER_ID, PACKAGE_ID, PROCESS_ID, TYPE_ID,
};
use model::resources::application_setup::ApplicationProcesses;
use model::resources::membership as m;
use model::resources::people;
use model::resources::{Applications, Chapters, Sections, Types};
use model::{Record, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use services::mail::{Message, deliver_to, message_id};
use services::notice::{Context, EmailTemplate, render};
use store::{Document, DocumentKey, Versioned};

use super::parties::Parties;

/// Seconds after which a mail that was begun counts as left behind.
const LEFT_AFTER: i64 = 60;

/// A mail, its switch, and its template.
struct Mail {
    name: &'static str,
    switch: &'static str,
    template: &'static str,
}

const CONFIRMATION: Mail = Mail {
    name: "confirmation",
    switch: "enable_application_confirmation_email",
    template: "application_confirmation_email",
};
const ACTIVATION: Mail = Mail {
    name: "activation",
    switch: "enable_membership_activation_email",
    template: "membership_activation_email",
};
const HELD: &str = "do_not_send_activation_email_until_membership_is_paid";

/// That a mail was begun, written before it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    mail: String,
    /// By the system's clock.
    at: jiff::Timestamp,
}

impl Document for Begun {
    const WHAT: &'static str = "mail";
    fn key(&self) -> DocumentKey {
        DocumentKey::new(format!("mail#{}", self.mail), "mail")
    }
}

/// Tells that an application has come: it has, whatever becomes of the mail.
pub async fn submitted(billing: &TenantBilling, application: &Record) {
    if let Err(error) = tell(billing, application, &CONFIRMATION, None).await {
        tracing::warn!(application = application.text(ID_FIELD), %error, "no confirmation");
    }
}

/// Tells of an activation, unless the process holds that until it is paid.
pub async fn activated(billing: &TenantBilling, application: &Record) -> Result<()> {
    let order = match application.get(ORDER_ID) {
        Some(id) => Order::find(&billing.store, &id).await?,
        None => None,
    };
    let order = order.map(|found| found.value);
    tell(billing, application, &ACTIVATION, order.as_ref()).await?;
    welcome(billing, application, order.as_ref()).await
}

/// What chapters and sections write to their new members (rule AFF-7).
async fn welcome(
    billing: &TenantBilling,
    application: &Record,
    order: Option<&Order>,
) -> Result<()> {
    let joined = application.get(JOINED).unwrap_or_default();
    for (resource, ids) in joined.as_object().into_iter().flatten() {
        for id in ids
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            let (name, found) = match resource.as_str() {
                Chapters::NAME => ("chapter", billing.store.get::<Chapters>(id).await?),
                _ => ("section", billing.store.get::<Sections>(id).await?),
            };
            let Some(joined) = found.filter(|found| is_on(found, "enable_new_member_email")) else {
                continue;
            };
            let key = format!("application|{}|{resource}|{id}", application.text(ID_FIELD));
            let template = joined.raw("new_member_email").cloned().unwrap_or_default();
            let about = About {
                application,
                order,
                joined: Some((name, &joined)),
            };
            go(billing, about, template, &key).await?;
        }
    }
    Ok(())
}

/// An order has been paid on: what was held until it is paid can go.
pub async fn paid(billing: &TenantBilling, order: &Order) -> Result<()> {
    let Some(of) = order.application.as_ref().filter(|of| of.activated) else {
        return Ok(());
    };
    let application = billing.store.get_consistent::<Applications>(&of.id).await?;
    match application.filter(|application| application.has(ACTIVATED_AT)) {
        Some(application) => tell(billing, &application, &ACTIVATION, Some(order)).await,
        None => Ok(()),
    }
}

/// What keeps a mail from going is logged: the work it tells of is done.
async fn tell(
    billing: &TenantBilling,
    application: &Record,
    mail: &Mail,
    order: Option<&Order>,
) -> Result<()> {
    let process = application.text(PROCESS_ID);
    let process = billing.store.get::<ApplicationProcesses>(process).await?;
    let Some(process) = process.filter(|process| is_on(process, mail.switch)) else {
        return Ok(());
    };
    let unpaid = order.is_some_and(|order| !order.is_paid());
    if mail.name == ACTIVATION.name && unpaid && is_on(&process, HELD) {
        return Ok(());
    }
    let key = format!("application|{}|{}", application.text(ID_FIELD), mail.name);
    let template = process.raw(mail.template).cloned().unwrap_or_default();
    let about = About {
        application,
        order,
        joined: None,
    };
    go(billing, about, template, &key).await
}

fn is_on(record: &Record, switch: &str) -> bool {
    record.raw(switch) == Some(&Value::Bool(true))
}

/// What a mail tells of.
#[derive(Clone, Copy)]
struct About<'a> {
    application: &'a Record,
    order: Option<&'a Order>,
    /// The chapter or section that was joined, by the name that templates know it by.
    joined: Option<(&'static str, &'a Record)>,
}

/// Writes a mail and sends it, unless it was begun before.
async fn go(billing: &TenantBilling, about: About<'_>, template: Value, key: &str) -> Result<()> {
    match written(billing, about, template, key).await? {
        Ok(Some(message)) => send(billing, key, &message).await,
        Ok(None) => Ok(()),
        Err(why) => {
            tracing::warn!(key, why, "an applicant could not be told");
            Ok(())
        }
    }
}

/// The mail; `None` where mail is off, and one line where it can't be written.
async fn written(
    billing: &TenantBilling,
    about: About<'_>,
    template: Value,
    key: &str,
) -> Result<std::result::Result<Option<Message>, String>> {
    let parties = Parties::of(&billing.store, about.application).await?;
    let fields = merge_fields(billing, about, &parties).await?;
    let template: EmailTemplate = match serde_json::from_value(template) {
        Ok(template) => template,
        Err(cause) => return Ok(Err(cause.to_string())),
    };
    let rendered = render(&template, &Context::new(&fields));
    let mut rendered = match rendered {
        Ok(rendered) => rendered,
        Err(cause) => return Ok(Err(cause.to_string())),
    };
    if rendered.from.trim().is_empty() {
        rendered.from = billing.tenant.sender.clone();
    }
    let to = parties.owner.text(people::EMAIL_ADDRESS).to_owned();
    let id = message_id(billing.store.tenant().as_str(), key);
    let message = rendered.message(&[to], &id, billing.tenant.now());
    Ok(match message {
        Ok(message) => Ok(deliver_to(&billing.tenant.delivery, message)),
        // What is wrong would quote addresses.
        Err(_) => Err("it lacks a sender or a recipient".into()),
    })
}

async fn merge_fields(
    billing: &TenantBilling,
    about: About<'_>,
    parties: &Parties,
) -> Result<Map<String, Value>> {
    let About {
        application, order, ..
    } = about;
    let kind = parties.member.as_ref().unwrap_or(application);
    let kind = match kind.text(m::TYPE_ID) {
        "" => application.text(TYPE_ID),
        id => id,
    };
    let kind = billing.store.get::<Types>(kind).await?;
    let package = billing.packages.get(application.text(PACKAGE_ID)).ok();
    let portal = billing.tenant.portal_url.trim_end_matches('/');
    let shown = |record: &Record| Value::Object(safe(record));
    let mut fields = Map::new();
    fields.insert("application".into(), shown(application));
    let owner = parties.owner_type.to_string();
    fields.insert(owner, shown(&parties.owner));
    let mut links = json!({ "portal": portal });
    for (name, record) in [
        ("membership", parties.member.as_ref()),
        ("type", kind.as_ref()),
        ("package", package.map(|package| &package.record)),
    ] {
        fields.insert(name.into(), record.map_or(Value::Null, shown));
    }
    if let Some((name, joined)) = about.joined {
        fields.insert(name.into(), shown(joined));
    }
    if let Some(order) = order {
        links["pay"] = format!("{portal}/pay/{}", order.id).into();
        fields.insert("order".into(), Value::Object(shape::order(order)));
    }
    fields.insert(
        "tenant".into(),
        json!({ "name": billing.tenant.name, "time_zone": billing.tenant.zone_name, "currency": billing.tenant.currency.code() }),
    );
    fields.insert("links".into(), links);
    Ok(fields)
}

/// Without the card's token.
fn safe(record: &Record) -> Map<String, Value> {
    let mut fields = record.without_internal();
    if let Some(Value::Object(info)) = fields.get_mut(m::PAYMENT_INFO.name()) {
        info.remove("payment_account");
    }
    fields
}

/// Sends a mail that nobody has begun, or that was left behind and certainly not
/// sent.
async fn send(billing: &TenantBilling, key: &str, message: &Message) -> Result<()> {
    let begun = Begun {
        mail: key.to_owned(),
        at: jiff::Timestamp::now(),
    };
    let (mailer, tenant) = (&billing.ports.mailer, billing.store.tenant().as_str());
    if billing
        .store
        .put(&Versioned::new(begun.clone()))
        .await?
        .is_none()
    {
        let known = billing.store.document::<Begun>(&begun.key()).await?;
        let left = |known: &Versioned<Begun>| {
            known.value.at.as_second() + LEFT_AFTER < begun.at.as_second()
        };
        let Some(known) = known.filter(left) else {
            return Ok(());
        };
        let unsent = mailer.was_sent(tenant, &message.message_id).await == Some(false);
        if !unsent || billing.store.put(&known.with(begun)).await?.is_none() {
            return Ok(());
        }
    }
    if let Err(error) = mailer.send(tenant, message).await {
        tracing::warn!(key, %error, "an applicant could not be told");
    }
    Ok(())
}
