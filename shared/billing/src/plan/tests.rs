use super::*;
use crate::selection::ranked;
use crate::testing::{facts, member, packages, selection, spec};
use jiff::civil::{Date, date};
use model::resources::billing_run_action::ActionType;

const NOW: Moment = Moment {
    planned_for: Timestamp::UNIX_EPOCH,
    now: Timestamp::MAX,
    generation: 1,
};

fn orders() -> RunSelection {
    selection(vec![spec(ActionType::RenewalOrder)])
}

fn propose(
    selection: &RunSelection,
    members: &[DueMembership],
    existing: &[Record],
) -> Vec<Proposal> {
    let packages = packages();
    let by_id = existing
        .iter()
        .map(|record| (record.text(ID_FIELD).to_owned(), record.clone()));
    let (facts, known) = (facts(&packages), Known::default());
    plan(selection, members, &by_id.collect(), &facts, &known, NOW)
}

/// The action that a first planning makes, in a status.
fn action(status: ActionStatus) -> Record {
    let mut made = propose(&orders(), &[member()], &[]);
    let mut record = made.remove(0).after;
    record.set(action::STATUS, status);
    record
}

fn outcome_of(proposal: &Proposal) -> (ActionStatus, RefreshOutcome, &str) {
    let after = &proposal.after;
    (
        after.get(action::STATUS).unwrap(),
        after.get(action::OUTCOME).unwrap(),
        after.text(action::ERROR_MESSAGE),
    )
}

#[test]
fn a_new_candidate_becomes_a_pending_action() {
    let made = propose(&orders(), &[member()], &[]);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].before, None);
    let after = &made[0].after;
    assert_eq!(after.text(ID_FIELD), "run|contact:a|02-renewal-order|0");
    assert_eq!(
        outcome_of(&made[0]),
        (ActionStatus::Pending, RefreshOutcome::Added, "")
    );
    assert_eq!(after.get(action::EXPIRATION_DATE), Some(date(2026, 3, 31)));
    assert_eq!(after.text(action::NAME), "Ada");
    assert_eq!(after.get(action::DATE), Some(NOW.planned_for));
}

#[test]
fn planning_again_proposes_nothing_for_any_status() {
    use ActionStatus::{ExpirationDateChanged, NoLongerEligible};
    for status in ActionStatus::ALL {
        let again = propose(&orders(), &[member()], &[action(*status)]);
        let comes_back = matches!(status, NoLongerEligible | ExpirationDateChanged);
        assert_eq!(again.len(), usize::from(comes_back), "{status}");
        if let [back] = again.as_slice() {
            let settled = std::slice::from_ref(&back.after);
            assert!(
                propose(&orders(), &[member()], settled).is_empty(),
                "{status}"
            );
        }
    }
}

#[test]
fn who_comes_back_is_pending_again() {
    for status in [
        ActionStatus::NoLongerEligible,
        ActionStatus::ExpirationDateChanged,
    ] {
        let mut before = action(status);
        before.set(action::ERROR_MESSAGE, "the member is inactive".into());
        let made = propose(&orders(), &[member()], &[before]);
        assert_eq!(
            outcome_of(&made[0]),
            (ActionStatus::Pending, RefreshOutcome::Added, "")
        );
    }
}

#[test]
fn a_kept_action_gets_a_new_snapshot() {
    let mut renamed = member();
    renamed.name = "Ada King".into();
    renamed.expiration_date = Some(date(2026, 3, 30));
    for status in [ActionStatus::Pending, ActionStatus::Excluded] {
        let made = propose(&orders(), std::slice::from_ref(&renamed), &[action(status)]);
        assert_eq!(outcome_of(&made[0]), (status, RefreshOutcome::NoChange, ""));
        assert_eq!(made[0].after.text(action::NAME), "Ada King");
        assert_eq!(
            made[0].after.get(action::EXPIRATION_DATE),
            Some(date(2026, 3, 30))
        );
    }
    for status in [ActionStatus::Error, ActionStatus::Completed] {
        assert!(propose(&orders(), std::slice::from_ref(&renamed), &[action(status)]).is_empty());
    }
}

#[test]
fn who_is_no_candidate_any_more_is_removed_with_the_reason() {
    let mut stopped = member();
    stopped.do_not_renew = true;
    let mut moved = member();
    moved.expiration_date = Some(date(2027, 3, 31));
    let why_moved = "the expiration date moved from 2026-03-31 to 2027-03-31";
    for status in [
        ActionStatus::Pending,
        ActionStatus::Excluded,
        ActionStatus::Error,
    ] {
        let gone = |members: &[DueMembership]| propose(&orders(), members, &[action(status)]);
        let out = gone(std::slice::from_ref(&stopped));
        let expected = (
            ActionStatus::NoLongerEligible,
            RefreshOutcome::Removed,
            "the member is marked do_not_renew",
        );
        assert_eq!(outcome_of(&out[0]), expected);
        let out = gone(std::slice::from_ref(&moved));
        assert_eq!(
            outcome_of(&out[0]),
            (
                ActionStatus::ExpirationDateChanged,
                RefreshOutcome::Removed,
                why_moved
            )
        );
        let out = gone(&[]);
        assert_eq!(
            outcome_of(&out[0]).2,
            "the membership does not exist any more"
        );
        let off = propose(
            &selection(vec![spec(ActionType::Drop)]),
            &[member()],
            &[action(status)],
        );
        assert_eq!(outcome_of(&off[0]).2, "the run does not do this any more");
    }
}

