//! What executing an action would come to, as far as that lies neither with the
//! card nor with who carries the mail. Planning, explaining and executing ask this one
//! function (rules PLAN-4 to PLAN-9, PLAN-16, ACT-2 to ACT-8, ACT-25).

use crate::eligibility::{Facts, judge, no_attempt_left};
use crate::member::DueMembership;
use crate::selection::ActionSpec;
use ledger::customers::UNKNOWN_ORGANIZATION;
use ledger::head::BillingHead;
use ledger::order::{ClaimState, Order};
use ledger::purchase::quote;
use ledger::steps::paid_through;
use model::Record;
use model::action_id::MEMBERSHIP_ID_MAX;
use model::money::Money;
use model::resources::billing_run_action::{self as action, ActionType};
use model::resources::membership::OwnerType;
use rust_decimal::Decimal;
use terms::Term;
use terms::coverage::term_after;
use terms::package::Packages;

/// What keeps an action from being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The member is not concerned.
    Out(String),
    /// By what this run does to the member before.
    HeldBack(String),
    /// It would end as an error.
    Fails(String),
}

/// What an action bills or charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    pub value: Decimal,
    /// ISO 4217.
    pub currency: String,
}

impl Amount {
    fn new(value: Decimal, currency: &str) -> Amount {
        Amount {
            value: value.normalize(),
            currency: currency.to_owned(),
        }
    }

    /// What is billed by an order that is made now.
    pub fn billed(order: &Order) -> Amount {
        Amount::new(order.total, &order.currency)
    }

    /// What the next charge of an order takes: what is due, or what one that may
    /// have been sent was for.
    pub fn charged(order: &Order) -> Amount {
        let sent = order.claim.as_ref();
        let sent = sent.filter(|claim| claim.state != ClaimState::Declined);
        let value = sent.map_or_else(|| order.balance(), |claim| claim.amount);
        Amount::new(value, &order.currency)
    }

    /// What stands on an action.
    pub fn of(record: &Record) -> Option<Amount> {
        let billed = || record.text(action::BILLED_AMOUNT).parse().ok();
        let currency = record.get(action::CURRENCY);
        Some(Amount {
            value: record.get(action::AMOUNT).or_else(billed)?,
            currency: currency.or_else(|| record.get(action::BILLED_CURRENCY))?,
        })
    }

    /// Puts it onto an action.
    pub fn put(amount: Option<&Amount>, record: &mut Record) {
        record.put(action::AMOUNT, amount.map(|amount| amount.value));
        record.put(action::CURRENCY, amount.map(|a| a.currency.clone()));
    }

    /// With the currency's decimals, as in `1000.00`.
    pub fn decimals(&self) -> String {
        let money = self.money();
        money.map_or(self.value, Money::amount).to_string()
    }

    /// The same as in `1,000.00`.
    fn figure(&self) -> String {
        let money = self.money();
        money.map_or_else(|| self.value.to_string(), Money::figure)
    }

    fn money(&self) -> Option<Money> {
        Money::new(self.value, self.currency.parse().ok()?).ok()
    }
}

/// What a run has done to a member, or is to do, before the action in question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// The status reasons that its actions have given.
    pub reasons: Vec<String>,
    pub billing: Billing,
    /// It is to renew the member, whatever a card says: for nothing, or before
    /// anything is paid.
    pub renews: bool,
}

/// Whether a run bills or charges a member. A forecast bills nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Billing {
    #[default]
    Not,
    /// Staff have excluded it.
    Excluded,
    Ahead,
    Done,
    /// It was to, and could not.
    Failed(String),
}

/// What is known beside the member.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    pub so_far: &'a SoFar,
    /// For a charge, that which it would pay; for a drop, the one that is open.
    pub open_order: Option<&'a Order>,
    /// For a drop that might be of somebody who has paid, though an order is open.
    pub head: Option<&'a BillingHead>,
    /// The contact's organization, if it exists.
    pub organization: Option<&'a str>,
    /// Why the mail that is all of the action can't be written. Execution, which
    /// writes it next, says the same by the same function.
    pub unwritable: Option<&'a str>,
}

