use super::*;
use serde_json::json;

fn record(fields: Value) -> Record {
    Record::new(fields.as_object().unwrap().clone())
}

fn numbers(configuration: Value) -> (usize, Option<usize>) {
    let found = ChapterNumbers::of(None, Some(&configuration));
    (found.least, found.most)
}

#[test]
fn a_configuration_says_how_many_chapters() {
    let (least, most) = (
        "minimum_number_of_chapters_a_member_can_join",
        "maximum_number_of_chapters_a_member_can_join",
    );
    assert_eq!(numbers(json!({})), (0, None));
    assert_eq!(numbers(json!({ least: 1, most: 2 })), (1, Some(2)));
    assert_eq!(
        numbers(json!({ "mode": "optional single chapter", most: 3 })),
        (0, Some(1))
    );
    assert_eq!(
        numbers(json!({ "mode": "required single chapter" })),
        (1, Some(1))
    );
    assert_eq!(
        numbers(json!({ "members_are_required_to_join_a_chapter": true })),
        (1, None)
    );
    assert_eq!(
        numbers(json!({ "mode": "optional multiple chapters", least: 2 })),
        (0, None)
    );
    // What an older rule let through restricts nothing.
    for mode in [
        "not required",
        "Required single chapter",
        "no single chapter",
    ] {
        assert_eq!(numbers(json!({ "mode": mode })), (0, None), "{mode}");
    }
    assert_eq!(numbers(json!({ most: 41 })), (0, None));
    assert_eq!(numbers(json!({ least: "many", most: 0 })), (0, None));
    let package = record(
        json!({ "override_chapter_configuration": true, "chapter_configuration": { most: 5 } }),
    );
    let tenant = json!({ most: 1 });
    assert_eq!(
        ChapterNumbers::of(Some(&package), Some(&tenant)).most,
        Some(5)
    );
}

#[test]
fn what_is_saved_is_read_as_it_is_used() {
    let saved = |configuration: Value| {
        let mut problems = Problems::default();
        let after = record(json!({ "chapter_configuration": configuration }));
        check_chapters(None, &after, None, &mut problems);
        let told = problems
            .into_result()
            .err()
            .map_or(Vec::new(), |error| error.problems());
        told.into_iter()
            .map(|problem| format!("{} {}", problem.path, problem.message))
            .collect::<Vec<_>>()
    };
    let at = "/chapter_configuration/";
    assert_eq!(
        saved(json!({ "auto_assignment": "suggest", "plural_name": "Regions" })),
        [""; 0]
    );
    assert_eq!(
        saved(json!({ "maximum_number_of_chapters_a_member_can_join": 0 })),
        [format!(
            "{at}maximum_number_of_chapters_a_member_can_join must be a whole number from 1 to 40"
        )]
    );
    for mode in ["not required", "Optional single chapter", ""] {
        assert_eq!(
            saved(json!({ "mode": mode })),
            [format!(
                "{at}mode must be one of: optional single chapter, optional multiple chapters, required single chapter, required multiple chapters, single chapter, multiple chapters"
            )]
        );
    }
    assert_eq!(
        saved(json!({ "maximum_number_of_chapters_a_member_can_join": 41 })).len(),
        1
    );
    assert_eq!(
        saved(
            json!({ "minimum_number_of_chapters_a_member_can_join": 3, "mode": "single chapter" })
        ),
        [format!(
            "{at}minimum_number_of_chapters_a_member_can_join asks for 3 at least, where 1 at most can be joined"
        )]
    );
    assert_eq!(
        saved(json!({ "auto_assignment": "always" })),
        [format!(
            "{at}auto_assignment must be one of: off, assign, suggest"
        )]
    );
}

