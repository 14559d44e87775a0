//! Previews: a template filled in for one membership and mailed to one address.
//! They change nothing (rule MAIL-8).

use crate::notice_mail::{NoticeCache, NoticeContext, Sources, orders_of, owner_of};
use ledger::context::TenantBilling;
use ledger::group::Group;
use ledger::order::Order;
use ledger::shape;
use model::error::Problems;
use model::field::{Field, FieldDef};
use model::resource::ID_FIELD;
use model::resources::application_setup::{
    GROUP_CONTACT_ID, GROUP_ORDER_ID, GROUP_ORGANIZATION_ID,
};
use model::resources::common::{EMAIL, text};
use model::resources::membership::{ORDER_ID, PAYMENT_INFO};
use model::resources::{ApplicationGroups, Applications, Contacts, Memberships, Organizations};
use model::{Error, Record, Result, Schema, schema};
use serde_json::{Map, Value, json};
use services::mail::{Delivery, MailError, Message, deliver_to, message_id, parse_one};
use services::notice::{Context, EmailTemplate, Notice, NoticeError, Rendered, check, render};

const MEMBERSHIP_ID: Field<String> =
    Field::with(text("membership_id", "Whose fields it is filled in with.").required());
const TEMPLATE: Field<Value> = Field::with(
    FieldDef::new("email_template", EMAIL)
        .required()
        .about("What is sent, as in a notice; nobody in its cc and bcc gets it."),
);
const DESTINATION: Field<String> =
    Field::with(text("destination_email_address", "The one address it goes to.").required());

/// The body of a preview.
pub const PREVIEW: Schema = Schema {
    title: "EmailPreview",
    groups: &[schema::Group {
        title: "Preview",
        fields: &[MEMBERSHIP_ID.def, TEMPLATE.def, DESTINATION.def],
    }],
};

const GROUP_ID: Field<String> =
    Field::with(text("application_group_id", "What it is filled in with.").required());

/// The body of a preview for a group of applications.
pub const GROUP_PREVIEW: Schema = Schema {
    title: "GroupEmailPreview",
    groups: &[schema::Group {
        title: "Preview",
        fields: &[GROUP_ID.def, TEMPLATE.def, DESTINATION.def],
    }],
};

/// The same for a group of applications: its administrator, and the one order.
///
/// # Errors
/// As [`email`].
pub async fn group_email(billing: &TenantBilling, body: Map<String, Value>) -> Result<()> {
    let asked = Record::new(body);
    let template = read(billing, &GROUP_PREVIEW, &asked)?;
    let id = asked.text(GROUP_ID);
    let group = billing.store.require::<ApplicationGroups>(id).await?;
    let context = group_context(billing, &group).await?;
    let rendered = render(&template, &context).map_err(refused)?;
    let message = addressed(billing, rendered, asked.text(DESTINATION))?;
    send(billing, message).await
}

async fn group_context(billing: &TenantBilling, group: &Record) -> Result<Context> {
    let store = &billing.store;
    let contact = store.get::<Contacts>(group.text(GROUP_CONTACT_ID)).await?;
    let organization = match group.get(GROUP_ORGANIZATION_ID) {
        Some(id) => store.get::<Organizations>(&id).await?,
        None => None,
    };
    let order = match group.get(GROUP_ORDER_ID) {
        Some(id) => Group::find(store, &id).await?,
        None => None,
    };
    let shown = |record: &Record| Value::Object(record.without_internal());
    let portal = billing.tenant.portal_url.trim_end_matches('/');
    let mut fields = Map::new();
    fields.insert("application_group".into(), shown(group));
    for (name, record) in [("contact", contact), ("organization", organization)] {
        fields.insert(name.into(), record.as_ref().map_or(Value::Null, shown));
    }
    let mut links = json!({ "portal": portal });
    if let Some(order) = &order {
        links["pay"] = format!("{portal}/pay/{}", order.order.value.id).into();
        fields.insert("order".into(), Value::Object(shape::group(order)));
    }
    let applications = applications_of(billing, order.as_ref()).await?;
    fields.insert("applications".into(), applications.into());
    fields.insert(
        "tenant".into(),
        json!({ "name": billing.tenant.name, "time_zone": billing.tenant.zone_name, "currency": billing.tenant.currency.code() }),
    );
    fields.insert("links".into(), links);
    Ok(Context::new(&fields))
}

/// The applications that a group's order bills, each with its own `order`.
async fn applications_of(billing: &TenantBilling, order: Option<&Group>) -> Result<Vec<Value>> {
    let orders: Vec<&Order> = order
        .into_iter()
        .flat_map(Group::standing)
        .map(|o| &o.value)
        .collect();
    let id = |order: &&Order| order.application.as_ref().map(|of| of.id.clone());
    let ids: Vec<String> = orders.iter().filter_map(id).collect();
    let found = billing.store.get_many::<Applications>(&ids).await?;
    let shown = orders.iter().zip(found).filter_map(|(order, application)| {
        let mut shown = application?.without_internal();
        shown.remove(PAYMENT_INFO.name());
        shown.insert("order".into(), Value::Object(shape::order(order)));
        Some(Value::Object(shown))
    });
    Ok(shown.collect())
}

