use super::steps::{Answer, Charged, Pass, Step};
use super::*;
use jiff::SignedDuration;
use ledger::testing::order;
use model::resources::membership::OrderStatus;
use services::payments::{Outcome as Charge, PaymentError};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn claim(state: ClaimState) -> PaymentClaim {
    PaymentClaim {
        provider_id: (state != ClaimState::Open).then(|| "pay-1".into()),
        holder: "run|contact:a|03-auto-renewal-order|0".into(),
        held_until: Timestamp::MAX,
        unknown_since: (state == ClaimState::Unknown).then_some(NOW),
        ..ledger::testing::claim(state)
    }
}

fn told(answer: Result<Charge, PaymentError>) -> Answer {
    Answer::Told(answer)
}

fn unknown() -> Answer {
    told(Err(PaymentError::Unknown("timed out".into())))
}

/// Walks a claim through `answers` and names the steps taken.
fn walk(state: ClaimState, answers: &[Answer]) -> (String, Charged, PaymentClaim) {
    let (mut pass, mut walked) = (Pass::new(claim(state)), Vec::new());
    let mut answers = answers.iter().cloned();
    loop {
        let step = pass.next(NOW);
        walked.push(match &step {
            Step::Create => "create".to_owned(),
            Step::Keep(claim) => format!("keep {:?}", claim.state),
            Step::Confirm(_) => "confirm".to_owned(),
            Step::Ask(_) => "ask".to_owned(),
            Step::End(_) => "end".to_owned(),
        });
        match step {
            Step::Keep(claim) => pass.claim = claim,
            Step::End(charged) => return (walked.join(", "), charged, pass.claim),
            _ => pass.learn(answers.next().expect("another answer")),
        }
        assert!(walked.len() < 20, "{walked:?}");
    }
}

#[test]
fn a_payment_is_stored_before_it_is_confirmed() {
    let answers = [Answer::Made("pay-1".into()), told(Ok(Charge::Succeeded))];
    let (walked, charged, claim) = walk(ClaimState::Open, &answers);
    assert_eq!(walked, "create, keep Sent, confirm, end");
    assert_eq!(charged, Charged::Succeeded);
    assert_eq!(claim.provider_id.as_deref(), Some("pay-1"));
}

#[test]
fn a_payment_that_was_not_made_is_refused_or_tried_again() {
    let limited = PaymentError::RateLimited {
        retry_after_seconds: 7,
    };
    for (error, expected) in [
        (limited, Charged::Later(7)),
        (
            PaymentError::Refused("no".into()),
            Charged::Declined("no".into()),
        ),
        (PaymentError::Unknown("?".into()), Charged::Later(2)),
    ] {
        let (walked, charged, claim) = walk(ClaimState::Open, &[Answer::NotMade(error)]);
        assert_eq!((walked.as_str(), charged), ("create, end", expected));
        assert_eq!(claim.provider_id, None);
    }
}

#[test]
fn a_payment_of_an_earlier_pass_is_asked_about_before_it_is_confirmed() {
    for state in [ClaimState::Sent, ClaimState::Unknown] {
        let (walked, charged, _) = walk(state, &[told(Ok(Charge::Succeeded))]);
        assert_eq!((walked.as_str(), charged), ("ask, end", Charged::Succeeded));
        let declined = told(Ok(Charge::Declined("no".into())));
        let (walked, charged, _) = walk(state, &[told(Ok(Charge::Unconfirmed)), declined]);
        assert_eq!(walked, "ask, confirm, end");
        assert_eq!(charged, Charged::Declined("no".into()));
    }
}

#[test]
fn an_unknown_outcome_is_written_down_and_then_asked_about() {
    let answers = [
        Answer::Made("pay-1".into()),
        unknown(),
        told(Ok(Charge::Succeeded)),
    ];
    let (walked, charged, claim) = walk(ClaimState::Open, &answers);
    assert_eq!(walked, "create, keep Sent, confirm, keep Unknown, ask, end");
    assert_eq!(charged, Charged::Succeeded);
    assert_eq!(claim.unknown_since, Some(NOW));
}

#[test]
fn a_pass_ends_however_often_the_provider_says_nothing() {
    let (walked, charged, _) = walk(ClaimState::Sent, &[unknown(), unknown(), unknown()]);
    assert_eq!(walked, "ask, keep Unknown, ask, ask, end");
    assert_eq!(charged, Charged::Later(2));
    let unconfirmed = || told(Ok(Charge::Unconfirmed));
    let answers = [Answer::Made("pay-1".into()), unconfirmed(), unconfirmed()];
    let (walked, charged, _) = walk(ClaimState::Open, &answers);
    assert_eq!(walked, "create, keep Sent, confirm, confirm, end");
    assert_eq!(charged, Charged::Later(1));
}

#[test]
fn pauses_grow_until_an_unknown_charge_is_given_up() {
    let unknown = claim(ClaimState::Unknown);
    let after = |hours: i64| NOW + SignedDuration::from_hours(hours);
    assert_eq!(wait(&claim(ClaimState::Open), 7, NOW), Outcome::Later(7));
    assert_eq!(wait(&unknown, 7, NOW), Outcome::Later(2));
    assert_eq!(wait(&unknown, 7, after(1)), Outcome::Later(360));
    assert_eq!(wait(&unknown, 7, after(23)), Outcome::Later(600));
    assert_eq!(wait(&unknown, 7, after(24)), Outcome::GivenUp(NOW));
}

#[test]
fn a_charge_that_is_another_s_or_settled_is_not_gone_on_with() {
    let mut action = Record::default();
    action.set(ID_FIELD, claim(ClaimState::Open).holder);
    let standing = |claim: Option<PaymentClaim>, change: fn(&mut Order)| {
        let mut order = Order { claim, ..order() };
        change(&mut order);
        super::standing(&order, &action)
    };
    let ended = |why: &str| Err(Outcome::no_longer_eligible(why));
    for state in [ClaimState::Open, ClaimState::Sent, ClaimState::Unknown] {
        assert_eq!(standing(Some(claim(state)), |_| ()), Ok(Standing::Open));
    }
    let recorded = |status| Ok(Standing::Recorded(status, 1));
    let declined = || Some(claim(ClaimState::Declined));
    assert_eq!(
        standing(Some(claim(ClaimState::Succeeded)), |_| ()),
        recorded(ActionStatus::Completed)
    );
    assert_eq!(
        standing(declined(), |_| ()),
        recorded(ActionStatus::PaymentFailure)
    );
    let paid = |order: &mut Order| order.paid = order.total;
    assert_eq!(
        standing(declined(), paid),
        ended("order 7 was paid otherwise")
    );
    assert_eq!(standing(None, |_| ()), ended("order 7 was paid otherwise"));
    let void = |order: &mut Order| order.status = OrderStatus::Void;
    assert_eq!(standing(declined(), void), ended("order 7 was voided"));
    let other = PaymentClaim {
        holder: "autumn|contact:a|03-auto-renewal-order|0".into(),
        ..claim(ClaimState::Open)
    };
    assert_eq!(
        standing(Some(other), |_| ()),
        ended("order 7 is charged by run autumn")
    );
}
