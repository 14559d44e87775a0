//! `POST …/previewEmail` of memberships and of billing notices.

use crate::support::{MARCH, with_troubled_mailer};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tests::TENANT;
use tests::TestApp;
use tests::records::with;

const PATHS: [&str; 2] = [
    "/memberships/acme/previewEmail",
    "/billingNotices/acme/previewEmail",
];

fn body(changes: Value) -> Value {
    let preview = json!({
        "membership_id": "contact:a", "destination_email_address": "staff@example.org",
        "email_template": {
            "from": "dues@example.org", "cc": "chair@example.org", "bcc": "{{ contact.email_address }}",
            "subject": "For {{ membership.name }}",
            "body": "<p>{{ contact.name }} owes {{ order.balance_due | money(order.currency) }}</p>",
        },
    });
    with(preview, changes)
}

/// The one mail in the outbox.
fn mail(app: &TestApp) -> String {
    let entries = app.outbox.list(TENANT).expect("a sound answer");
    assert_eq!(entries.len(), 1);
    let mail = app
        .outbox
        .read(TENANT, &entries[0].name)
        .expect("a sound answer");
    String::from_utf8(mail.expect("a sound answer")).expect("a sound answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mail_goes_to_one_address_and_nothing_changes() {
    for path in PATHS {
        let app = TestApp::with_catalogue().await;
        let member = app.member("a", "2026-03-09", json!({})).await;
        let before = app.membership(&member).await;
        assert_eq!(app.post(path, body(json!({}))).await.ok(), Value::Null);
        let text = mail(&app);
        assert!(text.contains("To: <staff@example.org>"), "{text}");
        assert!(text.contains("Subject: For Member a"), "{text}");
        assert!(text.contains("Member a owes"), "{text}");
        for other in ["chair@example.org", "a@example.org"] {
            assert!(!text.contains(other), "{other}: {text}");
        }
        assert_eq!(app.membership(&member).await, before);
        app.post(path, body(json!({}))).await.ok();
        assert_eq!(app.mails().len(), 2, "asked for twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_order_is_shown_and_the_sender_is_the_tenants_by_default() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-09", json!({})).await;
    let run = tests::billing::run_body(MARCH.0, MARCH.1, &["orders"]);
    let run = with(
        run.clone(),
        json!({ "renewal_order_options": with(
        run["renewal_order_options"].clone(), json!({ "renewal_order_notice_id": null })) }),
    );
    crate::support::bill(&app, run).await;
    assert!(app.mails().is_empty());
    let template = json!({ "subject": "s", "body": "{{ order.total }} {{ order.number }}{{ billing_run.name }}" });
    app.post(PATHS[0], body(json!({ "email_template": template })))
        .await
        .ok();
    let text = mail(&app);
    assert!(text.contains("90.50 1"), "{text}");
    assert!(text.contains("From: <membership@acme.example>"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_shown_under_its_own_name() {
    let app = TestApp::with_catalogue().await;
    let organization = json!({ "id": "o", "name": "Engines Ltd" });
    app.seed::<model::resources::Organizations>(organization)
        .await;
    let owner = json!({
        "id": "organization:o", "owner_type": "organization", "contact_id": null,
        "organization_id": "o", "email_address": null, "name": "Engines Ltd",
    });
    app.member("o", "2026-03-09", owner).await;
    let template = json!({ "subject": "s", "body": "of {{ organization.name }} and {{ type.name }}, {{ package.name }}" });
    let preview = json!({ "membership_id": "organization:o", "email_template": template });
    app.post(PATHS[1], body(preview)).await.ok();
    let text = mail(&app);
    assert!(
        text.contains("of Engines Ltd and Regular, anniversary"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_previewed_is_refused_by_place() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-09", json!({})).await;
    let template = |template: Value| json!({ "email_template": template });
    for path in PATHS {
        for (changes, at) in [
            (
                template(json!({ "subject": "{{ a", "body": "{% if %}" })),
                vec!["/email_template/subject", "/email_template/body"],
            ),
            (
                template(json!({ "subject": 5, "text": "" })),
                vec!["/email_template/subject", "/email_template/text"],
            ),
            (
                template(json!({ "from": "nobody", "body": "" })),
                vec!["/email_template/from"],
            ),
            (
                template(json!({ "from": "{{ membership.name }}" })),
                vec!["/email_template/from"],
            ),
            (
                template(json!({ "body": "{{ membership.name | money('USD') }}" })),
                vec!["/email_template/body"],
            ),
            (template(Value::Null), vec!["/email_template"]),
            (
                json!({ "destination_email_address": "staff" }),
                vec!["/destination_email_address"],
            ),
            (
                json!({ "destination_email_address": "a@x.org, b@x.org" }),
                vec!["/destination_email_address"],
            ),
            (
                json!({ "destination_email_address": " " }),
                vec!["/destination_email_address"],
            ),
            (
                json!({ "destination_email_address": null, "membership_id": 1, "to": "x" }),
                vec!["/destination_email_address", "/membership_id", "/to"],
            ),
        ] {
            let answer = app.post(path, body(changes.clone())).await;
            assert_eq!(answer.status, 400, "{changes}: {}", answer.body);
            let mut found = answer.refused_fields();
            found.sort();
            let mut at: Vec<String> = at.into_iter().map(str::to_owned).collect();
            at.sort();
            assert_eq!(found, at, "{changes}");
        }
        for unknown in ["contact:b", ""] {
            let changes = json!({ "membership_id": unknown });
            app.post(path, body(changes)).await.refused(404);
        }
    }
    assert!(app.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenants_delivery_mode_holds_for_previews_too() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-09", json!({})).await;
    app.settings(json!({ "delivery": "off" })).await;
    for path in PATHS {
        assert_eq!(
            app.post(path, body(json!({}))).await.refused_for(400),
            "/destination_email_address cannot be mailed to: the setting delivery is off"
        );
    }
    app.settings(json!({ "delivery": "redirect", "delivery_address": "all@example.org" }))
        .await;
    app.post(PATHS[0], body(json!({}))).await.ok();
    let text = mail(&app);
    assert!(text.contains("To: <all@example.org>"), "{text}");
    assert!(text.contains("[redirected] For Member a"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_refuses_is_said() {
    let (app, refuses) = with_troubled_mailer("").await;
    app.member("a", "2026-03-09", json!({})).await;
    refuses.store(true, Ordering::SeqCst);
    let refused = app.post(PATHS[0], body(json!({}))).await;
    assert_eq!(
        refused.refused_for(400),
        "/destination_email_address could not be mailed to: the address is blocked"
    );
}
