//! Who is told of an activation.

use super::{activate, app, approved, join, of, pay};
use model::resources::Chapters;
use serde_json::json;
use tests::records::with;

#[tokio::test]
async fn the_member_is_told_once_and_where_the_process_says_so_when_paid() {
    let app = app().await;
    let mail = json!({
        "memberships_require_approval": "never", "enable_membership_activation_email": true,
        "membership_activation_email": { "from": "office@example.org", "subject": "Welcome",
            "body": "<p>{{ membership.expiration_date }} {{ order.number }}</p>" },
    });
    let held =
        json!({ "id": "held", "do_not_send_activation_email_until_membership_is_paid": true });
    app.seed_process(with(mail.clone(), json!({ "id": "at-once" })))
        .await;
    app.seed_process(with(mail, held)).await;
    let mails = || app.outbox.list("acme").unwrap().len();
    let made = approved(&app, join(json!({ "process_id": "at-once" }))).await;
    activate(&app, &made).await.ok();
    activate(&app, &made).await.ok();
    assert_eq!(mails(), 1);
    pay(&app, &made, "p-0", 120.0).await;
    assert_eq!(mails(), 1);
    app.seed_contact("c-2").await;
    let made = approved(
        &app,
        join(json!({ "process_id": "held", "contact_id": "c-2" })),
    )
    .await;
    activate(&app, &made).await.ok();
    assert_eq!(mails(), 1);
    pay(&app, &made, "p-1", 20.0).await;
    assert_eq!(mails(), 1);
    pay(&app, &made, "p-2", 100.0).await;
    assert_eq!(mails(), 2);
    activate(&app, &made).await.ok();
    assert_eq!(mails(), 2);
}

/// By each chapter that was joined and has a mail for it; whoever renews is new in none.
#[tokio::test]
async fn a_chapter_writes_to_its_new_members_once() {
    let app = app().await;
    let mail = json!({ "enable_new_member_email": true, "new_member_email": { "from": "north@example.org",
        "subject": "{{ chapter.name }}", "body": "<p>{{ contact.name }} {{ membership.number }}</p>" } });
    app.set::<Chapters>("north", mail).await;
    let both = json!({ "chapter_id": "north", "additional_chapter_ids": ["south"] });
    let made = approved(&app, join(both)).await;
    activate(&app, &made).await.ok();
    activate(&app, &made).await.ok();
    assert_eq!(app.mails(), ["north"]);
    let held = json!({ "chapters": [{ "chapter_id": "north" }] });
    app.member("m-1", "2026-03-31", held).await;
    let renewed = approved(&app, of("renewal", "m-1", json!({}))).await;
    activate(&app, &renewed).await.ok();
    assert_eq!(app.mails(), ["north"]);
}
