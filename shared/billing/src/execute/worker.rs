//! The worker: every action of a page goes one way, from what is decided over
//! the commit, the charge and the mail to how it is concluded. How far it has
//! come is told by its record alone, so that one that is taken up after a crash
//! goes on as one that never stopped.

use super::charge::{self, Asking, Standing};
use super::claim_page::claim_page;
use super::commit::{self, Staged, stage};
use super::conclude::conclude_page;
use super::context::RunContext;
use super::decide::{decide, judge_again};
use super::deliver::{self, Draft, UNSENT};
use super::derived::drop_derived;
use super::effect::Effect;
use super::member_work::{Current, MemberWork};
use super::outcome::Outcome;
use super::progress::{Buckets, Worked, count_page};
use super::state::MembershipState;
use super::view::{Found, View};
use crate::notice_mail::SendOutcome;
use crate::outlook::Billing;
use futures::{FutureExt, StreamExt, future::join_all};
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, BillingRunActions,
};
use model::{Record, Result, sys};
use std::panic::AssertUnwindSafe;

/// Memberships whose effects are committed at once. A crash leaves the mails of
/// so many in doubt, and a slow charge holds up its lot.
const LOT: usize = 8;
/// Lots under way at once.
const LOTS: usize = 2;

/// Why what was taken up and not begun ends in a cancelled run.
const CANCELLED: &str = "the run was cancelled before this was done";

pub struct Worker<'a> {
    pub context: RunContext<'a>,
}

/// What follows on a look at an action.
enum Step<'a> {
    Commit(Box<Staged<'a>>),
    LookAgain,
    End(Outcome),
}

