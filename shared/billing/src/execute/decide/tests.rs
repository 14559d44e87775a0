use super::*;
use crate::execute::view::Found;
use crate::outlook::Billing;
use crate::selection::RunSelection;
use crate::testing::{TODAY, packages, record, selection, spec};
use jiff::{SignedDuration, Timestamp, civil::date};
use ledger::head::BillingHead;
use ledger::order::{ClaimState, Order, PaymentClaim};
use ledger::tenant::Retries;
use ledger::testing::{order, when};
use model::resource::ID_FIELD;
use model::resources::billing_run_action::ActionStatus;
use model::resources::membership::{self as m, BillMethod, Status};
use serde_json::{Value, json};
use store::Versioned;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const LEASE: Timestamp = Timestamp::constant(900, 0);
const GENERATION: i64 = 3;

/// One action of Ada's, whose year ends on 2026-03-31, and what was read for it.
struct Case {
    action: Record,
    state: MembershipState,
    selection: RunSelection,
    found: Found,
}

fn case(kind: ActionType, member: Value) -> Case {
    let mut fields = json!({ "id": "contact:a", "name": "Ada", "owner_type": "contact",
        "contact_id": "a", "customer_id": "a", "status": "active", "type_id": "regular",
        "package_id": "year", "expiration_date": "2026-03-31", "sys_version": 1 });
    for (name, value) in member.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    let selection = selection(vec![ActionSpec {
        reminder: i64::from(super::super::view::is_reminder(kind)),
        ..spec(kind)
    }]);
    let mut action = record(json!({ "status": "pending", "success_notice_id": "hello",
        "membership_expiration_date": "2026-03-31" }));
    action.set(
        ID_FIELD,
        selection.action_id("contact:a", &selection.specs[0]),
    );
    action.set(action::TYPE, kind);
    action.set(action::REMINDER_NUMBER, selection.specs[0].reminder);
    Case {
        action,
        state: MembershipState::new("contact:a", Some(record(fields)), None),
        selection,
        found: Found {
            order_id: "new".into(),
            order_number: 9,
            ..Found::default()
        },
    }
}

/// A member who renews automatically, with a stored card.
fn automatic() -> Case {
    let card = json!({ "renew_automatically": true,
        "renewal_payment_info": { "payment_account": "tok" } });
    case(ActionType::AutoRenewalOrder, card)
}

impl Case {
    fn spec(&mut self) -> &mut ActionSpec {
        &mut self.selection.specs[0]
    }

    fn decide(&self) -> Result<Effect, Outcome> {
        let packages = packages();
        let rules = Rules {
            packages: &packages,
            currency: "USD".parse().unwrap(),
            when: when(),
            retries: Retries::default(),
            selection: &self.selection,
            generation: GENERATION,
            machine_now: NOW,
            lease_until: LEASE,
            drop_reason: Some("lapsed"),
        };
        let (spec, due) = judge_again(&self.action, &self.state, &rules)?;
        let view = View {
            due,
            action: &self.action,
            state: &self.state,
            member: self.state.member.as_ref().unwrap(),
            spec,
            found: self.found.clone(),
        };
        decide(&view, &rules)
    }

    fn refused(&self) -> (ActionStatus, String) {
        match self.decide().unwrap_err() {
            Outcome::Skipped(status, why) => (status, why),
            Outcome::Error(why) => (ActionStatus::Error, why),
            other => panic!("{other:?}"),
        }
    }
}

/// The open order that Ada's head and membership know of.
fn open(mut case: Case, claim: Option<PaymentClaim>) -> Case {
    let head = &mut case.state.head;
    head.version = 5;
    head.value.open_order = Some("o-1".into());
    head.value.last_order = Some("o-1".into());
    head.value.covered_through = Some(date(2027, 3, 31));
    if let Some(member) = &mut case.state.member {
        member.set(m::OPEN_ORDER, "o-1".into());
        member.set(m::COVERED_THROUGH, date(2027, 3, 31));
    }
    let version = 4;
    let value = Order { claim, ..order() };
    case.found.open_order = Some(Versioned { version, value });
    case
}

fn claim(state: ClaimState, holder: &str, held_until: Timestamp) -> PaymentClaim {
    PaymentClaim {
        provider_id: Some("pay-1".into()),
        account: "old".into(),
        holder: holder.into(),
        held_until,
        ..ledger::testing::claim(state)
    }
}

fn not_eligible(why: &str) -> (ActionStatus, String) {
    (ActionStatus::NoLongerEligible, why.into())
}

#[test]
fn an_effect_claims_its_action_for_this_generation() {
    for case in [
        case(ActionType::RenewalNotice, json!({})),
        case(ActionType::RenewalOrder, json!({})),
        automatic(),
    ] {
        let action = case.decide().unwrap().action;
        assert_eq!(action.get(action::CLAIM_GENERATION), Some(GENERATION));
        assert_eq!(action.get(action::CLAIM_LEASE), Some(LEASE));
        assert_ne!(action.get(action::STATUS), Some(ActionStatus::Pending));
    }
}

