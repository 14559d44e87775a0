//! `POST /applications/{tenantId}/generateOrder`

use model::resources::{
    AddOnProducts, AddOns, ApplicationProcesses, ChangeFees, ChapterDuesProducts, Chapters,
    Coupons, Packages, SectionDuesProducts, SectionTypes, Sections, Settings, Types,
};
use serde_json::{Value, json};
use tests::records::{a_process, an_application, with};
use tests::{Answer, TestApp};

const URL: &str = "/applications/acme/generateOrder";

/// Packages of `with_catalogue`, a person, and what can be joined beside.
async fn shop() -> TestApp {
    let app = TestApp::with_catalogue().await;
    app.seed_contact("c-1").await;
    app.seed_process(json!({})).await;
    for (kind, id) in [
        ("renewal", "renew"),
        ("reinstatement", "again"),
        ("change affiliations", "change"),
    ] {
        let changes =
            json!({ "id": id, "type": kind, "change_options": { "change_fee_id": "fee" } });
        app.seed::<ApplicationProcesses>(with(a_process(), changes))
            .await;
    }
    app.seed::<ChangeFees>(product("fee", json!({ "price": 12.50 })))
        .await;
    for id in ["north", "south", "west"] {
        app.seed::<Chapters>(json!({ "id": id, "name": format!("Chapter {id}") }))
            .await;
    }
    let dues = json!({ "chapter_id": "north", "price": 20, "member_price": 15.25 });
    app.seed::<ChapterDuesProducts>(product("d-north", dues))
        .await;
    let dues = json!({ "chapter_id": "south", "price": 30 });
    app.seed::<ChapterDuesProducts>(product("d-south", dues))
        .await;
    app.seed::<SectionTypes>(json!({ "id": "s", "name": "s" }))
        .await;
    app.seed::<Sections>(json!({ "id": "law", "name": "Law", "type_id": "s" }))
        .await;
    app.seed::<SectionDuesProducts>(product("d-law", json!({ "section_id": "law", "price": 5 })))
        .await;
    app.seed::<AddOns>(json!({ "id": "journal", "name": "Journal", "allow_multiple": true }))
        .await;
    app.seed::<AddOns>(json!({ "id": "badge", "name": "Badge" }))
        .await;
    app.seed::<AddOnProducts>(product(
        "d-j",
        json!({ "add_on_id": "journal", "price": 7.10 }),
    ))
    .await;
    app
}

fn product(id: &str, changes: Value) -> Value {
    let base = json!({ "id": id, "name": id, "business_unit_id": "b-1" });
    with(base, changes)
}

/// A join of `anniversary`: 120 for a new member, 90.50 for who renews.
fn join(changes: Value) -> Value {
    let base = json!({ "membership_package_id": "anniversary", "membership_type_id": "regular" });
    with(with(an_application(), base), changes)
}

fn of(kind: &str, process: &str, changes: Value) -> Value {
    let base = json!({ "type": kind, "process_id": process, "membership_package_id": null });
    with(join(base), changes)
}

async fn quote(app: &TestApp, body: Value) -> Answer {
    app.post(URL, body).await
}

/// Each line as "type id total", then the total.
async fn lines(app: &TestApp, body: Value) -> Vec<String> {
    let order = quote(app, body).await.ok();
    let lines = order["line_items"].as_array().expect("lines").iter();
    let line = |line: &Value| {
        let text = |name: &str| line[name].as_str().expect("a text").to_owned();
        format!(
            "{} {} {}",
            text("type"),
            text("product_id"),
            figure(&line["total"])
        )
    };
    let mut shown: Vec<String> = lines.map(line).collect();
    shown.push(figure(&order["total"]).to_string());
    shown
}

fn figure(amount: &Value) -> f64 {
    amount.as_f64().expect("an amount")
}

async fn refused(app: &TestApp, body: Value) -> Vec<String> {
    let refused = quote(app, body).await.refused(400);
    let told = refused.iter().map(|(path, rule)| format!("{path} {rule}"));
    told.collect()
}

