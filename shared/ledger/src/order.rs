//! Orders: what is billed, what has been paid on it, and the one claim on
//! charging it. A charge belongs to the order, never to who asks for it.

use jiff::{Timestamp, civil::Date};
use model::WriteContext;
use model::resources::ORDERS;
use model::resources::membership::{OrderStatus, Status};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Document, DocumentKey, Store, Versioned};
use terms::{Classification, Term, UpdateDatesWhen};

/// How a charge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// Taken; the provider may know of it but cannot have charged.
    Open,
    /// Confirmation is being sent: it may have been charged.
    Sent,
    /// The provider did not say.
    Unknown,
    Succeeded,
    Declined,
}

/// The one charge under way on an order. A new attempt only after `Declined`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentClaim {
    pub attempt: u32,
    pub state: ClaimState,
    /// The provider's id of the payment, stored before it is confirmed.
    pub provider_id: Option<String>,
    pub amount: Decimal,
    /// The card as it was when claimed.
    pub account: String,
    /// Who took it: an action's id, or a user.
    pub holder: String,
    /// Until when another may not take it over while it is `Open`.
    pub held_until: Timestamp,
    /// When it was first found unknown.
    pub unknown_since: Option<Timestamp>,
    /// The tenant's day on which the card was refused.
    #[serde(default)]
    pub declined_on: Option<Date>,
    /// The card was refused for good: it is not charged again before it changes.
    #[serde(default)]
    pub hard: bool,
    /// The status reason of those whom this charge renews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The caller's id: a payment is recorded once.
    pub id: String,
    /// As in `check`, `wire transfer`, `cash`, `credit card`.
    #[serde(rename = "type")]
    pub kind: String,
    pub amount: Decimal,
    pub received_at: Timestamp,
    pub recorded_by: String,
    pub reference: Option<String>,
    /// Recorded, but it moved nothing: the member had been dropped.
    pub unapplied: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub id: String,
    /// As in `package`, `chapter dues`: see `terms::price::LineKind`.
    pub kind: String,
    pub product_id: String,
    pub name: String,
    pub quantity: u32,
    pub unit_price: Decimal,
    pub total: Decimal,
}

/// What a purchase is and when it moves dates: fixed when the order is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Renewal {
    pub kind: RenewalKind,
    pub package_id: String,
    pub type_id: Option<String>,
    pub term_start: Date,
    /// `None` for life.
    pub term_expiration: Option<Date>,
    /// The day the order takes effect.
    pub effective: Date,
    /// What the membership's dates were.
    pub old_term_start: Option<Date>,
    pub old_expiration: Option<Date>,
    /// What its package and type were: `None` on orders from before this was
    /// noted.
    #[serde(default)]
    pub old_package_id: Option<String>,
    #[serde(default)]
    pub old_type_id: Option<String>,
    pub update_dates_when: UpdateRule,
    pub dates_moved: bool,
    /// What was covered before this order took its term.
    pub covered_before: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_due: Option<ReasonDue>,
    /// What the order has set on the membership when it moved the dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<SetField>,
}

/// A status reason that comes with the moving of dates (rule ACT-20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonDue {
    pub reason: String,
    /// What the membership had: somebody who changes it decides later.
    pub in_place_of: Option<String>,
}

/// A field of the membership as an order found it and as it left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetField {
    pub name: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl Renewal {
    pub fn term(&self) -> Term {
        Term {
            start: self.term_start,
            expiration: self.term_expiration,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalKind {
    Renewal,
    Reinstatement,
    Join,
    /// Within a term: it claims none and moves no dates.
    #[serde(rename = "change affiliations")]
    ChangeAffiliations,
}

/// The application that an order is for (rule APPL-14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfApplication {
    pub id: String,
    /// Before that, no payment moves dates.
    pub activated: bool,
    /// What somebody who waits for the payment becomes when dates move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<StandingDue>,
    /// Stands instead of the computed join date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_date: Option<Date>,
    /// The order of its group, if it is one of a group (rule APPL-16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_order: Option<String>,
}

/// The status that comes with the moving of dates, and its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingDue {
    pub status: Status,
    pub reason: Option<String>,
}

impl From<Classification> for RenewalKind {
    fn from(kind: Classification) -> Self {
        match kind {
            Classification::Renewal => RenewalKind::Renewal,
            Classification::Reinstatement => RenewalKind::Reinstatement,
            Classification::Join => RenewalKind::Join,
        }
    }
}

/// [`UpdateDatesWhen`] as an order keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateRule {
    pub when: String,
    pub value: Option<Decimal>,
}

impl From<&UpdateDatesWhen> for UpdateRule {
    fn from(rule: &UpdateDatesWhen) -> Self {
        let (when, value) = match rule {
            UpdateDatesWhen::Immediately => ("immediately", None),
            UpdateDatesWhen::InvoicePaidInFull => ("invoice paid in full", None),
            UpdateDatesWhen::PercentagePaid(value) => ("percentage paid", Some(*value)),
            UpdateDatesWhen::AmountPaid(value) => ("amount paid", Some(*value)),
        };
        UpdateRule {
            when: when.into(),
            value,
        }
    }
}

