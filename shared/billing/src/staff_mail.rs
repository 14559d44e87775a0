//! Mail to staff about a run: ready for review, completed, stopped (rule RUN-20).

use crate::newcomers::{self, Newcomers};
use ledger::context::TenantBilling;
use ledger::tenant::{Modes, Tenant};
use model::Record;
use model::choice::Choice;
use model::resource::ID_FIELD;
use model::resources::billing_run::{self as run, RunStatus};
use serde_json::{Map, Value, json};
use services::notice::{self, Context, EmailTemplate, NoticeError, Rendered};
use std::time::Instant;

/// Tells those named in `notification_email` how the run stands. A mail that
/// cannot go is logged and stops nothing.
pub async fn mail_staff(billing: &TenantBilling, record: &Record, news: &str) {
    tell(billing, record, news, None).await;
}

/// Tells that a run is completed, and who has become eligible since it was planned.
/// Who that is, is looked for until `deadline`, and only if somebody is told.
pub async fn mail_completed(billing: &TenantBilling, record: &Record, deadline: Instant) {
    if recipients(record).trim().is_empty() {
        return;
    }
    let newcomers = newcomers::since_planning(billing, record, deadline).await;
    let newcomers = newcomers.inspect_err(|error| {
        tracing::warn!(run = record.text(ID_FIELD), %error, "who has become eligible is not known");
    });
    tell(billing, record, "has ended", newcomers.ok().as_ref()).await;
}

fn recipients(record: &Record) -> String {
    record.text(run::NOTIFICATION_EMAIL).to_owned()
}

async fn tell(billing: &TenantBilling, record: &Record, news: &str, newcomers: Option<&Newcomers>) {
    let to = recipients(record);
    if to.trim().is_empty() {
        return;
    }
    // A step that is repeated sends the same mail, which goes once.
    let generation = record.get(run::GENERATION).unwrap_or(0);
    let key = format!("run|{}|{generation}|{news}", record.text(ID_FIELD));
    let mail = render(&billing.tenant, record, news, newcomers);
    billing.mail_staff(&to, &key, mail).await;
}

/// Tells that a run has stopped by a failure, if that is how it stands.
pub async fn mail_staff_if_stopped(billing: &TenantBilling, record: &Record) {
    if let Some(RunStatus::Error | RunStatus::TimedOut) = record.get(run::STATUS) {
        mail_staff(billing, record, "has stopped").await;
    }
}

fn render(
    tenant: &Tenant,
    record: &Record,
    news: &str,
    newcomers: Option<&Newcomers>,
) -> Result<Rendered, NoticeError> {
    let modes = Modes::of(record, tenant);
    let mut fields = fields(record, &modes, &tenant.portal_url, news);
    if let Some(newcomers) = newcomers.filter(|newcomers| newcomers.count > 0) {
        fields.insert("newcomers".into(), shown(newcomers));
    }
    fill(&fields)
}

fn shown(newcomers: &Newcomers) -> Value {
    let more = newcomers.count - newcomers.names.len();
    json!({ "count": newcomers.count, "partial": newcomers.partial, "names": newcomers.names, "more": more })
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
    fn who_has_become_eligible_is_named_up_to_a_number() {
        let run = record(json!({ "id": "r1", "name": "Spring", "status": "completed" }));
        let modes = Modes {
            delivery: "live".into(),
            charges: "live".into(),
        };
        let mut fields = fields(&run, &modes, "https://portal.example/", "has ended");
        let newcomers = Newcomers {
            count: 3,
            names: vec!["Ada".into(), "<b>".into()],
            partial: true,
        };
        fields.insert("newcomers".into(), shown(&newcomers));
        let body = fill(&fields).unwrap().body;
        let told = "Eligible since it was planned, and not in it: at least 3 members.</p>\n\
            <ul><li>Ada</li><li>&lt;b&gt;</li><li>and 1 more</li></ul>";
        assert!(body.contains(told), "{body}");
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
