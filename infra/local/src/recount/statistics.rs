//! The statistics of a run, counted by their definition and not by the code
//! that writes them.

use model::Record;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const BUCKETS: [&str; 5] = ["pending", "processing", "successful", "error", "excluded"];

#[derive(Default)]
pub struct Statistics(BTreeMap<(&'static str, &'static str), u64>);

impl Statistics {
    pub fn add(&mut self, record: &Record) {
        let (Some(kind), Some(status)) = (record.get(action::TYPE), record.get(action::STATUS))
        else {
            return;
        };
        for group in ["all_actions", group(kind)] {
            if record.is(action::PLANNED_ERROR) {
                *self.0.entry((group, "not_possible")).or_default() += 1;
            }
            for bucket in ["total", bucket(status)] {
                *self.0.entry((group, bucket)).or_default() += 1;
            }
        }
    }

    /// As a run's `statistics`.
    pub fn value(&self) -> Value {
        let groups = ActionType::ALL.iter().map(|kind| group(*kind));
        let counts = |group| {
            let buckets = BUCKETS.into_iter().chain(["total", "not_possible"]);
            let count = |bucket| self.0.get(&(group, bucket)).copied().unwrap_or(0);
            let counts = buckets.map(|bucket| (bucket.to_owned(), json!(count(bucket))));
            Value::Object(counts.collect())
        };
        let all = groups.chain(["all_actions"]);
        let all: Map<String, Value> = all.map(|group| (group.to_owned(), counts(group))).collect();
        all.into()
    }
}

fn bucket(status: ActionStatus) -> &'static str {
    match status {
        ActionStatus::Pending => "pending",
        ActionStatus::Processing | ActionStatus::ProcessingOrder => "processing",
        ActionStatus::Completed => "successful",
        ActionStatus::Error | ActionStatus::PaymentFailure => "error",
        _ => "excluded",
    }
}

fn group(kind: ActionType) -> &'static str {
    match kind {
        ActionType::RenewalNotice => "renewal_notices",
        ActionType::RenewalOrder => "renewal_orders",
        ActionType::AutoRenewalOrder => "auto_renewals",
        ActionType::RenewalReminder => "renewal_reminders",
        ActionType::AutoRenewalReminder => "auto_renewal_reminders",
        ActionType::ExpiringCardReminder => "expiring_credit_card_reminders",
        ActionType::Drop => "drops",
    }
}