#[test]
fn what_has_been_worked_or_removed_stays_when_it_is_no_candidate() {
    use ActionStatus::{
        Completed, ExpirationDateChanged, NoLongerEligible, PaymentFailure, Processing,
        ProcessingOrder,
    };
    let mut stopped = member();
    stopped.do_not_renew = true;
    for status in [
        Processing,
        ProcessingOrder,
        PaymentFailure,
        Completed,
        NoLongerEligible,
        ExpirationDateChanged,
    ] {
        for members in [&[stopped.clone()][..], &[]] {
            assert!(
                propose(&orders(), members, &[action(status)]).is_empty(),
                "{status}"
            );
        }
    }
}

/// Nobody is told of a failure when money moves that could be known before.
#[test]
fn what_would_fail_is_an_error_until_it_is_mended() {
    use ActionStatus::{Error, Excluded, ExpirationDateChanged, NoLongerEligible, Pending};
    let mut locked = member();
    locked.locked = true;
    let failing = std::slice::from_ref(&locked);
    let why = "locked: the membership may not be changed (sys_locked)";
    let made = propose(&orders(), failing, &[]).remove(0);
    assert_eq!(outcome_of(&made), (Error, RefreshOutcome::Added, why));
    assert!(!made.after.has(action::AMOUNT));
    let stored = std::slice::from_ref(&made.after);
    assert!(propose(&orders(), failing, stored).is_empty());
    let mended = propose(&orders(), &[member()], stored).remove(0);
    assert_eq!(outcome_of(&mended), (Pending, RefreshOutcome::Added, ""));
    let amount = mended.after.get(action::AMOUNT).unwrap();
    assert_eq!(amount.to_string(), "100.5");
    let gone = propose(&orders(), &[], stored).remove(0);
    assert_eq!(outcome_of(&gone).0, NoLongerEligible);
    for (status, outcome) in [
        (Pending, RefreshOutcome::NoChange),
        (NoLongerEligible, RefreshOutcome::Added),
        (ExpirationDateChanged, RefreshOutcome::Added),
    ] {
        let again = propose(&orders(), failing, &[action(status)]).remove(0);
        assert_eq!(outcome_of(&again), (Error, outcome, why), "{status}");
    }
    // What execution failed by stays, whatever planning would say.
    assert!(propose(&orders(), failing, &[action(Error)]).is_empty());
    let excluded = propose(&orders(), failing, &[action(Excluded)]).remove(0);
    assert_eq!(outcome_of(&excluded).0, Excluded, "its amount is gone");
}

#[test]
fn a_membership_whose_id_is_too_long_parks_its_own_actions() {
    let mut long = member();
    long.id = format!("contact:{}", "x".repeat(241));
    let made = propose(&orders(), &[long.clone(), member()], &[]);
    let (status, _, why) = outcome_of(&made[0]);
    assert_eq!(status, ActionStatus::Error);
    assert!(
        why.starts_with("the membership's id has 249 characters"),
        "{why}"
    );
    let id = made[0].after.text(ID_FIELD);
    assert!(id.len() <= model::ids::ID_MAX, "{id}");
    assert_eq!(made[0].after.text(action::MEMBERSHIP_ID), long.id);
    let stored = std::slice::from_ref(&made[0].after);
    assert!(propose(&orders(), std::slice::from_ref(&long), stored).is_empty());
    assert_eq!(outcome_of(&made[1]).0, ActionStatus::Pending);
}

#[test]
fn what_no_record_may_hold_is_parked_with_the_reason() {
    let made = propose(&orders(), &[member()], &[]).remove(0);
    let parked = made.parked("/name is too long").unwrap();
    assert_eq!(
        outcome_of(&parked),
        (
            ActionStatus::Error,
            RefreshOutcome::Added,
            "cannot be planned: /name is too long"
        )
    );
    assert!(!parked.after.has(action::AMOUNT));
    let again = propose(&orders(), &[member()], &[parked.after]).remove(0);
    assert_eq!(
        again.parked("/name is too long"),
        None,
        "it says so already"
    );
}

/// Expired yesterday, in a run that bills and drops.
fn billed_and_dropped() -> (RunSelection, DueMembership) {
    let both = [ActionType::RenewalOrder, ActionType::Drop].map(spec);
    let mut member = member();
    member.expiration_date = Some(date(2026, 3, 9));
    member.buyer.expiration_date = member.expiration_date;
    (selection(both.into()), member)
}

