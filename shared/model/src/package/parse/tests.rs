use super::*;
use crate::package::MonthDay;
use serde_json::json;

fn calendar() -> Value {
    json!({
        "expiration_type": "calendar",
        "calendar_expiration_options": {
            "start_of_calendar_year": 7,
            "sell_for_next_year_after": "04-01",
            "number_of_years": 2
        }
    })
}

fn anniversary() -> Value {
    json!({
        "expiration_type": "anniversary",
        "anniversary_expiration_options": { "term_length": 12, "term_type": "months" }
    })
}

fn paths(value: &Value) -> Vec<String> {
    let mut paths: Vec<_> = problems(value).into_iter().map(|p| p.path).collect();
    paths.sort_unstable();
    paths
}

fn problems(value: &Value) -> Vec<Problem> {
    ExpirationOptions::parse(value).unwrap_err()
}

/// The value with one field replaced; `Value::Null` takes it away.
fn with(mut value: Value, pointer: &str, field: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[name] = field;
    value
}

#[test]
fn calendar_options_are_read() {
    let options = ExpirationOptions::parse(&calendar()).unwrap();
    let expected = CalendarExpirationOptions {
        start_of_calendar_year: 7,
        sell_for_next_year_after: MonthDay::parse("04-01"),
        number_of_years: 2,
    };
    assert_eq!(options.expiration_type, ExpirationType::Calendar(expected));
    assert_eq!(
        (options.grace_period, options.reinstatement_options),
        (0, None)
    );
}

#[test]
fn anniversary_options_are_read_with_what_may_be_left_out() {
    let options = ExpirationOptions::parse(&anniversary()).unwrap();
    let expected = AnniversaryExpirationOptions {
        term_length: TermLength::Months(12),
        allow_mid_month_expirations: false,
        sell_for_next_month_after: 31,
        fixed_expiration_dates: Vec::new(),
    };
    assert_eq!(
        options.expiration_type,
        ExpirationType::Anniversary(expected)
    );
}

#[test]
fn a_number_may_be_written_as_a_float_when_it_is_whole() {
    let text = r#"{
        "expiration_type": "calendar",
        "calendar_expiration_options": {"start_of_calendar_year": 1.0, "number_of_years": 1e0},
        "grace_period": 30.00,
        "allow_reinstatement": true,
        "reinstatement_options": {"reinstatement_period": 9e1}
    }"#;
    let options: ExpirationOptions = serde_json::from_str(text).unwrap();
    assert_eq!(options.grace_period, 30);
    assert_eq!(
        options.reinstatement_options.unwrap().reinstatement_period,
        90
    );
}

#[test]
fn options_of_another_type_are_left_unread() {
    let lifetime = json!({
        "expiration_type": "lifetime",
        "calendar_expiration_options": {},
        "anniversary_expiration_options": null,
        "allow_reinstatement": false,
        "reinstatement_options": {}
    });
    let options = ExpirationOptions::parse(&lifetime).unwrap();
    assert_eq!(options.expiration_type, ExpirationType::Lifetime);
    let ranges = "/anniversary_expiration_options/fixed_expiration_dates";
    let switched_off = with(anniversary(), ranges, json!([{"range_start": "never"}]));
    assert!(ExpirationOptions::parse(&switched_off).is_ok());
}

#[test]
fn what_a_date_cannot_be_computed_without_is_required() {
    let options = "calendar_expiration_options";
    for (value, path) in [
        (json!({}), "/expiration_type"),
        (
            json!({"expiration_type": "calendar"}),
            "/calendar_expiration_options",
        ),
        (
            json!({"expiration_type": "anniversary"}),
            "/anniversary_expiration_options",
        ),
        (
            with(
                calendar(),
                &format!("/{options}/start_of_calendar_year"),
                Value::Null,
            ),
            "/calendar_expiration_options/start_of_calendar_year",
        ),
        (
            with(
                calendar(),
                &format!("/{options}/number_of_years"),
                Value::Null,
            ),
            "/calendar_expiration_options/number_of_years",
        ),
        (
            with(
                anniversary(),
                "/anniversary_expiration_options/term_type",
                Value::Null,
            ),
            "/anniversary_expiration_options/term_type",
        ),
        (
            with(
                anniversary(),
                "/anniversary_expiration_options/term_length",
                Value::Null,
            ),
            "/anniversary_expiration_options/term_length",
        ),
        (
            with(calendar(), "/allow_reinstatement", json!(true)),
            "/reinstatement_options",
        ),
    ] {
        let problems = problems(&value);
        assert_eq!(problems.len(), 1, "{value}");
        assert_eq!(problems[0].path, path);
        assert!(
            problems[0].message.starts_with("is required"),
            "{}",
            problems[0]
        );
    }
}