#[tokio::test]
async fn a_join_is_priced_line_by_line_and_saved_nowhere() {
    let app = shop().await;
    let body = join(json!({
        "chapter_id": "north", "additional_chapter_ids": ["south", "west"], "section_ids": ["law"],
        "add_ons": [{ "add_on_id": "journal", "quantity": 3 }, { "add_on_id": "badge" }],
    }));
    let order = quote(&app, body.clone()).await.ok();
    assert_eq!(order["status"], "awaiting payment");
    assert_eq!(order["membership_id"], "contact:c-1");
    assert_eq!(
        (&order["customer_type"], &order["customer_id"]),
        (&json!("contact"), &json!("c-1"))
    );
    assert_eq!(order["renewal"]["type"], "join");
    assert_eq!(order["renewal"]["term_start_date"], "2026-03-10");
    assert_eq!(order["renewal"]["expiration_date"], "2027-03-09");
    assert_eq!(order.get("id"), None);
    assert_eq!(order.get("number"), None);
    assert_eq!(order["line_items"][1]["name"], "Chapter north");
    assert_eq!(
        lines(&app, body).await,
        [
            "package anniversary 120",
            "chapter dues north 20",
            "chapter dues south 30",
            "chapter dues west 0",
            "section dues law 5",
            "add-on journal 21.3",
            "add-on badge 0",
            "196.3",
        ]
    );
    let left = app.get("/applications/acme/contact/c-1").await.ok();
    assert_eq!(left["Count"], 0);
    app.get("/memberships/acme/contact:c-1").await.refused(404);
}

#[tokio::test]
async fn who_renews_pays_their_price_and_what_they_hold() {
    let app = shop().await;
    let held = json!({
        "chapters": [{ "chapter_id": "north", "dues": 18 }],
        "add_ons": [{ "add_on_id": "journal", "dues": 6, "quantity": 2 }],
    });
    app.member("c-1x", "2026-03-31", held).await;
    let body = of("renewal", "renew", json!({ "contact_id": "c-1x" }));
    assert_eq!(
        lines(&app, body.clone()).await,
        [
            "package anniversary 90.5",
            "chapter dues north 18",
            "add-on journal 12",
            "120.5"
        ]
    );
    // What comes is the catalogue's, at the price of who renews.
    let moved = with(
        body.clone(),
        json!({ "chapter_id": "south", "add_ons": [] }),
    );
    assert_eq!(
        lines(&app, moved).await,
        ["package anniversary 90.5", "chapter dues south 30", "120.5"]
    );
    let order = quote(&app, body).await.ok();
    assert_eq!(order["renewal"]["type"], "renewal");
    assert_eq!(order["renewal"]["term_start_date"], "2026-04-01");
    assert_eq!(order["renewal"]["expiration_date"], "2027-03-31");
}

