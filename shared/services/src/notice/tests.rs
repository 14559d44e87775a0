mod language;
mod limits;

use serde_json::{Map, Value, from_str, json};

use super::*;

/// Parsed from text, as records are, so that numbers keep their writing.
fn roots() -> Map<String, Value> {
    from_str(
        r##"{
        "membership": {"id": "m1", "name": "Zoë <b>&\" Ltd", "expiration_date": "2026-02-28",
            "last_bill_date": null, "seats": 3, "billed": false},
        "contact": {"first_name": "Zoë", "email": "zoe@example.org",
            "notes": "two\nlines", "joined": "2026-03-01T04:30:00Z"},
        "order": {"total": 120.50, "paid": 20.00, "due": 0.00, "currency": "USD",
            "lines": [{"name": "Dues", "total": 100.00}, {"name": "Chapter", "total": 20.50}]},
        "reminder": {"id": 2},
        "tenant": {"name": "Acme", "time_zone": "America/New_York"},
        "links": {"renew": "https://acme.example.org/renew?m=1&t=2"}
    }"##,
    )
    .unwrap()
}

fn email(subject: &str, body: &str) -> EmailTemplate {
    EmailTemplate {
        from: Some("dues@example.org".to_owned()),
        subject: Some(subject.to_owned()),
        body: Some(body.to_owned()),
        ..EmailTemplate::default()
    }
}

fn try_body(body: &str) -> Result<String, NoticeError> {
    render(&email("", body), &Context::new(&roots())).map(|rendered| rendered.body)
}

fn body(template: &str) -> String {
    try_body(template).unwrap()
}

fn problem(template: &str) -> String {
    let NoticeError(problems) = try_body(template).unwrap_err();
    let [Problem { path, message }] = &problems[..] else {
        panic!("{problems:?}")
    };
    assert_eq!(path, "/body");
    message.clone()
}

#[test]
fn a_notice_fills_in_its_merge_fields() {
    let template = EmailTemplate {
        from: Some("dues@example.org".to_owned()),
        from_name: Some("{{ tenant.name }} membership".to_owned()),
        reply_to: Some("office@example.org".to_owned()),
        cc: Some("{{ contact.email }}; office@example.org".to_owned()),
        bcc: None,
        subject: Some(
            "{{ contact.first_name }}, {{ order.total | money(order.currency) }} is due".to_owned(),
        ),
        body: Some(
            "<p>Dear {{ contact.first_name }},</p>{% for line in order.lines %}\
             <li>{{ loop.index }}. {{ line.name }}: {{ line.total | money(order.currency) }}</li>\
             {% endfor %}<p>Expires {{ membership.expiration_date | date }}.</p>"
                .to_owned(),
        ),
    };
    let rendered = render(&template, &Context::new(&roots())).unwrap();
    assert_eq!(rendered.from_name, "Acme membership");
    assert_eq!(rendered.cc, "zoe@example.org; office@example.org");
    assert_eq!(rendered.bcc, "");
    assert_eq!(rendered.subject, "Zoë, $120.50 is due");
    assert_eq!(
        rendered.body,
        "<p>Dear Zoë,</p><li>1. Dues: $100.00</li><li>2. Chapter: $20.50</li>\
         <p>Expires February 28, 2026.</p>"
    );
}

#[test]
fn a_compiled_notice_serves_every_membership() {
    let notice =
        Notice::compile(&email("Hi {{ membership.name }}", "{{ membership.id }}")).unwrap();
    for id in ["m1", "m2"] {
        let roots = json!({"membership": {"id": id, "name": id}});
        let rendered = notice
            .render(&Context::new(roots.as_object().unwrap()))
            .unwrap();
        assert_eq!(
            (rendered.subject, rendered.body),
            (format!("Hi {id}"), id.to_owned())
        );
    }
}

#[test]
fn the_body_is_escaped_and_the_subject_is_not() {
    let template = email("{{ membership.name }}", "<i>{{ membership.name }}</i>");
    let rendered = render(&template, &Context::new(&roots())).unwrap();
    assert_eq!(rendered.subject, "Zoë <b>&\" Ltd");
    assert_eq!(rendered.body, "<i>Zoë &lt;b&gt;&amp;&quot; Ltd</i>");
    assert_eq!(
        body("{{ '<' | upper }}{{ ['<'] }}"),
        "&lt;[&#x27;&lt;&#x27;]"
    );
}

#[test]
fn values_are_not_read_as_templates() {
    let roots = json!({"contact": {"first_name": "{{ tenant.name }}{% if"}});
    let context = Context::new(roots.as_object().unwrap());
    let rendered = render(&email("{{ contact.first_name }}", ""), &context).unwrap();
    assert_eq!(rendered.subject, "{{ tenant.name }}{% if");
}

