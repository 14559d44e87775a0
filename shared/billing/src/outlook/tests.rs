use super::*;
use crate::member::RefusedCharge;
use crate::testing::{facts, member, spec};
use ledger::testing::{claim, order, package};
use serde_json::{Value, json};

static EMPTY: SoFar = SoFar {
    reasons: Vec::new(),
    billing: Billing::Not,
    renews: false,
};

fn beside(open_order: Option<&Order>) -> Beside<'_> {
    Beside {
        so_far: &EMPTY,
        open_order,
        head: None,
        organization: None,
        unwritable: None,
    }
}

fn with_package(changes: Value) -> Packages {
    Packages::new([package(changes)])
}

fn fails(member: &DueMembership, kind: ActionType, packages: &Packages) -> String {
    match outlook(member, &spec(kind), &facts(packages), &beside(None)) {
        Err(Hindrance::Fails(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn amount(value: &str) -> Result<Option<Amount>, Hindrance> {
    Ok(Some(Amount {
        value: value.parse().unwrap(),
        currency: "USD".into(),
    }))
}

fn automatic() -> DueMembership {
    DueMembership {
        renew_automatically: true,
        has_payment_info: true,
        has_payment_account: true,
        ..member()
    }
}

#[test]
fn bills_and_charges_are_priced_as_the_order_will_be() {
    let packages = with_package(json!({}));
    let facts = facts(&packages);
    let bill = spec(ActionType::RenewalOrder);
    assert_eq!(
        outlook(&member(), &bill, &facts, &beside(None)),
        amount("100.50")
    );
    let charge = spec(ActionType::AutoRenewalOrder);
    assert_eq!(
        outlook(&automatic(), &charge, &facts, &beside(None)),
        amount("100.50")
    );
    let part = Order {
        paid: Decimal::new(2_050, 2),
        ..order()
    };
    assert_eq!(
        outlook(&automatic(), &charge, &facts, &beside(Some(&part))),
        amount("79.50")
    );
    let notice = spec(ActionType::RenewalNotice);
    assert_eq!(outlook(&member(), &notice, &facts, &beside(None)), Ok(None));
}

#[test]
fn what_would_fail_when_executed_fails_before() {
    use ActionType::RenewalOrder;
    for (changes, why) in [
        (json!({ "member_price": 99.999 }), "cannot be priced"),
        (
            json!({ "price": null, "member_price": null }),
            "cannot be priced",
        ),
        (
            json!({ "expiration_options": {} }),
            "package Year (year) is unusable",
        ),
        (
            json!({ "is_active": false }),
            "package Year (year) is not active",
        ),
        (
            json!({ "renews_with_id": "gone" }),
            "package gone does not exist",
        ),
        (
            json!({ "bill_organization": true }),
            "bill_organization is set",
        ),
    ] {
        let told = fails(&member(), RenewalOrder, &with_package(changes));
        assert!(told.starts_with(why), "{told}");
    }
    let mut dear = member();
    dear.buyer.add_ons.push(terms::price::AddOn {
        id: "x".into(),
        name: None,
        dues: Decimal::new(7_255, 3),
        quantity: 1,
    });
    let told = fails(&dear, RenewalOrder, &with_package(json!({})));
    assert!(
        told.starts_with("cannot be priced: /add_ons/0/dues"),
        "{told}"
    );
}

#[test]
fn a_card_without_an_account_is_needed_by_what_costs_something() {
    let stored = DueMembership {
        has_payment_account: false,
        ..automatic()
    };
    let paid = with_package(json!({}));
    let told = fails(&stored, ActionType::AutoRenewalOrder, &paid);
    assert_eq!(told, "the stored card has no payment_account");
    let free = with_package(json!({ "member_price": 0 }));
    let charge = spec(ActionType::AutoRenewalOrder);
    assert_eq!(
        outlook(&stored, &charge, &facts(&free), &beside(None)),
        amount("0.00")
    );
    let sent = charged(ClaimState::Sent);
    assert_eq!(
        outlook(&stored, &charge, &facts(&paid), &beside(Some(&sent))),
        amount("100")
    );
}

#[test]
fn nothing_is_done_to_a_locked_membership_nor_by_an_id_that_is_too_long() {
    let packages = with_package(json!({}));
    let locked = DueMembership {
        locked: true,
        ..member()
    };
    let long = DueMembership {
        id: format!("contact:{}", "x".repeat(MEMBERSHIP_ID_MAX)),
        ..member()
    };
    for (member, why) in [(locked, "locked: "), (long, "the membership's id has ")] {
        for kind in [ActionType::RenewalNotice, ActionType::RenewalOrder] {
            let told = fails(&member, kind, &packages);
            assert!(told.starts_with(why), "{told}");
        }
    }
}

#[test]
fn another_price_than_approved_names_both() {
    let amount = |value: &str, currency: &str| Amount {
        value: value.parse().unwrap(),
        currency: currency.into(),
    };
    let told = |now: Amount| {
        let mut action = Record::default();
        Amount::put(Some(&amount("100", "USD")), &mut action);
        as_approved(&action, Some(&now), None)
    };
    assert_eq!(told(amount("100.00", "USD")), Ok(()));
    assert_eq!(
        told(amount("1000", "USD")).unwrap_err(),
        "price changed since approval: 100.00, now 1,000.00"
    );
    assert_eq!(
        told(amount("100", "JPY")).unwrap_err(),
        "price changed since approval: USD 100.00, now JPY 100"
    );
    let before = Record::default();
    let five = amount("5", "USD");
    assert_eq!(as_approved(&before, Some(&five), None), Ok(()));
    let mut charge = Record::default();
    Amount::put(Some(&amount("100", "USD")), &mut charge);
    let open = order();
    assert_eq!(as_approved(&charge, Some(&five), Some(&open)), Ok(()));
    let more = amount("100.50", "USD");
    assert!(as_approved(&charge, Some(&more), Some(&open)).is_err());
}

#[test]
fn an_order_is_charged_as_long_as_it_says_that_an_attempt_is_left() {
    let packages = with_package(json!({}));
    let facts = facts(&packages);
    let charge = spec(ActionType::AutoRenewalOrder);
    let refused = |attempt: i64| {
        let mut refused = charged(ClaimState::Declined);
        let claim = refused.claim.as_mut().unwrap();
        claim.attempt = attempt.try_into().unwrap();
        outlook(&automatic(), &charge, &facts, &beside(Some(&refused)))
    };
    let most = facts.retries.max_attempts;
    assert_eq!(refused(most - 1), amount("100"));
    let why = "order 7 has no attempt left (max_charge_attempts)";
    assert_eq!(refused(most), Err(Hindrance::Out(why.into())));
}

#[test]
fn only_an_action_that_is_nothing_but_its_mail_fails_with_it() {
    use ActionType::{AutoRenewalReminder, Drop, RenewalNotice, RenewalOrder};
    let packages = with_package(json!({}));
    let mut facts = facts(&packages);
    facts.today = jiff::civil::date(2026, 4, 1);
    let unwritable = Beside {
        unwritable: Some("nobody to mail"),
        ..beside(None)
    };
    let why = Err(Hindrance::Fails("nobody to mail".into()));
    for (kind, member, wanted) in [
        (RenewalNotice, member(), why.clone()),
        (AutoRenewalReminder, automatic(), why),
        (RenewalOrder, member(), amount("100.50")),
        (Drop, member(), Ok(None)),
    ] {
        let outcome = outlook(&member, &spec(kind), &facts, &unwritable);
        assert_eq!(outcome, wanted, "{kind}");
    }
}

fn charged(state: ClaimState) -> Order {
    Order {
        claim: Some(claim(state)),
        ..order()
    }
}

#[test]
fn who_may_have_paid_and_who_is_billed_by_the_run_is_not_dropped() {
    let packages = with_package(json!({}));
    let facts = facts(&packages);
    let drop = spec(ActionType::Drop);
    let mut lapsed = member();
    lapsed.expiration_date = Some(jiff::civil::date(2026, 3, 9));
    let outcome = |beside: &Beside<'_>| outlook(&lapsed, &drop, &facts, beside);
    assert_eq!(outcome(&beside(None)), Ok(None));
    for state in [ClaimState::Sent, ClaimState::Unknown, ClaimState::Succeeded] {
        let order = charged(state);
        let why = "order 7 has a payment or a charge under way".to_owned();
        assert_eq!(outcome(&beside(Some(&order))), Err(Hindrance::Out(why)));
    }
    for state in [ClaimState::Open, ClaimState::Declined] {
        assert_eq!(outcome(&beside(Some(&charged(state)))), Ok(None));
    }
    for billing in [
        Billing::Ahead,
        Billing::Done,
        Billing::Failed("no price".into()),
    ] {
        let so_far = SoFar {
            billing,
            ..SoFar::default()
        };
        let beside = Beside {
            so_far: &so_far,
            ..beside(None)
        };
        assert!(matches!(outcome(&beside), Err(Hindrance::HeldBack(_))));
    }
}

#[test]
fn a_refused_card_that_is_not_tried_again_holds_back_no_drop() {
    let packages = with_package(json!({}));
    let facts = facts(&packages);
    let so_far = SoFar {
        billing: Billing::Failed("payment refused".into()),
        ..SoFar::default()
    };
    let last = facts.retries.max_attempts;
    for (attempt, hard, same_card, held) in [
        (1, false, true, true),
        (last - 1, false, true, true),
        (last, false, true, false),
        (1, true, true, false),
        (1, true, false, true),
    ] {
        let refused = DueMembership {
            refused_charge: Some(RefusedCharge {
                attempt,
                on: facts.today,
                hard,
                same_card,
            }),
            ..automatic()
        };
        let told = held_back(&refused, &facts, &so_far);
        assert_eq!(
            told.is_err(),
            held,
            "{attempt} {hard} {same_card}: {told:?}"
        );
    }
}
