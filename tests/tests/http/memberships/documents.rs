//! `…/idCard/{id}`, `…/certificate/{id}` and their previews

use model::resources::{IdCardTemplates, Memberships, Settings, Types};
use serde_json::{Value, json};
use tests::{Answer, Call, TestApp};

const CARD: &str = "/memberships/acme/idCard/contact:m-1";
const CERTIFICATE: &str = "/memberships/acme/certificate/contact:m-1";
const PREVIEW_CARD: &str = "/memberships/acme/previewIdCard/contact:m-1";
const PREVIEW_CERTIFICATE: &str = "/memberships/acme/previewCertificate";
const HTML: &str = "<style>p { margin: 0 }</style><p>{{ tenant.name }}</p><p>{{ membership.name }}, {{ type.name }}</p>\
    <qr value=\"{{ membership.number }}\"></qr>";

/// m-1 is a member of a type with a card, of a tenant with certificates.
async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    app.member("m-1", "2026-12-31", json!({})).await;
    let card = json!({ "id": "card", "name": "Card", "html_template": HTML });
    app.seed::<IdCardTemplates>(card).await;
    app.set::<Types>("regular", json!({ "id_card_template_id": "card" }))
        .await;
    let settings = json!({ "certificate_template": HTML });
    app.set::<Settings>("settings", settings).await;
    app
}

fn body(field: &str, html: &str) -> Value {
    json!({ "membership_id": "contact:m-1", (field): html })
}

/// What a refusal without places says.
fn refusal(answer: Answer) -> String {
    assert_eq!(answer.status, 404, "{}", answer.body);
    answer.body["message"]
        .as_str()
        .expect("a message")
        .to_owned()
}

fn link(answer: Answer) -> String {
    answer.ok().as_str().expect("a link").to_owned()
}

#[tokio::test]
async fn a_link_leads_to_a_pdf_for_a_while_and_for_nobody_else() {
    let app = app().await;
    for (url, noun) in [(CARD, "card"), (CERTIFICATE, "certificate")] {
        let link = link(app.get(url).await);
        let pdf = app.fetched(&link).expect("a document");
        assert!(pdf.starts_with(b"%PDF-1.7"), "{url}");
        assert!(link.contains(&format!("/membership-{noun}-")), "{link}");
        // Another tenant's, a changed one, and one that is over, lead nowhere.
        for changed in [
            link.replace("/acme/", "/other/"),
            link.replace("signature=", "signature=0"),
            link.replace("expires=", "expires=9"),
            link.replace("expires=1", "expires=0"),
        ] {
            assert_eq!(app.fetched(&changed), None, "{changed}");
        }
    }
}

#[tokio::test]
async fn asking_twice_keeps_one_document() {
    let app = app().await;
    let place = |link: String| link.split('?').next().unwrap().to_owned();
    let first = place(link(app.get(CARD).await));
    assert_eq!(place(link(app.get(CARD).await)), first);
    assert_eq!(app.documents(), 1);
    app.set::<Memberships>("contact:m-1", json!({ "name": "Ada" }))
        .await;
    assert_ne!(place(link(app.get(CARD).await)), first);
}

#[tokio::test]
async fn html_is_the_page_itself() {
    let app = app().await;
    for url in [CARD, CERTIFICATE] {
        let html = app.get(&format!("{url}?downloadAsHtml=true")).await.ok();
        let html = html.as_str().unwrap();
        assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
        assert!(html.contains("<p>Member m-1, Regular</p>"), "{html}");
        assert!(html.contains("src=\"data:image/svg+xml;base64,"), "{html}");
        let refused = app.get(&format!("{url}?downloadAsHtml=maybe")).await;
        assert_eq!(
            refused.refused_for(400),
            "/downloadAsHtml must be true or false"
        );
    }
}

#[tokio::test]
async fn a_members_name_is_text_and_never_markup() {
    let app = app().await;
    let name = json!({ "name": "<qr value='x'>&\"{{ tenant.name }}" });
    app.set::<Memberships>("contact:m-1", name).await;
    let html = app.get(&format!("{CARD}?downloadAsHtml=true")).await.ok();
    let shown = "<p>&lt;qr value='x'&gt;&amp;&quot;{{ tenant.name }}, Regular</p>";
    assert!(html.as_str().unwrap().contains(shown), "{html}");
    link(app.get(CARD).await);
}

#[tokio::test]
async fn without_a_template_there_is_no_document() {
    let app = app().await;
    app.set::<Types>("regular", json!({ "id_card_template_id": null }))
        .await;
    let refused = refusal(app.get(CARD).await);
    assert!(refused.contains("of type regular"), "{refused}");
    app.set::<Settings>("settings", json!({ "certificate_template": "" }))
        .await;
    let refused = refusal(app.get(CERTIFICATE).await);
    assert!(
        refused.contains("certificate_template is empty"),
        "{refused}"
    );
    let off = json!({ "certificate_template": HTML, "certificate_mode": "by post" });
    app.set::<Settings>("settings", off).await;
    let refused = refusal(app.get(CERTIFICATE).await);
    assert!(refused.contains("certificate_mode is by post"), "{refused}");
    for url in [CARD, CERTIFICATE] {
        app.get(&url.replace("m-1", "nobody")).await.refused(404);
    }
}

