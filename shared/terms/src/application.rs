//! What an application costs, line by line (rule APPL-13): a renewal's lines, and
//! what only applications have. Pure, so that what is quoted is what is billed.

use crate::Problem;
use crate::price::{
    AddOn, Dues, LineKind, OrderLine, PackagePrice, PriceKind, PricedOrder, added_up, charged,
    counted_line, dues_line, held_lines, package_line, refused,
};
use jiff::civil::Date;
use model::money::{Currency, Money};
use rust_decimal::Decimal;

/// All that an application's price depends on. Amounts are in `currency`.
#[derive(Clone, Debug)]
pub struct ApplicationPrice {
    /// None where chapters, sections and add-ons change within a term.
    pub package: Option<PackagePrice>,
    /// What comes with the package.
    pub bundled: Vec<AddOn>,
    /// Those that are paid for: in a change, those that come.
    pub chapters: Vec<Dues>,
    pub sections: Vec<Dues>,
    pub add_ons: Vec<AddOn>,
    pub change_fee: Option<Dues>,
    pub coupon: Option<Coupon>,
    pub currency: Currency,
    /// In the tenant's time zone; its month is what dues are prorated by.
    pub purchase_date: Date,
    pub kind: PriceKind,
}

/// What a coupon takes off: all that the lines it is for cost, up to `most`.
#[derive(Clone, Debug)]
pub struct Coupon {
    pub id: String,
    pub name: String,
    pub takes_package: bool,
    pub takes_add_ons: bool,
    /// Of the first so many chapters and sections the dues.
    pub chapters: u32,
    pub sections: u32,
    pub most: Option<Decimal>,
}

/// Prices the package with what comes with it, then chapters, sections, add-ons
/// and the change fee; what a coupon takes off comes last.
///
/// # Errors
/// As [`crate::price::price`].
pub fn price_application(input: &ApplicationPrice) -> Result<PricedOrder, Problem> {
    let currency = input.currency;
    let mut lines = Vec::new();
    if let Some(package) = &input.package {
        lines.push(package_line(
            package,
            input.kind,
            input.purchase_date,
            currency,
        )?);
    }
    for (at, product) in input.bundled.iter().enumerate() {
        let path = format!("/bundled_products/{at}");
        let kind = LineKind::BundledProduct;
        lines.push(counted_line(kind, product, currency, &path)?);
    }
    let (chapters, sections) = (&input.chapters, &input.sections);
    lines.extend(held_lines(chapters, sections, &input.add_ons, currency)?);
    if let Some(fee) = &input.change_fee {
        let kind = LineKind::ChangeFee;
        lines.push(dues_line(kind, fee, currency, "/change_fee")?);
    }
    if let Some(coupon) = &input.coupon {
        lines.push(coupon_line(coupon, &lines, currency)?);
    }
    added_up(lines, currency)
}

fn coupon_line(
    coupon: &Coupon,
    lines: &[OrderLine],
    currency: Currency,
) -> Result<OrderLine, Problem> {
    let path = "/coupon/maximum_discount";
    let covered = covered(coupon, lines).map(|line| line.total);
    let covered = Money::sum(currency, covered).map_err(|error| refused(path, error))?;
    let most = coupon.most.map(|most| charged(most, currency, path));
    let most = most.transpose()?.map_or(covered.amount(), Money::amount);
    let off = Money::new(-covered.amount().min(most), currency);
    let off = off.map_err(|error| refused(path, error))?;
    Ok(OrderLine {
        kind: LineKind::Coupon,
        product_id: coupon.id.clone(),
        name: coupon.name.clone(),
        quantity: 1,
        unit_price: off,
        total: off,
    })
}

/// The lines that a coupon is for.
fn covered<'a>(
    coupon: &Coupon,
    lines: &'a [OrderLine],
) -> impl Iterator<Item = &'a OrderLine> + use<'a> {
    let (package, add_ons) = (coupon.takes_package, coupon.takes_add_ons);
    let (mut chapters, mut sections) = (coupon.chapters, coupon.sections);
    let one_of = |left: &mut u32| {
        let any = *left > 0;
        *left = left.saturating_sub(1);
        any
    };
    lines.iter().filter(move |line| match line.kind {
        LineKind::Package => package,
        LineKind::AddOn => add_ons,
        LineKind::ChapterDues => one_of(&mut chapters),
        LineKind::SectionDues => one_of(&mut sections),
        LineKind::BundledProduct | LineKind::ChangeFee | LineKind::Coupon => false,
    })
}

#[cfg(test)]
mod tests;
