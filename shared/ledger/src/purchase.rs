//! What a renewal or an application buys, for how much and until when: an order
//! as a pure function of the membership, the packages and the day.

use crate::head::BillingHead;
use crate::order::{Line, OfApplication, Order, Renewal, RenewalKind, UpdateRule};
use crate::renew::{When, reason_due};
use jiff::civil::Date;
use model::Record;
use model::field::{decimal, whole};
use model::money::Currency;
use model::resources::catalogue;
use model::resources::membership::{self as m, OrderStatus};
use rust_decimal::Decimal;
use serde_json::Value;
use terms::package::{Package, Packages};
use terms::price::{
    AddOn, Dues, DuesProration, PackagePrice, PriceInput, PriceKind, PricedOrder, price,
};
use terms::{Classification, Term, classify, next_term, term_from};

/// What an order is made for, beside the membership.
#[derive(Clone, Debug)]
pub struct Occasion {
    pub id: String,
    pub number: i64,
    pub run: Option<String>,
    pub action: Option<String>,
    pub batch_id: Option<String>,
    pub by: String,
    pub pro_forma: bool,
    pub new_reason: Option<String>,
    /// Who is billed: the owner, or their organization.
    pub customer: (String, String),
}

/// What an order is for: fixed when it is made.
#[derive(Clone, Debug)]
pub struct Purchase {
    pub kind: RenewalKind,
    pub package_id: String,
    pub type_id: Option<String>,
    pub term: Term,
    pub update_dates_when: UpdateRule,
    pub priced: PricedOrder,
    pub application: Option<OfApplication>,
}

impl Purchase {
    /// A term of a package.
    pub fn of(package: &Package, kind: RenewalKind, term: Term, priced: PricedOrder) -> Purchase {
        Purchase {
            kind,
            package_id: package.id.clone(),
            type_id: package.record.get(catalogue::PACKAGE_TYPE_ID),
            term,
            update_dates_when: (&package.update_dates_when).into(),
            priced,
            application: None,
        }
    }
}

/// What a price depends on, of a membership.
#[derive(Clone, Debug, Default)]
pub struct Buyer {
    pub package_id: String,
    pub expiration_date: Option<Date>,
    pub chapters: Vec<Dues>,
    pub sections: Vec<Dues>,
    pub add_ons: Vec<AddOn>,
}

impl Buyer {
    pub fn of(member: &Record) -> Buyer {
        Buyer {
            package_id: member.text(m::PACKAGE_ID).to_owned(),
            expiration_date: member.get(m::EXPIRATION_DATE),
            chapters: dues(member, "chapters", "chapter_id"),
            sections: dues(member, "sections", "section_id"),
            add_ons: add_ons(member),
        }
    }
}

/// What a renewal would buy, for how much and until when.
#[derive(Clone, Debug)]
pub struct Quote<'a> {
    pub package: &'a Package,
    pub term: Term,
    pub kind: Classification,
    pub priced: PricedOrder,
}

/// What a renewal of the membership buys today.
///
/// # Errors
/// One line for staff: why nothing can be bought.
pub fn quote<'a>(
    buyer: Buyer,
    packages: &'a Packages,
    currency: Currency,
    today: Date,
) -> Result<Quote<'a>, String> {
    let package = packages.renewal_of(&buyer.package_id)?;
    if !package.is_active {
        return Err(format!(
            "package {} ({}) is not active",
            package.name, package.id
        ));
    }
    let expiration = buyer
        .expiration_date
        .ok_or("the membership has no expiration date")?;
    let (kind, term, price_kind) = classified(package, expiration, today);
    Ok(Quote {
        priced: priced(buyer, package, currency, today, price_kind)?,
        package,
        term,
        kind,
    })
}

/// What somebody whose membership expires or has expired buys on a day: the
/// kind of purchase, its term and which price applies (rules DATE-5, DATE-6).
pub fn classified(
    package: &Package,
    expiration: Date,
    today: Date,
) -> (Classification, Term, PriceKind) {
    let kind = classify(today, expiration, &package.expiration);
    let term = match kind {
        Classification::Renewal => next_term(&package.expiration, expiration),
        _ => term_from(&package.expiration, today),
    };
    let price = match kind.has_renewal_price(&package.expiration) {
        true => PriceKind::Renewal,
        false => PriceKind::New,
    };
    (kind, term, price)
}

/// The renewal order of a membership.
///
/// # Errors
/// One line for staff: why none can be made.
pub fn renewal_order(
    member: &Record,
    head: &BillingHead,
    packages: &Packages,
    currency: Currency,
    when: &When,
    occasion: Occasion,
) -> Result<Order, String> {
    let quote = quote(Buyer::of(member), packages, currency, when.today)?;
    let kind = quote.kind.into();
    let bought = Purchase::of(quote.package, kind, quote.term, quote.priced);
    Ok(order(member, head, bought, when, occasion))
}

