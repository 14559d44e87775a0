use super::*;
use crate::testing::{order, record, when};
use jiff::civil::date;
use model::resources::membership::OrderStatus;
use rust_decimal::Decimal;
use serde_json::json;

fn member() -> Record {
    record(
        json!({ "id": "contact:a", "status": "active", "package_id": "year", "type_id": "regular",
        "term_start_date": "2025-04-01", "expiration_date": "2026-03-31", "join_date": "2020-01-01", "is_new": true }),
    )
}

fn head() -> BillingHead {
    BillingHead::new("contact:a").value
}

#[test]
fn billing_covers_the_term_and_moves_no_date() {
    let mut member = member();
    billed(&mut member, &order(), BillMethod::RenewalOrder, &when());
    assert!(member.is(m::BILLED));
    assert_eq!(member.get(m::COVERED_THROUGH), Some(date(2027, 3, 31)));
    assert_eq!(member.text(m::OPEN_ORDER), "o-1");
    assert_eq!(member.get(m::DATE_STATUS), Some(DateStatus::NotYetUpdated));
    assert_eq!(member.get(m::EXPIRATION_DATE), Some(date(2026, 3, 31)));
}

#[test]
fn a_forecast_is_remembered_and_bills_nobody() {
    let mut member = member();
    let mut forecast = order();
    forecast.pro_forma = true;
    billed(&mut member, &forecast, BillMethod::RenewalOrder, &when());
    assert!(!member.is(m::BILLED) && !member.has(m::OPEN_ORDER) && !member.has(m::COVERED_THROUGH));
    assert_eq!(member.get(m::FORECAST_THROUGH), Some(date(2027, 3, 31)));
    forecast.status = OrderStatus::Void;
    order_voided(&mut member, &forecast, &head(), &when());
    assert!(!member.has(m::FORECAST_THROUGH), "another may be made");
}

#[test]
fn a_renewal_sets_the_dates_of_its_kind() {
    for (kind, changed, kept) in [
        (RenewalKind::Renewal, m::RENEWAL_DATE, m::REINSTATEMENT_DATE),
        (
            RenewalKind::Reinstatement,
            m::REINSTATEMENT_DATE,
            m::RENEWAL_DATE,
        ),
        (RenewalKind::Join, m::JOIN_DATE, m::RENEWAL_DATE),
    ] {
        let mut member = member();
        let sent = |last: &str| format!("renewal reminder|r|1|2025-04-01|{last}");
        member.set(m::MAILS_SENT, vec![sent("2026-03-31"), sent("2027-03-31")]);
        member.set(m::TERMINATION_DATE, date(2024, 1, 1));
        member.set(m::LAPSE_DATE, date(2024, 1, 1));
        let mut order = order();
        order.renewal.kind = kind;
        renewed(&mut member, &order, &when()).unwrap();
        assert_eq!(member.get(changed), Some(date(2026, 3, 10)), "{kind:?}");
        assert_eq!(member.get(kept), None, "{kind:?}");
        assert_eq!(member.get(m::JOIN_OR_RENEWAL_DATE), Some(date(2026, 3, 10)));
        assert_eq!(member.get(m::EXPIRATION_DATE), Some(date(2027, 3, 31)));
        assert_eq!(member.get(m::TERM_START_DATE), Some(date(2026, 4, 1)));
        assert_eq!(member.is(m::IS_NEW), kind == RenewalKind::Join);
        assert_eq!(member.get(m::MAILS_SENT), Some(vec![sent("2027-03-31")]));
        assert!(!member.has(m::TERMINATION_DATE));
        assert_eq!(
            member.get(m::LAPSE_DATE),
            Some(date(2024, 1, 1)),
            "never cleared"
        );
    }
}

#[test]
fn a_date_that_was_moved_further_is_not_shortened() {
    let mut member = member();
    member.set(m::EXPIRATION_DATE, date(2028, 3, 31));
    assert!(renewed(&mut member, &order(), &when()).is_err());
    assert_eq!(member.get(m::EXPIRATION_DATE), Some(date(2028, 3, 31)));
}

