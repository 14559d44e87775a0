//! Who is concerned by an action of a run, and, for those who are not, why.
//! The part of [`crate::outlook`] that needs nothing but the member (rules PLAN-4 to PLAN-9, ACT-2
//! to ACT-8).

use crate::member::DueMembership;
use crate::selection::{ActionSpec, RunSelection};
use jiff::ToSpan;
use jiff::civil::Date;
use ledger::context::TenantBilling;
use ledger::renew::NOTICE;
use ledger::tenant::Retries;
use model::money::Currency;
use model::resources::billing_run_action::ActionType;
use model::resources::membership::rests::Rest;
use model::resources::membership::{Origin, Status};
use terms::coverage::term_after;
use terms::package::Packages;
use terms::{Term, next_term, sent};

/// What judging depends on beside the member and the specification.
pub struct Facts<'a> {
    pub packages: &'a Packages,
    pub currency: Currency,
    /// In the tenant's time zone.
    pub today: Date,
    /// The run's series of reminders.
    pub series: &'a str,
    pub retries: Retries,
    /// What the run charges, if it does.
    pub auto_renewals: Option<&'a ActionSpec>,
}

impl<'a> Facts<'a> {
    pub fn of(billing: &'a TenantBilling, selection: &'a RunSelection) -> Facts<'a> {
        Facts {
            packages: &billing.packages,
            currency: billing.tenant.currency,
            today: billing.tenant.today(),
            series: &selection.series,
            retries: billing.tenant.retries,
            auto_renewals: selection.spec(ActionType::AutoRenewalOrder, 0),
        }
    }
}

/// `Ok`, or one line for staff that names the rule.
pub fn judge(member: &DueMembership, spec: &ActionSpec, facts: &Facts<'_>) -> Result<(), String> {
    if let Some(rest) = rest_in_range(member, spec, facts) {
        shared(member, spec)?;
        restrictions(member, spec)?;
        return not_yet_sent(member, spec, facts, || term_of(rest));
    }
    let expiration = in_range(member, spec)?;
    shared(member, spec)?;
    restrictions(member, spec)?;
    match spec.kind {
        ActionType::RenewalNotice => notice(member, expiration, facts),
        ActionType::RenewalOrder => order(member, spec, expiration, facts),
        ActionType::AutoRenewalOrder => auto_renewal(member, expiration, facts),
        ActionType::RenewalReminder => owes(member, expiration, facts),
        ActionType::AutoRenewalReminder => renews_automatically(member),
        ActionType::ExpiringCardReminder => expiring_card(member, expiration),
        ActionType::Drop => drop(member, expiration, facts),
    }?;
    not_yet_sent(member, spec, facts, || coming(member, expiration, facts))
}

/// The rest of a term that has begun, if it is what the action is about: it is
/// reminded of by the expiration date that its bill was made for, unless the
/// member is to be reminded of the coming term (rule REM-7).
pub fn rest_in_range<'a>(
    member: &'a DueMembership,
    spec: &ActionSpec,
    facts: &Facts<'_>,
) -> Option<&'a Rest> {
    let holds = |rest: &&Rest| (spec.from..=spec.to).contains(&rest.billed_for);
    let rest = member.rest.as_ref().filter(holds)?;
    let reminds = spec.kind == ActionType::RenewalReminder;
    let owes = || in_range(member, spec).and_then(|expiration| owes(member, expiration, facts));
    (reminds && owes().is_err()).then_some(rest)
}

/// The term that an order with a rest is for.
pub fn term_of(rest: &Rest) -> Term {
    Term {
        start: rest.start,
        expiration: rest.through,
    }
}

fn in_range(member: &DueMembership, spec: &ActionSpec) -> Result<Date, String> {
    let Some(date) = member.expiration_date else {
        return Err("has no expiration date".into());
    };
    if date < spec.from || date > spec.to {
        return Err(format!(
            "expires on {date}, outside {} to {}",
            spec.from, spec.to
        ));
    }
    Ok(date)
}

fn shared(member: &DueMembership, spec: &ActionSpec) -> Result<(), String> {
    let drop = spec.kind == ActionType::Drop;
    if member.origin != Origin::Principal {
        return Err(format!(
            "is {}, and follows its principal membership",
            member.origin
        ));
    }
    match member.status {
        Status::Active | Status::ActiveWithoutBenefits => {}
        Status::Suspended if drop => {}
        other => return Err(format!("is {other}")),
    }
    if !drop && member.do_not_renew {
        return Err("is marked do_not_renew".into());
    }
    if drop && member.do_not_drop {
        return Err("is marked do_not_drop".into());
    }
    Ok(())
}

