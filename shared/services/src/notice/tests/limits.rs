use super::*;

fn many(count: usize) -> Context {
    let lines: Vec<_> = (0..count)
        .map(|line| json!({"name": format!("line {line}")}))
        .collect();
    let roots = json!({"order": {"lines": lines, "text": "x".repeat(1000)}});
    Context::new(roots.as_object().unwrap())
}

fn nested(depth: usize, inner: &str) -> EmailTemplate {
    let open: String = (0..depth)
        .map(|level| format!("{{% for v{level} in order.lines %}}"))
        .collect();
    email(
        "",
        &format!("{open}{inner}{}", "{% endfor %}".repeat(depth)),
    )
}

#[test]
fn a_template_that_works_too_long_is_stopped() {
    let error = render(&nested(6, ""), &many(100)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/body: line 1: takes more than 100000 steps to render"
    );
}

#[test]
fn a_template_that_writes_too_much_is_stopped() {
    let error = render(&nested(2, "{{ order.text }}"), &many(100)).unwrap_err();
    assert_eq!(error.to_string(), "/body: becomes longer than 524288 bytes");
    let subject = render(&email("{{ order.text }}", ""), &many(0)).unwrap_err();
    assert_eq!(
        subject.to_string(),
        "/subject: becomes longer than 998 bytes"
    );
}

#[test]
fn an_honest_mail_stays_far_within_the_limits() {
    let rendered = render(
        &nested(1, "<td>{{ v0.name }}</td><td>{{ loop.index }}</td>"),
        &many(2000),
    )
    .unwrap();
    assert!(rendered.body.ends_with("<td>line 1999</td><td>2000</td>"));
}

#[test]
fn templates_of_any_shape_end_in_an_answer() {
    let deep = |open: &str, close: &str| {
        format!("{{{{ {}a{} }}}}", open.repeat(20_000), close.repeat(20_000))
    };
    for (source, says) in [
        (deep("(", ")"), "at most 200"),
        (deep("[", "]"), "at most 200"),
        (
            format!("{{{{ {}a{} }}}}", "(".repeat(90), ")".repeat(90)),
            "recursion",
        ),
        (deep("not ", ""), "at most 200"),
        (deep("-", ""), "at most 200"),
        (deep("", ".a"), "at most 200"),
        (deep("", "|upper"), "at most 200"),
        (deep("", " and a"), "at most 200"),
        (deep("", " if a else a"), "at most 200"),
        ("{% if a %}".repeat(20_000), "recursion"),
        (
            format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(20_000)),
            "at most 100",
        ),
        ("\n".repeat(100_000) + "{{", "line 65535: "),
        (
            "x".repeat(MAX_BODY_TEMPLATE + 1),
            "is longer than 262144 bytes",
        ),
    ] {
        let message = check(&email("", &source)).unwrap_err().remove(0).message;
        assert!(message.contains(says), "{}: {message}", &source[..40]);
    }
}

#[test]
fn the_largest_template_that_is_allowed_renders() {
    let widest = format!("{{{{ a{} }}}}", ".a".repeat(99));
    let open: String = (0..140).map(|_| "{% if not b %}").collect();
    let chain = format!("{{% if b %}}{}{{% endif %}}", "{% elif b %}".repeat(100));
    let source = format!(
        "{open}{chain}{}x{}",
        widest.repeat(100),
        "{% endif %}".repeat(140)
    );
    assert_eq!(body(&source), "x");
}
