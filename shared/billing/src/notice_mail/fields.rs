//! What a template can name (rule MAIL-7).

use super::recipients::owner_type;
use super::{NoticeCache, NoticeContext, Sources};
use ledger::context::TenantBilling;
use ledger::order::Order;
use model::field::{FieldDef, Writer};
use model::resource::{ID_FIELD, Resource};
use model::resources::Types;
use model::resources::billing_run::{self as run, BillingRuns};
use model::resources::membership as m;
use model::{Error, Record};
use serde_json::{Map, Value, json};
use services::notice::{Context, Names, Shared};

impl NoticeCache<'_> {
    /// The merge fields of a mail, as far as they are named.
    pub(crate) async fn context(
        &self,
        names: &Names,
        about: &NoticeContext<'_>,
        sources: &Sources,
    ) -> Result<Context, Error> {
        let mut roots = Map::new();
        roots.insert("membership".into(), Value::Object(web_safe(about.member)));
        let owner = owner_type(about.member).to_string();
        roots.insert(owner, shown(&sources.owner));
        if let Some(number) = about.reminder {
            roots.insert("reminder".into(), json!({ "number": number }));
        }
        if let Some(order) = about.order {
            let shown = order_fields(order);
            roots.insert("invoice".into(), shown.clone());
            roots.insert("order".into(), shown);
        }
        if names.has("arrears") {
            let arrears = arrears(sources.orders.clone(), about.order);
            roots.insert("arrears".into(), arrears);
        }
        roots.insert("links".into(), links(self.billing, about));
        let mut shared = vec![("tenant", self.tenant.clone())];
        if names.has("billing_run") {
            shared.push(("billing_run", self.run.clone()));
        }
        if names.has("package") {
            let package = self.package_of(about.member.text(m::PACKAGE_ID)).await;
            shared.extend(package.map(|package| ("package", package)));
        }
        if names.has("type") {
            let kind = self.type_of(about.member.text(m::TYPE_ID)).await?;
            shared.extend(kind.map(|kind| ("type", kind)));
        }
        Ok(Context::with(&roots, shared))
    }

    async fn type_of(&self, id: &str) -> Result<Option<Shared>, Error> {
        let mut types = self.types.lock().await;
        if let Some(known) = types.get(id) {
            return Ok(known.clone());
        }
        let found = self.billing.store.get::<Types>(id).await?;
        let found = found.map(|found| Shared::new(&shown(&found)));
        types.insert(id.to_owned(), found.clone());
        Ok(found)
    }

    async fn package_of(&self, id: &str) -> Option<Shared> {
        let mut packages = self.packages.lock().await;
        if let Some(known) = packages.get(id) {
            return Some(known.clone());
        }
        let package = self.billing.packages.get(id).ok()?;
        let package = Shared::new(&shown(&package.record));
        packages.insert(id.to_owned(), package.clone());
        Some(package)
    }
}

pub(super) fn shown(record: &Record) -> Value {
    Value::Object(record.without_internal())
}

/// A run as a template sees it: what does not differ between planning, when its mails
/// are tried, and executing, when they are sent.
pub(super) fn run(billing: &TenantBilling, record: &Record) -> Value {
    let written =
        |field: &&FieldDef| field.writer == Writer::Client && field.name != run::STATUS.name();
    let names = BillingRuns::SCHEMA.fields().filter(written);
    let names = names.map(|field| field.name).chain([ID_FIELD.name()]);
    let names: Vec<&str> = names.collect();
    let mut shown = record.pick(&names);
    let date = record.get(run::RUN_DATE);
    let date = date.or_else(|| record.get(run::SCHEDULED_RUN));
    let date = date.unwrap_or_else(|| billing.tenant.now());
    shown.insert(run::RUN_DATE.name().into(), date.to_string().into());
    Value::Object(shown)
}

pub(super) fn tenant(billing: &TenantBilling) -> Value {
    let tenant = &billing.tenant;
    json!({ "name": tenant.name, "time_zone": tenant.zone_name, "currency": tenant.currency.code() })
}

fn links(billing: &TenantBilling, about: &NoticeContext<'_>) -> Value {
    let portal = billing.tenant.portal_url.trim_end_matches('/');
    let id = about.member.text(ID_FIELD);
    let mut links = json!({ "portal": portal, "renew": format!("{portal}/renew/{id}") });
    // A forecast can't be paid.
    if let Some(order) = about.order.filter(|order| !order.pro_forma) {
        links["pay"] = format!("{portal}/pay/{}", order.id).into();
    }
    links
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
fn order_fields(order: &Order) -> Value {
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
fn arrears(mut orders: Vec<Order>, at_hand: Option<&Order>) -> Value {
    // The list may be a moment old: the order at hand is newer.
    if let Some(order) = at_hand {
        orders.retain(|known| known.id != order.id);
        orders.push(order.clone());
    }
    orders.retain(|order| !order.pro_forma && !order.is_void() && !order.is_paid());
    orders.sort_by_key(|order| order.number);
    orders.iter().map(order_fields).collect()
}
