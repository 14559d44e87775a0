//! Tables of figures as text.

use model::resources::billing_run::SWITCHES;
use serde_json::Value;

const COLUMNS: [&str; 6] = [
    "total",
    "pending",
    "processing",
    "successful",
    "error",
    "excluded",
];

/// A run's `statistics`, a line for each type of action.
pub fn statistics(statistics: &Value) -> String {
    let head = COLUMNS.map(str::to_owned);
    let mut lines = vec![line("", &head)];
    let types = SWITCHES.iter().map(|switch| switch.bucket);
    for bucket in types.chain(["all_actions"]) {
        let figures =
            COLUMNS.map(|column| grouped(statistics[bucket][column].as_u64().unwrap_or(0)));
        lines.push(line(&bucket.replace('_', " "), &figures));
    }
    lines.concat()
}

fn line(name: &str, figures: &[String; 6]) -> String {
    let cells: String = figures
        .iter()
        .map(|figure| format!("{figure:>11}"))
        .collect();
    format!("  {name:<31}{cells}\n")
}

/// `12345` as `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn thousands_are_grouped() {
        let shown = [0, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn a_line_for_each_type_and_one_for_all() {
        let shown = statistics(&json!({ "drops": { "total": 1200, "successful": 1200 } }));
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 2 + SWITCHES.len());
        let drops: Vec<&str> = lines[7].split_whitespace().collect();
        assert_eq!(drops, ["drops", "1,200", "0", "0", "1,200", "0", "0"]);
        assert!(lines[8].trim_start().starts_with("all actions"));
        assert!(lines.iter().all(|line| line.len() == lines[0].len()));
    }
}
