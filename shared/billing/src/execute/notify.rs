//! Actions that only mail.

use super::act::Outcome;
use super::mail::posted;
use super::page::Worker;
use super::state::MembershipState;
use crate::eligibility::reminder_key;
use crate::notice_mail::{SendOutcome, send};
use crate::selection::ActionSpec;
use ledger::order::Order;
use ledger::renew::notified;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, BillingRunActions,
};
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::{self as m, Memberships};
use model::{Record, Result};
use serde::{Deserialize, Serialize};
use services::mail::Message;
use store::{Document, DocumentKey, Refused, Transaction, Versioned};

/// That a reminder of a series has been sent to a member for a term: what
/// keeps overlapping runs from sending it twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReminderClaim {
    pub membership_id: String,
    /// The expiration date that ends the term reminded of.
    pub term: String,
    /// `<type>|<series>|<number>`
    pub key: String,
    /// Who sent it; empty once the mail was refused, so that it can be sent again.
    pub action_id: String,
}

impl Document for ReminderClaim {
    const WHAT: &'static str = "reminder claim";
    fn key(&self) -> DocumentKey {
        let partition = format!("reminder#{}#{}", self.membership_id, self.term);
        DocumentKey::new(partition, &self.key)
    }
}

impl Worker<'_> {
    /// A renewal notice: no order, and the term stays open.
    pub(super) async fn notice(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        spec: &ActionSpec,
    ) -> Result<Option<Outcome>> {
        let mut member = state.member()?.clone();
        notified(&mut member, &self.billing.when());
        self.set_reason(&mut member, spec);
        let written = self.message(record, &member, None, ActionStatus::Completed);
        let message = match written.await {
            Ok(message) => message,
            Err(unwritten) => return Ok(Some(Outcome::Error(unwritten.why()?))),
        };
        self.record_and_send(record, state, member, None, message)
            .await
    }

    /// A reminder: once for a member, term, series and number.
    pub(super) async fn remind(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        spec: &ActionSpec,
    ) -> Result<Option<Outcome>> {
        let mut member = state.member()?.clone();
        let key = reminder_key(spec.kind, &self.selection.series, Some(spec.reminder));
        let claim = ReminderClaim {
            membership_id: state.id.clone(),
            term: member
                .get(m::EXPIRATION_DATE)
                .map(|date| date.to_string())
                .unwrap_or_default(),
            key: key.clone(),
            action_id: record.text(ID_FIELD).to_owned(),
        };
        let now = self.billing.tenant.now();
        if spec.kind == ActionType::ExpiringCardReminder {
            member.set(m::LAST_CARD_WARNING, spec.reminder);
            member.set(m::LAST_CARD_WARNING_DATE, now);
        } else {
            member.set(m::LAST_REMINDER, spec.reminder);
            member.set(m::LAST_REMINDER_DATE, now);
        }
        let mut sent = member.get(m::REMINDERS_SENT).unwrap_or_default();
        sent.push(key);
        member.set(m::REMINDERS_SENT, sent);
        record_event(
            &self.billing.context(),
            event(spec.kind),
            state.member.as_ref(),
            &mut member,
        );
        self.set_reason(&mut member, spec);
        let open = self.open_order(state).await?;
        let written = self.message(record, &member, open.as_ref(), ActionStatus::Completed);
        let message = match written.await {
            Ok(message) => message,
            Err(unwritten) => return Ok(Some(Outcome::Error(unwritten.why()?))),
        };
        self.record_and_send(record, state, member, Some(Versioned::new(claim)), message)
            .await
    }

    /// The order that a reminder asks to be paid.
    pub(super) async fn open_order(&self, state: &MembershipState) -> Result<Option<Order>> {
        match &state.head.value.open_order {
            Some(id) => Ok(Some(self.billing.order(id).await?.value)),
            None => Ok(None),
        }
    }

    /// Records the effect of a mail together with the intent to send it, then
    /// sends it. A mail that is refused for good takes its effect back.
    async fn record_and_send(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        after: Record,
        claim: Option<Versioned<ReminderClaim>>,
        message: Option<Message>,
    ) -> Result<Option<Outcome>> {
        let context = self.billing.context();
        let mut effected = self.claimed(record);
        effected.set(action::EFFECT, ActionStatus::Completed);
        let member = self.billing.store.change::<Memberships>(
            &context,
            state.member.as_ref(),
            after.clone(),
        )?;
        let done =
            self.billing
                .store
                .change::<BillingRunActions>(&context, Some(record), effected)?;
        let (member_after, action_after) = (member.after.clone(), done.after.clone());
        let mut transaction = Transaction::new(&self.billing.store);
        transaction.change(done)?;
        transaction.change(member)?;
        if let Some(claim) = &claim {
            transaction.document(claim)?;
        }
        match transaction.commit().await {
            Ok(()) => {}
            Err(Refused::At(0)) => return Ok(Some(Outcome::Lost)),
            Err(Refused::At(1)) => return Ok(None),
            Err(Refused::At(_)) => {
                return match self.released(claim).await? {
                    Some(free) => {
                        Box::pin(self.record_and_send(record, state, after, Some(free), message))
                            .await
                    }
                    None => Ok(Some(Outcome::no_longer_eligible(
                        "another run of this series has sent the reminder",
                    ))),
                };
            }
            Err(Refused::Failed(error)) => return self.after_unknown(record, state, error).await,
        }
        *record = action_after;
        let before = state.member.replace(member_after);
        let sent = match message {
            Some(message) => send(self.billing, &message, false).await,
            None => SendOutcome::Sent,
        };
        if let SendOutcome::Refused(cause) = sent {
            self.take_back(state, before, claim).await?;
            return Ok(Some(Outcome::Error(format!("notice not sent: {cause}"))));
        }
        Ok(Some(posted(sent, ActionStatus::Completed, None)))
    }

    /// The claim on a reminder whose mail was refused, to be taken again.
    async fn released(
        &self,
        claim: Option<Versioned<ReminderClaim>>,
    ) -> Result<Option<Versioned<ReminderClaim>>> {
        let Some(claim) = claim else { return Ok(None) };
        let stored = self
            .billing
            .store
            .document::<ReminderClaim>(&claim.value.key())
            .await?;
        let free = stored.filter(|stored| stored.value.action_id.is_empty());
        Ok(free.map(|stored| stored.with(claim.value)))
    }

    /// The mail certainly did not go: the membership is as it was before, unless
    /// somebody has changed it meanwhile, and the reminder is free again.
    async fn take_back(
        &self,
        state: &mut MembershipState,
        before: Option<Record>,
        claim: Option<Versioned<ReminderClaim>>,
    ) -> Result<()> {
        let (Some(before), Some(stored)) = (before, &state.member) else {
            return Ok(());
        };
        let change = self.billing.store.change::<Memberships>(
            &self.billing.context(),
            Some(stored),
            before,
        )?;
        let mut transaction = Transaction::new(&self.billing.store);
        transaction.change(change)?;
        if let Some(claim) = claim {
            transaction.document(&Versioned {
                version: claim.version + 1,
                value: ReminderClaim {
                    action_id: String::new(),
                    ..claim.value
                },
            })?;
        }
        state.stale = true;
        match transaction.commit().await {
            Ok(()) | Err(Refused::At(_)) => Ok(()),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}

/// The row of a membership's history that a reminder leaves.
fn event(kind: ActionType) -> Event {
    match kind {
        ActionType::AutoRenewalReminder => Event::AutoRenewalReminder,
        ActionType::ExpiringCardReminder => Event::ExpiringCardReminder,
        _ => Event::RenewalReminder,
    }
}
