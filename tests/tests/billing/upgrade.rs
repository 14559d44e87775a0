//! What the first version of the ledger has stored is read as it stands: nobody
//! is billed again, and what is left to be paid, taken back or made real can be
//! (decision 17).

use crate::support::{create, reminders};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use ledger::order::{ClaimState, Line, Payment, RenewalKind, UpdateRule};
use model::resources::membership::OrderStatus;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Document, DocumentKey, Versioned};
use tests::billing::run_body;
use tests::records::with;
use tests::{TENANT, TestApp};

const OLD: Date = date(2026, 3, 31);
const NEW: Date = date(2027, 3, 31);
/// Amounts are kept as texts.
const TOTAL: &str = "90.50";

/// As documents were written then, field by field.
#[derive(Clone, Serialize, Deserialize)]
struct OldHead {
    membership_id: String,
    covered_through: Option<Date>,
    open_order: Option<String>,
    pro_forma_order: Option<String>,
    last_order: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct OldClaim {
    attempt: u32,
    state: ClaimState,
    provider_id: Option<String>,
    amount: String,
    account: String,
    holder: String,
    held_until: Timestamp,
    unknown_since: Option<Timestamp>,
}

#[derive(Clone, Serialize, Deserialize)]
struct OldRenewal {
    kind: RenewalKind,
    package_id: String,
    type_id: Option<String>,
    term_start: Date,
    term_expiration: Option<Date>,
    effective: Date,
    old_term_start: Option<Date>,
    old_expiration: Option<Date>,
    update_dates_when: UpdateRule,
    dates_moved: bool,
    covered_before: Option<Date>,
    new_reason: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct OldOrder {
    id: String,
    number: i64,
    membership_id: String,
    customer_type: String,
    customer_id: String,
    status: OrderStatus,
    pro_forma: bool,
    currency: String,
    lines: Vec<Line>,
    total: String,
    paid: String,
    renewal: OldRenewal,
    claim: Option<OldClaim>,
    payments: Vec<Payment>,
    billing_run_id: Option<String>,
    billing_run_action_id: Option<String>,
    batch_id: Option<String>,
    created_at: Timestamp,
    created_by: String,
    voided_at: Option<Timestamp>,
}

impl Document for OldHead {
    const WHAT: &'static str = "billing head";
    fn key(&self) -> DocumentKey {
        DocumentKey::new(format!("head#{}", self.membership_id), "head")
    }
}

impl Document for OldOrder {
    const WHAT: &'static str = "order";
    fn key(&self) -> DocumentKey {
        DocumentKey::new(format!("order#{}", self.id), "order")
    }
    fn membership(&self) -> Option<&str> {
        Some(&self.membership_id)
    }
}

/// An unpaid renewal of 90.50 through 2027-03-31.
fn order(id: &str, number: i64) -> OldOrder {
    OldOrder {
        id: format!("o-{id}"),
        number,
        membership_id: format!("contact:{id}"),
        customer_type: "contact".into(),
        customer_id: id.into(),
        status: OrderStatus::AwaitingPayment,
        pro_forma: false,
        currency: "USD".into(),
        lines: vec![Line {
            id: format!("o-{id}-1"),
            kind: "package".into(),
            product_id: "anniversary".into(),
            name: "anniversary".into(),
            quantity: 1,
            unit_price: TOTAL.parse().expect("an amount"),
            total: TOTAL.parse().expect("an amount"),
        }],
        total: TOTAL.into(),
        paid: "0".into(),
        renewal: OldRenewal {
            kind: RenewalKind::Renewal,
            package_id: "anniversary".into(),
            type_id: None,
            term_start: date(2026, 4, 1),
            term_expiration: Some(NEW),
            effective: date(2026, 3, 1),
            old_term_start: Some(date(2025, 4, 1)),
            old_expiration: Some(OLD),
            update_dates_when: UpdateRule {
                when: "invoice paid in full".into(),
                value: None,
            },
            dates_moved: false,
            covered_before: None,
            new_reason: Some("billed".into()),
        },
        claim: None,
        payments: Vec::new(),
        billing_run_id: Some("run".into()),
        billing_run_action_id: None,
        batch_id: None,
        created_at: "2026-03-01T12:00:00Z".parse().expect("a moment"),
        created_by: "billing".into(),
        voided_at: None,
    }
}

fn paid(mut order: OldOrder, payment: &str, kind: &str) -> OldOrder {
    order.status = OrderStatus::Completed;
    order.paid = order.total.clone();
    order.renewal.dates_moved = true;
    order.payments.push(Payment {
        id: payment.into(),
        kind: kind.into(),
        amount: TOTAL.parse().expect("an amount"),
        received_at: order.created_at,
        recorded_by: "staff".into(),
        reference: None,
        unapplied: false,
    });
    order
}

/// A member with an order, as the membership, the head and the order said it.
async fn store(app: &TestApp, order: OldOrder, expiration: Date, fields: Value) -> String {
    let open = order.status == OrderStatus::AwaitingPayment && !order.pro_forma;
    let head = OldHead {
        membership_id: order.membership_id.clone(),
        covered_through: (!order.pro_forma).then_some(NEW),
        open_order: open.then(|| order.id.clone()),
        pro_forma_order: order.pro_forma.then(|| order.id.clone()),
        last_order: (!order.pro_forma).then(|| order.id.clone()),
    };
    let billed = json!({ "billed": open && !order.renewal.dates_moved, "order_id": order.id,
        "order_number": order.number, "order_status": order.status, "order_currency_code": "USD",
        "bill_method": "renewal order", "last_bill_date": "2026-03-01T12:00:00.000Z",
        "date_status": if order.renewal.dates_moved { "updated" } else { "not yet updated" },
        "_open_order": head.open_order, "_covered_through": head.covered_through });
    let mut fields = with(billed, fields);
    let fields = fields.as_object_mut().expect("an object");
    fields.retain(|_, value| !value.is_null());
    for written in [
        app.store
            .put(&Versioned::new(head))
            .await
            .map(|w| w.is_some()),
        app.store
            .put(&Versioned::new(order.clone()))
            .await
            .map(|w| w.is_some()),
    ] {
        assert!(written.expect("the store answers"));
    }
    app.member(
        &order.customer_id,
        &expiration.to_string(),
        Value::Object(fields.clone()),
    )
    .await
}

async fn numbers(app: &TestApp, member: &str) -> Vec<Value> {
    let orders = app.orders(member).await;
    orders.iter().map(|order| order["number"].clone()).collect()
}

/// Whom the version before has mailed, as it has noted it.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_reminded_or_noticed_is_not_again() {
    let app = TestApp::with_catalogue().await;
    app.template("ladder", json!({})).await;
    let day = "2026-03-31";
    app.member("noticed", day, json!({ "_notice_sent_for": day }))
        .await;
    // Its date has been moved since: another term's notice.
    app.member("moved", day, json!({ "_notice_sent_for": "2025-03-31" }))
        .await;
    let mut forecast = order("forecast", 1);
    forecast.pro_forma = true;
    let forecast_of = json!({ "_pro_forma_for": OLD, "billed": null, "date_status": null });
    store(&app, forecast, OLD, forecast_of).await;
    let sent = json!({ "_reminders_sent": ["renewal reminder|ladder|2"] });
    store(&app, order("reminded", 2), OLD, sent).await;
    store(&app, order("owing", 3), OLD, json!({})).await;