fn restrictions(member: &DueMembership, spec: &ActionSpec) -> Result<(), String> {
    let checks = [
        (&spec.types, &member.type_id, "membership_type_ids"),
        (&spec.packages, &member.package_id, "membership_package_ids"),
        (&spec.reasons, &member.status_reason_id, "status_reason_ids"),
    ];
    for (allowed, held, name) in checks {
        if allowed.as_ref().is_some_and(|ids| !ids.contains(held)) {
            let held = if held.is_empty() { "none" } else { held };
            return Err(format!("has {held}, which is not among the run's {name}"));
        }
    }
    Ok(())
}

fn notice(member: &DueMembership, expiration: Date, facts: &Facts<'_>) -> Result<(), String> {
    pays_by_order(member)?;
    let term = || coming(member, expiration, facts);
    if sent::was_sent(&member.mails_sent, NOTICE, term) {
        return Err(format!(
            "has had a renewal notice for the term after {expiration}"
        ));
    }
    unbilled(member, expiration, facts)
}

fn order(
    member: &DueMembership,
    spec: &ActionSpec,
    expiration: Date,
    facts: &Facts<'_>,
) -> Result<(), String> {
    pays_by_order(member)?;
    let forecast = member
        .forecast_through
        .filter(|through| covers(*through, member, expiration, facts) == Some(true));
    if spec.pro_forma && forecast.is_some() {
        return Err(format!(
            "has a pro forma order for the term after {expiration}"
        ));
    }
    unbilled(member, expiration, facts)
}

fn auto_renewal(member: &DueMembership, expiration: Date, facts: &Facts<'_>) -> Result<(), String> {
    has_card(member)?;
    if !billed(member, expiration, facts) {
        return Ok(());
    }
    // An open order is paid, not made again.
    match (&member.open_order, wait(member, facts)) {
        (None, _) => Err(already(member)),
        (Some(_), None) => Ok(()),
        (Some(_), Some(Wait::Until(day))) => Err(format!(
            "has a card that was refused: it is charged again from {day} on"
        )),
        (Some(_), Some(Wait::ForAnother)) => Err(
            "has a card that was refused for good: it is charged again once it has changed".into(),
        ),
        (Some(order), Some(Wait::Ended)) => Err(format!(
            "has an open order, {order}, with no attempt at charging it left (max_charge_attempts)"
        )),
    }
}

fn has_card(member: &DueMembership) -> Result<(), String> {
    renews_automatically(member)?;
    match member.has_payment_info {
        true => Ok(()),
        false => Err("renews automatically but has no stored card (renewal_payment_info)".into()),
    }
}

/// What the next attempt at charging an open order waits for (rule PAY-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Until(Date),
    ForAnother,
    Ended,
}

fn wait(member: &DueMembership, facts: &Facts<'_>) -> Option<Wait> {
    let refused = member.refused_charge.as_ref()?;
    if refused.attempt >= facts.retries.max_attempts {
        return Some(Wait::Ended);
    }
    let again = refused.on.saturating_add(facts.retries.days.days());
    match refused.same_card {
        true if refused.hard => Some(Wait::ForAnother),
        true if facts.today < again => Some(Wait::Until(again)),
        _ => None,
    }
}

/// Whether a refused card will not be tried again by itself: then the unpaid order
/// keeps nobody from being dropped.
pub fn no_attempt_left(member: &DueMembership, facts: &Facts<'_>) -> bool {
    matches!(wait(member, facts), Some(Wait::ForAnother | Wait::Ended))
}

/// Whether the run would charge the member again, were it not for the days between.
fn is_charged_again(member: &DueMembership, facts: &Facts<'_>) -> bool {
    facts.auto_renewals.is_some_and(|spec| {
        in_range(member, spec).is_ok()
            && shared(member, spec).is_ok()
            && restrictions(member, spec).is_ok()
            && has_card(member).is_ok()
    })
}

fn expiring_card(member: &DueMembership, expiration: Date) -> Result<(), String> {
    renews_automatically(member)?;
    match member.card_expiration {
        Some(card) if card < expiration => Ok(()),
        Some(card) => Err(format!("has a card that is good until {card}")),
        None => Err("has no known card expiration date".into()),
    }
}

