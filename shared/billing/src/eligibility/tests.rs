use super::*;
use crate::testing::{facts, member, packages, spec};
use jiff::civil::date;

type Change = fn(&mut DueMembership);

fn verdict(kind: ActionType, change: Change) -> Result<(), String> {
    let mut member = member();
    change(&mut member);
    judge(&member, &spec(kind), &facts(&packages()))
}

fn refused(kind: ActionType, change: Change) -> String {
    verdict(kind, change).expect_err("is kept out")
}

#[test]
fn the_filter_that_all_types_share() {
    use ActionType::{Drop, RenewalOrder};
    let cases: [(ActionType, Change, &str); 10] = [
        (
            RenewalOrder,
            |m| m.expiration_date = None,
            "has no expiration date",
        ),
        (
            RenewalOrder,
            |m| m.expiration_date = Some(date(2026, 4, 1)),
            "expires on 2026-04-01, outside 2026-03-01 to 2026-03-31",
        ),
        (
            RenewalOrder,
            |m| m.expiration_date = Some(date(2026, 2, 28)),
            "expires on 2026-02-28, outside 2026-03-01 to 2026-03-31",
        ),
        (
            RenewalOrder,
            |m| m.origin = Origin::Flowdown,
            "is flowdown, and follows its principal membership",
        ),
        (
            Drop,
            |m| m.origin = Origin::Assigned,
            "is assigned, and follows its principal membership",
        ),
        (
            RenewalOrder,
            |m| m.status = Status::Suspended,
            "is suspended",
        ),
        (RenewalOrder, |m| m.status = Status::Inactive, "is inactive"),
        (Drop, |m| m.status = Status::Inactive, "is inactive"),
        (
            RenewalOrder,
            |m| m.do_not_renew = true,
            "is marked do_not_renew",
        ),
        (Drop, |m| m.do_not_drop = true, "is marked do_not_drop"),
    ];
    for (kind, change, why) in cases {
        assert_eq!(refused(kind, change), why);
    }
    for first_or_last in [date(2026, 3, 1), date(2026, 3, 31)] {
        let mut member = member();
        member.expiration_date = Some(first_or_last);
        assert_eq!(
            judge(&member, &spec(RenewalOrder), &facts(&packages())),
            Ok(())
        );
    }
    assert_eq!(
        verdict(RenewalOrder, |m| m.status = Status::ActiveWithoutBenefits),
        Ok(())
    );
    assert_eq!(verdict(RenewalOrder, |m| m.do_not_drop = true), Ok(()));
    let expired: Change = |m| {
        m.expiration_date = Some(date(2026, 3, 9));
        m.do_not_renew = true;
        m.status = Status::Suspended;
    };
    assert_eq!(verdict(Drop, expired), Ok(()));
}

#[test]
fn restrictions_name_what_is_held_and_the_list() {
    let member = member();
    let restricted = |change: fn(&mut ActionSpec)| {
        let mut spec = spec(ActionType::RenewalOrder);
        change(&mut spec);
        judge(&member, &spec, &facts(&packages()))
    };
    assert_eq!(
        restricted(|spec| spec.types = Some(vec!["other".into()])),
        Err("has regular, which is not among the run's membership_type_ids".into())
    );
    assert_eq!(
        restricted(|spec| spec.packages = Some(vec!["other".into()])),
        Err("has year, which is not among the run's membership_package_ids".into())
    );
    assert_eq!(
        restricted(|spec| spec.reasons = Some(vec!["other".into()])),
        Err("has none, which is not among the run's status_reason_ids".into())
    );
    assert_eq!(
        restricted(|spec| spec.types = Some(vec!["regular".into()])),
        Ok(())
    );
}

