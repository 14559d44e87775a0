use super::*;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn usd(text: &str) -> Money {
    Money::parse(text, currency("USD")).unwrap()
}

fn package(price: Option<&str>, member_price: Option<&str>) -> PackagePrice {
    PackagePrice {
        id: "gold".to_owned(),
        name: "Gold".to_owned(),
        price: price.map(dec),
        member_price: member_price.map(dec),
        enable_dues_proration: false,
        dues_proration: None,
    }
}

fn dues(id: &str, amount: &str) -> Dues {
    Dues {
        id: id.to_owned(),
        name: None,
        dues: dec(amount),
    }
}

fn add_on(amount: &str, quantity: u32) -> AddOn {
    AddOn {
        id: "journal".to_owned(),
        name: Some("Journal".to_owned()),
        dues: dec(amount),
        quantity,
    }
}

fn input(kind: PriceKind) -> PriceInput {
    PriceInput {
        package: package(Some("100"), Some("80.50")),
        chapters: Vec::new(),
        sections: Vec::new(),
        add_ons: Vec::new(),
        currency: currency("USD"),
        purchase_date: date(2025, 7, 15),
        kind,
    }
}

fn prorated(kind: PriceKind, table: serde_json::Value) -> PriceInput {
    let mut input = input(kind);
    input.package.enable_dues_proration = true;
    input.package.dues_proration = Some(DuesProration::parse(&table).unwrap());
    input
}

fn refusal(input: &PriceInput) -> String {
    price(input).unwrap_err().to_string()
}

#[test]
fn each_part_of_the_membership_is_a_line() {
    let mut input = input(PriceKind::Renewal);
    input.chapters = vec![dues("north", "20"), dues("west", "0")];
    input.sections = vec![dues("trauma", "15.25")];
    input.add_ons = vec![add_on("9.99", 3)];
    let order = price(&input).unwrap();
    let shown: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            (
                line.kind.as_str(),
                line.product_id.as_str(),
                line.name.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("package", "gold", "Gold"),
            ("chapter dues", "north", "chapter dues"),
            ("chapter dues", "west", "chapter dues"),
            ("section dues", "trauma", "section dues"),
            ("add-on", "journal", "Journal"),
        ]
    );
    let amounts: Vec<_> = order
        .lines
        .iter()
        .map(|l| (l.quantity, l.unit_price, l.total))
        .collect();
    assert_eq!(
        amounts,
        [
            (1, usd("80.50"), usd("80.50")),
            (1, usd("20"), usd("20")),
            (1, usd("0"), usd("0")),
            (1, usd("15.25"), usd("15.25")),
            (3, usd("9.99"), usd("29.97")),
        ]
    );
    assert_eq!(order.total, usd("145.72"));
}

#[test]
fn the_kind_chooses_the_price() {
    for (kind, price_, member_price, expected) in [
        (PriceKind::New, Some("100"), Some("80"), "100"),
        (PriceKind::Renewal, Some("100"), Some("80"), "80"),
        (PriceKind::Renewal, Some("100"), Some("0"), "0"),
        (PriceKind::Renewal, Some("100"), None, "100"),
        (PriceKind::Renewal, None, Some("80"), "80"),
    ] {
        let mut input = input(kind);
        input.package = package(price_, member_price);
        assert_eq!(price(&input).unwrap().total, usd(expected), "{kind:?}");
    }
}

#[test]
fn a_package_without_a_price_is_not_free() {
    for (kind, member_price) in [(PriceKind::New, Some("80")), (PriceKind::Renewal, None)] {
        let mut input = input(kind);
        input.package = package(None, member_price);
        assert_eq!(
            refusal(&input),
            "/package/price: is missing; a package that costs nothing has a price of 0"
        );
    }
}

#[test]
fn dues_are_prorated_by_the_month_of_purchase() {
    let table = json!({"applies_to": "all", "june": 50, "july": 33.3, "august": 0, "october": 125});
    let mut input = prorated(PriceKind::New, table);
    input.chapters = vec![dues("north", "20")];
    for (month, expected) in [(5, "100"), (6, "50"), (7, "33.30"), (8, "0"), (10, "125")] {
        input.purchase_date = date(2025, month, 1);
        let order = price(&input).unwrap();
        assert_eq!(order.lines[0].unit_price, usd(expected), "{month}");
        assert_eq!(
            order.lines[1].total,
            usd("20"),
            "chapter dues are not prorated"
        );
    }
}

