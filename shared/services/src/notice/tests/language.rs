use super::*;

#[test]
fn every_problem_is_reported_with_its_pointer_and_line() {
    let template = EmailTemplate {
        from: Some("nobody".to_owned()),
        cc: Some("a@example.org; b".to_owned()),
        reply_to: Some("a@example.org, b@example.org".to_owned()),
        subject: Some("{{ membership.name".to_owned()),
        body: Some("<p>\n\n{% if x %}\n{{ a | shout }} {{ b is nice }}".to_owned()),
        ..EmailTemplate::default()
    };
    let problems = check(&template).unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.path.as_str(), problem.message.as_str()))
        .collect();
    assert_eq!(found[0].0, "/from");
    assert!(
        found[0].1.contains("\"nobody\" is not an e-mail address"),
        "{found:?}"
    );
    assert_eq!(found[1], ("/reply_to", "holds 2 addresses, one is allowed"));
    assert_eq!(found[2].0, "/cc");
    assert_eq!(found[3].0, "/subject");
    assert!(found[3].1.starts_with("line 1: syntax error"), "{found:?}");
    assert_eq!(found[4].0, "/body");
    assert!(found[4].1.starts_with("line 4: syntax error"), "{found:?}");
    assert_eq!(found.len(), 5);
}

#[test]
fn names_are_checked_on_every_branch_before_anything_is_sent() {
    let source = "{% if false %}\n{{ a | shout }} {{ b is nice }}{{ c | money }}{{ d | date('%!') }}{% endif %}";
    let problems = check(&email("", source)).unwrap_err();
    let messages: Vec<_> = problems
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    assert_eq!(
        messages[..3],
        [
            "line 2: there is no filter `shout`",
            "line 2: there is no test `nice`",
            "line 2: `money` takes 1 to 1 arguments, not 0",
        ]
    );
    assert!(
        messages[3].starts_with("line 2: `date` cannot use the format \"%!\""),
        "{messages:?}"
    );
    assert_eq!(messages.len(), 4);
}

#[test]
fn what_the_language_leaves_out_is_refused_by_name() {
    for (source, what) in [
        ("{% set a = 1 %}", "`set`"),
        ("{% set a %}x{% endset %}", "`set`"),
        ("{% with a = 1 %}{% endwith %}", "`with`"),
        (
            "{% autoescape false %}{{ a }}{% endautoescape %}",
            "`autoescape`",
        ),
        ("{% filter upper %}x{% endfilter %}", "`filter` as a block"),
        ("{% include 'x' %}", "include"),
        ("{% extends 'x' %}", "extends"),
        ("{% import 'x' as y %}", "import"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "macro"),
        (
            "{% for a in order.lines recursive %}{% endfor %}",
            "a recursive loop",
        ),
        (
            "{% for a in [1, 2] %}{% endfor %}",
            "`for` goes through a field",
        ),
        ("{{ range(1000000000) }}", "a call"),
        ("{{ loop(order.lines) }}", "a call"),
        ("{{ 'x' * 1000000000 }}", "arithmetic"),
        ("{{ 9 ** 99999 }}", "arithmetic"),
        ("{{ a ~ a }}", "`~`"),
        ("{{ {'a': 1} }}", "a map literal"),
        ("{{ a | safe }}", "no filter `safe`"),
        ("{{ a | replace('a', 'aa') }}", "no filter `replace`"),
        ("{{ a | default(value='x') }}", "an argument with a name"),
        ("{{ a | default(*b) }}", "an argument with a name or a star"),
    ] {
        let message = check(&email("", source)).unwrap_err().remove(0).message;
        assert!(
            message.starts_with("line 1: ") && message.contains(what),
            "{source}: {message}"
        );
    }
}
