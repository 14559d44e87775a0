use super::*;
use crate::testing::record;
use serde_json::json;

fn modes() -> Modes {
    Modes {
        delivery: "redirect to test@example.org".into(),
        charges: "test".into(),
    }
}

#[test]
fn a_row_shows_who_what_how_much_and_why() {
    let action = record(
        json!({ "membership_id": "contact:a", "name": "Ada", "type": "renewal reminder", "reminder_number": 2,
        "_amount": "90.50", "_currency": "USD", "status": "error", "error_message": "no mail", "order_id": "o-1" }),
    );
    let expected = [
        "contact:a",
        "Ada",
        "renewal reminder",
        "2",
        "90.50",
        "USD",
        "error",
        "no mail",
        "o-1",
        "redirect to test@example.org",
        "test",
    ];
    assert_eq!(row(&action, &modes(), CsvStyle::default()), expected);
}

#[test]
fn who_was_taken_out_has_that_for_a_reason() {
    let action = record(json!({ "membership_id": "contact:a", "status": "excluded" }));
    assert_eq!(
        row(&action, &modes(), CsvStyle::default())[7],
        "excluded by staff"
    );
    let action = record(
        json!({ "membership_id": "contact:a", "status": "excluded", "excluded_by": "ann",
        "exclusion_reason": "pays in May" }),
    );
    assert_eq!(
        row(&action, &modes(), CsvStyle::default())[7],
        "excluded by ann: pays in May"
    );
}