fn renewal(
    member: &Record,
    head: &BillingHead,
    bought: &Purchase,
    effective: Date,
    occasion: &Occasion,
) -> Renewal {
    Renewal {
        kind: bought.kind,
        package_id: bought.package_id.clone(),
        type_id: bought.type_id.clone(),
        term_start: bought.term.start,
        term_expiration: bought.term.expiration,
        effective,
        old_term_start: member.get(m::TERM_START_DATE),
        old_expiration: member.get(m::EXPIRATION_DATE),
        old_package_id: member.get(m::PACKAGE_ID),
        old_type_id: member.get(m::TYPE_ID),
        update_dates_when: bought.update_dates_when.clone(),
        dates_moved: false,
        covered_before: head.covered_through,
        reason_due: reason_due(member, occasion.new_reason.as_deref()),
        set: Vec::new(),
    }
}

/// The order by which a member, or an applicant, buys.
pub fn order(
    member: &Record,
    head: &BillingHead,
    bought: Purchase,
    when: &When,
    occasion: Occasion,
) -> Order {
    let renewal = renewal(member, head, &bought, when.today, &occasion);
    let priced = bought.priced;
    let lines = priced.lines.iter().enumerate().map(|(place, line)| Line {
        id: format!("{}-{}", occasion.id, place + 1),
        kind: line.kind.as_str().into(),
        product_id: line.product_id.clone(),
        name: line.name.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price.amount(),
        total: line.total.amount(),
    });
    let free = priced.total.is_zero() && !occasion.pro_forma;
    let (customer_type, customer_id) = occasion.customer;
    Order {
        lines: lines.collect(),
        number: occasion.number,
        membership_id: member.text(m::ID).to_owned(),
        customer_type,
        customer_id,
        status: if free {
            OrderStatus::Completed
        } else {
            OrderStatus::AwaitingPayment
        },
        pro_forma: occasion.pro_forma,
        currency: priced.total.currency().code().into(),
        total: priced.total.amount(),
        paid: Decimal::ZERO,
        renewal,
        application: bought.application,
        claim: None,
        payments: Vec::new(),
        billing_run_id: occasion.run,
        billing_run_action_id: occasion.action,
        batch_id: occasion.batch_id,
        created_at: when.by.now,
        created_by: occasion.by,
        voided_at: None,
        voided_by: None,
        void_reason: None,
        notes: Vec::new(),
        id: occasion.id,
    }
}

fn priced(
    buyer: Buyer,
    package: &Package,
    currency: Currency,
    today: Date,
    kind: PriceKind,
) -> Result<PricedOrder, String> {
    let input = PriceInput {
        package: package_price(package)?,
        chapters: buyer.chapters,
        sections: buyer.sections,
        add_ons: buyer.add_ons,
        currency,
        purchase_date: today,
        kind,
    };
    price(&input)
        .map_err(|problem| format!("cannot be priced: {} {}", problem.path, problem.message))
}

/// What a package's price depends on.
///
/// # Errors
/// One line for staff where its proration says nothing.
pub fn package_price(package: &Package) -> Result<PackagePrice, String> {
    let proration = package.record.get(catalogue::PRORATION);
    let enabled = package.record.is(catalogue::ENABLE_PRORATION);
    let proration = proration
        .filter(|_| enabled)
        .map(|table| DuesProration::parse(&table))
        .transpose();
    Ok(PackagePrice {
        id: package.id.clone(),
        name: package.name.clone(),
        price: package.record.get(catalogue::PRICE),
        member_price: package.record.get(catalogue::MEMBER_PRICE),
        enable_dues_proration: enabled,
        dues_proration: proration
            .map_err(|_| format!("package {} has unusable dues_proration", package.id))?,
    })
}

fn entries(member: &Record, list: &str) -> Vec<Value> {
    member
        .raw(list)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

fn amount(entry: &Value) -> Decimal {
    entry.get("dues").and_then(decimal).unwrap_or_default()
}

fn text(entry: &Value, name: &str) -> String {
    entry
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn dues(member: &Record, list: &str, key: &str) -> Vec<Dues> {
    let all = entries(member, list);
    all.iter()
        .map(|entry| Dues {
            id: text(entry, key),
            name: None,
            dues: amount(entry),
        })
        .collect()
}

fn add_ons(member: &Record) -> Vec<AddOn> {
    let quantity = |entry: &Value| {
        entry
            .get("quantity")
            .and_then(whole)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1)
    };
    let all = entries(member, "add_ons");
    let read = |entry: &Value| AddOn {
        id: text(entry, "add_on_id"),
        name: None,
        dues: amount(entry),
        quantity: quantity(entry),
    };
    all.iter().map(read).collect()
}

/// Whether the head lets an order take its term; pro forma orders hold none.
pub fn claim_term(head: &BillingHead, order: &Order) -> Result<BillingHead, String> {
    if !order.pro_forma {
        return head.claim_term(&order.id, &order.renewal.term());
    }
    if head
        .covered_through
        .is_some_and(|through| order.renewal.term().is_covered(through))
    {
        return Err("the term has been billed".into());
    }
    Ok(BillingHead {
        pro_forma_order: Some(order.id.clone()),
        ..head.clone()
    })
}

#[cfg(test)]
mod tests;
