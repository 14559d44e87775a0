//! Charging as a state machine: from the order's claim and what the provider
//! has answered follows the next step.

use jiff::Timestamp;
use ledger::order::{ClaimState, PaymentClaim};
use services::payments::{Outcome as Charge, PaymentError, Refusal};

/// Confirmations tried in one pass when the provider says that nothing was
/// charged, and questions about an unknown one.
const TRIES: usize = 2;

/// What the provider has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Made(String),
    NotMade(PaymentError),
    Told(Result<Charge, PaymentError>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make the payment, unconfirmed: by the same key no second one is made.
    Create,
    /// Store the claim before the provider is asked for anything more.
    Keep(PaymentClaim),
    Confirm(String),
    Ask(String),
    End(Charged),
}

/// How a charge stands after asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charged {
    Succeeded,
    Declined(Refusal),
    Later(u32),
    /// Nothing was charged, and nothing may be.
    Withheld,
}

/// A pass over one claim: the claim as it is stored, and what is known so far.
pub struct Pass {
    pub claim: PaymentClaim,
    answer: Option<Answer>,
    confirmed: usize,
    /// Questions about an outcome that was unknown.
    asked: usize,
}

impl Pass {
    pub fn new(claim: PaymentClaim) -> Pass {
        Pass {
            claim,
            answer: None,
            confirmed: 0,
            asked: 0,
        }
    }

    /// Takes in the answer to the last step.
    pub fn learn(&mut self, answer: Answer) {
        match self.answer {
            Some(Answer::Told(Err(PaymentError::Unknown(_)))) => self.asked += 1,
            Some(Answer::Made(_) | Answer::Told(Ok(Charge::Unconfirmed))) => self.confirmed += 1,
            _ => {}
        }
        self.answer = Some(answer);
    }

    pub fn next(&self, now: Timestamp) -> Step {
        let Some(id) = self.claim.provider_id.clone() else {
            return self.unmade();
        };
        match &self.answer {
            // Made in an earlier pass: asked about before it is confirmed.
            None | Some(Answer::NotMade(_)) => Step::Ask(id),
            // Just made: nothing can have been charged that would be asked about.
            Some(Answer::Made(_)) => Step::Confirm(id),
            Some(Answer::Told(Ok(Charge::Unconfirmed))) if self.confirmed < TRIES => {
                Step::Confirm(id)
            }
            Some(Answer::Told(Err(PaymentError::Unknown(_)))) => self.unknown(id, now),
            Some(Answer::Told(told)) => Step::End(charged(told)),
        }
    }

    /// Nothing is known to the provider yet, or not by an id that is stored.
    fn unmade(&self) -> Step {
        match &self.answer {
            // Stored before it is confirmed: after a crash only an id that is
            // known can be asked about.
            Some(Answer::Made(id)) => Step::Keep(PaymentClaim {
                provider_id: Some(id.clone()),
                state: ClaimState::Sent,
                ..self.claim.clone()
            }),
            Some(Answer::NotMade(error)) => Step::End(charged(&Err(error.clone()))),
            Some(Answer::Told(_)) | None => Step::Create,
        }
    }

    /// The provider did not say: that is written down before it is asked.
    fn unknown(&self, id: String, now: Timestamp) -> Step {
        let unknown = PaymentClaim {
            state: ClaimState::Unknown,
            // The first such moment stays: pauses and giving up count from it.
            unknown_since: Some(self.claim.unknown_since.unwrap_or(now)),
            ..self.claim.clone()
        };
        if unknown != self.claim {
            Step::Keep(unknown)
        } else if self.asked < TRIES {
            Step::Ask(id)
        } else {
            Step::End(Charged::Later(2))
        }
    }
}

fn charged(told: &Result<Charge, PaymentError>) -> Charged {
    match told.clone() {
        Ok(Charge::Succeeded) => Charged::Succeeded,
        Ok(Charge::Declined(refusal)) => Charged::Declined(refusal),
        Err(PaymentError::Refused(why)) => Charged::Declined(why.as_str().into()),
        Ok(Charge::Unconfirmed) => Charged::Later(1),
        Err(PaymentError::RateLimited {
            retry_after_seconds,
        }) => Charged::Later(retry_after_seconds),
        Err(PaymentError::Unknown(_)) => Charged::Later(2),
    }
}