#[test]
fn a_drop_is_held_back_by_the_run_s_own_bill_until_staff_exclude_it() {
    use ActionStatus::{Completed, Error, Excluded, NoLongerEligible, Pending};
    let (both, member) = billed_and_dropped();
    let members = std::slice::from_ref(&member);
    let mut made: Vec<Record> = propose(&both, members, &[])
        .into_iter()
        .map(|proposal| proposal.after)
        .collect();
    assert_eq!(made[1].get(action::STATUS), Some(NoLongerEligible));
    let drop_told = |made: &[Record]| {
        let again = propose(&both, members, made);
        again.into_iter().find_map(|proposal| {
            let drop = proposal.after.get(action::TYPE) == Some(ActionType::Drop);
            drop.then(|| proposal.after.get(action::STATUS).unwrap())
        })
    };
    for status in [Pending, Completed, Error] {
        made[0].set(action::STATUS, status);
        assert_eq!(drop_told(&made), None, "{status}");
    }
    made[0].set(action::STATUS, Excluded);
    assert_eq!(drop_told(&made), Some(Pending));
}

#[test]
fn a_forecast_holds_no_drop_back() {
    let (mut both, member) = billed_and_dropped();
    both.specs[0].pro_forma = true;
    let made = propose(&both, &[member], &[]);
    assert!(
        made.iter()
            .all(|p| outcome_of(p).0 == ActionStatus::Pending)
    );
    assert_eq!(made.len(), 2);
}

fn ladder() -> RunSelection {
    let step = |reminder, to| {
        let mut spec = spec(ActionType::RenewalReminder);
        (spec.reminder, spec.to) = (reminder, to);
        spec
    };
    selection(ranked(vec![
        step(1, date(2026, 3, 31)),
        step(3, date(2026, 3, 10)),
        step(2, date(2026, 3, 20)),
    ]))
}

fn owing(expiration: Date) -> DueMembership {
    let mut member = member();
    member.billed = true;
    member.expiration_date = Some(expiration);
    member
}
#[test]
fn of_reminders_the_highest_number_that_is_due_is_planned() {
    for (expiration, number) in [
        (date(2026, 3, 31), 1),
        (date(2026, 3, 20), 2),
        (date(2026, 3, 10), 3),
    ] {
        let made = propose(&ladder(), &[owing(expiration)], &[]);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].after.get(action::REMINDER_NUMBER), Some(number));
    }
}

#[test]
fn a_higher_reminder_replaces_a_lower_one_and_never_the_reverse() {
    let first = propose(&ladder(), &[owing(date(2026, 3, 31))], &[])
        .remove(0)
        .after;
    let later = propose(&ladder(), &[owing(date(2026, 3, 10))], &[first]);
    let numbers: Vec<_> = later
        .iter()
        .map(|p| {
            (
                p.after.get(action::REMINDER_NUMBER).unwrap(),
                outcome_of(p).0,
            )
        })
        .collect();
    assert_eq!(
        numbers,
        [
            (1, ActionStatus::ExpirationDateChanged),
            (3, ActionStatus::Pending)
        ]
    );
    let highest = |status| {
        let mut record = propose(&ladder(), &[owing(date(2026, 3, 10))], &[])
            .remove(0)
            .after;
        record.set(action::STATUS, status);
        record
    };
    for status in [
        ActionStatus::Excluded,
        ActionStatus::Completed,
        ActionStatus::Error,
    ] {
        let again = propose(&ladder(), &[owing(date(2026, 3, 10))], &[highest(status)]);
        assert!(again.is_empty(), "{status}: no lower one is sent");
    }
}

#[test]
fn a_reason_that_the_run_has_set_keeps_nobody_out() {
    let mut notice = spec(ActionType::RenewalNotice);
    notice.new_reason = Some("told".into());
    let mut order = spec(ActionType::RenewalOrder);
    order.reasons = Some(vec!["new".into()]);
    let both = selection(vec![notice, order]);
    let mut member = member();
    member.status_reason_id = "new".into();
    let mut made: Vec<Record> = propose(&both, &[member.clone()], &[])
        .into_iter()
        .map(|p| p.after)
        .collect();
    assert_eq!(made.len(), 2);
    member.status_reason_id = "told".into();
    member.mails_sent = vec!["renewal notice|2026-04-01|2027-03-31".into()];
    let of_notice = made
        .iter_mut()
        .find(|r| r.get(action::TYPE) == Some(ActionType::RenewalNotice))
        .unwrap();
    of_notice.set(action::STATUS, ActionStatus::Completed);
    assert!(propose(&both, &[member.clone()], &made).is_empty());
    member.status_reason_id = "foreign".into();
    assert_eq!(
        outcome_of(&propose(&both, &[member], &made)[0]).0,
        ActionStatus::NoLongerEligible
    );
}
