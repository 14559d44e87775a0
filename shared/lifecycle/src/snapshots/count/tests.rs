use super::*;
use jiff::ToSpan;
use jiff::civil::date;
use model::WriteContext;
use model::resources::membership::HISTORY;
use model::resources::membership::history::record_event;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn record(fields: Value) -> Record {
    Record::new(fields.as_object().unwrap().clone())
}

fn months() -> Months {
    Months::before(date(2026, 3, 10))
}

/// What happens so many days after the one before.
type Step = (i64, &'static str, Value);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let field = prop_oneof![
        prop_oneof![
            Just("active"),
            Just("inactive"),
            Just("suspended"),
            Just("active without benefits")
        ]
        .prop_map(|status| ("status", json!(status))),
        (1..3).prop_map(|n| ("type_id", json!(format!("t-{n}")))),
        prop_oneof![
            Just(("chapters", json!([{ "chapter_id": "a" }]))),
            Just((
                "chapters",
                json!([{ "chapter_id": "a" }, { "chapter_id": "b" }])
            )),
            Just(("chapters", json!([]))),
        ],
        Just(("renewal_date", json!("2026-01-01"))),
    ];
    let step = (0_i64..120, field).prop_map(|(days, (name, value))| (days, name, value));
    prop::collection::vec(step, 0..30)
}

/// The membership with its history, and what it was from each of its days on.
fn grown(joined: Date, steps: Vec<Step>) -> (Record, Vec<(Date, Record, bool)>) {
    let mut day = joined;
    let by = |day: Date| WriteContext {
        user: "u".into(),
        via: "test".into(),
        now: format!("{day}T12:00:00Z").parse().unwrap(),
    };
    let mut member =
        record(json!({ "status": "active", "join_date": joined.to_string(), "type_id": "t-1" }));
    record_event(&by(day), Event::Join, None, &mut member);
    let mut days = vec![(day, member.clone(), false)];
    for (after, name, value) in steps {
        day = day.checked_add(after.days()).unwrap();
        let before = member.clone();
        let renews = name == "renewal_date";
        let event = if renews {
            Event::Renewal
        } else {
            Event::ManualChange
        };
        member.set_raw(name, value);
        record_event(&by(day), event, Some(&before), &mut member);
        days.push((day, member.clone(), renews));
    }
    (member, days)
}

/// Day by day: what the membership was when each month ended.
fn naive(days: &[(Date, Record, bool)]) -> Series {
    let months = months();
    let mut counts = Series::default();
    let on = |day: Date| {
        days.iter()
            .rfind(|(of, ..)| *of <= day)
            .map(|(_, state, _)| state)
    };
    let member =
        |day: Date| on(day).is_some_and(|state| state.get(STATUS) != Some(Status::Inactive));
    let mut by: BTreeMap<(&str, String), Vec<u32>> = BTreeMap::new();
    let mut add = |what: &'static str, of: String, at: usize| {
        by.entry((what, of)).or_insert_with(|| vec![0; MONTHS])[at] += 1;
    };
    for at in 0..MONTHS {
        let (end, first) = (months.end(at), months.end(at).first_of_month());
        let eve = first.yesterday().unwrap();
        if let Some(state) = on(end) {
            add("status", state.get(STATUS).unwrap().to_string(), at);
            if member(end) {
                add("members", String::new(), at);
                add("type", state.text(TYPE_ID).to_owned(), at);
                for chapter in chapters(state) {
                    add("chapter", chapter, at);
                }
            }
        }
        let joined = days[0].0;
        match (member(eve), member(end)) {
            (false, true) if joined >= first && joined <= end => add("joins", String::new(), at),
            (false, true) => add("reinstatements", String::new(), at),
            (true, false) => add("lapses", String::new(), at),
            _ => {}
        }
        if at >= 12 && member(end) && member(months.end(at - 12)) {
            add("retained", String::new(), at);
        }
        for _ in days
            .iter()
            .filter(|(day, _, renews)| *renews && *day >= first && *day <= end)
        {
            add("renewals", String::new(), at);
        }
    }
    let mut single = |what: &'static str| by.remove(&(what, String::new())).unwrap_or_default();
    counts.members = single("members");
    counts.joins = single("joins");
    counts.reinstatements = single("reinstatements");
    counts.lapses = single("lapses");
    counts.retained = single("retained");
    counts.renewals = single("renewals");
    for ((what, of), list) in by {
        match what {
            "type" => counts.types.insert(of, list),
            "status" => counts.statuses.insert(of, list),
            _ => counts.chapters.insert(of, list),
        };
    }
    counts
}

fn counted(member: &Record) -> Series {
    let mut rows = member.get(HISTORY).unwrap_or_default();
    rows.reverse();
    let mut found = Series::default();
    count(member, &rows, months(), &TimeZone::UTC, &mut found);
    found
}

proptest! {
    #[test]
    fn a_membership_counts_as_a_naive_replay_has_it(
        before in 0_i64..2_500, steps in steps(),
    ) {
        let joined = date(2026, 2, 28).checked_sub(before.days()).unwrap();
        let (member, days) = grown(joined, steps);
        prop_assert_eq!(counted(&member), naive(&days));
    }

    /// Who is a member is one who was, or has come, and has not gone.
    #[test]
    fn members_are_those_of_the_month_before_who_came_and_went(
        all in prop::collection::vec((0_i64..2_500, steps()), 1..6),
    ) {
        let mut sum = Series::default();
        for (before, steps) in all {
            let joined = date(2026, 2, 28).checked_sub(before.days()).unwrap();
            sum.add(&counted(&grown(joined, steps).0));
        }
        let at = |counts: &[u32], at: usize| i64::from(counts.get(at).copied().unwrap_or(0));
        for month in 1..MONTHS {
            let came = at(&sum.joins, month) + at(&sum.reinstatements, month);
            let wanted = at(&sum.members, month - 1) + came - at(&sum.lapses, month);
            prop_assert_eq!(at(&sum.members, month), wanted);
            let by_type: i64 = sum.types.values().map(|counts| at(counts, month)).sum();
            prop_assert_eq!(by_type, at(&sum.members, month));
        }
    }
}

/// An import brings no past: its dates tell who was there.
#[test]
fn who_came_by_an_import_counts_from_the_join_date_to_the_lapse_date() {
    let gone = record(json!({ "status": "inactive", "lapse_date": "2024-03-10",
        "join_date": "2010-01-01", "type_id": "t-1" }));
    let found = counted(&gone);
    let months = months();
    let last = months.place(date(2024, 2, 1)).unwrap();
    assert_eq!(found.members.iter().sum::<u32>() as usize, last + 1);
    assert_eq!((found.lapses[last + 1], found.joins.len()), (1, 0));
}
