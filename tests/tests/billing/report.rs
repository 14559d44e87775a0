//! Statistics and the report say what the actions say.

use crate::support::{MARCH, create, set_action};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::TENANT;
use tests::TestApp;
use tests::billing::run_body;
use tests::records::with;

/// A run with an action in every bucket but processing.
async fn varied(app: &TestApp) -> String {
    for (id, name) in [
        ("plain", "Plain, \"quoted\" and\nbroken"),
        ("formula", "=HYPERLINK(\"http://x\")"),
        ("minus", "-1+1"),
    ] {
        app.member(id, "2026-03-31", json!({ "name": name })).await;
    }
    app.member("out", "2026-03-31", json!({})).await;
    app.auto_member("paid", "2026-03-31", "tok_good").await;
    app.auto_member("refused", "2026-03-31", "tok_declined")
        .await;
    app.member("gone", "2026-03-09", json!({})).await;
    app.member("lost", "2026-03-31", json!({ "bill_organization": true }))
        .await;
    let mut body = run_body("2026-03-31", "2026-03-31", &["notices", "orders", "auto"]);
    body = with(body, run_body("2026-03-09", "2026-03-09", &["drops"]));
    let id = create(app, body).await;
    app.refresh(&id).await;
    for action in app.actions(&id).await.into_values() {
        if action.text(model::resources::billing_run_action::MEMBERSHIP_ID) == "contact:out" {
            let path = format!(
                "/billingRunActions/{TENANT}/{}",
                action.text(model::resource::ID_FIELD)
            );
            let patch = json!([{ "op": "replace", "path": "/status", "value": "excluded" }]);
            app.patch(&path, patch).await.ok();
        }
    }
    app.execute(&id).await;
    id
}

fn recount(statuses: &[(String, String)]) -> BTreeMap<String, BTreeMap<String, u64>> {
    let bucket = |status: &str| match status {
        "pending" => "pending",
        "processing" | "processing order" => "processing",
        "completed" => "successful",
        "error" | "payment failure" => "error",
        _ => "excluded",
    };
    let group = |kind: &str| match kind {
        "renewal notice" => "renewal_notices",
        "renewal order" => "renewal_orders",
        "auto renewal order" => "auto_renewals",
        "drop" => "drops",
        other => panic!("{other}"),
    };
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (kind, status) in statuses {
        for name in ["all_actions", group(kind)] {
            for column in ["total", bucket(status)] {
                *counts
                    .entry(name.into())
                    .or_default()
                    .entry(column.into())
                    .or_default() += 1;
            }
        }
    }
    counts
}