#[tokio::test]
async fn how_late_it_is_decides_the_price() {
    let app = shop().await;
    let late = json!({ "expiration_type": "anniversary", "grace_period": 30, "allow_reinstatement": true,
        "reinstatement_options": { "reinstatement_period": 60 },
        "anniversary_expiration_options": { "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    app.set::<Packages>("anniversary", json!({ "expiration_options": late }))
        .await;
    // The tenant's day is 10 March 2026.
    for (id, expired, kind, price, start) in [
        ("l-1", "2026-02-08", "renewal", 90.5, "2026-02-09"),
        ("l-2", "2026-02-07", "reinstatement", 120.0, "2026-03-10"),
        ("l-3", "2025-12-09", "join", 120.0, "2026-03-10"),
    ] {
        app.member(id, expired, json!({ "status": "inactive" }))
            .await;
        for (kind_of_application, process) in [("renewal", "renew"), ("reinstatement", "again")] {
            let body = of(kind_of_application, process, json!({ "contact_id": id }));
            let order = quote(&app, body).await.ok();
            assert_eq!(order["renewal"]["type"], kind, "{id}");
            assert_eq!(order["renewal"]["term_start_date"], start, "{id}");
            assert_eq!(figure(&order["total"]), price, "{id}");
        }
    }
}

#[tokio::test]
async fn a_change_costs_what_comes_and_its_fee() {
    let app = shop().await;
    let held = json!({
        "chapters": [{ "chapter_id": "north", "dues": 18 }],
        "add_ons": [{ "add_on_id": "journal", "dues": 6, "quantity": 2 }],
    });
    app.member("c-1x", "2026-12-31", held).await;
    let change = |changes: Value| {
        of(
            "change affiliations",
            "change",
            with(json!({ "contact_id": "c-1x" }), changes),
        )
    };
    let wanted = json!({
        "chapter_id": "north", "additional_chapter_ids": ["south"],
        "add_ons": [{ "add_on_id": "journal", "quantity": 3 }],
    });
    assert_eq!(
        lines(&app, change(wanted)).await,
        [
            "chapter dues south 30",
            "add-on journal 6",
            "change fee fee 12.5",
            "48.5"
        ]
    );
    // Leaving costs the fee and nothing else; as it is, nothing at all.
    let left = json!({ "additional_chapter_ids": [] });
    assert_eq!(
        lines(&app, change(left)).await,
        ["change fee fee 12.5", "12.5"]
    );
    assert_eq!(lines(&app, change(json!({}))).await, ["0"]);
    let order = quote(&app, change(json!({}))).await.ok();
    assert_eq!(order["renewal"]["type"], "change affiliations");
    assert_eq!(order["renewal"]["expiration_date"], "2026-12-31");
}

#[tokio::test]
async fn dues_are_prorated_by_the_month_in_the_tenants_currency() {
    let app = shop().await;
    let prorated = json!({ "enable_dues_proration": true, "dues_proration": { "applies_to": "new members", "march": 33.333 } });
    app.set::<Packages>("anniversary", prorated).await;
    for (currency, price, expected) in [
        ("JPY", "1000", "333"),
        ("USD", "99.99", "33.33"),
        ("BHD", "10.005", "3.335"),
    ] {
        app.settings(json!({ "currency": currency })).await;
        let price: Value = serde_json::from_str(price).unwrap();
        app.set::<Packages>("anniversary", json!({ "price": price }))
            .await;
        let order = quote(&app, join(json!({}))).await.ok();
        assert_eq!(order["total"].to_string(), expected, "{currency}");
        assert_eq!(order["currency"], currency);
    }
}

#[tokio::test]
async fn what_comes_with_a_package_and_what_a_coupon_takes_off() {
    let app = shop().await;
    let bundle = json!({ "enable_bundled_products": true, "bundled_products": [
        { "product_id": "pin", "name": "Pin" }, { "product_id": "book", "price": 9.90, "quantity": 2 } ] });
    app.set::<Packages>("anniversary", bundle).await;
    let coupon = json!({ "id": "welcome", "name": "Welcome", "applies_to_packages": true,
        "package_ids": ["anniversary"], "maximum_number_of_chapters": 1, "maximum_discount": 130 });
    app.seed::<Coupons>(coupon).await;
    let body = json!({ "coupon_id": "welcome", "chapter_id": "north", "additional_chapter_ids": ["south"] });
    assert_eq!(
        lines(&app, join(body.clone())).await,
        [
            "package anniversary 120",
            "bundled product pin 0",
            "bundled product book 19.8",
            "chapter dues north 20",
            "chapter dues south 30",
            "coupon welcome -130",
            "59.8",
        ]
    );
    let other = with(body, json!({ "membership_package_id": "free" }));
    assert_eq!(lines(&app, join(other)).await.last().unwrap(), "30");
    let unknown = join(json!({ "coupon_id": "none" }));
    assert_eq!(
        refused(&app, unknown).await,
        ["/coupon_id coupons none does not exist"]
    );
}

#[tokio::test]
async fn what_cannot_be_sold_is_named() {
    let app = shop().await;
    app.set::<Packages>("calendar", json!({ "is_active": false }))
        .await;
    let restricted = json!({ "id": "only-free", "restrict_membership_packages": true, "membership_package_ids": ["free"],
        "restrict_membership_types": true, "membership_type_ids": ["regular"] });
    app.seed_process(restricted).await;
    let configuration = json!({ "maximum_number_of_chapters_a_member_can_join": 1 });
    app.set::<Settings>(
        "settings",
        json!({ "chapter_configuration": configuration }),
    )
    .await;
    app.set::<AddOns>("badge", json!({ "is_active": false }))
        .await;
    for (changes, expected) in [
        (
            json!({ "membership_package_id": "calendar" }),
            "/membership_package_id package calendar (calendar) is not active",
        ),
        (
            json!({ "membership_package_id": "nowhere" }),
            "/membership_package_id package nowhere does not exist",
        ),
        (
            json!({ "process_id": "only-free" }),
            "/membership_package_id is not one that the process allows",
        ),
        (
            json!({ "process_id": "none" }),
            "/process_id applicationProcesses none does not exist",
        ),
        (
            json!({ "membership_package_id": null }),
            "/membership_package_id is required: a term is of a package",
        ),
        (
            json!({ "chapter_id": "north", "additional_chapter_ids": ["south"] }),
            "/additional_chapter_ids makes 2 chapters: at most 1 can be joined",
        ),
        (
            json!({ "chapter_id": "nowhere" }),
            "/chapter_id chapters nowhere does not exist",
        ),
        (
            json!({ "add_ons": [{ "add_on_id": "badge" }] }),
            "/add_ons addOns Badge (badge) is not active",
        ),
        (
            json!({ "renew_automatically": true }),
            "/renewal_payment_info is required when renew_automatically is true and no card is stored",
        ),
        (
            json!({ "contact_id": "c-9" }),
            "/contact_id contacts c-9 does not exist",
        ),
        (
            json!({ "membership_type_id": null }),
            "/membership_type_id is required: package anniversary grants no type that exists",
        ),
        (
            json!({ "number": 1 }),
            "/number is not a field of Application",
        ),
        (
            json!({ "type": "renewal", "process_id": "renew" }),
            "/type is none: the owner has no membership to renew",
        ),
    ] {
        assert_eq!(refused(&app, join(changes)).await, [expected]);
    }
    // Restricted by its type only, a package that is not there grants none.
    let types_only = json!({ "id": "types", "restrict_membership_types": true, "membership_type_ids": ["regular"] });
    app.seed_process(types_only).await;
    let changes = json!({ "process_id": "types", "membership_package_id": "nowhere", "membership_type_id": null });
    assert_eq!(
        refused(&app, join(changes)).await,
        ["/membership_package_id packages nowhere does not exist"]
    );
}

#[tokio::test]
async fn the_package_grants_the_type() {
    let app = shop().await;
    let only = json!({ "id": "firms", "name": "Firms", "customer_type": "organization" });
    app.seed::<Types>(only).await;
    app.set::<Packages>("anniversary", json!({ "membership_type_id": "firms" }))
        .await;
    assert_eq!(
        refused(&app, join(json!({}))).await,
        [
            "/membership_type_id must be firms, which the package grants",
            "/owner_type must be organization: the membership type firms is for no other owners",
        ]
    );
}

#[tokio::test]
async fn a_member_cannot_join_again() {
    let app = shop().await;
    app.member("c-1x", "2026-12-31", json!({})).await;
    assert_eq!(
        refused(&app, join(json!({ "contact_id": "c-1x" }))).await,
        [
            "/type is no join: the owner has the membership contact:c-1x, which is active and expires on 2026-12-31"
        ]
    );
}
