//! What an action does, as a value: everything that is written together, and
//! the mail that is sent for it.

use ledger::head::BillingHead;
use ledger::order::Order;
use ledger::receipt::Receipt;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus};
use store::Versioned;

/// What is to stand once the action has taken effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    pub action: Record,
    pub member: Option<Record>,
    pub head: Option<Versioned<BillingHead>>,
    pub order: Option<Versioned<Order>>,
    /// Payments whose credit the order takes.
    pub receipts: Vec<Versioned<Receipt>>,
    /// A forecast that ends with it.
    pub forecast: Option<Versioned<Order>>,
    /// The mail, where it is all that the action does: it has to be ready before
    /// the effect is recorded, and a refusal takes the effect back.
    pub mail: Option<Mail>,
}

impl Effect {
    /// An effect on the action alone.
    pub fn of(action: Record) -> Effect {
        Effect {
            action,
            member: None,
            head: None,
            order: None,
            receipts: Vec::new(),
            forecast: None,
            mail: None,
        }
    }
}

/// A notice that is due to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub notice: String,
    /// Names the mail: the same key never goes out twice.
    pub key: String,
}

/// The number of an action's first attempt.
const FIRST: i64 = 1;

impl Mail {
    /// The success notice of an action, or the failure notice of a refused
    /// charge. No notice, no mail.
    pub fn of(action: &Record, effect: ActionStatus) -> Option<Mail> {
        let field = match effect {
            ActionStatus::PaymentFailure => action::FAILURE_NOTICE,
            _ => action::SUCCESS_NOTICE,
        };
        let attempt = action.get(action::ATTEMPT).unwrap_or(FIRST);
        Mail::named(action.get(field), action.text(ID_FIELD), effect, attempt)
    }

    /// What [`Mail::of`] makes of an action with this id and notice that ends so at
    /// its first attempt.
    pub fn ahead(notice: Option<String>, action: &str, effect: ActionStatus) -> Option<Mail> {
        Mail::named(notice, action, effect, FIRST)
    }

    fn named(
        notice: Option<String>,
        action: &str,
        effect: ActionStatus,
        attempt: i64,
    ) -> Option<Mail> {
        let notice = notice.filter(|id| !id.is_empty())?;
        let key = match effect {
            // An action can be refused more than once, its work is done once.
            ActionStatus::PaymentFailure => format!("{action}|failure|{attempt}"),
            _ => format!("{action}|success"),
        };
        Some(Mail { notice, key })
    }
}