#[test]
fn proration_rounds_half_up_to_the_minor_unit() {
    let table = json!({"applies_to": "all", "july": 50});
    let mut input = prorated(PriceKind::New, table);
    for (code, full, expected) in [
        ("USD", "80.55", "40.28"),
        ("USD", "0.01", "0.01"),
        ("JPY", "5001", "2501"),
        ("KWD", "10.001", "5.001"),
    ] {
        input.currency = currency(code);
        input.package.price = Some(dec(full));
        let expected = Money::parse(expected, input.currency).unwrap();
        assert_eq!(price(&input).unwrap().total, expected, "{full} {code}");
    }
}

#[test]
fn proration_is_for_whom_it_applies_to() {
    for (applies_to, kind, expected) in [
        ("new members", PriceKind::New, "50"),
        ("new members", PriceKind::Renewal, "80.50"),
        ("renewing members", PriceKind::New, "100"),
        ("renewing members", PriceKind::Renewal, "40.25"),
        ("all", PriceKind::New, "50"),
        ("all", PriceKind::Renewal, "40.25"),
    ] {
        let input = prorated(kind, json!({"applies_to": applies_to, "july": 50}));
        assert_eq!(
            price(&input).unwrap().total,
            usd(expected),
            "{applies_to} {kind:?}"
        );
    }
}

#[test]
fn proration_that_is_switched_off_changes_nothing() {
    let mut input = prorated(PriceKind::New, json!({"applies_to": "all", "july": 50}));
    input.package.enable_dues_proration = false;
    assert_eq!(price(&input).unwrap().total, usd("100"));
}

#[test]
fn a_proration_table_tells_all_its_violations() {
    let table = json!({"july": -1, "august": "half", "september": 1000.5, "Juli": 50, "may": null});
    let problems = DuesProration::parse(&table).unwrap_err();
    let mut paths: Vec<_> = problems.iter().map(|p| p.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        ["/Juli", "/applies_to", "/august", "/july", "/september"]
    );
    let problems = DuesProration::parse(&json!({"applies_to": "everybody"})).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "/applies_to: must be one of `new members`, `renewing members`, `all`"
    );
}

#[test]
fn amounts_that_cannot_be_charged_are_refused_by_name() {
    let mut negative = input(PriceKind::Renewal);
    negative.package.member_price = Some(dec("-1"));
    assert_eq!(
        refusal(&negative),
        "/package/member_price: must not be negative"
    );

    let mut finer = input(PriceKind::New);
    finer.chapters = vec![dues("north", "1"), dues("west", "1.005")];
    assert_eq!(
        refusal(&finer),
        "/chapters/1/dues: `1.005` has more decimals than USD has: at most 2"
    );

    let mut section = input(PriceKind::New);
    section.sections = vec![dues("trauma", "-0.01")];
    assert_eq!(refusal(&section), "/sections/0/dues: must not be negative");

    let mut none = input(PriceKind::New);
    none.add_ons = vec![add_on("5", 0)];
    assert_eq!(refusal(&none), "/add_ons/0/quantity: must be at least 1");
}

#[test]
fn too_much_is_an_error_that_says_where() {
    let mut unit = input(PriceKind::New);
    unit.package.price = Some(Decimal::MAX);
    let too_large = "the amount is too large to be kept exactly";
    assert_eq!(refusal(&unit), format!("/package/price: {too_large}"));

    let over = "is more than can be charged: at most $10,000,000,000,000.00";
    let mut dear = input(PriceKind::New);
    dear.chapters = vec![dues("north", "10000000000000.01")];
    assert_eq!(refusal(&dear), format!("/chapters/0/dues: {over}"));

    let mut line = input(PriceKind::New);
    line.add_ons = vec![add_on("9000000000000", 2)];
    assert_eq!(refusal(&line), format!("/add_ons/0/quantity: {over}"));
}

