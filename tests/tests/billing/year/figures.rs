//! What can be asked of the years once they are over.

use super::company::{PEOPLE, SEATS};
use super::story::Story;
use lifecycle::jobs::{Kind, State};
use serde_json::{Value, json};

pub async fn standing_is_told_of_any_day(story: &Story) {
    story.on("2028-05-02").await;
    let (ada, firm) = (story.member_id("Ada"), story.member_id("Company"));
    let staff = format!("contact:{}:{}", story.id("staff-7"), story.id("Company"));
    for (member, day, reason, good) in [
        (&firm, "2026-02-01", "not yet begun", false),
        (&firm, "2026-02-09", "inactive", false),
        (&firm, "2026-02-10", "current", true),
        (&ada, "2026-02-28", "not yet begun", false),
        (&ada, "2026-03-01", "current", true),
        (&ada, "2027-02-28", "current", true),
        (&ada, "2028-02-29", "current", true),
        (&ada, "2028-03-01", "within grace period", true),
        (&ada, "2028-03-19", "within grace period", true),
        (&ada, "2028-03-20", "lapsed", false),
        (&ada, "2028-04-11", "lapsed", false),
        (&ada, "2028-04-12", "current", true),
        (&ada, "2029-05-11", "within grace period", true),
        (&ada, "2029-05-12", "expired", false),
        (&staff, "2026-03-31", "current", true),
        (&staff, "2026-04-01", "lapsed", false),
        (&staff, "2026-05-03", "lapsed", false),
        (&staff, "2026-05-04", "current", true),
        (&staff, "2028-02-02", "within grace period", true),
        (&staff, "2028-03-19", "expired", false),
        (&staff, "2028-03-20", "lapsed", false),
        (&staff, "2028-04-10", "current", true),
    ] {
        let url = format!("/memberships/acme/{member}/standing?date={day}");
        let found = story.app.get(&url).await.ok();
        let told = (&found["reason"], &found["is_in_good_standing"]);
        assert_eq!(
            told,
            (&json!(reason), &json!(good)),
            "{member} on {day}: {found}"
        );
    }
}

pub async fn month_ends_are_counted(story: &Story) {
    let url = "/memberships/acme/initiateSnapshotLookback";
    let id = story.app.post(url, json!({})).await.ok();
    let job = story
        .app
        .ended_job(Kind::Snapshots, id.as_str().expect("an id"))
        .await;
    assert_eq!((job.state, job.problems), (State::Completed, vec![]));
    // The company, its people and experts, and Ada.
    let all = 1 + PEOPLE + SEATS + 1;
    for (statistic, months) in [
        (
            "members",
            vec![
                ("2026-01", 0),
                ("2026-02", all - 1),
                ("2026-03", all),
                ("2026-04", all - 1),
                ("2026-05", all),
                ("2028-02", all),
                ("2028-03", 0),
                ("2028-04", all),
            ],
        ),
        (
            "joins",
            vec![
                ("2026-02", all - 1),
                ("2026-03", 1),
                ("2026-05", 0),
                ("2028-04", 0),
            ],
        ),
        ("reinstatements", vec![("2026-05", 1), ("2028-04", all)]),
        (
            "lapses",
            vec![("2026-04", 1), ("2028-02", 0), ("2028-03", all)],
        ),
        (
            "renewals",
            vec![("2027-01", 1), ("2027-02", 1), ("2028-04", 0)],
        ),
    ] {
        let found = statistic_of(story, statistic).await;
        let values = found["values"].as_array().expect("months");
        // Only the last 25 months are shown.
        for (month, wanted) in months.into_iter().filter(|(month, _)| *month >= "2026-04") {
            let value = values.iter().find(|value| value["period"] == month);
            let value = value.unwrap_or_else(|| panic!("no {month}: {found}"));
            assert_eq!(value["value"], wanted, "{statistic} of {month}");
        }
    }
    assert_eq!(statistic_of(story, "retention").await["value"], 100);
    let types = statistic_of(story, "members-by-type").await;
    for (name, wanted) in [("Firm", 1), ("Staff", PEOPLE + SEATS), ("Individual", 1)] {
        let mut values = types["values"].as_array().expect("types").iter();
        let value = values.find(|value| value["id"] == story.id(name));
        assert_eq!(value.expect("a type")["value"], wanted, "{name}");
    }
}

async fn statistic_of(story: &Story, id: &str) -> Value {
    let found = story.app.get(&format!("/statistics/acme/{id}")).await.ok();
    assert_eq!(found["status"], "ready", "{found}");
    found
}

/// Nothing is billed, paid, reminded or derived twice or not at all.
pub async fn everything_adds_up(story: &Story) {
    let findings = tests::invariants::tenant(&story.app).await;
    findings.none("the tenant in the end");
}