#[test]
fn who_pays_on_a_bill_and_who_by_card() {
    use ActionType::{
        AutoRenewalOrder, AutoRenewalReminder, ExpiringCardReminder, RenewalNotice, RenewalOrder,
    };
    for kind in [RenewalNotice, RenewalOrder] {
        assert_eq!(
            refused(kind, |m| m.renew_automatically = true),
            "renews automatically"
        );
    }
    for kind in [AutoRenewalOrder, AutoRenewalReminder, ExpiringCardReminder] {
        assert_eq!(
            refused(kind, |_| {}),
            "has not opted into automatic renewal"
        );
    }
    assert_eq!(
        refused(AutoRenewalOrder, |m| m.renew_automatically = true),
        "renews automatically but has no stored card (renewal_payment_info)"
    );
    let card: Change = |m| {
        m.renew_automatically = true;
        m.has_payment_info = true;
    };
    assert_eq!(verdict(AutoRenewalOrder, card), Ok(()));
    assert_eq!(verdict(AutoRenewalReminder, card), Ok(()));
}

#[test]
fn a_card_is_warned_about_when_it_dies_before_the_term() {
    let kind = ActionType::ExpiringCardReminder;
    let with_card = |card: Option<Date>| {
        let mut member = member();
        member.renew_automatically = true;
        member.card_expiration = card;
        judge(&member, &spec(kind), &facts(&packages()))
    };
    assert_eq!(with_card(Some(date(2026, 3, 30))), Ok(()));
    assert_eq!(
        with_card(Some(date(2026, 3, 31))),
        Err("has a card that is good until 2026-03-31".into())
    );
    assert_eq!(
        with_card(None),
        Err("has no known card expiration date".into())
    );
}

#[test]
fn a_term_that_has_been_billed_is_billed_no_more() {
    use ActionType::{AutoRenewalOrder, RenewalNotice, RenewalOrder};
    for kind in [RenewalNotice, RenewalOrder] {
        let owing: Change = |m| {
            m.open_order = Some("o-1".into());
            m.covered_through = Some(date(2027, 3, 31));
        };
        assert_eq!(refused(kind, owing), "has an open renewal order, o-1");
        let rest: Change = |m| {
            m.open_order = Some("o-1".into());
            m.covered_through = Some(date(2026, 3, 31));
        };
        assert_eq!(
            verdict(kind, rest),
            Ok(()),
            "a rest of the term before blocks nothing"
        );
        let elsewhere: Change = |m| m.billed_elsewhere = Some(date(2027, 3, 31));
        assert_eq!(
            refused(kind, elsewhere),
            "has been billed for the coming term"
        );
        assert_eq!(
            refused(kind, |m| m.billed = true),
            "has been billed for the coming term"
        );
        let covered: Change = |m| m.covered_through = Some(date(2027, 3, 31));
        assert_eq!(refused(kind, covered), "has been billed through 2027-03-31");
        assert_eq!(
            verdict(kind, |m| m.covered_through = Some(date(2026, 4, 2))),
            Ok(())
        );
    }
    let auto = |open: Option<&str>| {
        let mut member = member();
        (member.renew_automatically, member.has_payment_info) = (true, true);
        member.covered_through = Some(date(2027, 3, 31));
        member.open_order = open.map(str::to_owned);
        judge(&member, &spec(AutoRenewalOrder), &facts(&packages()))
    };
    assert_eq!(auto(Some("o-1")), Ok(()), "an open order is paid");
    assert_eq!(auto(None), Err("has been billed through 2027-03-31".into()));
}

