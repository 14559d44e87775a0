use super::*;
use crate::order::RenewalKind;
use crate::testing::{package, record, when};
use jiff::civil::date;
use serde_json::json;

fn member(changes: Value) -> Record {
    let mut fields =
        json!({ "id": "contact:a", "package_id": "year", "expiration_date": "2026-03-31" });
    for (name, value) in changes.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    record(fields)
}

fn occasion(pro_forma: bool) -> Occasion {
    Occasion {
        id: "o-2".into(),
        number: 8,
        run: None,
        action: None,
        batch_id: Some("b".into()),
        by: "billing".into(),
        pro_forma,
        new_reason: None,
        customer: ("contact".into(), "a".into()),
    }
}

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn head() -> BillingHead {
    BillingHead::new("contact:a").value
}

fn made(member: &Record, packages: Vec<Record>) -> Result<Order, String> {
    let packages = Packages::new(packages);
    renewal_order(member, &head(), &packages, usd(), &when(), occasion(false))
}

#[test]
fn a_renewal_follows_the_old_term_at_the_members_price() {
    let order = made(&member(json!({})), vec![package(json!({}))]).unwrap();
    assert_eq!(order.renewal.kind, RenewalKind::Renewal);
    assert_eq!(order.renewal.term_start, date(2026, 4, 1));
    assert_eq!(order.renewal.term_expiration, Some(date(2027, 3, 31)));
    assert_eq!(order.total.to_string(), "100.50");
    assert_eq!(order.status, OrderStatus::AwaitingPayment);
    assert_eq!(order.lines[0].id, "o-2-1");
    assert_eq!(order.batch_id.as_deref(), Some("b"));
}

#[test]
fn after_the_grace_period_it_is_a_join_from_today_at_the_full_price() {
    let late = member(json!({ "expiration_date": "2026-02-07" }));
    let order = made(&late, vec![package(json!({}))]).unwrap();
    assert_eq!(order.renewal.kind, RenewalKind::Join);
    assert_eq!(order.renewal.term_start, date(2026, 3, 10));
    assert_eq!(order.total.to_string(), "120.00");
    let grace = member(json!({ "expiration_date": "2026-02-08" }));
    let order = made(&grace, vec![package(json!({}))]).unwrap();
    assert_eq!(order.renewal.kind, RenewalKind::Renewal);
}

#[test]
fn dues_and_add_ons_are_lines_of_their_own() {
    let held = json!({ "chapters": [{ "chapter_id": "c", "dues": 5 }], "sections": [{ "section_id": "s", "dues": 2.25 }],
        "add_ons": [{ "add_on_id": "x", "dues": 1.10, "quantity": 3 }, { "add_on_id": "y" }] });
    let order = made(&member(held), vec![package(json!({}))]).unwrap();
    let lines: Vec<(&str, u32, String)> = order
        .lines
        .iter()
        .map(|line| (line.kind.as_str(), line.quantity, line.total.to_string()))
        .collect();
    let expected = [
        ("package", 1, "100.50"),
        ("chapter dues", 1, "5.00"),
        ("section dues", 1, "2.25"),
        ("add-on", 3, "3.30"),
        ("add-on", 1, "0.00"),
    ];
    assert_eq!(
        lines,
        expected.map(|(kind, n, total)| (kind, n, total.to_owned()))
    );
    assert_eq!(order.total.to_string(), "111.05");
}

#[test]
fn what_costs_nothing_is_completed_unless_it_is_a_forecast() {
    let free = || vec![package(json!({ "price": 0, "member_price": 0 }))];
    assert_eq!(
        made(&member(json!({})), free()).unwrap().status,
        OrderStatus::Completed
    );
    let packages = Packages::new(free());
    let forecast = renewal_order(
        &member(json!({})),
        &head(),
        &packages,
        usd(),
        &when(),
        occasion(true),
    );
    assert_eq!(forecast.unwrap().status, OrderStatus::AwaitingPayment);
}

#[test]
fn why_none_can_be_made_is_one_line() {
    for (member, packages, why) in [
        (
            member(json!({ "package_id": "none" })),
            vec![],
            "package none does not exist",
        ),
        (
            member(json!({})),
            vec![package(json!({ "is_active": false }))],
            "package Year (year) is not active",
        ),
        (
            member(json!({ "expiration_date": null })),
            vec![package(json!({}))],
            "the membership has no expiration date",
        ),
        (
            member(json!({})),
            vec![package(json!({ "member_price": 0.005 }))],
            "cannot be priced: /package/member_price",
        ),
        (
            member(json!({})),
            vec![package(json!({ "renews_with_id": "gone" }))],
            "package gone does not exist",
        ),
    ] {
        let refused = made(&member, packages).unwrap_err();
        assert!(refused.starts_with(why), "{refused}");
    }
}

#[test]
fn a_forecast_takes_no_term_and_respects_who_has_it() {
    let packages = Packages::new([package(json!({}))]);
    let forecast = renewal_order(
        &member(json!({})),
        &head(),
        &packages,
        usd(),
        &when(),
        occasion(true),
    )
    .unwrap();
    let taken = claim_term(&head(), &forecast).unwrap();
    assert_eq!(
        (taken.covered_through, taken.open_order.clone()),
        (None, None)
    );
    assert_eq!(taken.pro_forma_order.as_deref(), Some("o-2"));
    let rest = BillingHead {
        open_order: Some("o-1".into()),
        covered_through: Some(date(2026, 3, 31)),
        ..head()
    };
    assert!(
        claim_term(&rest, &forecast).is_ok(),
        "a rest of the term before blocks nothing"
    );
    let billed = BillingHead {
        covered_through: Some(date(2027, 3, 31)),
        ..head()
    };
    assert_eq!(
        claim_term(&billed, &forecast).unwrap_err(),
        "the term has been billed"
    );
    let real = Order {
        pro_forma: false,
        ..forecast
    };
    let converted = claim_term(&taken, &real).unwrap();
    assert_eq!(
        (converted.pro_forma_order, converted.open_order.as_deref()),
        (None, Some("o-2"))
    );
}