#[test]
fn what_each_line_may_come_to_can_be_added_up() {
    let mut most = input(PriceKind::New);
    most.package.price = Some(dec("10000000000000"));
    most.chapters = vec![dues("north", "10000000000000"); 1_000];
    most.sections = vec![dues("law", "10000000000000"); 1_000];
    most.add_ons = vec![add_on("10000000", 1_000_000); 1_000];
    assert_eq!(price(&most).unwrap().total, usd("30010000000000000"));
}

prop_compose! {
    fn any_input()(
        code in prop::sample::select(vec!["USD", "JPY", "KWD"]),
        minor in prop::collection::vec(0_i64..10_000_000, 2),
        chapters in prop::collection::vec(0_i64..1_000_000, 0..4),
        sections in prop::collection::vec(0_i64..1_000_000, 0..4),
        add_ons in prop::collection::vec((0_i64..1_000_000, 1_u32..100), 0..4),
        percentages in prop::array::uniform12(0_i64..20_000),
        applies_to in prop::sample::select(vec![
            AppliesTo::All, AppliesTo::NewMembers, AppliesTo::RenewingMembers,
        ]),
        month in 1_i8..=12,
        renewal: bool,
    ) -> PriceInput {
        let currency = currency(code);
        let amount = |minor| Money::from_minor_units(minor, currency).amount();
        let held = |minors: Vec<i64>| minors.into_iter().map(|minor| Dues {
            id: "held".to_owned(),
            name: None,
            dues: amount(minor),
        });
        PriceInput {
            package: PackagePrice {
                price: Some(amount(minor[0])),
                member_price: Some(amount(minor[1])),
                enable_dues_proration: true,
                dues_proration: Some(DuesProration {
                    applies_to,
                    percentages: percentages.map(|percent| Decimal::new(percent, 2)),
                }),
                ..package(None, None)
            },
            chapters: held(chapters).collect(),
            sections: held(sections).collect(),
            add_ons: add_ons.into_iter().map(|(minor, quantity)| AddOn {
                dues: amount(minor),
                ..add_on("0", quantity)
            }).collect(),
            currency,
            purchase_date: date(2025, month, 1),
            kind: if renewal { PriceKind::Renewal } else { PriceKind::New },
        }
    }
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_the_lines(input in any_input()) {
        let order = price(&input).unwrap();
        let parts = input.chapters.len() + input.sections.len() + input.add_ons.len();
        prop_assert_eq!(order.lines.len(), 1 + parts);
        let sum: Decimal = order.lines.iter().map(|line| line.total.amount()).sum();
        prop_assert_eq!(order.total.amount(), sum);
        for line in &order.lines {
            let total = line.unit_price.amount() * Decimal::from(line.quantity);
            prop_assert_eq!(line.total.amount(), total);
        }
    }

    #[test]
    fn no_line_is_finer_than_the_currency_or_negative(input in any_input()) {
        for line in price(&input).unwrap().lines {
            prop_assert!(line.total.amount().scale() <= u32::from(input.currency.digits()));
            prop_assert!(!line.total.is_negative());
        }
    }

    #[test]
    fn proration_at_100_changes_nothing(input in any_input()) {
        let mut full = input.clone();
        full.package.enable_dues_proration = false;
        let mut at_100 = input;
        at_100.package.dues_proration = Some(DuesProration {
            applies_to: AppliesTo::All,
            percentages: [Decimal::ONE_HUNDRED; 12],
        });
        prop_assert_eq!(price(&full), price(&at_100));
    }

    #[test]
    fn a_prorated_price_is_off_by_half_a_minor_unit_at_most(input in any_input()) {
        let line = price(&input).unwrap().lines.remove(0);
        let full = full_price(&input.package, input.kind).1.unwrap();
        let exact = full * proration(&input.package, input.kind, input.purchase_date) / Decimal::ONE_HUNDRED;
        let half = Decimal::new(5, u32::from(input.currency.digits()) + 1);
        prop_assert!((line.total.amount() - exact).abs() <= half);
    }
}