impl UpdateRule {
    /// Whether what has been paid moves the dates. A total of 0 always does.
    pub fn is_met(&self, total: Decimal, paid: Decimal) -> bool {
        let value = self.value.unwrap_or_default();
        let rule = match self.when.as_str() {
            "immediately" => UpdateDatesWhen::Immediately,
            "percentage paid" => UpdateDatesWhen::PercentagePaid(value),
            "amount paid" => UpdateDatesWhen::AmountPaid(value),
            _ => UpdateDatesWhen::InvoicePaidInFull,
        };
        rule.condition_met(total, paid)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub number: i64,
    pub membership_id: String,
    pub customer_type: String,
    pub customer_id: String,
    pub status: OrderStatus,
    pub pro_forma: bool,
    pub currency: String,
    pub lines: Vec<Line>,
    pub total: Decimal,
    pub paid: Decimal,
    pub renewal: Renewal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<OfApplication>,
    pub claim: Option<PaymentClaim>,
    pub payments: Vec<Payment>,
    pub billing_run_id: Option<String>,
    pub billing_run_action_id: Option<String>,
    pub batch_id: Option<String>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub voided_at: Option<Timestamp>,
    /// `None` on orders that were voided before it was noted.
    #[serde(default)]
    pub voided_by: Option<String>,
    /// In the words of whoever voided it.
    #[serde(default)]
    pub void_reason: Option<String>,
    /// What staff have to know: money that was not applied, dates that were left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Document for Order {
    const WHAT: &'static str = "order";
    fn key(&self) -> DocumentKey {
        key(&self.id)
    }
    fn membership(&self) -> Option<&str> {
        Some(&self.membership_id)
    }
}

/// What the partitions of orders begin with.
pub const PARTITION: &str = ORDERS.partition;

/// Where an order stands.
pub fn key(id: &str) -> DocumentKey {
    DocumentKey::new(format!("{PARTITION}{id}"), ORDERS.sort)
}

impl Order {
    pub async fn find(store: &Store, id: &str) -> model::Result<Option<Versioned<Order>>> {
        store.document::<Order>(&key(id)).await
    }

    pub fn balance(&self) -> Decimal {
        self.total - self.paid
    }

    /// The order, void from now on.
    pub fn voided(&self, by: &WriteContext) -> Order {
        Order {
            status: OrderStatus::Void,
            voided_at: Some(by.now),
            voided_by: Some(by.user.clone()),
            ..self.clone()
        }
    }

    pub fn is_void(&self) -> bool {
        self.status == OrderStatus::Void
    }

    pub fn is_paid(&self) -> bool {
        !self.is_void() && self.balance() <= Decimal::ZERO
    }

    /// Something is paid on it.
    pub fn has_payments(&self) -> bool {
        self.payments
            .iter()
            .any(|payment| !payment.amount.is_zero())
    }

    /// A charge may have happened or has: nothing may be undone.
    pub fn has_money(&self) -> bool {
        // Sent counts as money: whether it succeeded is known only once the provider is asked.
        let charged = self.claim.as_ref().is_some_and(|claim| {
            matches!(
                claim.state,
                ClaimState::Sent | ClaimState::Unknown | ClaimState::Succeeded
            )
        });
        charged || self.has_payments()
    }

    /// Whether it ends with a drop of its member: its term has not begun, and
    /// nothing is paid on it.
    pub fn ends_with_a_drop(&self) -> bool {
        !self.renewal.dates_moved && !self.has_money()
    }

    /// A charge has been sent, and nobody knows its outcome yet.
    pub fn is_being_charged(&self) -> bool {
        self.claim
            .as_ref()
            .is_some_and(|claim| matches!(claim.state, ClaimState::Sent | ClaimState::Unknown))
    }

    /// The id of the payment by the charge that the provider knows by this id.
    pub fn payment_of_charge(&self, provider_id: &str) -> Option<String> {
        let claim = self.claim.as_ref()?;
        let by_provider = claim.provider_id.as_deref() == Some(provider_id);
        // Before payments of charges had ids of their own they had the provider's.
        let old = self.payments.iter().any(|known| known.id == provider_id);
        (by_provider && !old).then(|| self.payment_key(claim.attempt))
    }

    /// Whether a payment is the one that the last charge has made.
    pub fn is_charge(&self, payment: &str) -> bool {
        self.claim.as_ref().is_some_and(|claim| {
            claim.state == ClaimState::Succeeded
                && (self.payment_key(claim.attempt) == payment
                    || claim.provider_id.as_deref() == Some(payment))
        })
    }

    /// The key of an attempt at charging, and the id of its payment: the provider
    /// makes it once.
    pub fn payment_key(&self, attempt: u32) -> String {
        format!("{}:{attempt}", self.id)
    }

    /// Whether the dates are to move now that this much has been paid.
    pub fn moves_dates(&self) -> bool {
        !self.pro_forma
            && !self.is_void()
            && !self.renewal.dates_moved
            && self.is_for_a_term()
            && self.application.as_ref().is_none_or(|of| of.activated)
            && self.renewal.update_dates_when.is_met(self.total, self.paid)
    }

    /// Whether it bills a term, and not a change within one.
    pub fn is_for_a_term(&self) -> bool {
        self.renewal.kind != RenewalKind::ChangeAffiliations
    }

    /// Whether what is paid on it while the member is inactive waits for their
    /// return. Somebody who has yet to become a member is inactive for want of
    /// the payment.
    pub fn waits_for_return(&self) -> bool {
        let of = self.application.as_ref();
        of.is_none_or(|of| of.activated && of.standing.is_none())
    }

    /// The order with a payment on it.
    pub fn with_payment(&self, payment: Payment) -> Order {
        let mut after = self.clone();
        after.paid += payment.amount;
        after.payments.push(payment);
        if after.is_paid() {
            after.status = OrderStatus::Completed;
        }
        after
    }
}

#[cfg(test)]
mod tests;