impl Worker<'_> {
    /// Works the open actions of a page, which holds whole memberships in the
    /// order of work.
    pub async fn work_page(&self, page: Vec<Record>) -> Result<Worked> {
        let before = Buckets::of(&page);
        let claimed = claim_page(&self.context, page).await?;
        let ids: Vec<String> = claimed.by_membership.keys().cloned().collect();
        let states = MembershipState::read_all(self.context.billing, &ids).await?;
        // Keys and values of a map come in one order, and so do the states read by them.
        let actions = claimed.by_membership.into_values();
        let work = states.into_iter().zip(actions);
        let mut work: Vec<MemberWork> = work.map(|(s, a)| MemberWork::new(s, a)).collect();
        // Collected first: the compiler cannot prove a stream of borrowing closures
        // to be `Send`.
        let lots: Vec<_> = work.chunks_mut(LOT).map(|l| self.work_lot(l)).collect();
        let lots = futures::stream::iter(lots).buffer_unordered(LOTS);
        lots.collect::<()>().await;
        let ended: Vec<_> = work.into_iter().flat_map(|work| work.ended).collect();
        conclude_page(&self.context, &ended).await?;
        count_page(&self.context, &before, &ended).await;
        Ok(Worked::of(&ended, claimed.left, &self.context.selection))
    }

    /// Works memberships side by side, each one's actions one after another.
    async fn work_lot(&self, lot: &mut [MemberWork]) {
        loop {
            let rules = &self.context.rules();
            lot.iter_mut().for_each(|work| work.begin_next(rules));
            let open: Vec<_> = lot.iter_mut().filter(|w| w.current.is_some()).collect();
            if open.is_empty() {
                return;
            }
            let steps = open.into_iter().map(|work| async {
                let step = self.step_safely(work).await;
                (work, step)
            });
            let (mut waiting, mut staged) = (Vec::new(), Vec::new());
            for (work, step) in join_all(steps).await {
                match step {
                    Step::Commit(effect) => {
                        waiting.push(work);
                        staged.push(*effect);
                    }
                    Step::LookAgain => work.look_again(rules),
                    Step::End(outcome) => work.end(outcome, rules),
                }
            }
            // Only now, and together: a lot takes few requests, each effect one transaction.
            let committed = commit::commit(staged).await;
            for (work, (outcome, stored)) in waiting.into_iter().zip(committed) {
                work.committed(outcome, stored, rules);
            }
        }
    }

    /// An error, or even a panic, parks one action and stops nothing else.
    async fn step_safely(&self, work: &mut MemberWork) -> Step<'_> {
        let stepped = AssertUnwindSafe(self.step(work)).catch_unwind().await;
        let stepped = stepped.unwrap_or_else(|_| Err(Outcome::panicked()));
        stepped.unwrap_or_else(|outcome| {
            if let Outcome::Failed { why, detail, .. } = &outcome {
                tracing::warn!(membership = work.state.id, why, detail, "an action failed");
            }
            Step::End(outcome)
        })
    }

    /// One step of the current action, by what its record says of it.
    async fn step(&self, work: &mut MemberWork) -> Result<Step<'_>, Outcome> {
        let MemberWork { state, current, .. } = work;
        let Some(current) = current else {
            return Ok(Step::LookAgain);
        };
        if current.unsure && !self.is_ours_still(current).await? {
            return Ok(Step::End(Outcome::Lost));
        }
        // What is judged by an old state is refused when it is committed.
        if state.stale {
            state.reread(self.context.billing).await?;
        }
        let status = current.action.get(action::STATUS);
        let charging = status == Some(ActionStatus::ProcessingOrder)
            && current.action.get(action::TYPE) == Some(ActionType::AutoRenewalOrder);
        match current.action.get(action::EFFECT) {
            Some(_) if current.action.text(action::MAIL) == UNSENT => {
                self.claim_mail(current, state)
            }
            Some(effect) => self.deliver(current, state, effect).await.map(Step::End),
            None if charging => self.charge(current, state).await,
            None if self.context.settles() => Err(Outcome::no_longer_eligible(CANCELLED)),
            None => self.decide(current, state).await,
        }
    }

    /// Reads the action after a commit of unknown outcome; whether it is this
    /// generation's, or was not written at all.
    async fn is_ours_still(&self, current: &mut Current) -> Result<bool> {
        let (store, known) = (&self.context.billing.store, &current.action);
        let id = known.text(ID_FIELD);
        let stored = store.require::<BillingRunActions>(id).await?;
        // Unwritten, the effect is decided again; written by this generation, it
        // is this very effect, and only its mail is left.
        let unwritten = stored.get(sys::VERSION) == known.get(sys::VERSION);
        let ours = stored.get(action::CLAIM_GENERATION) == Some(self.context.generation);
        current.action = stored;
        current.unsure = false;
        Ok(ours || unwritten)
    }

    async fn decide(
        &self,
        current: &mut Current,
        state: &MembershipState,
    ) -> Result<Step<'_>, Outcome> {
        let (context, rules) = (&self.context, self.context.rules());
        let (spec, due) = judge_again(&current.action, state, &rules)?;
        let Some(found) = Found::read(context, state, (spec, &due)).await? else {
            return Ok(Step::LookAgain);
        };
        let view = View {
            action: &current.action,
            state,
            member: state.member()?,
            due,
            spec,
            found,
        };
        let effect = decide(&view, &rules)?;
        // Before the commit: a mail that can't be written must leave no effect.
        current.draft = Draft::write(context, state, &effect).await?;
        self.commit(current, state, effect)
    }

    fn commit(
        &self,
        current: &Current,
        state: &MembershipState,
        effect: Effect,
    ) -> Result<Step<'_>, Outcome> {
        let staged = stage(self.context.billing, &current.action, state, effect)?;
        Ok(Step::Commit(Box::new(staged)))
    }

    /// Goes on with the charge of the action's order, wherever it stands.
    async fn charge(
        &self,
        current: &mut Current,
        state: &mut MembershipState,
    ) -> Result<Step<'_>, Outcome> {
        let (billing, rules) = (self.context.billing, self.context.rules());
        // Even a refused charge keeps the member from being dropped by this run.
        state.so_far.billing = Billing::Done;
        let order = current.action.text(action::ORDER_ID);
        let open = billing.order(order).await?;
        let effect = match charge::standing(&open.value, &current.action)? {
            Standing::Open => {
                charge::charge(billing, &current.action, state, open, &rules, self.asking()).await?
            }
            Standing::Recorded(effect, attempt) => {
                // Whoever recorded it has written the membership too.
                state.stale = true;
                let known = charge::record_known_outcome(&current.action, effect, attempt, &rules);
                Some(known)
            }
        };
        match effect {
            Some(effect) => self.commit(current, state, effect),
            None => Ok(Step::LookAgain),
        }
    }

    /// A cancelled run charges nobody: it only asks how a charge has ended.
    fn asking(&self) -> Asking {
        match self.context.settles() {
            true => Asking::Only,
            false => Asking::AndCharging,
        }
    }

    /// A mail that was put off is known not to have gone; from here on it may.
    fn claim_mail(
        &self,
        current: &mut Current,
        state: &MembershipState,
    ) -> Result<Step<'_>, Outcome> {
        let mut after = current.action.clone();
        after.clear(action::MAIL);
        current.resumed = false;
        self.commit(current, state, Effect::of(after))
    }

    /// What follows on a recorded effect: the end of what derives from a dropped
    /// membership, and the mail.
    async fn deliver(
        &self,
        current: &mut Current,
        state: &mut MembershipState,
        effect: ActionStatus,
    ) -> Result<Outcome, Outcome> {
        let context = &self.context;
        if effect == ActionStatus::Completed
            && current.action.get(action::TYPE) == Some(ActionType::AutoRenewalOrder)
        {
            self.tell_of_charge(current).await?;
        }
        let locked = drop_derived(context, &current.action, state).await?;
        let outcome = match current.draft.take() {
            Some(draft) => self.send_draft(draft, state).await?,
            None => {
                let (order, resumed) = (current.order.take(), current.resumed);
                deliver::deliver(context, &current.action, state, order, effect, resumed).await?
            }
        };
        Ok(with_locked(outcome, locked))
    }

    /// Staff are told of a charge that has moved nothing.
    async fn tell_of_charge(&self, current: &mut Current) -> Result<()> {
        let billing = self.context.billing;
        let order = match current.order.take() {
            Some(order) => order,
            None => {
                billing
                    .order(current.action.text(action::ORDER_ID))
                    .await?
                    .value
            }
        };
        billing.tell_of_charge(&order).await;
        current.order = Some(order);
        Ok(())
    }

    /// Sends a mail that is all of its action; one that is refused for good takes
    /// its effect back.
    async fn send_draft(&self, draft: Draft, state: &mut MembershipState) -> Result<Outcome> {
        match draft.send(&self.context).await {
            SendOutcome::Refused(cause) => {
                let member = state.member()?;
                commit::take_back(self.context.billing, member, draft.before).await?;
                state.stale = true;
                Ok(Outcome::Error(format!("notice not sent: {cause}")))
            }
            sent => Ok(deliver::ended_by(sent, ActionStatus::Completed, None)),
        }
    }
}

/// A drop that could not reach all who derive from the dropped says so.
fn with_locked(outcome: Outcome, locked: usize) -> Outcome {
    match outcome {
        Outcome::Completed(note) if locked > 0 => {
            let why = format!("{locked} memberships that hang on this one are locked and stay");
            // The note of a mail comes last: it may be sent again.
            let parts: Vec<String> = std::iter::once(why).chain(note).collect();
            Outcome::Completed(Some(parts.join("; ")))
        }
        outcome => outcome,
    }
}
