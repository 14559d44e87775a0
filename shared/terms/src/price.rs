//! What a membership order costs, line by line. A pure function of a small view, so
//! that a quotation, a dry run and the order itself cannot differ.

use jiff::civil::Date;
use model::money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;

use crate::Problem;
pub use model::package::{AppliesTo, DuesProration};

/// All that an order's price depends on. Amounts are in `currency`.
#[derive(Clone, Debug)]
pub struct PriceInput {
    pub package: PackagePrice,
    pub chapters: Vec<Dues>,
    pub sections: Vec<Dues>,
    pub add_ons: Vec<AddOn>,
    pub currency: Currency,
    /// In the tenant's time zone; its month is what dues are prorated by.
    pub purchase_date: Date,
    pub kind: PriceKind,
}

/// Which of a package's two prices applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceKind {
    /// `price`: a join, or a reinstatement the package gives no renewal price.
    New,
    /// `member_price`, and `price` where the package has no other.
    Renewal,
}

/// The pricing fields of a package.
#[derive(Clone, Debug)]
pub struct PackagePrice {
    pub id: String,
    pub name: String,
    pub price: Option<Decimal>,
    pub member_price: Option<Decimal>,
    pub enable_dues_proration: bool,
    /// Without meaning unless `enable_dues_proration`.
    pub dues_proration: Option<DuesProration>,
}

/// A chapter's or section's dues for one term.
#[derive(Clone, Debug)]
pub struct Dues {
    pub id: String,
    /// What the line is called; the kind of line where nobody knows the name.
    pub name: Option<String>,
    pub dues: Decimal,
}

/// An add-on's dues for one term.
#[derive(Clone, Debug)]
pub struct AddOn {
    pub id: String,
    /// What the line is called; the kind of line where nobody knows the name.
    pub name: Option<String>,
    /// For one of them.
    pub dues: Decimal,
    /// At least 1.
    pub quantity: u32,
}

/// What an order line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Package,
    ChapterDues,
    SectionDues,
    AddOn,
    /// What comes with a package.
    BundledProduct,
    ChangeFee,
    /// What a coupon takes off: the one negative line.
    Coupon,
}

impl LineKind {
    /// The kind as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            LineKind::Package => "package",
            LineKind::ChapterDues => "chapter dues",
            LineKind::SectionDues => "section dues",
            LineKind::AddOn => "add-on",
            LineKind::BundledProduct => "bundled product",
            LineKind::ChangeFee => "change fee",
            LineKind::Coupon => "coupon",
        }
    }
}

/// One line of an order; `total` is `unit_price` × `quantity`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    pub kind: LineKind,
    pub product_id: String,
    pub name: String,
    pub quantity: u32,
    pub unit_price: Money,
    pub total: Money,
}

/// A priced order; `total` is the sum of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedOrder {
    pub lines: Vec<OrderLine>,
    pub total: Money,
}

/// Prices the package, then chapters, sections and add-ons in their order. What is
/// free keeps its line, because the membership refers to it.
///
/// # Errors
/// The first amount that is missing, negative, finer than the currency or too large,
/// and a quantity of 0, each by its JSON pointer in the input.
pub fn price(input: &PriceInput) -> Result<PricedOrder, Problem> {
    let mut lines = vec![package_line(
        &input.package,
        input.kind,
        input.purchase_date,
        input.currency,
    )?];
    let (chapters, sections) = (&input.chapters, &input.sections);
    lines.extend(held_lines(
        chapters,
        sections,
        &input.add_ons,
        input.currency,
    )?);
    added_up(lines, input.currency)
}

/// The lines of chapters, sections and add-ons, in their order.
pub(crate) fn held_lines(
    chapters: &[Dues],
    sections: &[Dues],
    add_ons: &[AddOn],
    currency: Currency,
) -> Result<Vec<OrderLine>, Problem> {
    let mut lines = Vec::new();
    for (at, chapter) in chapters.iter().enumerate() {
        let path = format!("/chapters/{at}");
        lines.push(dues_line(LineKind::ChapterDues, chapter, currency, &path)?);
    }
    for (at, section) in sections.iter().enumerate() {
        let path = format!("/sections/{at}");
        lines.push(dues_line(LineKind::SectionDues, section, currency, &path)?);
    }
    for (at, add_on) in add_ons.iter().enumerate() {
        let path = format!("/add_ons/{at}");
        lines.push(counted_line(LineKind::AddOn, add_on, currency, &path)?);
    }
    Ok(lines)
}

