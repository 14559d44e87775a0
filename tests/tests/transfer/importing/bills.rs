//! Bills that were made elsewhere become orders (rule ORD-13).

use super::*;
use tests::{Answer, Call};

const HEADER: &str = "owner_type,contact_id,type_id,package_id,term_start_date,expiration_date,billed,order_number,order_total,order_amount_paid,order_status";

fn row(contact: &str, bill: &str) -> String {
    format!("contact,{contact},t-1,p-1,2026-01-01,2026-12-31,true,{bill}")
}

fn rows(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

async fn orders(app: &TestApp, contact: &str) -> Vec<Value> {
    let path = format!("/orders/acme/membership/contact:{contact}");
    app.get(&path).await.ok()["Items"]
        .as_array()
        .unwrap()
        .clone()
}

async fn pay(app: &TestApp, order: &Value, id: &str, amount: Value) -> Answer {
    let path = format!("/orders/acme/{}/payments", order["id"].as_str().unwrap());
    let body = json!({ "id": id, "type": "check", "amount": amount });
    app.post(&path, body).await
}

#[tokio::test]
async fn a_bill_that_is_told_becomes_an_order_that_can_be_paid() {
    let app = app().await;
    let file = rows(&[row("c-1", "700,100,40,awaiting payment")]);
    let imported = brought(&app, "memberships.csv", &file).await;
    assert_eq!(imported.counts(), (1, 0, 0, 0), "{:?}", imported.problems);
    let order = orders(&app, "c-1").await.remove(0);
    let shown = ["number", "status", "total", "amount_paid", "balance_due"];
    assert_eq!(
        shown.map(|name| order[name].to_string()),
        ["700", "\"awaiting payment\"", "100.00", "40.00", "60.00"],
        "{order}"
    );
    assert_eq!(
        (
            &order["renewal"]["term_start_date"],
            &order["renewal"]["expiration_date"]
        ),
        (&json!("2027-01-01"), &json!("2027-12-31"))
    );
    let paid = &order["payments"][0];
    assert_eq!(
        (&paid["type"], &paid["id"]),
        (
            &json!("imported"),
            &json!(format!("{}:imported", order["id"].as_str().unwrap()))
        )
    );
    let again = brought(&app, "memberships.csv", &file).await;
    assert_eq!(again.counts(), (0, 0, 1, 0), "{:?}", again.problems);
    assert_eq!(orders(&app, "c-1").await, std::slice::from_ref(&order));
    let too_much = pay(&app, &order, "p-1", json!(70)).await.ok();
    assert_eq!(too_much["status"], "completed");
    assert_eq!(too_much["recorded_payment"]["credit"].to_string(), "10.00");
    let member = membership(&app, "contact:c-1").await;
    assert_eq!(
        (&member["expiration_date"], &member["billed"]),
        (&json!("2027-12-31"), &json!(false))
    );
}

/// What the membership still shows of the order before is not told of the next bill.
#[tokio::test]
async fn the_bill_after_an_order_needs_no_more_than_its_own_facts() {
    let app = app().await;
    let file = rows(&[row("c-1", "700,100,0,")]);
    brought(&app, "memberships.csv", &file).await;
    let first = orders(&app, "c-1").await.remove(0);
    pay(&app, &first, "p-1", json!(100)).await.ok();
    let of_2027 = |bill: &str| {
        let file = rows(&[row("c-1", bill)]);
        file.replace("2026-01-01,2026-12-31", "2027-01-01,2027-12-31")
    };
    let refused = brought(&app, "memberships.csv", &of_2027("1500,110,100,")).await;
    let id = first["id"].as_str().unwrap();
    let rule = format!(
        "2,order_amount_paid,is that of the order {id}: say with order_balance_due what is due of this bill"
    );
    assert_eq!(refused.problems, [rule]);
    let told = brought(&app, "memberships.csv", &of_2027("1500,110,0,")).await;
    assert_eq!(told.counts().0 + told.counts().1, 1, "{:?}", told.problems);
    let both = orders(&app, "c-1").await;
    let second = both.iter().find(|order| order["number"] == 1500);
    let second = second.expect("an order of its own");
    assert_eq!(
        (&second["status"], second["balance_due"].to_string()),
        (&json!("awaiting payment"), "110.00".into())
    );
    let member = membership(&app, "contact:c-1").await;
    assert_eq!(member["expiration_date"], "2027-12-31");
}

#[tokio::test]
async fn a_paid_one_covers_its_term_and_leaves_the_dates() {
    let app = app().await;
    let header = HEADER.replace(",order_number,order_total", ",order_balance_due");
    let file = format!("{header}\n{}\n", row("c-1", "0,100,completed"));
    let imported = brought(&app, "memberships.csv", &file).await;
    assert_eq!(imported.counts(), (1, 0, 0, 0), "{:?}", imported.problems);
    let order = orders(&app, "c-1").await.remove(0);
    assert_eq!(
        (&order["status"], order["number"].is_number()),
        (&json!("completed"), true)
    );
    let member = membership(&app, "contact:c-1").await;
    assert_eq!(
        (&member["expiration_date"], &member["billed"]),
        (&json!("2026-12-31"), &json!(true))
    );
    let again = brought(&app, "memberships.csv", &file).await;
    assert_eq!(again.counts(), (0, 0, 1, 0), "{:?}", again.problems);
    let changed = file.replace(",0,100,", ",20,80,");
    let refused = brought(&app, "memberships.csv", &changed).await;
    let id = order["id"].as_str().unwrap();
    let follows =
        |field: &str| format!("2,{field},\"follows the order {id}: pay, move or void that one\"");
    assert_eq!(
        refused.problems,
        ["order_amount_paid", "order_balance_due"].map(follows)
    );
}

#[tokio::test]
async fn numbers_are_unique_among_all_orders() {
    let app = app().await;
    let made_here = app.store.numbers("order", 10).await.unwrap();
    for contact in ["c-2", "c-3", "c-4", "c-5"] {
        app.seed_contact(contact).await;
    }
    let bills = [
        row("c-1", "700,100,0,"),
        row("c-2", "650,100,0,"),
        row("c-3", "700,100,0,"),
        row("c-4", "5,100,0,"),
    ];
    let imported = brought(&app, "memberships.csv", &rows(&bills)).await;
    assert_eq!(imported.counts(), (2, 0, 0, 2), "{:?}", imported.problems);
    let first = orders(&app, "c-1").await.remove(0);
    assert_eq!(
        imported.problems,
        [
            format!("4,order_number,700 is that of the order {}", first["id"].as_str().unwrap()),
            "5,order_number,\"5 may be that of an order made here: leave it out, and the order gets its own\"".to_owned(),
        ]
    );
    assert_eq!(made_here.end, 11);
    assert_eq!(app.store.numbers("order", 1).await.unwrap().start, 701);
    let later = rows(&[row("c-5", "80,100,0,")]);
    let later = brought(&app, "memberships.csv", &later).await;
    assert_eq!(later.counts(), (1, 0, 0, 0), "{:?}", later.problems);
}

#[tokio::test]
async fn what_does_not_hold_together_is_refused() {
    let app = app().await;
    for (bill, problem) in [
        (
            "700,100,120,",
            "order_amount_paid,\"must be at most order_total, 100: record the rest as a payment of the order\"",
        ),
        (
            "700,100,40,completed",
            "order_status,\"is completed, and an order with 60 due is awaiting payment: say that, or leave it out\"",
        ),
        (
            "0,100,40,",
            "order_number,must be from 1 to 999999999; without one the order gets its own",
        ),
        (
            "7,,,",
            "order_total,is required to make an order of a bill made elsewhere (or order_amount_paid and order_balance_due); leave out all of order_ to mark the term as billed",
        ),
    ] {
        let refused = brought(&app, "memberships.csv", &rows(&[row("c-1", bill)])).await;
        assert_eq!(refused.problems, [format!("2,{problem}")], "{bill}");
    }
    assert_eq!(app.store.last_number("order").await.unwrap(), 0);
}

#[tokio::test]
async fn an_undo_takes_the_order_along_unless_something_was_done_to_it() {
    let app = app().await;
    app.seed_contact("c-2").await;
    let file = rows(&[row("c-1", "700,100,40,"), row("c-2", "701,100,0,")]);
    let imported = brought(&app, "memberships.csv", &file).await;
    let touched = orders(&app, "c-2").await.remove(0);
    pay(&app, &touched, "p-1", json!(10)).await.ok();
    let mut said = Vec::new();
    let undone = undo(&app.store, &imported.id, &mut Report::new(&mut said)).await;
    assert_eq!(
        undone.unwrap(),
        Undone {
            deleted: 1,
            kept: 1
        }
    );
    app.get("/orders/acme/membership/contact:c-1")
        .await
        .refused(404);
    assert_eq!(orders(&app, "c-2").await.len(), 1);
    let again = rows(&[row("c-1", "700,100,40,")]);
    let again = brought(&app, "memberships.csv", &again).await;
    assert_eq!(again.counts(), (1, 0, 0, 0), "{:?}", again.problems);
}

#[tokio::test]
async fn an_admin_tells_of_one_too() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let tell = |total: i64| {
        let set = |name: &str, value: Value| json!({ "op": "add", "path": format!("/{name}"), "value": value });
        let patch = json!([
            set("billed", json!(true)),
            set("order_total", json!(total)),
            set("order_number", json!(44)),
        ]);
        Call::patch("/memberships/acme/contact:c-1", patch).scopes("read write admin")
    };
    let refused = app.send(tell(-1)).await.refused_for(400);
    assert_eq!(refused, "/order_total must not be negative");
    let told = app.send(tell(90)).await.ok();
    assert_eq!(
        (&told["billed"], told["order_balance_due"].to_string()),
        (&json!(true), "90".to_owned())
    );
    let order = orders(&app, "c-1").await.remove(0);
    assert_eq!(
        (&order["id"], &order["number"]),
        (&told["order_id"], &json!(44))
    );
    pay(&app, &order, "p-1", json!(90)).await.ok();
    assert_eq!(membership(&app, "contact:c-1").await["billed"], false);
}

#[tokio::test]
async fn it_is_the_organizations_where_that_is_billed() {
    let app = app().await;
    app.seed::<Organizations>(json!({ "id": "o-9", "name": "Works" }))
        .await;
    app.set::<Contacts>("c-1", json!({ "organization_id": "o-9" }))
        .await;
    app.seed_contact("c-2").await;
    let header = format!("{HEADER},bill_organization");
    let told = |contact: &str| format!("{header}\n{},true\n", row(contact, "700,100,0,"));
    let imported = brought(&app, "memberships.csv", &told("c-1")).await;
    assert_eq!(imported.counts(), (1, 0, 0, 0), "{:?}", imported.problems);
    let order = orders(&app, "c-1").await.remove(0);
    assert_eq!(order["customer_type"], "organization", "{order}");
    assert_eq!(order["customer_id"], "o-9");
    let refused = brought(&app, "memberships.csv", &told("c-2").replace("700", "701")).await;
    assert_eq!(
        refused.problems,
        [
            "2,bill_organization,\"bill_organization is set, but no organization of the contact is known\""
        ]
    );
}