#[tokio::test]
async fn a_template_that_is_not_active_makes_no_card() {
    let app = app().await;
    app.set::<IdCardTemplates>("card", json!({ "is_active": false }))
        .await;
    assert_eq!(
        app.get(CARD).await.refused_for(400),
        "/id_card_template_id of type regular is card, an ID card template that is not active"
    );
}

#[tokio::test]
async fn a_types_own_settings_of_certificates_are_texts() {
    let app = app().await;
    for (name, value) in [
        ("certificate_mode", json!(5)),
        ("certificate_mode", json!(["automatically generate"])),
        ("certificate_template", json!({ "html": HTML })),
        ("certificate_template", json!(false)),
    ] {
        let own = |on: bool| {
            json!([
                { "op": "add", "path": "/override_certificate_settings", "value": on },
                { "op": "add", "path": "/certificate_settings", "value": { (name): value } },
            ])
        };
        let refused = app.patch("/types/acme/regular", own(true)).await;
        assert_eq!(
            refused.refused_for(400),
            format!("/certificate_settings/{name} must be a text, as in the settings")
        );
        // A switch that is off asks nothing of its options.
        app.patch("/types/acme/regular", own(false)).await.ok();
    }
}

#[tokio::test]
async fn a_types_own_certificates_stand_instead_of_the_tenants() {
    let app = app().await;
    let html = |text: &str| {
        json!({ "certificate_mode": "automatically generate",
        "certificate_template": format!("<p>{text}</p>") })
    };
    let set = |own: bool, settings: Value| json!({ "override_certificate_settings": own, "certificate_settings": settings });
    let shown = async || {
        let answer = app.get(&format!("{CERTIFICATE}?downloadAsHtml=true")).await;
        answer.ok().as_str().unwrap().contains("<p>Fellow</p>")
    };
    app.set::<Types>("regular", set(true, html("Fellow"))).await;
    assert!(shown().await);
    app.set::<Types>("regular", set(false, html("Fellow")))
        .await;
    assert!(!shown().await);
    app.set::<Types>("regular", set(true, json!({}))).await;
    let refused = refusal(app.get(CERTIFICATE).await);
    assert!(
        refused.contains("types/regular/certificate_settings"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_certificate_made_elsewhere_is_where_the_answer_leads() {
    let app = app().await;
    let elsewhere = "https://certificates.example.org/m-1.pdf";
    app.set::<Memberships>("contact:m-1", json!({ "certificate_uri": elsewhere }))
        .await;
    assert_eq!(app.get(CERTIFICATE).await.ok(), elsewhere);
    for link in ["javascript:alert(1)", "m-1.pdf", "https://", "https://a b"] {
        let patch = json!([{ "op": "replace", "path": "/certificate_uri", "value": link }]);
        let refused = app.patch("/memberships/acme/contact:m-1", patch).await;
        let rule =
            "/certificate_uri must be an address of the web, as in https://portal.example.org";
        assert_eq!(refused.refused_for(400), rule, "{link}");
    }
    let refused = app.get(&format!("{CERTIFICATE}?downloadAsHtml=true")).await;
    assert!(refused.refused_for(400).contains(elsewhere));
}

#[tokio::test]
async fn who_is_no_longer_a_member_gets_none() {
    let app = app().await;
    let dropped = json!({ "status": "inactive", "termination_date": "2026-01-31" });
    app.set::<Memberships>("contact:m-1", dropped).await;
    for (url, noun) in [(CARD, "card"), (CERTIFICATE, "certificate")] {
        let refused = app.get(url).await.refused_for(400);
        let wanted = format!("/status membership contact:m-1 is inactive, and has no {noun}");
        assert_eq!(refused, wanted);
    }
    // A template can be tried on anybody.
    app.post(PREVIEW_CARD, body("id_card_template", HTML))
        .await
        .ok();
}

#[tokio::test]
async fn a_preview_is_kept_shown_by_its_location_and_changes_nothing() {
    let app = app().await;
    let before = app.membership("contact:m-1").await;
    for (url, field) in [
        (PREVIEW_CARD, "id_card_template"),
        (PREVIEW_CERTIFICATE, "certificate_template"),
    ] {
        let answer = app
            .post(url, body(field, "<p>{{ membership.name }}</p>"))
            .await;
        assert_eq!((answer.status, &answer.body), (200, &Value::Null));
        let location = &answer.headers["location"];
        assert!(app.fetched(location).unwrap().starts_with(b"%PDF"));
    }
    assert_eq!(app.membership("contact:m-1").await, before);
    assert_eq!(app.outbox.list("acme").unwrap().len(), 0);
}

#[tokio::test]
async fn the_preview_of_a_card_is_of_the_membership_in_the_path() {
    let app = app().await;
    app.member("m-2", "2026-12-31", json!({})).await;
    let url = PREVIEW_CARD.replace("m-1", "m-2");
    let refused = app.post(&url, body("id_card_template", HTML)).await;
    assert_eq!(
        refused.refused_for(400),
        "/membership_id must be the id in the path, contact:m-2"
    );
    for (url, field) in [
        (PREVIEW_CARD, "id_card_template"),
        (PREVIEW_CERTIFICATE, "certificate_template"),
    ] {
        let problems = app.post(url, json!({})).await.refused(400);
        let places: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
        assert!(places.contains(&"/membership_id"), "{problems:?}");
        assert!(places.contains(&&*format!("/{field}")), "{problems:?}");
    }
    let nobody = json!({ "membership_id": "contact:x", "certificate_template": HTML });
    app.post(PREVIEW_CERTIFICATE, nobody).await.refused(404);
    let url = PREVIEW_CARD.replace("m-1", "x");
    let nobody = json!({ "membership_id": "contact:x", "id_card_template": HTML });
    app.post(&url, nobody).await.refused(404);
}

/// Templates that can be saved and make no page, each with what staff are told.
const WRONG: &[(&str, &str)] = &[
    ("<p>{{ membership.name", "unexpected end of input"),
    (
        "{% for a in membership %}{% for b in membership %}{% for c in membership %}{% for d in membership %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
        "takes more than 100000 steps",
    ),
    (
        "<script>alert(1)</script>",
        "<script> is no element of a document",
    ),
    (
        "<img src=\"https://example.org/logo.png\">",
        "nothing is fetched",
    ),
    ("<img src=\"{{ membership.photo }}\">", "<img> has no src"),
    (
        "<qr value=\"{{ contact.nothing }}\"></qr>",
        "<qr> has no value",
    ),
    ("<p>ไทย</p>", "script Thai"),
    (
        "<p style=\"float: left\">a</p>",
        "float is no property of a document",
    ),
    (
        "{% for a in membership %}{% for b in membership %}<p>a</p>{% endfor %}{% endfor %}",
        "what stands on the",
    ),
    ("<style>@page { size: A5 }</style>", "a5 is no paper"),
];

#[tokio::test]
async fn what_is_wrong_with_a_template_is_said_and_nothing_is_kept() {
    let app = app().await;
    for (html, says) in WRONG {
        for (url, field) in [
            (PREVIEW_CARD, "id_card_template"),
            (PREVIEW_CERTIFICATE, "certificate_template"),
        ] {
            let refused = app.post(url, body(field, html)).await;
            assert_eq!(refused.status, 400, "{html}");
            let refused = refused.refused_for(400);
            assert!(
                refused.starts_with(&format!("/{field} ")),
                "{html}: {refused}"
            );
            assert!(refused.contains(says), "{html}: {refused}");
        }
    }
    let long = json!({ "name": "Wolfeschlegelsteinhausenbergerdorff ".repeat(9).trim() });
    app.set::<Memberships>("contact:m-1", long).await;
    let card = json!({ "html_template": "<p style='font-size: 60pt'>{{ membership.name }}</p>" });
    app.set::<IdCardTemplates>("card", card).await;
    let refused = app.get(CARD).await.refused_for(400);
    assert!(
        refused.starts_with("/idCardTemplates/card/html_template what stands on the card is"),
        "{refused}"
    );
    assert_eq!(app.documents(), 0);
}

#[tokio::test]
async fn a_template_that_cannot_be_rendered_is_not_saved() {
    let app = app().await;
    let broken = "<p>{{ membership.name </p>";
    let card = json!({ "name": "Broken", "html_template": broken });
    let refused = app.post("/idCardTemplates/acme", card).await.refused(400);
    assert_eq!(refused[0].0, "/html_template");
    let patch = |path: &str| json!([{ "op": "add", "path": path, "value": broken }]);
    let settings = Call::patch("/settings/acme", patch("/certificate_template"));
    let refused = app.send(settings.scopes("admin")).await;
    assert_eq!(refused.refused(400)[0].0, "/certificate_template");
    let own = json!([
        { "op": "add", "path": "/override_certificate_settings", "value": true },
        { "op": "add", "path": "/certificate_settings", "value": { "certificate_template": broken } },
    ]);
    let refused = app.patch("/types/acme/regular", own).await.refused(400);
    assert_eq!(refused[0].0, "/certificate_settings/certificate_template");
}

#[tokio::test]
async fn reading_is_enough_for_a_document_and_a_preview_needs_writing() {
    let app = app().await;
    for url in [CARD, CERTIFICATE] {
        app.send(Call::get(url).scopes("read")).await.ok();
        app.send(Call::get(url).scopes("")).await.refused(403);
    }
    let preview = || Call::post(PREVIEW_CERTIFICATE, body("certificate_template", HTML));
    app.send(preview().scopes("read")).await.refused(403);
    app.send(preview().scopes("write")).await.ok();
}
