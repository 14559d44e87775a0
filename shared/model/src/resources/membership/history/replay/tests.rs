use super::super::{Event, record_event};
use super::*;
use crate::context::WriteContext;
use crate::resources::membership::HISTORY;
use proptest::prelude::*;
use serde_json::json;

fn zone() -> TimeZone {
    crate::zone::named("America/New_York").unwrap()
}

fn record(fields: Value) -> Record {
    Record::new(fields.as_object().unwrap().clone())
}

/// One change of a field, so many hours after the one before.
#[derive(Clone, Debug)]
struct Step {
    hours: i64,
    field: &'static str,
    value: Value,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let chapters =
        |ids: &[&str]| -> Value { ids.iter().map(|id| json!({ "chapter_id": id })).collect() };
    let change = prop_oneof![
        prop_oneof![Just("active"), Just("inactive"), Just("suspended"),]
            .prop_map(|status| ("status", json!(status))),
        (1..4).prop_map(|n| ("type_id", json!(format!("t-{n}")))),
        (2..9).prop_map(|year| ("expiration_date", json!(format!("202{year}-12-31")))),
        (2..9).prop_map(|year| ("lapse_date", json!(format!("202{year}-06-30")))),
        Just(("lapse_date", Value::Null)),
        prop_oneof![
            Just(("chapters", chapters(&["a"]))),
            Just(("chapters", chapters(&["a", "b"]))),
            Just(("chapters", Value::Null)),
        ],
    ];
    let step = (0_i64..100, change);
    let step = step.prop_map(|(hours, (field, value))| Step {
        hours,
        field,
        value,
    });
    prop::collection::vec(step, 0..40)
}

proptest! {
    /// Forwards, each day keeps what was last written on it.
    #[test]
    fn a_replay_finds_what_each_day_has_left(steps in steps()) {
        let mut now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let mut member = record(json!({ "status": "active", "join_date": "2026-01-01" }));
        let by = |now| WriteContext { user: "u".into(), via: "test".into(), now };
        record_event(&by(now), Event::Join, None, &mut member);
        let day = |now: Timestamp| now.to_zoned_datetime(zone()).date();
        let mut left = vec![(day(now), member.clone())];
        for step in steps {
            now = now.checked_add(jiff::SignedDuration::from_hours(step.hours)).unwrap();
            let before = member.clone();
            member.set_raw(step.field, step.value);
            member.drop_nulls();
            record_event(&by(now), Event::ManualChange, Some(&before), &mut member);
            left.push((day(now), member.clone()));
        }
        let mut rows = member.get(HISTORY).unwrap();
        rows.reverse();
        let mut replay = Replay::new(&member, &rows, zone());
        let mut at = day(now).tomorrow().unwrap();
        while at >= left[0].0 {
            let naive = left.iter().rfind(|(of, _)| *of <= at).unwrap();
            let (found, source) = replay.back_to(at);
            prop_assert_eq!(found.fields(), &naive.1.pick(&KEPT), "{}", at);
            prop_assert!(source != Source::Dates);
            at = at.yesterday().unwrap();
        }
        prop_assert_eq!(replay.back_to(at).1, Source::Dates);
    }
}

#[test]
fn before_the_first_entry_dates_decide() {
    let gone = record(
        json!({ "status": "inactive", "lapse_date": "2024-03-01", "join_date": "2010-01-01" }),
    );
    let mut replay = Replay::new(&gone, &[], zone());
    let mut status = |day: &str| {
        let (found, source) = replay.back_to(day.parse().unwrap());
        assert_eq!(source, Source::Dates);
        found.get(STATUS)
    };
    assert_eq!(status("2024-03-01"), Some(Status::Inactive));
    assert_eq!(status("2024-02-29"), Some(Status::Active));
}

/// One that waited for its first payment, was dropped later and has returned.
#[test]
fn a_later_leaving_says_nothing_of_the_time_before() {
    let by = |now: &str| WriteContext {
        user: "u".into(),
        via: "test".into(),
        now: now.parse().unwrap(),
    };
    let mut member = record(json!({ "status": "inactive" }));
    for (now, event, changes) in [
        (
            "2026-02-10T12:00:00Z",
            Event::Join,
            json!({ "status": "active", "join_date": "2026-02-02" }),
        ),
        (
            "2027-03-20T12:00:00Z",
            Event::Drop,
            json!({ "status": "inactive", "lapse_date": "2027-03-20" }),
        ),
        (
            "2027-04-10T12:00:00Z",
            Event::Reinstatement,
            json!({ "status": "active" }),
        ),
        (
            "2028-03-20T12:00:00Z",
            Event::Drop,
            json!({ "status": "inactive", "lapse_date": "2028-03-20" }),
        ),
    ] {
        let before = member.clone();
        for (name, value) in changes.as_object().unwrap() {
            member.set_raw(name, value.clone());
        }
        record_event(&by(now), event, Some(&before), &mut member);
    }
    let mut rows = member.get(HISTORY).unwrap();
    rows.reverse();
    let mut replay = Replay::new(&member, &rows, zone());
    let mut on = |day: &str| {
        let (found, _) = replay.back_to(day.parse().unwrap());
        let date = |field| found.get(field).map(|date: Date| date.to_string());
        (found.get(STATUS), date(JOIN_DATE), date(LAPSE_DATE))
    };
    let joined = Some("2026-02-02".to_owned());
    let lapsed = Some("2027-03-20".to_owned());
    assert_eq!(
        on("2027-04-09"),
        (Some(Status::Inactive), joined.clone(), lapsed)
    );
    assert_eq!(
        on("2027-03-19"),
        (Some(Status::Active), joined.clone(), None)
    );
    assert_eq!(on("2026-02-09"), (Some(Status::Inactive), joined, None));
}

#[test]
fn an_entry_of_an_earlier_version_takes_back_what_it_shows() {
    let member = record(json!({ "status": "inactive", "chapters": [{ "chapter_id": "a" }] }));
    let rows = [
        json!({ "event": "manual change", "date": "2026-03-01T10:00:00Z",
            "old": { "status": "active", "type_id": "t-1" }, "new": { "status": "inactive" } }),
        json!({ "event": "odd" }),
        json!({ "event": "join", "date": "2020-01-01" }),
    ];
    let mut replay = Replay::new(&member, &rows, zone());
    let (found, source) = replay.back_to(jiff::civil::date(2026, 2, 28));
    assert_eq!(source, Source::History);
    assert_eq!(
        found.fields(),
        record(
            json!({ "status": "active", "type_id": "t-1", "chapters": [{ "chapter_id": "a" }] })
        )
        .fields()
    );
    assert_eq!(
        replay.back_to(jiff::civil::date(2019, 12, 31)).1,
        Source::Dates
    );
}
