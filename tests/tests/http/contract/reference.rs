//! The reference is for reading: short names, texts below them, an order.

use super::{DESCRIPTION, list, text};
use api::{GROUPS, operations};
use std::collections::BTreeSet;
use tests::operations::name;

/// What an operation's name may begin with.
const VERBS: [&str; 18] = [
    "Activate",
    "Calculate",
    "Change",
    "Create",
    "Delete",
    "Download",
    "Draft",
    "Explain",
    "Find",
    "List",
    "Plan",
    "Read",
    "Record",
    "Replace",
    "Run",
    "Search",
    "Send",
    "Void",
];
const WORDS_MAX: usize = 6;

#[test]
fn every_summary_is_a_short_imperative() {
    for operation in operations() {
        let (name, summary) = (name(&operation), &operation.summary);
        let words: Vec<&str> = summary.split(' ').collect();
        assert!(
            VERBS.contains(&words[0]),
            "{name}: begin \"{summary}\" with a verb of VERBS"
        );
        assert!(
            words.len() <= WORDS_MAX,
            "{name}: \"{summary}\" has more than {WORDS_MAX} words"
        );
        assert!(
            !summary.contains('.'),
            "{name}: \"{summary}\" has a full stop: the description has room"
        );
    }
}

#[test]
fn every_summary_is_its_groups_only_one() {
    let mut seen = BTreeSet::new();
    for operation in operations() {
        let key = (operation.group().to_owned(), operation.summary.clone());
        assert!(
            seen.insert(key),
            "{}: {}",
            name(&operation),
            operation.summary
        );
    }
}

#[test]
fn every_operation_has_a_description_of_whole_sentences() {
    for operation in operations() {
        let description = &operation.description;
        assert!(
            description.ends_with('.'),
            "{}: \"{description}\"",
            name(&operation)
        );
        assert_ne!(description.trim_end_matches('.'), operation.summary);
    }
}

#[test]
fn groups_stand_in_their_order() {
    let described: Vec<&str> = list(&DESCRIPTION, "tags")
        .map(|tag| text(tag, "name"))
        .collect();
    let listed: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    assert_eq!(described, listed);
    let with_operations: BTreeSet<String> = operations()
        .iter()
        .map(|operation| operation.group().to_owned())
        .collect();
    let listed: BTreeSet<String> = listed.into_iter().map(str::to_owned).collect();
    assert_eq!(
        with_operations, listed,
        "infra/api/src/groups.rs lists the groups that have operations"
    );
}
