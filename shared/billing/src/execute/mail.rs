//! The mail of an action whose effect is recorded.

use super::act::Outcome;
use super::page::Worker;
use super::state::MembershipState;
use crate::notice_mail::{NoticeContext, SendOutcome, Unwritten, send};
use ledger::order::Order;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, BillingRunActions,
};
use model::{Error, Record, Result};
use services::mail::Message;

/// What an action's mail is marked with while it is known not to have gone.
pub(super) const UNSENT: &str = "unsent";

impl Worker<'_> {
    /// What follows on a recorded effect: drops what hangs on a dropped
    /// membership, and sends the action's mail, or, where a crash may have come after it was
    /// sent (`resumed`), asks about it first.
    pub(super) async fn finish(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        effect: ActionStatus,
        resumed: bool,
    ) -> Result<Outcome> {
        let locked = self.drop_derived(record, state).await?;
        let outcome = self.send(record, state, effect, resumed).await?;
        Ok(match (locked, outcome) {
            (0, outcome) => outcome,
            (_, Outcome::Completed(note)) => {
                let why = format!("{locked} memberships that hang on this one are locked and stay");
                let parts: Vec<String> = note.into_iter().chain([why]).collect();
                Outcome::Completed(Some(parts.join("; ")))
            }
            (_, outcome) => outcome,
        })
    }

    async fn send(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        effect: ActionStatus,
        resumed: bool,
    ) -> Result<Outcome> {
        let why = record.get(action::ERROR_MESSAGE);
        let of_order = self.order_of(record, state).await?;
        let written = self.message(record, state.member()?, of_order.as_ref(), effect);
        let message = match written.await {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(ended(effect, why, None)),
            Err(unwritten) => {
                let note = format!("notice not sent: {}", unwritten.why()?);
                return Ok(ended(effect, why, Some(note)));
            }
        };
        let put_off = record.text(action::MAIL) == UNSENT;
        if put_off && !self.claim_mail(record).await? {
            return Ok(Outcome::Lost);
        }
        let mail = send(self.billing, &message, resumed && !put_off).await;
        Ok(posted(mail, effect, why))
    }

    /// The order that the action's mail is about, if there is one.
    async fn order_of(&self, record: &Record, state: &MembershipState) -> Result<Option<Order>> {
        if let Some(id) = record.get(action::ORDER_ID) {
            return Ok(Some(self.billing.order(&id).await?.value));
        }
        match record.get(action::TYPE) {
            Some(
                ActionType::RenewalReminder
                | ActionType::AutoRenewalReminder
                | ActionType::ExpiringCardReminder,
            ) => self.open_order(state).await,
            _ => Ok(None),
        }
    }

    /// From here on a mail that was put off may have gone. `false` when another
    /// worker has the action.
    async fn claim_mail(&self, record: &mut Record) -> Result<bool> {
        let mut after = record.clone();
        after.clear(action::MAIL);
        self.save_action(record, after).await
    }

    /// Writes an action on its own. `false` when another worker has it.
    pub(super) async fn save_action(&self, record: &mut Record, after: Record) -> Result<bool> {
        let (store, context) = (&self.billing.store, self.billing.context());
        let saved = store
            .save::<BillingRunActions>(&context, Some(record), after)
            .await;
        match saved {
            Ok(saved) => *record = saved,
            Err(Error::Stale { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// The action's mail: the success notice, or the failure notice of a
    /// refused charge. No notice, no mail.
    pub(super) async fn message(
        &self,
        record: &Record,
        member: &Record,
        order: Option<&Order>,
        effect: ActionStatus,
    ) -> std::result::Result<Option<Message>, Unwritten> {
        let (field, purpose) = match effect {
            ActionStatus::PaymentFailure => (action::FAILURE_NOTICE, "failure"),
            _ => (action::SUCCESS_NOTICE, "success"),
        };
        let Some(notice) = record.get(field).filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        let key = format!("{}|{purpose}", record.text(ID_FIELD));
        let about = NoticeContext {
            member,
            order,
            run: &self.run,
            reminder: record.get(action::REMINDER_NUMBER),
            key: &key,
        };
        self.book.write(self.billing, &notice, &about).await
    }
}

/// How an action ends by what became of its mail.
pub(super) fn posted(mail: SendOutcome, effect: ActionStatus, why: Option<String>) -> Outcome {
    match mail {
        SendOutcome::Sent => ended(effect, why, None),
        SendOutcome::Refused(cause) => {
            ended(effect, why, Some(format!("notice not sent: {cause}")))
        }
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
