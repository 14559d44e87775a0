//! What the story says of records: assertions that show what differs.

use rust_decimal::Decimal;
use serde_json::Value;

pub fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
        .to_owned()
}

/// Asserts some fields of a record; `null` stands for what is not there.
#[track_caller]
pub fn shows(record: &Value, expected: Value) {
    for (name, value) in expected.as_object().expect("fields") {
        assert_eq!(&record[name], value, "{name} of {record}");
    }
}

/// Asserts an order's total, what is paid and what is due, and its status.
#[track_caller]
pub fn adds_up(order: &Value, total: &str, paid: &str, due: &str, status: &str) {
    let amounts = ["total", "amount_paid", "balance_due"].map(|name| amount(&order[name]));
    assert_eq!(amounts, [total, paid, due], "{order}");
    assert_eq!(order["status"], status, "{order}");
}

/// An amount of whole cents, as text.
#[track_caller]
pub fn amount(value: &Value) -> String {
    let exact: Decimal = value.to_string().parse().expect("an amount");
    assert_eq!(exact, exact.round_dp(2), "whole cents");
    format!("{exact:.2}")
}

/// What has happened to a member, the oldest first.
pub fn events(member: &Value) -> Vec<&str> {
    let rows = member["history"].as_array().map_or(&[][..], Vec::as_slice);
    rows.iter()
        .filter_map(|row| row["event"].as_str())
        .collect()
}

/// How many memberships stand so: status and expiration date.
#[track_caller]
pub fn all_stand(members: &[Value], count: usize, status: &str, expiration: &str) {
    let so = |one: &&Value| one["status"] == status && one["expiration_date"] == expiration;
    let found = members.iter().filter(so).count();
    assert_eq!(
        found,
        count,
        "{status} until {expiration}, of {}",
        members.len()
    );
}
