//! Amounts that members will be charged: prices, dues, fees and discounts, found
//! by the schema, so that none is saved that pricing refuses later.

use crate::error::Problem;
use crate::field::{FieldDef, Kind, Writer, decimal, whole};
use crate::json::same;
use crate::money::{Currency, Money};
use crate::record::Record;
use crate::resource::Resource;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Bounds that amounts are compared with: nobody is charged them.
const BOUNDS: [&str; 2] = ["max_amount", "update_dates_value"];

/// One amount of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Charged {
    /// A JSON pointer.
    pub path: String,
    pub amount: Decimal,
    /// Of how many it is the price.
    pub quantity: u32,
}

/// Whether a write changes what members will be charged. What stood there
/// before is not judged again when something else is written.
pub fn changed<R: Resource>(before: Option<&Record>, after: &Record) -> bool {
    let fields = R::SCHEMA.fields().filter(|field| holds_amount(field));
    let before = |name| before.and_then(|record| record.raw(name));
    fields.into_iter().any(|field| {
        let (old, new) = (before(field.name), after.raw(field.name));
        match (old, new) {
            // What is taken away charges nobody.
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(old), Some(new)) => !same(old, new),
        }
        // A list that can hold amounts may change without holding one, and the check costs a read of
        // the currency.
    }) && !of::<R>(after).is_empty()
}

/// Every amount of a record that pricing refuses.
pub fn refused<R: Resource>(record: &Record, currency: Currency) -> Vec<Problem> {
    let refused = |charged: Charged| {
        // The line and not only its unit, because lines are what an order adds up.
        let line = Money::charge(charged.amount, currency)
            .and_then(|unit| unit.charge_times(charged.quantity));
        line.err()
            .map(|why| Problem::new(charged.path, why.to_string()))
    };
    of::<R>(record).into_iter().filter_map(refused).collect()
}

/// The amounts of a record.
pub fn of<R: Resource>(record: &Record) -> Vec<Charged> {
    let mut found = Vec::new();
    collect(R::SCHEMA.fields(), record.fields(), "", &mut found);
    found
}

fn holds_amount(field: &FieldDef) -> bool {
    field.writer == Writer::Client && !BOUNDS.contains(&field.name) && of_kind(&field.kind)
}

fn of_kind(kind: &Kind) -> bool {
    match kind {
        Kind::Money => true,
        Kind::Object(fields) => fields.iter().any(holds_amount),
        Kind::List { of, .. } => of_kind(of),
        _ => false,
    }
}

fn collect<'a>(
    fields: impl Iterator<Item = &'a FieldDef>,
    object: &Map<String, Value>,
    at: &str,
    found: &mut Vec<Charged>,
) {
    for field in fields.filter(|field| holds_amount(field)) {
        let path = format!("{at}/{}", field.name);
        match (field.kind, object.get(field.name)) {
            (Kind::Money, Some(value)) => found.extend(decimal(value).map(|amount| Charged {
                path,
                amount,
                quantity: quantity(object),
            })),
            (Kind::Object(inner), Some(Value::Object(value))) => {
                collect(inner.iter(), value, &path, found);
            }
            (
                Kind::List {
                    of: Kind::Object(inner),
                    ..
                },
                Some(Value::Array(list)),
            ) => {
                for (index, entry) in list.iter().enumerate() {
                    if let Value::Object(entry) = entry {
                        collect(inner.iter(), entry, &format!("{path}/{index}"), found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// An add-on's; everything else is one.
fn quantity(object: &Map<String, Value>) -> u32 {
    let quantity = object.get("quantity").and_then(whole);
    quantity.and_then(|n| u32::try_from(n).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::{Memberships, Packages, Settings};
    use serde_json::json;

    fn record(fields: Value) -> Record {
        Record::new(fields.as_object().unwrap().clone())
    }

    #[test]
    fn amounts_are_found_wherever_they_stand() {
        let held = record(json!({
            "chapters": [{ "chapter_id": "a" }, { "chapter_id": "b", "dues": 5 }],
            "add_ons": [{ "add_on_id": "c", "dues": 1.5, "quantity": 3 }],
            "order_total": 7,
        }));
        let found = of::<Memberships>(&held);
        let places: Vec<_> = found
            .iter()
            .map(|c| (c.path.as_str(), c.quantity))
            .collect();
        assert_eq!(places, [("/chapters/1/dues", 1), ("/add_ons/0/dues", 3)]);
        let package = record(json!({ "price": 1, "update_dates_value": 33.333 }));
        assert_eq!(of::<Packages>(&package).len(), 1);
        assert_eq!(of::<Settings>(&record(json!({ "max_amount": 0.001 }))), []);
    }

    #[test]
    fn an_amount_is_of_the_currency_and_within_what_can_be_added_up() {
        let usd: Currency = "USD".parse().unwrap();
        let refused = |dues: &str, quantity: u32| {
            let text = format!(r#"{{"add_ons":[{{"dues":{dues},"quantity":{quantity}}}]}}"#);
            let held = record(serde_json::from_str(&text).unwrap());
            super::refused::<Memberships>(&held, usd).len()
        };
        for (dues, quantity) in [
            ("10.005", 1),
            ("-500", 1),
            ("7e27", 1),
            ("9999999999999", 2),
        ] {
            assert_eq!(refused(dues, quantity), 1, "{dues}");
        }
        for (dues, quantity) in [("0", 1), ("10.50", 1), ("9999999999999", 1)] {
            assert_eq!(refused(dues, quantity), 0, "{dues}");
        }
    }

    #[test]
    fn what_stood_there_before_is_not_judged_again() {
        let old = record(json!({ "name": "a", "price": 99.999 }));
        let renamed = record(json!({ "name": "b", "price": 99.9990 }));
        let priced = record(json!({ "name": "a", "price": 99.998 }));
        assert!(!changed::<Packages>(Some(&old), &renamed));
        assert!(changed::<Packages>(Some(&old), &priced));
        assert!(changed::<Packages>(None, &old));
    }
}