#[test]
fn each_value_outside_its_range_is_refused() {
    let calendar_field = |name: &str, field| {
        with(
            calendar(),
            &format!("/calendar_expiration_options/{name}"),
            field,
        )
    };
    let anniversary_field = |name: &str, field| {
        with(
            anniversary(),
            &format!("/anniversary_expiration_options/{name}"),
            field,
        )
    };
    for value in [
        calendar_field("start_of_calendar_year", json!(0)),
        calendar_field("start_of_calendar_year", json!(13)),
        calendar_field("start_of_calendar_year", json!("1")),
        calendar_field("number_of_years", json!(0)),
        calendar_field("number_of_years", json!(1.5)),
        calendar_field("number_of_years", json!(-1)),
        calendar_field("number_of_years", json!(1_000_000_000_000_u64)),
        calendar_field("sell_for_next_year_after", json!("02-30")),
        calendar_field("sell_for_next_year_after", json!("13-01")),
        calendar_field("sell_for_next_year_after", json!("2025-10-01")),
        calendar_field("sell_for_next_year_after", json!(1001)),
        anniversary_field("term_type", json!("weeks")),
        anniversary_field("term_length", json!(0)),
        anniversary_field("term_length", json!(1201)),
        anniversary_field("sell_for_next_month_after", json!(0)),
        anniversary_field("sell_for_next_month_after", json!(32)),
        anniversary_field("allow_mid_month_expirations", json!("yes")),
        anniversary_field("enable_fixed_expiration_dates", json!(true)),
        with(calendar(), "/grace_period", json!(-1)),
        with(calendar(), "/grace_period", json!(0.5)),
        with(calendar(), "/calendar_expiration_options", json!([])),
        with(calendar(), "/expiration_type", json!("Calendar")),
        json!("calendar"),
        Value::Null,
    ] {
        assert_eq!(problems(&value).len(), 1, "{value}");
    }
    let leap = calendar_field("sell_for_next_year_after", json!("02-29"));
    assert!(ExpirationOptions::parse(&leap).is_ok());
}

#[test]
fn fixed_dates_need_a_range_and_each_range_all_its_days() {
    let enabled = with(
        anniversary(),
        "/anniversary_expiration_options/enable_fixed_expiration_dates",
        json!(true),
    );
    let ranges = "/anniversary_expiration_options/fixed_expiration_dates";
    assert_eq!(paths(&enabled), [ranges]);
    assert_eq!(paths(&with(enabled.clone(), ranges, json!([]))), [ranges]);
    assert_eq!(paths(&with(enabled.clone(), ranges, json!({}))), [ranges]);
    let incomplete = json!([
        {"range_start": "01-01", "range_end": "06-30", "expiration_date": "12-31"},
        {"range_start": "07-32", "until": "12-31", "expiration_date": "12-31"},
        7
    ]);
    let expected = ["/1/range_end", "/1/range_start", "/1/until", "/2"];
    let expected = expected.map(|path| format!("{ranges}{path}"));
    assert_eq!(paths(&with(enabled, ranges, incomplete)), expected);
}

#[test]
fn all_violations_are_told_at_once_and_by_name() {
    let value = json!({
        "expiration_type": "calendar",
        "calendar_expiration_options": {
            "start_of_calendar_year": 13, "sell_for_next_year_after": "10/01", "years": 1
        },
        "grace_period": 1.5,
        "grace": 3,
        "allow_reinstatement": true,
        "reinstatement_options": {"give_renewal_pricing_during_reinstatement_period": 1}
    });
    let options = "/calendar_expiration_options";
    assert_eq!(
        paths(&value),
        [
            format!("{options}/number_of_years"),
            format!("{options}/sell_for_next_year_after"),
            format!("{options}/start_of_calendar_year"),
            format!("{options}/years"),
            "/grace".to_owned(),
            "/grace_period".to_owned(),
            "/reinstatement_options/give_renewal_pricing_during_reinstatement_period".to_owned(),
            "/reinstatement_options/reinstatement_period".to_owned(),
        ]
    );
    let error = serde_json::from_value::<ExpirationOptions>(value).unwrap_err();
    assert!(error.to_string().contains(
        "/calendar_expiration_options/start_of_calendar_year: must be a whole number from 1 to 12"
    ));
}

#[test]
fn a_strange_name_is_escaped_in_its_pointer() {
    let value = with(calendar(), "/grace_period", Value::Null);
    let mut value = value;
    value["a/b~c"] = json!(1);
    assert_eq!(paths(&value), ["/a~1b~0c"]);
    let moved = problems(&value).remove(0).under("/expiration_options");
    assert_eq!(moved.path, "/expiration_options/a~1b~0c");
}