#[test]
fn what_is_absent_is_empty() {
    assert_eq!(
        body("[{{ order.nothing.deeper }}{{ invoice.number.x }}]"),
        "[]"
    );
    assert_eq!(body("[{{ membership.last_bill_date }}]"), "[]");
    assert_eq!(
        body("{{ membership.last_bill_date | default('never') }}"),
        "never"
    );
    assert_eq!(body("{{ '' | default('blank', true) }}"), "blank");
    assert_eq!(
        body("[{{ invoice.due | date }}{{ invoice.total | money(invoice.currency) }}]"),
        "[]"
    );
    assert_eq!(
        body("{% for line in invoice.lines %}x{% else %}none{% endfor %}"),
        "none"
    );
    assert_eq!(
        body("{% if invoice is defined %}y{% else %}n{% endif %}"),
        "n"
    );
}

#[test]
fn numbers_are_shown_as_written_and_compare_as_numbers() {
    assert_eq!(body("{{ order.total }} {{ membership.seats }}"), "120.50 3");
    assert_eq!(
        body("{{ 'y' if order.total > 100 }}{{ 'n' if order.due > 0 }}"),
        "y"
    );
    assert_eq!(
        body("{{ 'y' if order.due == 0 }}{{ 'n' if order.due }}"),
        "y"
    );
    assert_eq!(
        body("{{ 'y' if order.paid < order.total }}{{ 'y' if reminder.id == 2 }}"),
        "yy"
    );
    assert_eq!(
        body("{{ 'y' if membership.seats in [1, 3] and order.lines | length == 2 }}"),
        "y"
    );
}

#[test]
fn amounts_are_exact_beyond_what_a_float_holds() {
    let roots: Map<String, Value> = from_str(
        r#"{"order": {"a": 12345678901234567.89, "b": 123456789012345678901, "c": 1e999}}"#,
    )
    .unwrap();
    let template = email(
        "{{ order.a | money('USD') }} {{ order.a }} {{ order.b }} {{ order.c }}",
        "",
    );
    let rendered = render(&template, &Context::new(&roots)).unwrap();
    assert_eq!(
        rendered.subject,
        "$12,345,678,901,234,567.89 12345678901234567.89 123456789012345678901 1e+999"
    );
}

#[test]
fn dates_have_a_format_and_timestamps_the_tenants_zone() {
    assert_eq!(
        body("{{ membership.expiration_date | date('%d.%m.%Y') }}"),
        "28.02.2026"
    );
    assert_eq!(body("{{ contact.joined | date }}"), "February 28, 2026");
    assert_eq!(body("{{ contact.joined | date('%H:%M %Z') }}"), "23:30 EST");
    let utc = json!({"contact": {"joined": "2026-03-01T04:30:00+02:00"}});
    let context = Context::new(utc.as_object().unwrap());
    let rendered = render(&email("{{ contact.joined | date('%F %R') }}", ""), &context).unwrap();
    assert_eq!(rendered.subject, "2026-03-01 02:30");
}

#[test]
fn a_value_a_filter_cannot_take_is_an_error_for_staff() {
    assert_eq!(
        problem("\n{{ membership.name | date }}").split(':').next(),
        Some("line 2")
    );
    assert!(problem("{{ '2026-02-30' | date }}").contains("cannot read \"2026-02-30\""));
    assert!(problem("{{ membership.seats | date }}").contains("`date` cannot show 3"));
    assert!(
        problem("{{ membership.expiration_date | date('%H:%M') }}")
            .contains("the format \"%H:%M\"")
    );
    assert!(
        problem("{{ order.total | money(order.nothing) }}").contains("`money` needs a currency")
    );
    assert!(problem("{{ membership.name | money('USD') }}").contains("`money` cannot show"));
    let roots =
        json!({"tenant": {"time_zone": "Mars/Base"}, "contact": {"at": "2026-03-01T00:00:00Z"}});
    let context = Context::new(roots.as_object().unwrap());
    let error = render(&email("{{ contact.at | date }}", ""), &context).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/subject: line 1: \"Mars/Base\" is no time zone"
    );
}

#[test]
fn no_line_break_reaches_a_header() {
    let NoticeError(problems) = render(
        &email("About {{ contact.notes }}", "{{ contact.notes }}"),
        &Context::new(&roots()),
    )
    .unwrap_err();
    let message = "holds a line break or control character once rendered";
    assert_eq!(problems, [Problem::new("/subject", message)]);

    let written = check(&email("Hi {% if a %}\r\nBcc: x@example.org{% endif %}", "")).unwrap_err();
    assert_eq!(
        written,
        [Problem::new(
            "/subject",
            "line 1: a line break is not allowed here"
        )]
    );

    for hostile in ["\r", "\u{0}", "\u{85}", "\u{2028}"] {
        let roots = json!({"contact": {"name": format!("a{hostile}b")}});
        let context = Context::new(roots.as_object().unwrap());
        let template = EmailTemplate {
            from_name: Some("{{ contact.name }}".to_owned()),
            ..email("", "")
        };
        assert_eq!(
            render(&template, &context).unwrap_err().0[0].path,
            "/from_name",
            "{hostile:?}"
        );
    }
}

#[test]
fn a_template_that_is_stored_comes_back_the_same() {
    let stored = json!({"subject": "Hi", "body": "<p>"});
    let template: EmailTemplate = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&template).unwrap(), stored);
    assert!(serde_json::from_value::<EmailTemplate>(json!({"subject": 1})).is_err());
    assert_eq!(check(&EmailTemplate::default()), Ok(()));
}
