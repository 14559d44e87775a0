//! A group's mail, tried on one address (rule MAIL-12).

use super::{app, group, joining, order, pay};
use serde_json::{Value, json};
use tests::TestApp;

const URL: &str = "/memberships/acme/previewGroupApplicationEmail";

fn preview(group: &str, subject: &str, body: &str) -> Value {
    json!({
        "application_group_id": group, "destination_email_address": "staff@example.org",
        "email_template": { "subject": subject, "cc": "all@example.org", "body": body },
    })
}

fn mail(app: &TestApp) -> String {
    let sent = app.outbox.list("acme").expect("an outbox");
    assert_eq!(sent.len(), 1);
    let mail = app.outbox.read("acme", &sent[0].name).expect("a folder");
    String::from_utf8(mail.expect("a mail")).expect("a text")
}

#[tokio::test]
async fn it_goes_to_one_address_and_changes_nothing() {
    let app = app().await;
    let (group, _) = joining(&app, 3).await;
    let body = "<p>{{ contact.name }}: {{ application_group.number_of_applications }}</p>";
    let mut body = preview(&group, "{{ application_group.name }}", body);
    app.post(URL, body.clone()).await.ok();
    let mail = mail(&app);
    assert!(mail.contains("Ada Byron: 3"), "{mail}");
    assert!(mail.contains("Subject: Engineers"), "{mail}");
    assert!(!mail.contains("all@example.org"), "{mail}");
    body["application_group_id"] = "nowhere".into();
    app.post(URL, body).await.refused(404);
    app.post(URL, json!({})).await.refused(400);
}

#[tokio::test]
async fn it_names_the_order_and_the_applications() {
    let app = app().await;
    let (group, _) = joining(&app, 2).await;
    let order = order(&app, &group).await;
    pay(&app, &order, "p-1", 100.0).await.ok();
    let body = "<p>{{ order.number }} {{ order.total }} {{ order.balance_due }} \
        {% for one in applications %}[{{ one.contact_id }} {{ one.order.balance_due }}]{% endfor %} {{ links.pay }}</p>";
    app.post(URL, preview(&group, "s", body)).await.ok();
    let mail = mail(&app).replace("=\r\n", "");
    let number = &order["number"];
    let wanted = format!("{number} 240.00 140.00 [c-1 20.00][c-2 120.00]");
    assert!(mail.contains(&wanted), "{mail}");
    let id = order["id"].as_str().expect("an id");
    assert!(mail.contains(&format!("pay&#x2f;{id}")), "{mail}");
}

#[tokio::test]
async fn a_group_without_an_order_has_a_preview_too() {
    let app = app().await;
    let group = group(&app, json!({})).await;
    let body = "<p>{{ order.total }}{{ applications | length }} applications</p>";
    app.post(URL, preview(&group, "s", body)).await.ok();
    assert!(mail(&app).contains("0 applications"));
}
