//! The ledger as a whole: nothing in it that belongs to no member's scenario.

use super::Findings;
use crate::TestApp;
use crate::scenarios::{Order, Scenario};

/// Orders and charges wherever they stand, so that one that no membership knows of is
/// counted as well.
pub async fn stored(app: &TestApp) -> (usize, usize) {
    let (mut orders, mut charges) = (0, 0);
    let client = store::client(&app.core.connection);
    let mut pages = client.scan().table_name("ledger").into_paginator().send();
    while let Some(page) = pages.next().await {
        for item in page.expect("a page of the ledger").items() {
            let key = item["_pk"].as_s().expect("a key");
            orders += usize::from(key.starts_with("acme#order#"));
            if let Some(charged) = item.get("charges") {
                let count: usize = charged.as_n().expect("a count").parse().expect("a number");
                charges += count;
            }
        }
    }
    (orders, charges)
}

pub async fn check(app: &TestApp, known: &[(String, &'static Scenario)], findings: &mut Findings) {
    let (orders, charges) = stored(app).await;
    let with =
        |concerned: fn(&Scenario) -> bool| known.iter().filter(|(_, f)| concerned(f)).count();
    findings.same(
        "orders",
        orders,
        with(|scenario| scenario.order != Order::None),
    );
    let paid = |scenario: &Scenario| scenario.order == Order::Paid && scenario.card.is_some();
    findings.same("charges", charges, with(paid));
}