fn drop(member: &DueMembership, expiration: Date, facts: &Facts<'_>) -> Result<(), String> {
    if expiration >= facts.today {
        return Err(format!(
            "has not expired: {expiration} is not before {}",
            facts.today
        ));
    }
    let again = billed(member, expiration, facts) && is_charged_again(member, facts);
    if let Some(Wait::Until(day)) = wait(member, facts).filter(|_| again) {
        return Err(format!("has a card that is charged again from {day} on"));
    }
    // A later term that has been paid or is being waited for is no lapse.
    if member.open_order.is_none() && billed(member, expiration, facts) {
        return Err(already(member));
    }
    Ok(())
}

fn pays_by_order(member: &DueMembership) -> Result<(), String> {
    if member.renew_automatically {
        Err("renews automatically".into())
    } else {
        Ok(())
    }
}

fn renews_automatically(member: &DueMembership) -> Result<(), String> {
    if member.renew_automatically {
        Ok(())
    } else {
        Err("has not opted into automatic renewal".into())
    }
}

fn unbilled(member: &DueMembership, expiration: Date, facts: &Facts<'_>) -> Result<(), String> {
    if !billed(member, expiration, facts) {
        return Ok(());
    }
    Err(match &member.open_order {
        Some(order) => format!("has an open renewal order, {order}"),
        None => already(member),
    })
}

fn already(member: &DueMembership) -> String {
    match (member.covered_through, member.billed_elsewhere) {
        (_, Some(_)) | (None, None) => "has been billed for the coming term".into(),
        (Some(through), None) => format!("has been billed through {through}"),
    }
}

/// Billed, and not paid: only a bill that was made elsewhere has no order to tell.
fn owes(member: &DueMembership, expiration: Date, facts: &Facts<'_>) -> Result<(), String> {
    if !billed(member, expiration, facts) {
        return Err("has not been billed for the coming term".into());
    }
    let by_order = member
        .covered_through
        .is_some_and(|through| covers(through, member, expiration, facts) == Some(true));
    if member.open_order.is_none() && by_order {
        return Err("has paid for the coming term".into());
    }
    Ok(())
}

/// The open order, if it is the one that bills the coming term.
pub fn open_for_coming<'a>(member: &'a DueMembership, packages: &Packages) -> Option<&'a str> {
    let term = term_after(member.expiration_date?, &member.package_id, packages);
    let covered = member.covered_through.is_some_and(|t| term.is_covered(t));
    member.open_order.as_deref().filter(|_| covered)
}

/// Whether an order covers the coming term, or a bill that was made elsewhere.
fn billed(member: &DueMembership, expiration: Date, facts: &Facts<'_>) -> bool {
    let Some(through) = member.covered_through.max(member.billed_elsewhere) else {
        // Marked as billed before marks had a term.
        return member.billed;
    };
    covers(through, member, expiration, facts).unwrap_or(member.billed)
}

/// Whether a bill through a date is one for the coming term; unknown without a
/// package to tell that term.
fn covers(
    through: Date,
    member: &DueMembership,
    expiration: Date,
    facts: &Facts<'_>,
) -> Option<bool> {
    let package = facts.packages.renewal_of(&member.package_id).ok()?;
    Some(next_term(&package.expiration, expiration).is_covered(through))
}

/// Within a series a reminder is sent once, and not after a later one.
fn not_yet_sent(
    member: &DueMembership,
    spec: &ActionSpec,
    facts: &Facts<'_>,
    term: impl Fn() -> Term,
) -> Result<(), String> {
    let sent = |number: &&i64| {
        let key = reminder_key(spec.kind, facts.series, **number);
        spec.reminder > 0 && sent::was_sent(&member.mails_sent, &key, &term)
    };
    let number = spec.reminder;
    match std::iter::once(&number).chain(&spec.later).find(sent) {
        None => Ok(()),
        Some(own) if *own == number => Err(format!("has had reminder {own} of this series")),
        Some(later) => Err(format!(
            "has had reminder {later} of this series, which is later than reminder {number}"
        )),
    }
}

fn coming(member: &DueMembership, expiration: Date, facts: &Facts<'_>) -> Term {
    term_after(expiration, &member.package_id, facts.packages)
}

/// `<type>|<series>|<number>`
pub fn reminder_key(kind: ActionType, series: &str, number: i64) -> String {
    format!("{kind}|{series}|{number}")
}

#[cfg(test)]
mod tests;
