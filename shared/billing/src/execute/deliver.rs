//! The mail of an action whose effect is recorded.

use super::context::RunContext;
use super::effect::{Effect, Mail};
use super::outcome::Outcome;
use super::send_again::NOT_SENT;
use super::state::MembershipState;
use super::view::{is_reminder, open_order};
use crate::notice_mail::{NoticeContext, SendOutcome, Unwritten, send};
use ledger::order::Order;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::{Record, Result};
use services::mail::Message;

/// What an action's mail is marked with while it is known not to have gone.
pub const UNSENT: &str = "unsent";

/// A mail that is written before its effect is recorded, and what is given back
/// if it is refused.
pub struct Draft {
    message: Message,
    /// The membership as it was.
    pub before: Record,
}

impl Draft {
    /// The draft of an effect that is its mail.
    ///
    /// # Errors
    /// An action that ends here: its mail cannot be written.
    pub async fn write(
        context: &RunContext<'_>,
        state: &MembershipState,
        effect: &Effect,
    ) -> std::result::Result<Option<Draft>, Outcome> {
        let (Some(mail), Some(member)) = (&effect.mail, &effect.member) else {
            return Ok(None);
        };
        let order = order_of(context, &effect.action, state, None).await?;
        let written = write(context, mail, &effect.action, member, order.as_ref()).await;
        let message = match written {
            Ok(message) => message,
            Err(unwritten) => return Err(Outcome::Error(unwritten.why()?)),
        };
        Ok(Some(Draft {
            message,
            before: state.member()?.clone(),
        }))
    }

    /// Sends it, its effect being recorded.
    pub async fn send(&self, context: &RunContext<'_>) -> SendOutcome {
        send(context.billing, &self.message, false).await
    }
}

/// Sends the mail of an action, or, where a crash may have come after it was
/// sent (`resumed`), asks about it first. `order` is the action's, if it is at
/// hand.
pub async fn deliver(
    context: &RunContext<'_>,
    record: &Record,
    state: &MembershipState,
    order: Option<Order>,
    effect: ActionStatus,
    resumed: bool,
) -> Result<Outcome> {
    let why = record.get(action::ERROR_MESSAGE);
    let Some(mail) = Mail::of(record, effect) else {
        return Ok(ended(effect, why, None));
    };
    let order = order_of(context, record, state, order).await?;
    let written = write(context, &mail, record, state.member()?, order.as_ref());
    let message = match written.await {
        Ok(message) => message,
        Err(unwritten) => {
            let note = format!("{NOT_SENT}{}", unwritten.why()?);
            return Ok(ended(effect, why, Some(note)));
        }
    };
    let sent = send(context.billing, &message, resumed).await;
    Ok(ended_by(sent, effect, why))
}

/// The order that the action's mail is about, if there is one.
async fn order_of(
    context: &RunContext<'_>,
    record: &Record,
    state: &MembershipState,
    at_hand: Option<Order>,
) -> Result<Option<Order>> {
    match (record.get(action::ORDER_ID), at_hand) {
        // Just committed: as good as read again.
        (Some(id), Some(order)) if order.id == id => Ok(Some(order)),
        (Some(id), _) => Ok(Some(context.billing.order(&id).await?.value)),
        // A reminder is of the order that is open.
        (None, _) if record.get(action::TYPE).is_some_and(is_reminder) => {
            let open = open_order(context, state).await?;
            Ok(open.map(|open| open.value))
        }
        (None, _) => Ok(None),
    }
}

async fn write(
    context: &RunContext<'_>,
    mail: &Mail,
    record: &Record,
    member: &Record,
    order: Option<&Order>,
) -> std::result::Result<Message, Unwritten> {
    let about = NoticeContext {
        member,
        order,
        reminder: record.get(action::REMINDER_NUMBER),
        key: &mail.key,
    };
    context.notices.write(&mail.notice, &about).await
}

/// How an action ends by what became of its mail.
pub fn ended_by(mail: SendOutcome, effect: ActionStatus, why: Option<String>) -> Outcome {
    match mail {
        SendOutcome::Sent => ended(effect, why, None),
        SendOutcome::Refused(cause) => ended(effect, why, Some(format!("{NOT_SENT}{cause}"))),
        SendOutcome::Perhaps(cause) => ended(effect, why, Some(format!("notice {cause}"))),
        SendOutcome::Later(seconds) => Outcome::Unsent(seconds),
    }
}

/// An ended action. A mail beside it that failed is a note, and no failure of
/// what was done (rule ACT-18).
fn ended(effect: ActionStatus, why: Option<String>, mail: Option<String>) -> Outcome {
    match effect {
        ActionStatus::PaymentFailure => {
            let parts: Vec<String> = why.into_iter().chain(mail).collect();
            Outcome::PaymentFailure(parts.join("; "))
        }
        _ => Outcome::Completed(mail),
    }
}
