//! The demo's billing run: all seven switches, over the weeks around today.

use super::api::Api;
use super::tenant::{RUN_KEY, TENANT, find_run};
use crate::seed::{Association, LAPSED, SENDER};
use jiff::ToSpan;
use jiff::civil::Date;
use model::resource::ID_FIELD;
use serde_json::{Value, json};
use store::Store;

/// The id of the demo's run, made by POST unless an earlier start has.
///
/// # Errors
/// One line with what the API said.
pub async fn find_or_make(
    api: &Api,
    store: &Store,
    association: &Association,
) -> Result<String, String> {
    if let Some(run) = find_run(store).await? {
        return Ok(run.text(ID_FIELD).to_owned());
    }
    let path = format!("/billingRuns/{TENANT}");
    let made = api.post(&path, Some(&body(association.day))).await?;
    let id = made["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| format!("POST {path} answered no id"))
}

/// Who is billed, reminded and dropped, by days from `day` to the end of the
/// term. Members are told two months ahead, billed six weeks ahead, charged
/// two weeks ahead, reminded three times, and dropped two months late.
fn body(day: Date) -> Value {
    let days = Days(day);
    json!({
        "name": day.strftime("Renewals %B %Y").to_string(),
        // By this it is found again after a kill between the POST and its answer.
        "sys_external_id": RUN_KEY,
        "notification_email": SENDER,
        "batch_id": day.strftime("renewals-%Y-%m").to_string(),
        "generate_renewal_notices": true,
        "renewal_notice_options": days.with(46, 75, json!({ "renewal_notice_id": "notice-renewal" })),
        "generate_renewal_orders": true,
        "renewal_order_options": days.with(-30, 45, json!({ "renewal_order_notice_id": "notice-order" })),
        "perform_auto_renewals": true,
        "auto_renewal_options": days.with(-30, 14, json!({
            "auto_renewal_success_notice_id": "notice-auto-success",
            "auto_renewal_failure_notice_id": "notice-auto-failure",
        })),
        "send_renewal_reminders": true,
        "renewal_reminder_options": { "reminders": [
            days.reminder(1, "First reminder", 0, 45, "notice-reminder-1"),
            days.reminder(2, "Second reminder", -30, -1, "notice-reminder-2"),
            days.reminder(3, "Last reminder", -60, -31, "notice-reminder-3"),
        ] },
        "send_auto_renewal_reminders": true,
        "auto_renewal_reminder_options": { "reminders": [
            days.reminder(1, "Renewal ahead", 15, 45, "notice-auto-reminder"),
        ] },
        "send_expiring_credit_card_reminders": true,
        "expiring_credit_card_reminders_options": { "reminders": [
            days.reminder(1, "Card expires", 15, 90, "notice-card"),
        ] },
        "perform_drops": true,
        "drop_options": days.with(-365, -61, json!({ "drop_notice_id": "notice-drop", "new_status_reason_id": LAPSED })),
    })
}

/// Ranges of expiration dates, in days from a date.
struct Days(Date);

impl Days {
    fn with(&self, from: i32, to: i32, mut options: Value) -> Value {
        options["expiration_date_range_start"] = self.day(from).into();
        options["expiration_date_range_end"] = self.day(to).into();
        options
    }

    fn reminder(&self, id: u32, name: &str, from: i32, to: i32, notice: &str) -> Value {
        self.with(
            from,
            to,
            json!({ "id": id, "name": name, "reminder_notice_id": notice }),
        )
    }

    fn day(&self, days: i32) -> String {
        self.0.saturating_add(days.days()).to_string()
    }
}
