//! What chapters, sections and add-ons cost, by what is held and by the
//! catalogue.

use super::catalogue::{Catalogue, Sold};
use super::wanted::entry_of;
use model::field::decimal;
use model::resources::catalogue::{MEMBER_PRICE, NAME, PRICE};
use model::{Problems, Record};
use rust_decimal::Decimal;
use serde_json::Value;
use terms::price::{AddOn, Dues, PriceKind};

/// One of the three lists, in the application, the catalogue and the membership.
#[derive(Clone, Copy)]
pub struct List {
    /// The application's field.
    pub field: &'static str,
    /// What its records are called.
    pub what: &'static str,
    /// The membership's list, and the key of its entries.
    pub held: &'static str,
    pub key: &'static str,
    pub of: fn(&Catalogue) -> &Sold,
}

pub const CHAPTERS: List = List {
    field: "chapter_id",
    what: "chapters",
    held: "chapters",
    key: "chapter_id",
    of: |known| &known.chapters,
};
pub const SECTIONS: List = List {
    field: "section_ids",
    what: "sections",
    held: "sections",
    key: "section_id",
    of: |known| &known.sections,
};
pub const ADD_ONS: List = List {
    field: "add_ons",
    what: "addOns",
    held: "add_ons",
    key: "add_on_id",
    of: |known| &known.add_ons,
};

/// What a term of one costs by the catalogue.
pub fn catalogue_dues(record: &Record, product: Option<&Record>, kind: PriceKind) -> Decimal {
    if record.raw("enable_dues") == Some(&Value::Bool(false)) {
        return Decimal::ZERO;
    }
    let price = |product: &Record| match kind {
        PriceKind::New => product.get(PRICE),
        PriceKind::Renewal => product.get(MEMBER_PRICE).or(product.get(PRICE)),
    };
    product.and_then(price).unwrap_or_default()
}

impl List {
    /// What the ones of these ids cost: what is held costs its own dues, as in a
    /// run's bill, what is new those of the catalogue.
    pub fn dues(
        self,
        ids: impl Iterator<Item = String>,
        member: Option<&Record>,
        known: &Catalogue,
        kind: PriceKind,
        problems: &mut Problems,
    ) -> Vec<Dues> {
        let one = |id: String| {
            let found = (self.of)(known).get(&id);
            let held = entry_of(member, self.held, self.key, &id);
            if found.is_none() && held.is_none() {
                let rule = format!("{} {id} does not exist", self.what);
                problems.add(format!("/{}", self.field), rule);
            }
            let own = held.as_ref().and_then(|entry| decimal(entry.get("dues")?));
            let listed =
                found.map(|(record, product)| catalogue_dues(record, product.as_ref(), kind));
            let dues = match held {
                Some(_) => own,
                None => listed,
            };
            Dues {
                name: found.map(|(record, _)| record.text(NAME).to_owned()),
                dues: dues.unwrap_or_default(),
                id,
            }
        };
        ids.map(one).collect()
    }
}

/// The add-ons with how many of each.
pub fn counted(
    wanted: &[(String, u32)],
    member: Option<&Record>,
    known: &Catalogue,
    kind: PriceKind,
    problems: &mut Problems,
) -> Vec<AddOn> {
    let ids = wanted.iter().map(|(id, _)| id.clone());
    let dues = ADD_ONS.dues(ids, member, known, kind, problems);
    let counted = dues.into_iter().zip(wanted);
    let counted = counted.map(|(dues, (_, quantity))| AddOn {
        id: dues.id,
        name: dues.name,
        dues: dues.dues,
        quantity: *quantity,
    });
    counted.collect()
}