#[test]
fn the_strictest_number_of_sections_counts() {
    let of = |least: i64, most: i64| {
        record(
            json!({ "enable_section_restrictions": true, "section_restrictions":
            { "minimum_number_of_sections": least, "maximum_number_of_sections": most } }),
        )
    };
    let (process, kind) = (of(1, 5), of(0, 2));
    let both = SectionNumbers::of([Some(&process), Some(&kind)]);
    assert_eq!((both.least, both.most), (1, Some(2)));
    let off = record(json!({ "section_restrictions": { "maximum_number_of_sections": 0 } }));
    assert_eq!(SectionNumbers::of([None, Some(&off)]).most, None);
}

#[test]
fn the_chapter_of_an_address_agrees_in_all_that_it_names() {
    let at = |id: &str, address: Value| record(json!({ "id": id, "name": id, "address": address }));
    let mut chapters = vec![
        at("swiss", json!({ "country": "CH" })),
        at("zurich", json!({ "country": "ch", "city": "Zürich" })),
        at("again", json!({ "country": "CH", "city": "Zurich" })),
        at("nowhere", json!({})),
    ];
    let id = |chapters: &[Record], address: Value| {
        nearest(&address, chapters).map(|chapter| chapter.text(ID_FIELD).to_owned())
    };
    let zurich = json!({ "country": "CH", "city": "Zurich", "postal_code": "8000" });
    assert_eq!(id(&chapters, zurich.clone()).as_deref(), Some("again"));
    assert_eq!(
        id(&chapters, json!({ "country": "CH", "city": "Bern" })).as_deref(),
        Some("swiss")
    );
    assert_eq!(id(&chapters, json!({ "country": "FR" })), None);
    assert_eq!(id(&chapters, json!({})), None);
    chapters.remove(2);
    assert_eq!(id(&chapters, zurich).as_deref(), Some("zurich"));
}

#[test]
fn what_is_held_already_is_not_judged_again() {
    let known: Affiliated = [
        (
            ("chapters", "old".to_owned()),
            record(json!({ "id": "old", "name": "Old", "is_active": false })),
        ),
        (
            ("sections", "law".to_owned()),
            record(json!({ "id": "law", "name": "Law", "type_id": "st",
            "restrict_membership_types": false, "allowed_membership_type_ids": ["x"] })),
        ),
        (
            ("sectionTypes", "st".to_owned()),
            record(json!({ "id": "st", "name": "St",
            "restrict_membership_types": true, "allowed_membership_type_ids": ["full"] })),
        ),
        (
            ("addOns", "badge".to_owned()),
            record(json!({ "id": "badge", "name": "Badge" })),
        ),
    ]
    .into();
    let student = record(json!({ "id": "student", "name": "Student" }));
    let rules = Rules {
        kind: Some(&student),
        package: None,
        process: None,
        chapters: None,
        known: &known,
        asks_least: true,
    };
    let member = record(json!({
        "chapters": [{ "chapter_id": "old" }], "sections": [{ "section_id": "law" }],
        "add_ons": [{ "add_on_id": "badge", "quantity": 2 }],
    }));
    let held = Held::of(&member);
    let told = |held: &Held, same_offer: bool| {
        let mut problems = Problems::default();
        let before = Before {
            held,
            same_type: same_offer,
            same_numbers: same_offer,
        };
        let at = |place: Place| match place {
            Place::List(kind) => format!("/{}", kind.held.name()),
            Place::Entry(kind, index) => format!("/{}/{index}", kind.held.name()),
            Place::Quantity(index) => format!("/add_ons/{index}/quantity"),
        };
        rules.check(&Held::of(&member), before, at, &mut problems);
        let told = problems
            .into_result()
            .err()
            .map_or(Vec::new(), |error| error.problems());
        told.into_iter()
            .map(|problem| format!("{} {}", problem.path, problem.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&held, true), [""; 0]);
    let of_type = "/sections/0 sections Law (law) is not for the membership type student";
    assert_eq!(told(&held, false), [of_type]);
    assert_eq!(
        told(&Held::default(), false),
        [
            "/chapters/0 chapters Old (old) is not active",
            of_type,
            "/add_ons/0/quantity must be 1: add-on badge can be held once only",
        ]
    );
}