pub(crate) fn added_up(lines: Vec<OrderLine>, currency: Currency) -> Result<PricedOrder, Problem> {
    let total = Money::sum(currency, lines.iter().map(|line| line.total));
    let total = total.map_err(|error| refused("/total", error))?;
    Ok(PricedOrder { lines, total })
}

pub(crate) fn package_line(
    package: &PackagePrice,
    kind: PriceKind,
    purchase_date: Date,
    currency: Currency,
) -> Result<OrderLine, Problem> {
    let (field, full) = full_price(package, kind);
    let path = format!("/package/{field}");
    let full = full.ok_or_else(|| {
        Problem::new(
            &path,
            "is missing; a package that costs nothing has a price of 0",
        )
    })?;
    let full = charged(full, currency, &path)?;
    let unit_price = full
        .percent(proration(package, kind, purchase_date))
        .map_err(|error| refused(&path, error))?;
    Ok(OrderLine {
        kind: LineKind::Package,
        product_id: package.id.clone(),
        name: package.name.clone(),
        quantity: 1,
        unit_price,
        total: unit_price,
    })
}

fn full_price(package: &PackagePrice, kind: PriceKind) -> (&'static str, Option<Decimal>) {
    match (kind, package.member_price) {
        (PriceKind::Renewal, Some(member_price)) => ("member_price", Some(member_price)),
        _ => ("price", package.price),
    }
}

/// Percent of the full dues to pay; 100 where nothing is prorated.
fn proration(package: &PackagePrice, kind: PriceKind, purchase_date: Date) -> Decimal {
    let table = package.dues_proration.as_ref();
    table
        .filter(|table| package.enable_dues_proration && covers(table.applies_to, kind))
        .map_or(Decimal::ONE_HUNDRED, |table| table.percent(purchase_date))
}

fn covers(applies_to: AppliesTo, kind: PriceKind) -> bool {
    match applies_to {
        AppliesTo::All => true,
        AppliesTo::NewMembers => kind == PriceKind::New,
        AppliesTo::RenewingMembers => kind == PriceKind::Renewal,
    }
}

pub(crate) fn dues_line(
    kind: LineKind,
    dues: &Dues,
    currency: Currency,
    path: &str,
) -> Result<OrderLine, Problem> {
    let unit_price = charged(dues.dues, currency, &format!("{path}/dues"))?;
    Ok(OrderLine {
        kind,
        product_id: dues.id.clone(),
        name: name_or_kind(&dues.name, kind),
        quantity: 1,
        unit_price,
        total: unit_price,
    })
}

pub(crate) fn counted_line(
    kind: LineKind,
    add_on: &AddOn,
    currency: Currency,
    path: &str,
) -> Result<OrderLine, Problem> {
    let quantity_path = format!("{path}/quantity");
    if add_on.quantity == 0 {
        return Err(Problem::new(quantity_path, "must be at least 1"));
    }
    let unit_price = charged(add_on.dues, currency, &format!("{path}/dues"))?;
    let total = unit_price.charge_times(add_on.quantity);
    Ok(OrderLine {
        kind,
        product_id: add_on.id.clone(),
        name: name_or_kind(&add_on.name, kind),
        quantity: add_on.quantity,
        unit_price,
        total: total.map_err(|error| refused(&quantity_path, error))?,
    })
}

fn name_or_kind(name: &Option<String>, kind: LineKind) -> String {
    name.clone().unwrap_or_else(|| kind.as_str().to_owned())
}

pub(crate) fn charged(amount: Decimal, currency: Currency, path: &str) -> Result<Money, Problem> {
    Money::charge(amount, currency).map_err(|error| refused(path, error))
}

pub(crate) fn refused(path: &str, error: MoneyError) -> Problem {
    Problem::new(path, error.to_string())
}

#[cfg(test)]
mod tests;