/// What the action would bill or charge, if it does.
///
/// # Errors
/// What keeps it from being done.
pub fn outlook(
    member: &DueMembership,
    spec: &ActionSpec,
    facts: &Facts<'_>,
    beside: &Beside<'_>,
) -> Result<Option<Amount>, Hindrance> {
    concerns(member, spec, facts, beside.so_far)?;
    workable(member).map_err(Hindrance::Fails)?;
    match spec.kind {
        ActionType::RenewalOrder => bill(member, facts, beside).map(Some),
        ActionType::AutoRenewalOrder => charge(member, facts, beside).map(Some),
        ActionType::Drop => drop(member, facts, beside).map(|()| None),
        _ => match beside.unwritable {
            Some(why) => Err(Hindrance::Fails(why.to_owned())),
            None => Ok(None),
        },
    }
}

/// Whether an action still comes to what was approved. `open` is the order that
/// it charges: what has been paid on it since is no change. Actions from before
/// amounts were planned were approved without.
///
/// # Errors
/// One line for staff that names both amounts.
pub fn as_approved(
    action: &Record,
    now: Option<&Amount>,
    open: Option<&Order>,
) -> Result<(), String> {
    let approved = Amount::of(action);
    if let (None, Some(now)) = (&approved, now)
        && action.is(action::UNPRICED)
    {
        return Err(format!(
            "no amount was approved, now {}: plan the run again",
            now.figure()
        ));
    }
    let (Some(approved), Some(now)) = (approved, now) else {
        return Ok(());
    };
    let same = approved.currency == now.currency;
    let less = open.is_some() && now.value < approved.value;
    if same && (less || approved.value == now.value) {
        return Ok(());
    }
    let shown = |amount: &Amount| match approved.currency == now.currency {
        true => amount.figure(),
        false => format!("{} {}", amount.currency, amount.figure()),
    };
    Err(format!(
        "price changed since approval: {}, now {}",
        shown(&approved),
        shown(now)
    ))
}

/// Whether the action concerns the member: what can be told before anything
/// beside the member is read.
///
/// # Errors
/// As [`outlook`], but never [`Hindrance::Fails`].
pub fn concerns(
    member: &DueMembership,
    spec: &ActionSpec,
    facts: &Facts<'_>,
    so_far: &SoFar,
) -> Result<(), Hindrance> {
    let out = |why: String| Hindrance::Out(format!("the member {why}"));
    // A reason that this run has given keeps nobody out of its other actions.
    let own = so_far.reasons.contains(&member.status_reason_id);
    judge(member, &spec.lifted(own), facts).map_err(out)?;
    match spec.kind {
        ActionType::Drop => held_back(member, facts, so_far).map_err(Hindrance::HeldBack),
        // Executed, it would find another expiration date.
        _ if spec.only_mails() && so_far.renews => {
            let why = "the member is renewed by this run before";
            Err(Hindrance::HeldBack(why.into()))
        }
        _ => Ok(()),
    }
}

/// A run drops nobody whom it bills, nor whom it was to bill and could not: they
/// have had no chance to pay.
///
/// # Errors
/// One line for staff.
pub fn held_back(member: &DueMembership, facts: &Facts<'_>, so_far: &SoFar) -> Result<(), String> {
    match &so_far.billing {
        Billing::Not | Billing::Excluded => Ok(()),
        // They have had every chance to pay.
        Billing::Failed(_) if no_attempt_left(member, facts) => Ok(()),
        Billing::Ahead => Err("the member is to be billed or charged by this run".into()),
        Billing::Done => Err("the member was billed or charged by this run".into()),
        Billing::Failed(why) => Err(format!(
            "the member was to be billed by this run and was not: {why}"
        )),
    }
}

/// Whether anything at all can be done to the membership.
///
/// # Errors
/// One line for staff.
pub fn workable(member: &DueMembership) -> Result<(), String> {
    if member.locked {
        return Err("locked: the membership may not be changed (sys_locked)".into());
    }
    let length = member.id.chars().count();
    if length > MEMBERSHIP_ID_MAX {
        return Err(format!(
            "the membership's id has {length} characters; only up to {MEMBERSHIP_ID_MAX} can be billed by"
        ));
    }
    Ok(())
}

