//! Mail to staff about a run: ready for review, completed, stopped (rule RUN-20).

use ledger::context::TenantBilling;
use ledger::tenant::Modes;
use model::Record;
use model::choice::Choice;
use model::resource::ID_FIELD;
use model::resources::billing_run::{self as run, RunStatus};
use serde_json::{Map, Value};
use services::notice::{self, Context, EmailTemplate, NoticeError, Rendered};

/// Tells those named in `notification_email` how the run stands. A mail that
/// cannot go is logged and stops nothing.
pub async fn mail_staff(billing: &TenantBilling, record: &Record, news: &str) {
    let to = record.text(run::NOTIFICATION_EMAIL);
    if to.trim().is_empty() {
        return;
    }
    let generation = record.get(run::GENERATION).unwrap_or(0);
    let key = format!("run|{}|{generation}|{news}", record.text(ID_FIELD));
    let modes = Modes::of(record, &billing.tenant);
    let mail = fill(&fields(record, &modes, &billing.tenant.portal_url, news));
    billing.mail_staff(to, &key, mail).await;
}

/// Tells that a run has stopped by a failure, if that is how it stands.
pub async fn mail_staff_if_stopped(billing: &TenantBilling, record: &Record) {
    if let Some(RunStatus::Error | RunStatus::TimedOut) = record.get(run::STATUS) {
        mail_staff(billing, record, "has stopped").await;
    }
}

/// Of a run's name in a subject, which holds less than a name may.
const TITLE_LENGTH: usize = 200;

fn fill(fields: &Map<String, Value>) -> Result<Rendered, NoticeError> {
    let template = EmailTemplate {
        subject: Some("{{ title }}: {{ news }}".to_owned()),
        body: Some(include_str!("staff_mail.html").to_owned()),
        ..EmailTemplate::default()
    };
    notice::render(&template, &Context::new(fields))
}

/// What the template names.
fn fields(record: &Record, modes: &Modes, portal_url: &str, news: &str) -> Map<String, Value> {
    let words: Vec<_> = record.text(run::NAME).split_whitespace().collect();
    let name = words.join(" ");
    let title: String = name.chars().take(TITLE_LENGTH).collect();
    let portal = portal_url.trim_end_matches('/');
    let fields = [
        ("name", name.into()),
        ("title", title.into()),
        ("news", news.into()),
        ("status", record.get(run::STATUS).map(Choice::as_str).into()),
        ("error", record.get(run::ERROR).into()),
        ("counts", counts(record.get(run::STATISTICS))),
        ("delivery", modes.delivery.as_str().into()),
        ("charges", modes.charges.as_str().into()),
        (
            "link",
            format!("{portal}/billingRuns/{}", record.text(ID_FIELD)).into(),
        ),
    ];
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// A row for each type of action that the run has.
fn counts(statistics: Option<Value>) -> Value {
    let statistics = statistics.unwrap_or_default();
    let kinds = statistics.as_object().into_iter().flatten();
    let rows = kinds.filter(|(_, bucket)| bucket["total"] != 0);
    rows.map(|(kind, bucket)| {
        let mut row = bucket.clone();
        row["type"] = kind.replace('_', " ").into();
        row
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use serde_json::json;

    fn body(changes: Value, portal_url: &str) -> String {
        let mut run = record(json!({
            "id": "r1", "name": "Spring", "status": "error",
            "statistics": {
                "all_actions": { "total": 2, "pending": 0, "processing": 0, "successful": 1, "error": 1, "excluded": 0 },
                "drops": { "total": 0 },
            },
        }));
        for (name, value) in record(changes).into_fields() {
            run.set_raw(&name, value);
        }
        let modes = Modes {
            delivery: "off".into(),
            charges: "test".into(),
        };
        fill(&fields(&run, &modes, portal_url, "has stopped"))
            .unwrap()
            .body
    }

    #[test]
    fn a_run_is_told_with_its_counts_and_a_link() {
        let mail = body(json!({}), "https://portal.example/");
        for shown in [
            "<b>Spring</b>: has stopped. Its status is error.",
            "<td>all actions</td><td>2</td><td>0</td><td>0</td><td>1</td><td>1</td><td>0</td>",
            "Mail: off. Charges: test.",
            "<a href=\"https:&#x2f;&#x2f;portal.example&#x2f;billingRuns&#x2f;r1\">",
        ] {
            assert!(mail.contains(shown), "{mail}");
        }
        assert!(!mail.contains("drops"), "{mail}");
    }

    #[test]
    fn what_people_wrote_is_escaped() {
        let mail = body(
            json!({ "name": "<b>\nSpring", "error": "a < b" }),
            "https://portal.example/?a=1&b=\"><script>",
        );
        assert!(
            !mail.contains("<script>") && !mail.contains("a=1&b"),
            "{mail}"
        );
        assert!(
            mail.contains("&lt;b&gt; Spring") && mail.contains("a &lt; b"),
            "{mail}"
        );
    }
}
