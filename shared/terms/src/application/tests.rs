use super::*;
use crate::price::DuesProration;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

fn dues(id: &str, dues: Decimal) -> Dues {
    Dues {
        id: id.into(),
        name: None,
        dues,
    }
}

fn add_on(id: &str, dues: Decimal, quantity: u32) -> AddOn {
    AddOn {
        id: id.into(),
        name: None,
        dues,
        quantity,
    }
}

fn package(price: Decimal) -> PackagePrice {
    PackagePrice {
        id: "gold".into(),
        name: "Gold".into(),
        price: Some(price),
        member_price: None,
        enable_dues_proration: false,
        dues_proration: None,
    }
}

fn coupon() -> Coupon {
    Coupon {
        id: "welcome".into(),
        name: "Welcome".into(),
        takes_package: false,
        takes_add_ons: false,
        chapters: 0,
        sections: 0,
        most: None,
    }
}

fn input() -> ApplicationPrice {
    let whole = |n: i64| Decimal::from(n);
    ApplicationPrice {
        package: Some(package(whole(100))),
        bundled: vec![add_on("pin", Decimal::ZERO, 1)],
        chapters: vec![dues("north", whole(20)), dues("south", whole(30))],
        sections: vec![dues("law", whole(5))],
        add_ons: vec![add_on("journal", whole(7), 3)],
        change_fee: None,
        coupon: None,
        currency: "USD".parse().unwrap(),
        purchase_date: date(2026, 7, 15),
        kind: PriceKind::New,
    }
}

fn total(input: &ApplicationPrice) -> String {
    price_application(input).unwrap().total.amount().to_string()
}

#[test]
fn every_part_has_its_line() {
    let whole = ApplicationPrice {
        change_fee: Some(dues("fee", Decimal::from(15))),
        coupon: Some(Coupon {
            takes_package: true,
            chapters: 1,
            ..coupon()
        }),
        ..input()
    };
    let order = price_application(&whole).unwrap();
    let lines: Vec<String> = order
        .lines
        .iter()
        .map(|line| format!("{} {} {}", line.kind.as_str(), line.product_id, line.total))
        .collect();
    assert_eq!(
        lines,
        [
            "package gold $100.00",
            "bundled product pin $0.00",
            "chapter dues north $20.00",
            "chapter dues south $30.00",
            "section dues law $5.00",
            "add-on journal $21.00",
            "change fee fee $15.00",
            "coupon welcome -$120.00",
        ]
    );
    assert_eq!(order.total.amount().to_string(), "71.00");
}

#[test]
fn a_coupon_takes_off_what_it_is_for_and_no_more_than_it_may() {
    let with = |coupon: Coupon| ApplicationPrice {
        coupon: Some(coupon),
        ..input()
    };
    for (coupon, expected) in [
        (coupon(), "176.00"),
        (
            Coupon {
                takes_add_ons: true,
                ..coupon()
            },
            "155.00",
        ),
        (
            Coupon {
                sections: 9,
                ..coupon()
            },
            "171.00",
        ),
        (
            Coupon {
                takes_package: true,
                most: Some(Decimal::new(1250, 2)),
                ..coupon()
            },
            "163.50",
        ),
    ] {
        assert_eq!(total(&with(coupon.clone())), expected, "{coupon:?}");
    }
}

#[test]
fn a_change_has_no_package() {
    let change = ApplicationPrice {
        package: None,
        bundled: Vec::new(),
        ..input()
    };
    assert_eq!(total(&change), "76.00");
    let nothing = ApplicationPrice {
        chapters: Vec::new(),
        sections: Vec::new(),
        add_ons: Vec::new(),
        ..change
    };
    assert_eq!(total(&nothing), "0.00");
}

#[test]
fn an_amount_finer_than_the_currency_is_named() {
    let mut fine = input();
    fine.bundled = vec![add_on("pin", Decimal::new(1001, 3), 1)];
    let problem = price_application(&fine).unwrap_err();
    assert_eq!(problem.path, "/bundled_products/0/dues");
}

prop_compose! {
    /// Amounts in the smallest units of one of three currencies.
    fn any_input()(
        code in prop::sample::select(vec!["JPY", "USD", "BHD"]),
        price in 0_i64..1_000_000_000,
        percent in 0_u32..100_000,
        chapters in prop::collection::vec(0_i64..1_000_000, 0..5),
        sections in prop::collection::vec(0_i64..1_000_000, 0..5),
        add_ons in prop::collection::vec((0_i64..1_000_000, 1_u32..50), 0..5),
        fee in prop::option::of(0_i64..1_000_000),
        off in prop::option::of((any::<bool>(), any::<bool>(), 0_u32..4, 0_u32..4, prop::option::of(0_i64..1_000_000_000))),
    ) -> ApplicationPrice {
        let currency: Currency = code.parse().unwrap();
        let of = |minor: i64| Decimal::new(minor, u32::from(currency.digits()));
        let table = json!({ "applies_to": "all", "july": percent as f64 / 100.0 });
        ApplicationPrice {
            package: Some(PackagePrice {
                enable_dues_proration: true,
                dues_proration: DuesProration::parse(&table).ok(),
                ..package(of(price))
            }),
            bundled: Vec::new(),
            chapters: chapters.iter().map(|minor| dues("c", of(*minor))).collect(),
            sections: sections.iter().map(|minor| dues("s", of(*minor))).collect(),
            add_ons: add_ons.iter().map(|(minor, n)| add_on("a", of(*minor), *n)).collect(),
            change_fee: fee.map(|minor| dues("f", of(minor))),
            coupon: off.map(|(takes_package, takes_add_ons, chapters, sections, most)| Coupon {
                takes_package, takes_add_ons, chapters, sections, most: most.map(of), ..coupon()
            }),
            currency,
            purchase_date: date(2026, 7, 15),
            kind: PriceKind::New,
        }
    }
}

proptest! {
    #[test]
    fn lines_add_up_to_the_last_unit(input in any_input()) {
        let order = price_application(&input).unwrap();
        let lines: Decimal = order.lines.iter().map(|line| line.total.amount()).sum();
        prop_assert_eq!(lines, order.total.amount());
        prop_assert!(!order.total.is_negative());
        for line in &order.lines {
            let units = line.unit_price.amount() * Decimal::from(line.quantity);
            prop_assert_eq!(units, line.total.amount());
            prop_assert!(line.total.amount().scale() <= u32::from(input.currency.digits()));
        }
        prop_assert_eq!(price_application(&input).unwrap(), order);
    }
}