    let planned = |body: Value| async {
        let id = create(&app, body).await;
        app.refresh(&id).await;
        let actions = app.actions(&id).await;
        let members: Vec<&str> = actions.keys().map(|(member, _)| member.as_str()).collect();
        members.join(" ")
    };
    let notices = planned(run_body("2026-03-01", day, &["notices"])).await;
    assert_eq!(notices, "contact:forecast contact:moved");
    let series = json!({ "template_id": "ladder" });
    let ladder = reminders("renewal", &[(2, "2026-03-01", "2026-04-10")]);
    assert_eq!(planned(with(ladder, series)).await, "contact:owing");
    let mut forecasts = run_body("2026-03-01", day, &["orders"]);
    forecasts["renewal_order_options"]["pro_forma"] = json!(true);
    let forecasts = planned(forecasts).await;
    assert_eq!(forecasts, "contact:moved contact:noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_billed_is_billed_again_and_all_goes_on() {
    let app = TestApp::with_catalogue().await;
    app.store.numbers("order", 10).await.expect("numbers");
    let owing = store(&app, order("owing", 1), OLD, json!({})).await;
    let by_check = paid(order("check", 2), "check-1", "check");
    let by_check = store(&app, by_check, NEW, json!({})).await;
    let mut by_card = paid(order("card", 3), "pay_1", "credit card");
    by_card.claim = Some(OldClaim {
        attempt: 1,
        state: ClaimState::Succeeded,
        provider_id: Some("pay_1".into()),
        amount: by_card.total.clone(),
        account: "tok".into(),
        holder: "run|contact:card|03-auto-renewal-order|0".into(),
        held_until: by_card.created_at,
        unknown_since: None,
    });
    let by_card = store(
        &app,
        by_card,
        NEW,
        json!({ "term_start_date": "2026-04-01" }),
    )
    .await;
    let mut forecast = order("forecast", 4);
    forecast.pro_forma = true;
    let forecast_of = json!({ "_pro_forma_for": OLD, "billed": null, "date_status": null });
    let forecast = store(&app, forecast, OLD, forecast_of).await;
    let mut moved = order("moved", 5);
    moved.renewal.update_dates_when.when = "immediately".into();
    moved.renewal.dates_moved = true;
    let moved = store(&app, moved, NEW, json!({})).await;
    let elsewhere = app
        .member("elsewhere", "2026-03-31", json!({ "billed": true }))
        .await;

    // Planned and executed: the forecast alone becomes a bill.
    app.bill("2026-03-01", "2026-03-31", &["notices", "orders"])
        .await;
    for (member, found) in [
        (&owing, json!([1])),
        (&by_check, json!([2])),
        (&by_card, json!([3])),
        (&forecast, json!([4])),
        (&moved, json!([5])),
        (&elsewhere, json!([])),
    ] {
        assert_eq!(Value::from(numbers(&app, member).await), found, "{member}");
    }
    let real = app.orders(&forecast).await.remove(0);
    assert_eq!(real["pro_forma"], false);
    assert_eq!(app.membership(&elsewhere).await["billed"], true);

    // What was owed is paid, what was paid can be taken back.
    for id in ["o-owing", "o-moved"] {
        let pay = format!("/orders/{TENANT}/{id}/payments");
        let body = json!({ "id": format!("p-{id}"), "type": "cash", "amount": 90.5 });
        app.post(&pay, body).await.ok();
    }
    let stored = app.membership(&owing).await;
    assert_eq!(
        (&stored["expiration_date"], stored.get("status_reason_id")),
        (&json!("2027-03-31"), None),
        "its reason came with the bill"
    );
    let twice = json!({ "id": "check-1", "type": "check", "amount": 90.5 });
    let path = format!("/orders/{TENANT}/o-check/payments");
    let told = app.post(&path, twice).await.ok();
    assert_eq!(told["amount_paid"].to_string(), "90.50", "known");
    let reversal = json!({ "id": "b-1", "reason": "bounced" });
    let reverse = format!("{path}/check-1/reverse");
    app.post(&reverse, reversal).await.ok();
    let stored = app.membership(&by_check).await;
    assert_eq!(stored["order_balance_due"].to_string(), "90.5");
    let void = format!("/orders/{TENANT}/o-card/void");
    app.post(&void, json!({ "payments": "credit" })).await.ok();
    let stored = app.membership(&by_card).await;
    assert_eq!(stored["expiration_date"], "2026-03-31");

    // A year on each is billed for the next term, once.
    app.set_today("2027-03-10").await;
    app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    let again = app.draft("2027-03-01", "2027-03-31", &["orders"]).await;
    app.refresh(&again).await;
    assert!(app.actions(&again).await.is_empty());
    for member in [&owing, &by_check, &moved] {
        let orders = app.orders(member).await;
        assert_eq!(orders.len(), 2, "{member}");
        assert_eq!(orders[0]["renewal"]["expiration_date"], "2028-03-31");
    }
}
