//! Mail to staff about a run: ready for review, completed, stopped (rule RUN-20).

use ledger::context::TenantBilling;
use ledger::tenant::Modes;
use model::Record;
use model::choice::Choice;
use model::resource::ID_FIELD;
use model::resources::billing_run::{self as run, RunStatus};
use serde_json::Value;
use services::mail::{deliver_to, message_id};
use services::notice::Rendered;

/// Tells those named in `notification_email` how the run stands. A mail that
/// cannot go is logged and stops nothing.
pub async fn mail_staff(billing: &TenantBilling, record: &Record, news: &str) {
    let to = record.text(run::NOTIFICATION_EMAIL).replace(';', ",");
    if to.trim().is_empty() {
        return;
    }
    let generation = record.get(run::GENERATION).unwrap_or(0);
    let key = format!("run|{}|{generation}|{news}", record.text(ID_FIELD));
    let id = message_id(billing.store.tenant().as_str(), &key);
    let mail = render(billing, record, news).message(&[to], &id, billing.tenant.now());
    let Some(message) = mail
        .ok()
        .and_then(|message| deliver_to(&billing.tenant.delivery, message))
    else {
        return;
    };
    if let Err(error) = billing
        .ports
        .mailer
        .send(billing.store.tenant().as_str(), &message)
        .await
    {
        tracing::warn!(run = record.text(ID_FIELD), %error, "staff could not be told about a run");
    }
}

/// Tells that a run has stopped by a failure, if that is how it stands.
pub async fn mail_staff_if_stopped(billing: &TenantBilling, record: &Record) {
    if let Some(RunStatus::Error | RunStatus::TimedOut) = record.get(run::STATUS) {
        mail_staff(billing, record, "has stopped").await;
    }
}

fn render(billing: &TenantBilling, record: &Record, news: &str) -> Rendered {
    let name = plain(record.text(run::NAME));
    let status = record
        .get(run::STATUS)
        .map(Choice::as_str)
        .unwrap_or_default();
    let why = record
        .get(run::ERROR)
        .map(|why| format!("<p>{}</p>", plain(&why)))
        .unwrap_or_default();
    let link = format!(
        "{}/billingRuns/{}",
        billing.tenant.portal_url.trim_end_matches('/'),
        record.text(ID_FIELD)
    );
    let modes = Modes::of(record, &billing.tenant);
    let modes = plain(&format!(
        "Mail: {}. Charges: {}.",
        modes.delivery, modes.charges
    ));
    let body = format!(
        "<p>Billing run <b>{name}</b>: {news}. Its status is {status}.</p>{why}{}<p>{modes}</p><p><a href=\"{link}\">{link}</a></p>",
        counts(&record.get(run::STATISTICS).unwrap_or_default())
    );
    Rendered {
        from: billing.tenant.sender.clone(),
        from_name: billing.tenant.name.clone(),
        subject: format!("{}: {news}", one_line(record.text(run::NAME))),
        body,
        ..Rendered::default()
    }
}

fn counts(statistics: &Value) -> String {
    let rows = statistics
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, bucket)| bucket["total"] != 0)
        .map(|(kind, bucket)| {
            let cell = |name: &str| format!("<td>{}</td>", bucket[name]);
            let cells: String = [
                "total",
                "pending",
                "processing",
                "successful",
                "error",
                "excluded",
            ]
            .map(cell)
            .concat();
            format!("<tr><td>{}</td>{cells}</tr>", kind.replace('_', " "))
        });
    let rows: String = rows.collect();
    let head = "<tr><th></th><th>total</th><th>pending</th><th>processing</th><th>successful</th><th>error</th><th>excluded</th></tr>";
    if rows.is_empty() {
        String::new()
    } else {
        format!("<table>{head}{rows}</table>")
    }
}

fn plain(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
