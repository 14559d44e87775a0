use super::*;
use crate::testing::record;
use jiff::civil::date;
use serde_json::json;

fn range(from: &str, to: &str) -> Value {
    json!({ "expiration_date_range_start": from, "expiration_date_range_end": to })
}

#[test]
fn only_what_is_switched_on_is_a_part_in_the_order_of_work() {
    let run = record(
        json!({ "id": "r", "perform_drops": true, "drop_options": range("2026-01-01", "2026-01-31"),
        "generate_renewal_orders": true, "renewal_order_options": range("2026-03-01", "2026-03-31"),
        "generate_renewal_notices": false, "renewal_notice_options": range("2020-01-01", "2030-01-01") }),
    );
    let selection = RunSelection::of(&run).unwrap();
    let kinds: Vec<_> = selection.specs.iter().map(|spec| spec.kind).collect();
    assert_eq!(kinds, [ActionType::RenewalOrder, ActionType::Drop]);
    assert_eq!(
        selection.dates(),
        Some((date(2026, 1, 1), date(2026, 3, 31)))
    );
    assert!(selection.spec(ActionType::Drop, 0).is_some());
    assert_eq!(selection.spec(ActionType::RenewalNotice, 0), None);
}

#[test]
fn each_reminder_is_a_part_with_its_own_range_and_notice() {
    let mut first = range("2026-03-01", "2026-03-31");
    (first["id"], first["reminder_notice_id"]) = (json!(7), json!("n-7"));
    let run = record(
        json!({ "id": "r", "template_id": "t", "send_renewal_reminders": true,
        "renewal_reminder_options": { "reminders": [first], "new_status_reason_id": "told" } }),
    );
    let selection = RunSelection::of(&run).unwrap();
    let spec = selection.spec(ActionType::RenewalReminder, 7).unwrap();
    assert_eq!(spec.success_notice.as_deref(), Some("n-7"));
    assert_eq!(spec.new_reason.as_deref(), Some("told"));
    assert_eq!(selection.series, "t");
}

#[test]
fn later_is_told_by_the_range() {
    let entry = |id: i64, from, to| {
        let mut entry = range(from, to);
        (entry["id"], entry["reminder_notice_id"]) = (id.into(), json!("n"));
        entry
    };
    let run = record(json!({ "id": "r", "send_renewal_reminders": true,
        "renewal_reminder_options": { "reminders": [
            entry(1, "2026-03-01", "2026-03-31"),
            entry(2, "2026-02-01", "2026-02-28"),
            entry(5, "2026-02-02", "2026-02-28"),
            entry(4, "2026-03-01", "2026-03-31"),
            entry(3, "2026-04-01", "2026-04-30"),
        ] } }));
    let specs = RunSelection::of(&run).unwrap().specs;
    let later: Vec<_> = specs
        .iter()
        .map(|s| (s.reminder, s.later.clone()))
        .collect();
    let expected = [
        (1, vec![2, 5, 4]),
        (2, vec![]),
        (5, vec![2]),
        (4, vec![2, 5]),
        (3, vec![2, 5, 4, 1]),
    ];
    assert_eq!(later, expected);
}

#[test]
fn a_run_without_a_template_is_a_series_of_its_own() {
    let run = record(json!({ "id": "r", "template_id": "" }));
    assert_eq!(RunSelection::of(&run).unwrap().series, "r");
    assert_eq!(RunSelection::of(&run).unwrap().dates(), None);
}

#[test]
fn a_restriction_holds_while_its_switch_is_on() {
    let mut options = range("2026-03-01", "2026-03-31");
    options["membership_type_ids"] = json!(["a", "b"]);
    let types = |on: Value| {
        let mut options = options.clone();
        options["include_only_certain_membership_types"] = on;
        let run = record(json!({ "id": "r", "perform_drops": true, "drop_options": options }));
        RunSelection::of(&run).unwrap().specs.remove(0).types
    };
    assert_eq!(types(json!(true)), Some(vec!["a".into(), "b".into()]));
    assert_eq!(types(json!(false)), None);
}

#[test]
fn a_missing_date_is_named() {
    let run = record(json!({ "id": "r", "perform_drops": true, "drop_options": {} }));
    let refused = RunSelection::of(&run).unwrap_err().to_string();
    assert!(
        refused.contains("/drop_options/expiration_date_range_start is required"),
        "{refused}"
    );
}
