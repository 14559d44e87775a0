//! The public cases of RFC 6902, `tests/patch-suite`, every one that is enabled.

use model::patch;
use serde_json::Value;

const SUITE: [(&str, usize); 2] = [
    (include_str!("../../patch-suite/tests.json"), 75),
    (include_str!("../../patch-suite/spec_tests.json"), 16),
];

fn patched(document: &mut Value, directives: &Value) -> model::Result<()> {
    patch::apply(document, &patch::parse(directives)?)
}

fn is_enabled(case: &Value) -> bool {
    case["disabled"] != true && !case["patch"].is_null()
}

fn check(case: &Value) {
    let mut document = case["doc"].clone();
    let outcome = patched(&mut document, &case["patch"]);
    if case["error"].is_null() {
        outcome.unwrap_or_else(|error| panic!("{error}: {case:#}"));
        // A case without an expectation has only to be applied.
        if let Some(expected) = case.get("expected") {
            assert_eq!(&document, expected, "{case:#}");
        }
    } else {
        assert!(outcome.is_err(), "this was taken: {case:#}");
        assert_eq!(document, case["doc"], "half applied: {case:#}");
    }
}

#[test]
fn every_case_of_the_standards_suite() {
    for (text, count) in SUITE {
        let cases: Vec<Value> = serde_json::from_str(text).expect("a file of cases");
        let enabled: Vec<&Value> = cases.iter().filter(|case| is_enabled(case)).collect();
        assert_eq!(enabled.len(), count);
        enabled.into_iter().for_each(check);
    }
}