/// Renders and sends. An order of the membership's is shown if it has one.
///
/// # Errors
/// `Invalid` for what is wrong with the body, the template once filled in, or
/// the tenant's setting `delivery`; `NotFound` for the membership.
pub async fn email(billing: &TenantBilling, body: Map<String, Value>) -> Result<()> {
    let asked = Record::new(body);
    let template = read(billing, &PREVIEW, &asked)?;
    let id = asked.text(MEMBERSHIP_ID);
    let member = billing.store.require::<Memberships>(id).await?;
    let rendered = rendered(billing, &template, &member)
        .await?
        .map_err(refused)?;
    let message = addressed(billing, rendered, asked.text(DESTINATION))?;
    send(billing, message).await
}

/// The template, if everything about the body is right.
fn read(billing: &TenantBilling, schema: &Schema, asked: &Record) -> Result<EmailTemplate> {
    let mut problems = Problems::default();
    schema.check(asked, &mut problems);
    let template = asked.get(TEMPLATE).unwrap_or_default();
    let template: EmailTemplate = serde_json::from_value(template).unwrap_or_default();
    if let Err(found) = check(&template) {
        problems.extend(found.into_iter().map(|problem| problem.under(AT)));
    }
    let at = format!("/{}", DESTINATION.name());
    if asked.has(DESTINATION) {
        match parse_one(asked.text(DESTINATION)) {
            Ok(Some(_)) => {}
            Ok(None) => problems.add(&at, "must be an e-mail address"),
            Err(why) => problems.add(&at, why),
        }
    }
    if billing.tenant.delivery == Delivery::Off {
        problems.add(&at, "cannot be mailed to: the setting delivery is off");
    }
    problems.into_result()?;
    Ok(template)
}

const AT: &str = "/email_template";

fn refused(error: NoticeError) -> Error {
    let problems = error.0.into_iter();
    Error::Invalid(problems.map(|problem| problem.under(AT)).collect())
}

/// A page of HTML, filled in for one membership as a mail is (rule FILE-6).
///
/// # Errors
/// `Invalid` at `at` for what is wrong with the template.
pub async fn page(
    billing: &TenantBilling,
    html: &str,
    at: &str,
    member: &Record,
) -> Result<String> {
    let template = EmailTemplate::page(html);
    let rendered = rendered(billing, &template, member).await?;
    let rendered = rendered.map_err(|error| Error::Invalid(error.of_page(at)))?;
    Ok(rendered.body)
}

async fn rendered(
    billing: &TenantBilling,
    template: &EmailTemplate,
    member: &Record,
) -> Result<std::result::Result<Rendered, NoticeError>> {
    let notice = match Notice::compile(template) {
        Ok(notice) => notice,
        Err(problems) => return Ok(Err(NoticeError(problems))),
    };
    let order = match member.get(ORDER_ID) {
        Some(id) => Order::find(&billing.store, &id).await?,
        None => None,
    };
    let about = NoticeContext {
        member,
        order: order.as_ref().map(|order| &order.value),
        reminder: None,
        key: "",
    };
    let names = notice.names();
    let sources = Sources {
        owner: owner_of(billing, member).await?,
        orders: match names.has("arrears") {
            true => orders_of(billing, member.text(ID_FIELD)).await?,
            false => Vec::new(),
        },
        ..Sources::default()
    };
    let no_run = Record::default();
    let fields = NoticeCache::new(billing, &no_run);
    let context = fields.context(&names, &about, &sources).await?;
    Ok(notice.render(&context))
}

/// The mail, to the one address or wherever the tenant's mail is redirected to.
fn addressed(billing: &TenantBilling, mut rendered: Rendered, to: &str) -> Result<Option<Message>> {
    rendered.cc.clear();
    rendered.bcc.clear();
    if rendered.from.trim().is_empty() {
        rendered.from = billing.tenant.sender.clone();
    }
    // Asked for twice it is sent twice: each has a key of its own.
    let key = format!("preview|{}", model::ids::generate());
    let id = message_id(billing.store.tenant().as_str(), &key);
    let message = rendered
        .message(&[to.to_owned()], &id, billing.tenant.now())
        .map_err(refused)?;
    Ok(deliver_to(&billing.tenant.delivery, message))
}

async fn send(billing: &TenantBilling, message: Option<Message>) -> Result<()> {
    let Some(message) = message else {
        return Err(Error::internal("mail is off, and was when it was checked"));
    };
    let tenant = billing.store.tenant().as_str();
    match billing.ports.mailer.send(tenant, &message).await {
        Ok(_) => Ok(()),
        Err(MailError::Refused(why)) => Err(Error::invalid(
            format!("/{}", DESTINATION.name()),
            format!("could not be mailed to: {why}"),
        )),
        Err(MailError::RateLimited {
            retry_after_seconds,
        }) => Err(Error::Throttled {
            retry_after_seconds: u32::try_from(retry_after_seconds).unwrap_or(60),
        }),
        Err(MailError::Unknown(why)) => Err(Error::Unknown(format!("preview: {why}"))),
    }
}
