//! The actions of one membership in a page, strictly one after another.

use super::claim_page::is_open;
use super::commit::Stored;
use super::deliver::Draft;
use super::outcome::Outcome;
use super::rules::Rules;
use super::state::MembershipState;
use crate::outlook::Billing;
use crate::selection::ActionSpec;
use ledger::commit::CommitOutcome;
use ledger::order::Order;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::{Record, Result};
use std::collections::VecDeque;

/// Attempts at an action that others' writes overtake.
const ATTEMPTS: usize = 6;

pub struct MemberWork {
    pub state: MembershipState,
    pub current: Option<Current>,
    pub ended: Vec<(Record, Outcome)>,
    /// Settled ones among them: they say what this run has done already.
    waiting: VecDeque<Record>,
    /// Seconds for which the member's next actions wait with one that is not
    /// finished.
    blocked: Option<u32>,
}

/// The action under work, as it is stored.
pub struct Current {
    pub action: Record,
    /// Its effect was recorded by a worker that is gone: its mail may have been
    /// sent.
    pub resumed: bool,
    pub draft: Option<Draft>,
    /// The order of its effect.
    pub order: Option<Order>,
    /// A commit of unknown outcome: the action is read again.
    pub unsure: bool,
    pub overtaken: usize,
}

impl MemberWork {
    pub fn new(state: MembershipState, actions: Vec<Record>) -> MemberWork {
        MemberWork {
            state,
            current: None,
            ended: Vec::new(),
            waiting: actions.into(),
            blocked: None,
        }
    }

    /// Takes up the next open action, unless one is under work.
    pub fn begin_next(&mut self, rules: &Rules<'_>) {
        while self.current.is_none() {
            let Some(record) = self.waiting.pop_front() else {
                return;
            };
            if !is_open(&record) {
                self.remember(&record, rules);
            } else if let Some(seconds) = self.blocked {
                self.ended.push((record, Outcome::Later(seconds)));
            } else {
                // One that is tried again follows later ones of its run.
                let later = self.waiting.iter().filter(|record| is_completed(record));
                let reasons = later.filter_map(|record| reason_of(record, rules));
                self.state.so_far.reasons.extend(reasons);
                self.current = Some(Current {
                    resumed: record.has(action::EFFECT),
                    action: record,
                    draft: None,
                    order: None,
                    unsure: false,
                    overtaken: 0,
                });
            }
        }
    }

    /// What an action that this run has settled means for the member's later ones.
    fn remember(&mut self, record: &Record, rules: &Rules<'_>) {
        if is_done(record) && bills(record, rules) {
            self.state.so_far.billing = Billing::Done;
        }
        if is_completed(record) {
            self.state.so_far.reasons.extend(reason_of(record, rules));
        }
        let status = record.get(action::STATUS);
        let billing = &mut self.state.so_far.billing;
        if status == Some(ActionStatus::Excluded)
            && bills(record, rules)
            && *billing == Billing::Not
        {
            *billing = Billing::Excluded;
        }
        if status == Some(ActionStatus::Error) {
            self.hold_back(record, record.text(action::ERROR_MESSAGE), rules);
        }
    }

    /// The member was to be billed and was not.
    fn hold_back(&mut self, record: &Record, why: &str, rules: &Rules<'_>) {
        let billing = &mut self.state.so_far.billing;
        if bills(record, rules) && *billing != Billing::Done {
            *billing = Billing::Failed(why.to_owned());
        }
    }

    /// Takes in what has become of the current action's effect.
    pub fn committed(&mut self, outcome: Result<CommitOutcome>, stored: Stored, rules: &Rules<'_>) {
        match outcome {
            Ok(CommitOutcome::Committed) => self.keep(stored, rules),
            Ok(CommitOutcome::Overtaken) => self.look_again(rules),
            Ok(CommitOutcome::Lost) => self.end(Outcome::Lost, rules),
            Ok(CommitOutcome::Unknown(error)) => {
                tracing::warn!(%error, "a commit's outcome is unknown");
                if let Some(current) = &mut self.current {
                    // Written or not, only the action's own record can tell.
                    current.unsure = true;
                }
                self.look_again(rules);
            }
            Err(error) => self.end(error.into(), rules),
        }
    }

    fn keep(&mut self, stored: Stored, rules: &Rules<'_>) {
        let Some(current) = &mut self.current else {
            return;
        };
        current.action = stored.action;
        if let Some(order) = stored.order {
            if bills(&current.action, rules) {
                self.state.so_far.billing = Billing::Done;
            }
            current.order = Some(order);
        }
        // Not every effect writes the membership and its head.
        self.state.member = stored.member.or(self.state.member.take());
        if let Some(head) = stored.head {
            self.state.head = head;
        }
    }

    /// Another writer was first: the membership is read and judged again.
    pub fn look_again(&mut self, rules: &Rules<'_>) {
        self.state.stale = true;
        let Some(current) = &mut self.current else {
            return;
        };
        // Written for the membership as it was: the next attempt writes its own.
        current.draft = None;
        current.overtaken += 1;
        if current.overtaken >= ATTEMPTS {
            self.end(Outcome::Later(1), rules);
        }
    }

    pub fn end(&mut self, outcome: Outcome, rules: &Rules<'_>) {
        let Some(current) = self.current.take() else {
            return;
        };
        match &outcome {
            Outcome::Completed(_) => {
                let reason = reason_of(&current.action, rules);
                self.state.so_far.reasons.extend(reason);
            }
            // How far it came is not known.
            Outcome::Failed { why, .. } => {
                self.state.stale = true;
                self.hold_back(&current.action, why, rules);
            }
            Outcome::Error(why) | Outcome::NotApproved(why) | Outcome::Skipped(_, why) => {
                self.hold_back(&current.action, why, rules);
            }
            _ => {}
        }
        // Actions stand in the order of work: a drop must not overtake a charge.
        self.blocked = outcome.pause().or(self.blocked);
        self.ended.push((current.action, outcome));
    }
}

fn is_done(record: &Record) -> bool {
    use ActionStatus::{Completed, PaymentFailure};
    matches!(record.get(action::STATUS), Some(Completed | PaymentFailure))
}

fn is_completed(record: &Record) -> bool {
    record.get(action::STATUS) == Some(ActionStatus::Completed)
}

/// A forecast bills nothing.
fn bills(record: &Record, rules: &Rules<'_>) -> bool {
    rules.spec_of(record).is_some_and(ActionSpec::bills)
}

/// The status reason that an action gives, once it is done.
fn reason_of(record: &Record, rules: &Rules<'_>) -> Option<String> {
    rules.spec_of(record)?.new_reason.clone()
}