/// All but what was found before anything was tried.
fn agrees(statistics: &Value, counts: &BTreeMap<String, BTreeMap<String, u64>>) {
    for (group, columns) in statistics.as_object().expect("an object") {
        let columns = columns.as_object().expect("an object");
        for (column, shown) in columns.iter().filter(|(name, _)| *name != "not_possible") {
            let counted = counts.get(group).and_then(|columns| columns.get(column));
            assert_eq!(
                shown.as_u64(),
                Some(counted.copied().unwrap_or(0)),
                "{group} {column}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_and_report_equal_a_recount() {
    let app = TestApp::with_catalogue().await;
    let id = varied(&app).await;
    let run = app.run(&id).await;
    let actions = app.actions(&id).await;
    let of =
        |record: &model::Record, name: &str| record.raw(name).unwrap().as_str().unwrap().to_owned();
    let statuses: Vec<(String, String)> = actions
        .values()
        .map(|record| (of(record, "type"), of(record, "status")))
        .collect();
    let counts = recount(&statuses);
    agrees(&run["statistics"], &counts);
    // One can't be billed, and one can't be mailed.
    for (group, number) in [
        ("all_actions", 2),
        ("renewal_orders", 1),
        ("renewal_notices", 1),
    ] {
        assert_eq!(run["statistics"][group]["not_possible"], number, "{run}");
    }
    for column in ["successful", "error", "excluded"] {
        assert!(counts["all_actions"][column] > 0, "{column}: {counts:?}");
    }
    let text = app
        .text(&format!("/billingRuns/{TENANT}/{id}/report"))
        .await;
    let rows = parse(&text);
    assert_eq!(
        rows[0],
        [
            "membership_id",
            "member",
            "type",
            "reminder",
            "amount",
            "currency",
            "status",
            "reason",
            "order_id",
            "delivery",
            "charges"
        ]
    );
    for row in &rows[1..] {
        assert_eq!(row[9..], ["live", "test"]);
    }
    let listed: Vec<(String, String)> = rows[1..]
        .iter()
        .map(|row| (row[2].clone(), row[6].clone()))
        .collect();
    assert_eq!(recount(&listed), counts);
    let row = |member: &str, kind: &str| {
        let found = rows.iter().find(|row| row[0] == member && row[2] == kind);
        found
            .unwrap_or_else(|| panic!("no row of {member}"))
            .clone()
    };
    assert_eq!(
        row("contact:plain", "renewal order")[1],
        "Plain, \"quoted\" and\nbroken"
    );
    assert_eq!(
        row("contact:formula", "renewal order")[1],
        "'=HYPERLINK(\"http://x\")"
    );
    assert_eq!(row("contact:minus", "renewal order")[1], "'-1+1");
    let paid = row("contact:paid", "auto renewal order");
    let order = app.orders("contact:paid").await.remove(0);
    assert_eq!(
        (paid[4].as_str(), paid[5].as_str(), paid[8].as_str()),
        ("90.50", "USD", order["id"].as_str().unwrap())
    );
    assert_eq!(
        row("contact:refused", "auto renewal order")[7],
        "payment refused: card declined"
    );
    assert_eq!(row("contact:out", "renewal order")[6], "excluded");
    assert_eq!(row("contact:out", "renewal order")[7], "excluded by user-1");
    assert_eq!(
        app.get(&format!("/billingRuns/{TENANT}/nothing/report"))
            .await
            .status,
        404
    );
}

/// RFC 4180, written out so that the test does not trust the writer's library.
fn parse(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bringing_back_is_counted_when_the_run_is_approved() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    app.member("b", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    set_action(&app, &id, "contact:a", "excluded").await.ok();
    let dates = json!([
        { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
        { "op": "replace", "path": "/status", "value": "scheduled for execution" },
    ]);
    let run = app.patch(&crate::support::run_path(&id), dates).await.ok();
    assert_eq!(
        run["statistics"]["renewal_orders"],
        json!({
        "total": 2, "pending": 1, "processing": 0, "successful": 0, "error": 0, "not_possible": 0, "excluded": 1 })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_modes_it_was_executed_with_stay_with_the_run() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let told = json!({ "notification_email": "staff@example.org" });
    let redirect = json!({ "delivery": "redirect", "delivery_address": "test@example.org" });
    app.settings(redirect).await;
    let id = create(
        &app,
        with(run_body(MARCH.0, MARCH.1, &["orders"]), told.clone()),
    )
    .await;
    app.refresh(&id).await;
    app.execute(&id).await;
    app.settings(json!({ "delivery": "live" })).await;
    let report = app
        .text(&format!("/billingRuns/{TENANT}/{id}/report"))
        .await;
    let line = report.lines().nth(1).unwrap();
    assert!(
        line.ends_with(",redirect to test@example.org,test"),
        "{line}"
    );
    // The run is settled a moment before its mail goes.
    let mut ended = mails_of_the_end(&app);
    for _ in 0..500 {
        if !ended.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        ended = mails_of_the_end(&app);
    }
    assert_eq!(ended.len(), 1);
    assert!(ended[0].contains("Mail: redirect to test@example.org. Charges: test."));
}

/// A member's name is its owner's, in a plan, in a mail and in the report.
#[tokio::test]
async fn a_member_who_is_renamed_is_billed_by_the_new_name() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("m-1", MARCH.1, json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    let rename = json!([{ "op": "replace", "path": "/name", "value": "Ada Lovelace" }]);
    app.patch("/contacts/acme/m-1", rename).await.ok();
    app.refresh(&id).await;
    let actions = app.actions(&id).await;
    let action = &actions[&(member, "renewal order".to_owned())];
    assert_eq!(
        action.text(model::resources::billing_run_action::NAME),
        "Ada Lovelace"
    );
    let rename = json!([{ "op": "replace", "path": "/name", "value": "Ada King" }]);
    app.patch("/contacts/acme/m-1", rename).await.ok();
    app.execute(&id).await;
    assert_eq!(app.mails(), ["bill for Ada King"]);
    let report = app
        .text(&format!("/billingRuns/{TENANT}/{id}/report"))
        .await;
    assert!(report.contains("Ada King"), "{report}");
    assert!(!report.contains("Lovelace"), "{report}");
}

/// Through the adapter that Lambda uses, which takes one mark away.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_written_for_the_tenants_spreadsheets() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({ "name": "Müller; Söhne" }))
        .await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    app.execute(&id).await;
    let path = format!("/billingRuns/{TENANT}/{id}/report");
    let plain = app.text(&path).await;
    assert!(plain.starts_with("membership_id,member,"), "{plain}");
    let amount = plain.split(',').find(|cell| cell.contains('.'));
    let amount = amount.expect("an amount").replace('.', ",");

    app.settings(json!({
        "csv_separator": "semicolon", "csv_decimal_mark": "comma", "csv_byte_order_mark": true,
    }))
    .await;
    let told = app.text(&path).await;
    let lines = told.strip_prefix('\u{feff}').expect("a mark");
    assert!(lines.starts_with("membership_id;member;type;"), "{lines}");
    assert!(
        lines.contains("contact:a;\"Müller; Söhne\";renewal order;;"),
        "{lines}"
    );
    assert!(lines.contains(&format!(";{amount};USD;")), "{lines}");

    app.settings(
        json!({ "csv_separator": "tab", "csv_decimal_mark": null, "csv_byte_order_mark": null }),
    )
    .await;
    let told = app.text(&path).await;
    assert!(told.starts_with("membership_id\tmember\ttype\t"), "{told}");
}

/// By members' names, in the tenant's language.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_sorted_by_name_on_request() {
    let app = TestApp::with_catalogue().await;
    for (id, name) in [
        ("a", "Hus"),
        ("b", "Chalupa"),
        ("c", "Cibulka"),
        ("d", "Ivan"),
    ] {
        app.member(id, "2026-03-31", json!({ "name": name })).await;
    }
    let id = app.draft(MARCH.0, MARCH.1, &["notices", "orders"]).await;
    app.refresh(&id).await;
    let path = format!("/billingRuns/{TENANT}/{id}/report?sort=name");
    let names = async || {
        let rows = parse(&app.text(&path).await);
        let mut names: Vec<String> = rows[1..].iter().map(|row| row[1].clone()).collect();
        assert_eq!(names.len(), 8, "both actions of each");
        names.dedup();
        names.join(" ")
    };
    assert_eq!(names().await, "Chalupa Cibulka Hus Ivan");
    app.settings(json!({ "language": "cs" })).await;
    assert_eq!(names().await, "Cibulka Hus Chalupa Ivan");
    let refused = app.get(&path.replace("=name", "=amount")).await;
    assert_eq!(refused.refused(400)[0].0, "/sort");
    let refused = app.get(&format!("{path}&exclusiveStartKey=x")).await;
    assert_eq!(refused.refused(400)[0].0, "/exclusiveStartKey");
}

fn mails_of_the_end(app: &TestApp) -> Vec<String> {
    let entries = app.outbox.list(TENANT).expect("an outbox");
    entries
        .iter()
        .filter_map(|entry| app.outbox.read(TENANT, &entry.name).expect("an outbox"))
        .map(|mail| String::from_utf8_lossy(&mail).into_owned())
        .filter(|mail| mail.contains("has ended"))
        .collect()
}