#[test]
fn dates_move_once_and_only_when_they_may() {
    let mut paid = order();
    paid.paid = paid.total;
    let (mut gone, mut theirs) = (member(), paid.clone());
    let taken = BillingHead {
        open_order: Some("o-1".into()),
        ..head()
    };
    let closed = apply_payment(&mut gone, &mut theirs, &taken, false, &when());
    assert_eq!(
        gone.get(m::EXPIRATION_DATE),
        Some(date(2026, 3, 31)),
        "dropped meanwhile"
    );
    assert_eq!(closed.open_order, None);
    let (mut stays, mut ours) = (member(), paid);
    apply_payment(&mut stays, &mut ours, &taken, true, &when());
    assert!(ours.renewal.dates_moved);
    stays.set(m::EXPIRATION_DATE, date(2027, 1, 1));
    apply_payment(&mut stays, &mut ours, &taken, true, &when());
    assert_eq!(
        stays.get(m::EXPIRATION_DATE),
        Some(date(2027, 1, 1)),
        "moved by hand since"
    );
}

#[test]
fn a_part_payment_leaves_the_order_open() {
    let (mut member, mut part) = (member(), order());
    part.paid = Decimal::ONE;
    let taken = BillingHead {
        open_order: Some("o-1".into()),
        ..head()
    };
    assert_eq!(
        apply_payment(&mut member, &mut part, &taken, true, &when()),
        taken
    );
    assert_eq!(member.get(m::ORDER_BALANCE_DUE), Some(Decimal::new(99, 0)));
}

#[test]
fn voiding_puts_back_what_the_order_took() {
    let (mut member, mut order) = (member(), order());
    order.renewal.update_dates_when.when = "immediately".into();
    billed(&mut member, &order, BillMethod::RenewalOrder, &when());
    order.renewal.dates_moved = true;
    renewed(&mut member, &order, &when()).unwrap();
    order.status = OrderStatus::Void;
    let released = BillingHead {
        covered_through: Some(date(2026, 3, 31)),
        ..head()
    };
    order_voided(&mut member, &order, &released, &when());
    assert_eq!(member.get(m::EXPIRATION_DATE), Some(date(2026, 3, 31)));
    assert_eq!(member.get(m::TERM_START_DATE), Some(date(2025, 4, 1)));
    assert_eq!(member.get(m::COVERED_THROUGH), Some(date(2026, 3, 31)));
    assert!(!member.has(m::OPEN_ORDER) && !member.is(m::BILLED));
    assert_eq!(member.get(m::ORDER_BALANCE_DUE), Some(Decimal::ZERO));
}

#[test]
fn a_drop_keeps_what_was_in_the_past_lists() {
    let mut member = member();
    member.set_raw("chapters", json!([{ "chapter_id": "c-2", "dues": 5 }]));
    member.set_raw("past_chapter_memberships", json!([{ "chapter_id": "c-1" }]));
    member.set(m::STATUS_REASON_ID, "paying".into());
    dropped(&mut member, Some("lapsed".into()), &when());
    let past = member.raw("past_chapter_memberships").unwrap();
    assert_eq!(
        (&past[0]["chapter_id"], &past[1]["chapter_id"]),
        (&json!("c-1"), &json!("c-2"))
    );
    assert_eq!(
        (&past[1]["reason"], &past[1]["dues"]),
        (&json!("drop"), &json!(5))
    );
    assert_eq!(member.raw("chapters"), None);
    assert_eq!(member.text(m::STATUS_REASON_ID), "lapsed");
    assert_eq!(member.get(m::STATUS), Some(Status::Inactive));
    // Where the run names none, the one of who was a member does not stay.
    dropped(&mut member, None, &when());
    assert!(!member.has(m::STATUS_REASON_ID));
}

#[test]
fn with_the_old_term_its_reminders_come_back_to_mind() {
    let sent = vec!["renewal reminder|r|1|2026-04-01|2027-03-31".to_owned()];
    let (mut member, mut paid) = (member(), order());
    member.set(m::MAILS_SENT, sent.clone());
    member.set(m::LAST_REMINDER, 7);
    move_dates(&mut member, &mut paid, &when());
    assert!(!member.has(m::LAST_REMINDER));
    assert_eq!(member.get(m::MAILS_SENT), Some(sent.clone()));
    let mut void = paid.clone();
    void.status = OrderStatus::Void;
    let mut later = member.clone();
    order_voided(&mut member, &void, &head(), &when());
    assert_eq!(member.get(m::MAILS_SENT), Some(sent));
    assert_eq!(member.get(m::LAST_REMINDER), Some(7));
    // Of a term that has gone on since, nothing is known.
    later.set(m::EXPIRATION_DATE, date(2028, 3, 31));
    let kept = order_voided(&mut later, &void, &head(), &when());
    assert_eq!(kept, ["expiration_date"]);
    assert!(!later.has(m::LAST_REMINDER));
}