#[test]
fn a_notice_mails_and_covers_nothing() {
    let mut case = case(ActionType::RenewalNotice, json!({}));
    case.spec().new_reason = Some("told".into());
    let effect = case.decide().unwrap();
    let member = effect.member.unwrap();
    assert_eq!(member.get(m::BILL_METHOD), Some(BillMethod::RenewalNotice));
    let sent = vec!["renewal notice|2026-04-01|2027-03-31".to_owned()];
    assert_eq!(member.get(m::MAILS_SENT), Some(sent));
    assert_eq!(member.text(m::STATUS_REASON_ID), "told");
    assert_eq!(
        effect.action.get(action::EFFECT),
        Some(ActionStatus::Completed)
    );
    assert_eq!(effect.mail.unwrap().notice, "hello");
    assert_eq!((effect.head, effect.order), (None, None));
}

#[test]
fn an_order_takes_the_term_and_tells_membership_and_action() {
    let effect = case(ActionType::RenewalOrder, json!({})).decide().unwrap();
    let (order, head) = (effect.order.unwrap(), effect.head.unwrap());
    assert_eq!((order.version, order.value.number), (0, 9));
    assert_eq!(order.value.total, "100.50".parse().unwrap());
    assert_eq!(order.value.claim, None);
    assert_eq!(head.value.open_order.as_deref(), Some("new"));
    assert_eq!(head.value.covered_through, Some(date(2027, 3, 31)));
    let member = effect.member.unwrap();
    assert!(member.is(m::BILLED));
    assert_eq!(member.text(m::OPEN_ORDER), "new");
    assert_eq!(member.get(m::EXPIRATION_DATE), Some(date(2026, 3, 31)));
    assert_eq!(effect.action.text(action::ORDER_ID), "new");
    let amount = effect.action.get(action::AMOUNT).unwrap();
    assert_eq!(amount.to_string(), "100.5");
    assert_eq!(
        effect.action.get(action::EFFECT),
        Some(ActionStatus::Completed)
    );
    assert_eq!(effect.mail, None, "its mail goes once it is recorded");
}

#[test]
fn a_contact_s_organization_is_billed_if_it_is_known() {
    let bills = json!({ "bill_organization": true });
    let mut case = case(ActionType::RenewalOrder, bills);
    let unknown = "bill_organization is set, but no organization of the contact is known";
    assert_eq!(case.refused(), (ActionStatus::Error, unknown.into()));
    case.found.organization = Some("works".into());
    let order = case.decide().unwrap().order.unwrap().value;
    assert_eq!(
        (order.customer_type.as_str(), order.customer_id.as_str()),
        ("organization", "works")
    );
}

#[test]
fn a_forecast_becomes_the_real_order_and_is_not_made_twice() {
    let mut case = case(ActionType::RenewalOrder, json!({}));
    let forecast = Order {
        pro_forma: true,
        ..order()
    };
    case.state.head.value.pro_forma_order = Some("o-1".into());
    case.found.pro_forma = Some(Versioned {
        version: 2,
        value: forecast,
    });
    let made = case.decide().unwrap();
    assert_eq!(made.order.unwrap().version, 2, "the same document");
    assert_eq!(made.head.unwrap().value.pro_forma_order, None);
    case.spec().pro_forma = true;
    let why = "order 7 is a pro forma of the term";
    assert_eq!(case.refused(), not_eligible(why));
}

#[test]
fn a_new_order_is_claimed_for_the_charge_and_no_date_moves_before() {
    let effect = automatic().decide().unwrap();
    let claim = effect.order.unwrap().value.claim.unwrap();
    assert_eq!((claim.attempt, claim.state), (1, ClaimState::Open));
    assert_eq!(claim.account, "tok");
    assert_eq!(claim.holder, effect.action.text(ID_FIELD));
    assert!(!effect.action.has(action::EFFECT));
    let status = effect.action.get(action::STATUS);
    assert_eq!(status, Some(ActionStatus::ProcessingOrder));
    let member = effect.member.unwrap();
    assert_eq!(member.get(m::EXPIRATION_DATE), Some(date(2026, 3, 31)));
}

#[test]
fn a_card_without_an_account_cannot_be_charged() {
    let mut case = automatic();
    let member = case.state.member.as_mut().unwrap();
    member.set(m::PAYMENT_INFO, json!({ "card_type": "visa" }));
    let why = "the stored card has no payment_account";
    assert_eq!(case.refused(), (ActionStatus::Error, why.into()));
}

