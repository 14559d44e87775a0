//! Rules (`infra/docs`) and decisions (`infra/decisions`) by their numbers.

use super::{Text, assert_none, root, texts};
use regex_lite::Regex;
use std::collections::{BTreeMap, BTreeSet};

const DOCS: &str = "infra/docs/";

/// Each rule with the place of its heading and the line below it.
fn rules(texts: &[Text]) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for text in texts.iter().filter(|text| text.path.starts_with(DOCS)) {
        let lines: Vec<&str> = text.content.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if let Some(number) = line.strip_prefix("### ") {
                let place = format!("{}:{}", text.path, at + 1);
                let below = lines.get(at + 1).unwrap_or(&"").to_string();
                found.push((number.to_owned(), place, below));
            }
        }
    }
    found
}

#[test]
fn a_rule_has_one_number_and_a_mark() {
    let texts = texts();
    let number = Regex::new("^[A-Z]+-[1-9][0-9]*$").unwrap();
    let sources = texts
        .iter()
        .find(|text| text.path == format!("{DOCS}sources.md"));
    let sources = &sources.unwrap().content;
    let mut problems = Vec::new();
    let mut seen = BTreeMap::new();
    for (rule, place, below) in rules(&texts) {
        if !number.is_match(&rule) {
            problems.push(format!("{place}: {rule:?} is no number of a rule"));
        }
        if let Some(first) = seen.insert(rule.clone(), place.clone()) {
            problems.push(format!("{place}: {rule} stands at {first} already"));
        }
        if let Err(why) = mark(&below, sources) {
            problems.push(format!("{place}: {rule}: {why}"));
        }
    }
    assert!(seen.len() > 150, "only {} rules", seen.len());
    assert_none(problems);
}

/// The mark with which a rule begins: `*Documented: templates; guessed.*`
fn mark(line: &str, sources: &str) -> Result<(), String> {
    let mark = line.strip_prefix('*').and_then(|rest| rest.split_once('*'));
    let (mark, _) = mark.ok_or("no mark in italics below the number")?;
    for part in mark.trim_end_matches('.').to_lowercase().split("; ") {
        let (kind, keys) = part.split_once(": ").unwrap_or((part, ""));
        let is_until = kind.starts_with("until ") && kind.ends_with(" is built");
        let known = [
            "documented",
            "guessed",
            "chosen",
            "not yet built",
            "withdrawn",
        ];
        if !is_until && !known.contains(&kind) {
            return Err(format!("{kind:?} is no mark"));
        }
        if kind == "documented" && keys.is_empty() {
            return Err("names no source".into());
        }
        for key in keys.split(", ").filter(|key| !key.is_empty()) {
            if !sources.contains(&format!("| `{key}` |")) {
                return Err(format!("{key:?} is not in sources.md"));
            }
        }
    }
    Ok(())
}

#[test]
fn every_rule_and_decision_referred_to_exists() {
    let texts = texts();
    let known: BTreeSet<String> = rules(&texts).into_iter().map(|(rule, ..)| rule).collect();
    let prefixes: BTreeSet<&str> = known
        .iter()
        .filter_map(|r| Some(r.split_once('-')?.0))
        .collect();
    let prefixes: Vec<&str> = prefixes.into_iter().collect();
    let of_rules = format!(
        r"\b(?:rules? ([A-Z]+-\d+)|((?:{})-\d+))\b",
        prefixes.join("|")
    );
    let of_rules = Regex::new(&of_rules).unwrap();
    let of_decisions = Regex::new(r"\b[Dd]ecisions? (\d+)\b").unwrap();
    let gone = Regex::new(r"\bsemantics[ ]\d|\bsemantics[.]md\b").unwrap();
    let decisions = numbers_of_decisions();
    let mut problems = Vec::new();
    for text in texts.iter().filter(|text| may_refer(text, &prefixes)) {
        for (number, line) in text.lines() {
            let place = format!("{}:{number}", text.path);
            for found in of_rules.captures_iter(line) {
                let rule = found.get(1).or(found.get(2)).unwrap().as_str();
                if !known.contains(rule) {
                    problems.push(format!("{place}: there is no rule {rule}"));
                }
            }
            for found in of_decisions.captures_iter(line) {
                if !decisions.contains(&found[1].parse().unwrap_or(0)) {
                    problems.push(format!("{place}: there is no decision {}", &found[1]));
                }
            }
            if let Some(found) = gone.find(line) {
                problems.push(format!("{place}: {:?} leads nowhere", found.as_str()));
            }
        }
    }
    assert_none(problems);
}

/// Looking this far is quick; most large files go no further.
fn may_refer(text: &Text, prefixes: &[&str]) -> bool {
    let names = |word: &str| text.content.contains(word);
    let rule = |prefix: &&str| names(&format!("{prefix}-"));
    names("semantics") || names("ecision") || names("rule") || prefixes.iter().any(rule)
}

fn numbers_of_decisions() -> BTreeSet<u32> {
    let files = std::fs::read_dir(root().join("infra/decisions"));
    let names = files.into_iter().flatten().flatten();
    let names = names.filter_map(|file| file.file_name().into_string().ok());
    names
        .filter_map(|name| name.split_once('-')?.0.parse().ok())
        .collect()
}
