//! The missing notice of a done action, sent because somebody asks (rule ACT-22).

use super::effect::Mail;
use crate::notice_mail::{NoticeCache, NoticeContext, SendOutcome, send};
use ledger::context::TenantBilling;
use model::field::moment;
use model::resources::billing_run::rules::refuse_while_deleting;
use model::resources::billing_run_action::{self as action, ActionStatus, BillingRunActions};
use model::resources::{BillingRuns, Memberships};
use model::{Error, Record, Result};
use serde_json::{Value, json};

/// What an action says of a notice that certainly did not go.
pub const NOT_SENT: &str = "notice not sent: ";

/// Sends the notice, once for each time that somebody asks, and keeps who asked.
///
/// # Errors
/// `Conflict` where no notice is missing; `Stale` where another was first.
pub async fn send_again(billing: &TenantBilling, id: &str) -> Result<Record> {
    let (store, by) = (&billing.store, billing.context());
    let before = store.require::<BillingRunActions>(id).await?;
    let run = store
        .require::<BillingRuns>(before.text(action::RUN_ID))
        .await?;
    refuse_while_deleting(&run)?;
    let (mail, said) = missing(&before)?;
    // Written before it leaves: of two who ask at once one is refused, and after
    // a crash nobody repeats a mail that may have gone.
    let perhaps = "notice perhaps sent: asked for, and the outcome was lost";
    let asked = noted(&before, billing, &said, Some(perhaps.to_owned()));
    let asked = store
        .save::<BillingRunActions>(&by, Some(&before), asked)
        .await?;
    let note = deliver(billing, &asked, &run, &mail).await?;
    let mut after = asked.clone();
    after.put(action::ERROR_MESSAGE, joined(&said, note.clone()));
    let mut requests = requests(&after);
    if let Some(request) = requests.last_mut() {
        request["result"] = note
            .map_or_else(|| "sent".to_owned(), action::reason)
            .into();
    }
    after.set(action::NOTICE_REQUESTS, requests.into());
    store
        .save::<BillingRunActions>(&by, Some(&asked), after)
        .await
}

/// The notice that an action has not sent, and what else it says.
fn missing(record: &Record) -> Result<(Mail, String)> {
    let message = record.text(action::ERROR_MESSAGE);
    let none = || Error::conflict("/id", "no notice of this action is missing");
    let effect = record.get(action::STATUS).filter(|status| {
        matches!(
            status,
            ActionStatus::Completed | ActionStatus::PaymentFailure
        )
    });
    let (said, _) = message.split_once(NOT_SENT).ok_or_else(none)?;
    let mut mail = effect
        .and_then(|effect| Mail::of(record, effect))
        .ok_or_else(none)?;
    // Each request is a mail of its own.
    mail.key = format!("{}|asked {}", mail.key, requests(record).len() + 1);
    Ok((mail, said.trim_end_matches("; ").to_owned()))
}

/// The action with one more request, and what it says from now on.
fn noted(before: &Record, billing: &TenantBilling, said: &str, note: Option<String>) -> Record {
    let mut after = before.clone();
    let mut requests = requests(before);
    requests.push(json!({
        "requested_by_id": billing.user,
        "requested_at": moment(billing.tenant.now()),
        "result": note,
    }));
    after.set(action::NOTICE_REQUESTS, requests.into());
    after.put(action::ERROR_MESSAGE, joined(said, note));
    after
}

fn requests(record: &Record) -> Vec<Value> {
    let kept = record.get(action::NOTICE_REQUESTS);
    kept.and_then(|list| list.as_array().cloned())
        .unwrap_or_default()
}

fn joined(said: &str, note: Option<String>) -> Option<String> {
    let parts: Vec<String> = Some(said.to_owned())
        .filter(|said| !said.is_empty())
        .into_iter()
        .chain(note)
        .collect();
    Some(action::reason(parts.join("; "))).filter(|text| !text.is_empty())
}

/// Sends it; what staff have to know if it did not go.
async fn deliver(
    billing: &TenantBilling,
    record: &Record,
    run: &Record,
    mail: &Mail,
) -> Result<Option<String>> {
    let id = record.text(action::MEMBERSHIP_ID);
    let member = billing.store.require::<Memberships>(id).await?;
    let order = match record.get(action::ORDER_ID) {
        Some(order) => Some(billing.order(&order).await?.value),
        None => None,
    };
    let about = NoticeContext {
        member: &member,
        order: order.as_ref(),
        reminder: None,
        key: &mail.key,
    };
    let notices = NoticeCache::new(billing, run);
    let message = match notices.write(&mail.notice, &about).await {
        Ok(message) => message,
        Err(unwritten) => return Ok(Some(format!("{NOT_SENT}{}", unwritten.why()?))),
    };
    Ok(match send(billing, &message, false).await {
        SendOutcome::Sent => None,
        SendOutcome::Refused(why) => Some(format!("{NOT_SENT}{why}")),
        SendOutcome::Perhaps(why) => Some(format!("notice {why}")),
        SendOutcome::Later(_) => Some(format!("{NOT_SENT}the provider asks for a pause")),
    })
}
