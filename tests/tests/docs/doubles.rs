//! What the doubles of AWS answer otherwise than the service, or don't show, no
//! code of ours uses; and what is written of them is about the versions in use.

use super::{Text, assert_none, texts};

/// A word that only such a use has, where it would stand, and why it must not.
const UNUSED: [(&str, &str, &str); 5] = [
    (
        "scanned_count",
        "shared/",
        "the embedded database counts one more than it has read on a page of 1 MB",
    ),
    (
        ".scan(",
        "shared/store/",
        "a table is walked by its partitions",
    ),
    (
        "StreamSpecification",
        "template.yaml",
        "a write that changes nothing is an event in some doubles and none in others: no test over one can judge events",
    ),
    (
        "DISTRIBUTED",
        "infra/shards.asl.json",
        "a distributed Map succeeds with nulls on moto, whatever fails: no double judges it",
    ),
    (
        "moto",
        "tests/tests/",
        "moto answers success to an INSERT of a key that is there and to a condition that does not hold: it judges state machines only",
    ),
];

#[test]
fn no_code_uses_what_no_double_of_ours_can_judge() {
    let texts = texts();
    let mut problems = Vec::new();
    for (word, place, why) in UNUSED {
        let under = texts.iter().filter(|text| text.path.starts_with(place));
        let under = under.filter(|text| !text.is_markdown() && !text.path.ends_with("doubles.rs"));
        let mut looked = 0;
        for text in under {
            looked += 1;
            let uses = text.lines().filter(|(_, line)| line.contains(word));
            problems.extend(uses.map(|(line, _)| format!("{}:{line}: {word}: {why}", text.path)));
        }
        assert!(looked > 0, "nothing at {place}");
    }
    assert_none(problems);
}

#[test]
fn what_is_written_of_doubles_is_about_the_versions_in_use() {
    let texts = texts();
    let text = |path: &str| -> &Text {
        let found = texts.iter().find(|text| text.path == path);
        found.unwrap_or_else(|| panic!("{path} is gone"))
    };
    let after = |path: &str, mark: &str| -> String {
        let (_, rest) = text(path).content.split_once(mark).expect(mark);
        let version = rest.split([' ', '"', '\n']).next();
        version.unwrap_or_default().to_owned()
    };
    let used = [
        (
            "dynoxide-rs",
            after("Cargo.toml", "dynoxide-rs = { version = \"="),
        ),
        ("moto", after("tests/asl/requirements.txt", "\nmoto==")),
    ];
    let told = &text("infra/docs/testing.md").content;
    let unknown = used
        .iter()
        .filter(|(name, version)| !told.contains(&format!("`{name}` {version}")));
    let look = |(name, version): &(&str, String)| {
        format!(
            "infra/docs/testing.md tells of another {name} than {version}: look whether what is written there still holds"
        )
    };
    assert_none(unknown.map(look).collect());
}