#[test]
fn an_open_order_is_claimed_and_not_made_again() {
    let effect = open(automatic(), None).decide().unwrap();
    assert_eq!((&effect.member, &effect.head), (&None, &None));
    let order = effect.order.unwrap();
    assert_eq!((order.version, order.value.id.as_str()), (4, "o-1"));
    assert_eq!(order.value.claim.unwrap().attempt, 1);
    assert_eq!(effect.action.text(action::ORDER_ID), "o-1");
}

#[test]
fn a_charge_is_taken_over_once_its_lease_ends_and_tried_anew_once_declined() {
    use ClaimState::{Declined, Open, Sent, Unknown};
    let later = NOW + SignedDuration::from_secs(1);
    for state in [Open, Sent] {
        let held = open(automatic(), Some(claim(state, "other", later)));
        assert_eq!(held.decide().unwrap_err(), Outcome::Later(5));
    }
    for (state, held_until, attempt) in [
        (Open, NOW, 1),
        (Sent, NOW, 1),
        (Unknown, later, 1),
        (Declined, later, 2),
    ] {
        let case = open(automatic(), Some(claim(state, "other", held_until)));
        let effect = case.decide().unwrap();
        let claim = effect.order.unwrap().value.claim.unwrap();
        assert_eq!(claim.attempt, attempt, "{state:?}");
        assert_eq!(claim.holder, case.action.text(ID_FIELD));
        let provider_id = (state != Declined).then(|| "pay-1".to_owned());
        assert_eq!(claim.provider_id, provider_id, "{state:?}");
    }
}

#[test]
fn a_reminder_is_claimed_once_in_its_series() {
    let billed = json!({ "billed": true });
    let mut case = case(ActionType::RenewalReminder, billed);
    let member = case.decide().unwrap().member.unwrap();
    assert_eq!(member.get(m::LAST_REMINDER), Some(1));
    let sent = vec!["renewal reminder|run|1|2026-04-01|2027-03-31".to_owned()];
    assert_eq!(member.get(m::MAILS_SENT), Some(sent));
    case.state.member = Some(member);
    let why = "the member has had reminder 1 of this series";
    assert_eq!(case.refused(), not_eligible(why));
}

/// One that has expired, and the run's range with it.
fn expired() -> Case {
    let day = date(2026, 3, 1);
    let mut case = case(ActionType::Drop, json!({ "expiration_date": "2026-03-01" }));
    case.action.set(action::EXPIRATION_DATE, day);
    assert!(day < TODAY);
    case
}

#[test]
fn a_drop_voids_the_open_order_and_opens_its_term() {
    let effect = open(expired(), None).decide().unwrap();
    let member = effect.member.unwrap();
    assert_eq!(member.get(m::STATUS), Some(Status::Inactive));
    assert_eq!(member.text(m::STATUS_REASON_ID), "lapsed");
    assert!(effect.order.unwrap().value.is_void());
    let head: BillingHead = effect.head.unwrap().value;
    assert_eq!(head.open_order, None);
    assert_eq!(head.covered_through, order().renewal.covered_before);
    let bare = expired().decide().unwrap();
    assert_eq!((bare.head, bare.order), (None, None));
}

#[test]
fn nobody_is_dropped_who_has_paid_or_was_billed_by_this_run() {
    let paying = open(expired(), Some(claim(ClaimState::Sent, "other", NOW)));
    let why = "order 7 has a payment or a charge under way";
    assert_eq!(paying.refused(), not_eligible(why));
    let mut billed = expired();
    billed.state.so_far.billing = Billing::Done;
    let why = "the member was billed or charged by this run";
    assert_eq!(billed.refused(), not_eligible(why));
    let mut unbilled = expired();
    unbilled.state.so_far.billing = Billing::Failed("no price".into());
    let why = "the member was to be billed by this run and was not: no price";
    assert_eq!(unbilled.refused(), not_eligible(why));
}

#[test]
fn what_has_changed_since_planning_ends_the_action() {
    let change = |changes: Value| case(ActionType::RenewalOrder, changes).refused();
    assert_eq!(
        change(json!({ "do_not_renew": true })),
        not_eligible("the member is marked do_not_renew")
    );
    let moved = change(json!({ "expiration_date": "2026-03-30" }));
    assert_eq!(moved.0, ActionStatus::ExpirationDateChanged);
    assert_eq!(
        change(json!({ "sys_locked": true })),
        (
            ActionStatus::Error,
            "locked: the membership may not be changed (sys_locked)".into()
        )
    );
}

#[test]
fn a_reason_that_this_run_has_set_keeps_nobody_out() {
    let mut case = case(
        ActionType::RenewalOrder,
        json!({ "status_reason_id": "new" }),
    );
    case.spec().reasons = Some(vec!["old".into()]);
    assert_eq!(case.refused().0, ActionStatus::NoLongerEligible);
    case.state.so_far.reasons = vec!["other".into()];
    assert_eq!(case.refused().0, ActionStatus::NoLongerEligible);
    case.state.so_far.reasons.push("new".into());
    assert!(case.decide().is_ok());
}