#[test]
fn a_notice_and_a_forecast_go_once_a_term() {
    let told = "has had a renewal notice for the term after 2026-03-31";
    assert_eq!(
        refused(ActionType::RenewalNotice, |m| m.mails_sent =
            vec!["renewal notice|2026-04-01|2027-03-31".into()]),
        told
    );
    assert_eq!(
        verdict(ActionType::RenewalOrder, |m| m.mails_sent =
            vec!["renewal notice|2026-04-01|2027-03-31".into()]),
        Ok(())
    );
    let mut forecast = spec(ActionType::RenewalOrder);
    let mut member = member();
    member.forecast_through = Some(date(2027, 3, 31));
    assert_eq!(
        judge(&member, &forecast, &facts(&packages())),
        Ok(()),
        "a real order converts it"
    );
    forecast.pro_forma = true;
    let again = judge(&member, &forecast, &facts(&packages())).unwrap_err();
    assert_eq!(again, "has a pro forma order for the term after 2026-03-31");
    member.expiration_date = Some(date(2026, 3, 28));
    assert!(
        judge(&member, &forecast, &facts(&packages())).is_err(),
        "corrected by days: the same term"
    );
    member.forecast_through = Some(date(2026, 3, 31));
    assert_eq!(
        judge(&member, &forecast, &facts(&packages())),
        Ok(()),
        "that was for the term before"
    );
}

#[test]
fn only_the_lapsed_are_dropped() {
    let drop = ActionType::Drop;
    let today: Change = |m| m.expiration_date = Some(date(2026, 3, 10));
    assert_eq!(
        refused(drop, today),
        "has not expired: 2026-03-10 is not before 2026-03-10"
    );
    let yesterday: Change = |m| m.expiration_date = Some(date(2026, 3, 9));
    assert_eq!(verdict(drop, yesterday), Ok(()));
    let paid: Change = |m| {
        m.expiration_date = Some(date(2026, 3, 9));
        m.covered_through = Some(date(2027, 3, 9));
    };
    assert_eq!(refused(drop, paid), "has been billed through 2027-03-09");
    let owing: Change = |m| {
        m.expiration_date = Some(date(2026, 3, 9));
        m.covered_through = Some(date(2027, 3, 9));
        m.open_order = Some("o-1".into());
    };
    assert_eq!(
        verdict(drop, owing),
        Ok(()),
        "an open order alone keeps nobody"
    );
}

/// As when staff move the date of a renewed member back by some months.
#[test]
fn who_has_paid_for_the_coming_term_is_not_reminded() {
    let kind = ActionType::RenewalReminder;
    let paid: Change = |m| {
        m.billed = true;
        m.covered_through = Some(date(2027, 3, 31));
    };
    assert_eq!(refused(kind, paid), "has paid for the coming term");
    let open: Change = |m| {
        m.billed = true;
        m.covered_through = Some(date(2027, 3, 31));
        m.open_order = Some("o-1".into());
    };
    assert_eq!(verdict(kind, open), Ok(()));
}

#[test]
fn a_reminder_goes_to_who_owes_and_in_a_series_upwards_only() {
    let mut reminder = spec(ActionType::RenewalReminder);
    (reminder.reminder, reminder.later) = (2, vec![10]);
    let judged = |billed: bool, sent: &[&str]| {
        let mut member = member();
        member.billed = billed;
        let coming = |key: &&str| format!("{key}|2026-04-01|2027-03-31");
        member.mails_sent = sent.iter().map(coming).collect();
        judge(&member, &reminder, &facts(&packages()))
    };
    assert_eq!(
        judged(false, &[]),
        Err("has not been billed for the coming term".into())
    );
    assert_eq!(judged(true, &[]), Ok(()));
    assert_eq!(judged(true, &["renewal reminder|run|1"]), Ok(()));
    assert_eq!(
        judged(true, &["renewal reminder|run|3"]),
        Ok(()),
        "a higher id is not later by itself"
    );
    assert_eq!(
        judged(true, &["renewal reminder|run|2"]),
        Err("has had reminder 2 of this series".into())
    );
    assert_eq!(
        judged(true, &["renewal reminder|run|10"]),
        Err("has had reminder 10 of this series, which is later than reminder 2".into())
    );
    assert_eq!(
        judged(true, &["renewal reminder|runner|2"]),
        Ok(()),
        "another series"
    );
    assert_eq!(
        judged(true, &["auto renewal reminder|run|2"]),
        Ok(()),
        "another kind"
    );
}
