//! That a reminder was sent: what keeps overlapping runs from sending it twice.

use crate::eligibility::reminder_key;
use crate::selection::ActionSpec;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::membership as m;
use serde::{Deserialize, Serialize};
use store::{Document, DocumentKey};

/// That a reminder of a series has been sent to a member for a term.
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

impl ReminderClaim {
    /// The claim of an action on reminding a member.
    pub fn of(action: &Record, member: &Record, spec: &ActionSpec, series: &str) -> ReminderClaim {
        let term = member.get(m::EXPIRATION_DATE).map(|date| date.to_string());
        ReminderClaim {
            membership_id: member.text(ID_FIELD).to_owned(),
            term: term.unwrap_or_default(),
            key: reminder_key(spec.kind, series, spec.reminder),
            action_id: action.text(ID_FIELD).to_owned(),
        }
    }

    /// The claim given up, as the mail certainly did not go.
    pub fn freed(&self) -> ReminderClaim {
        ReminderClaim {
            action_id: String::new(),
            ..self.clone()
        }
    }
}