fn bill(
    member: &DueMembership,
    facts: &Facts<'_>,
    beside: &Beside<'_>,
) -> Result<Amount, Hindrance> {
    let priced = customer(member, facts.packages, beside.organization).and_then(|_| {
        let buyer = member.buyer.clone();
        quote(buyer, facts.packages, facts.currency, facts.today)
    });
    let total = priced.map_err(Hindrance::Fails)?.priced.total;
    Ok(Amount::new(total.amount(), facts.currency.code()))
}

fn charge(
    member: &DueMembership,
    facts: &Facts<'_>,
    beside: &Beside<'_>,
) -> Result<Amount, Hindrance> {
    let (amount, needs_card) = match beside.open_order {
        Some(open) => {
            has_attempt_left(open, facts).map_err(Hindrance::Out)?;
            // A charge that may have been sent goes on with the card it has.
            (Amount::charged(open), may_be_charged_anew(open))
        }
        None => {
            let amount = bill(member, facts, beside)?;
            let costs = !amount.value.is_zero();
            (amount, costs)
        }
    };
    if needs_card && !member.has_payment_account {
        let why = "the stored card has no payment_account";
        return Err(Hindrance::Fails(why.into()));
    }
    Ok(amount)
}

/// The membership's copy of a refusal may know less than the order.
fn has_attempt_left(order: &Order, facts: &Facts<'_>) -> Result<(), String> {
    let claim = order.claim.as_ref();
    let refused = claim.filter(|claim| claim.state == ClaimState::Declined);
    let most = facts.retries.max_attempts;
    match refused.is_some_and(|claim| i64::from(claim.attempt) >= most) {
        true => Err(format!(
            "order {} has no attempt left (max_charge_attempts)",
            order.number
        )),
        false => Ok(()),
    }
}

/// Whether the next charge of an order is a new one.
fn may_be_charged_anew(order: &Order) -> bool {
    let claim = order.claim.as_ref();
    claim.is_none_or(|claim| claim.state == ClaimState::Declined)
}

/// A charge that was sent may succeed after the drop: nothing may be undone.
/// What is owed for a term that has been used is no matter.
fn drop(member: &DueMembership, facts: &Facts<'_>, beside: &Beside<'_>) -> Result<(), Hindrance> {
    let out = |why: String| Err(Hindrance::Out(why));
    let used = |open: &&Order| open.renewal.dates_moved;
    let open = beside.open_order.filter(|open| !used(open));
    if let Some(open) = open.filter(|open| open.has_money()) {
        let number = open.number;
        return out(format!(
            "order {number} has a payment or a charge under way"
        ));
    }
    let coming = coming_of(member, facts.packages);
    match coming.and_then(|term| beside.head?.closed_through(&term)) {
        Some(through) => out(paid_through(through)),
        None => Ok(()),
    }
}

/// The term that a renewal of the member would be for.
pub fn coming_of(member: &DueMembership, packages: &Packages) -> Option<Term> {
    Some(term_after(
        member.expiration_date?,
        &member.package_id,
        packages,
    ))
}

/// Whether a contact's organization is billed in place of the contact.
pub fn bills_organization(member: &DueMembership, packages: &Packages) -> bool {
    let package = packages.get(&member.buyer.package_id);
    member.owner_type != OwnerType::Organization
        && (member.bill_organization || package.is_ok_and(|package| package.bill_organization))
}

/// Who is billed, by type and id: the owner, or the contact's organization.
///
/// # Errors
/// One line for staff where that organization is not known.
pub fn customer(
    member: &DueMembership,
    packages: &Packages,
    organization: Option<&str>,
) -> Result<(String, String), String> {
    let owner = member.owner_type;
    if bills_organization(member, packages) {
        let id = organization.ok_or(UNKNOWN_ORGANIZATION)?;
        return Ok((OwnerType::Organization.to_string(), id.to_owned()));
    }
    let id = match owner {
        OwnerType::Organization => &member.organization_id,
        OwnerType::Contact => &member.contact_id,
    };
    Ok((owner.to_string(), id.clone()))
}

#[cfg(test)]
mod tests;
