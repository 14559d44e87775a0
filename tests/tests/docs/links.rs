//! Links between texts, and the paths that they name.

use super::{Text, assert_none, root, texts};
use regex_lite::Regex;

#[test]
fn relative_links_lead_to_files() {
    let link = Regex::new(r"\]\(([^)#\s]+)(#[^)]*)?\)").unwrap();
    let mut problems = Vec::new();
    for text in texts().iter().filter(|text| text.is_markdown()) {
        let folder = root().join(&text.path).parent().unwrap().to_owned();
        for (number, line) in text.lines() {
            for found in link.captures_iter(line) {
                let target = &found[1];
                if !target.contains("://") && !folder.join(target).exists() {
                    problems.push(format!("{}:{number}: there is no {target}", text.path));
                }
            }
        }
    }
    assert_none(problems);
}

/// Texts whose paths in backticks have to be true.
fn names_paths(text: &Text) -> bool {
    let told = ["README.md", "infra/docs/", "infra/decisions/"];
    text.is_markdown() && told.iter().any(|start| text.path.starts_with(start))
}

#[test]
fn paths_in_backticks_are_there() {
    let path = Regex::new(r"`((?:functions|shared|infra|tests|findings|\.ci)/[^`\s]*)`").unwrap();
    let mut problems = Vec::new();
    for text in texts().iter().filter(|text| names_paths(text)) {
        for (number, line) in text.lines() {
            for found in path.captures_iter(line) {
                if !is_there(&found[1]) {
                    problems.push(format!("{}:{number}: there is no {}", text.path, &found[1]));
                }
            }
        }
    }
    assert_none(problems);
}

/// A path, or one whose last part has a star for any text.
fn is_there(path: &str) -> bool {
    let Some((start, end)) = path.split_once('*') else {
        return root().join(path).exists();
    };
    let (folder, start) = start.rsplit_once('/').unwrap_or(("", start));
    let names = std::fs::read_dir(root().join(folder)).into_iter().flatten();
    let names = names.filter_map(|file| file.ok()?.file_name().into_string().ok());
    names
        .into_iter()
        .any(|name| name.starts_with(start) && name.ends_with(end))
}

#[test]
fn every_text_stands_in_its_index() {
    let mut problems = Vec::new();
    for folder in ["infra/docs", "infra/decisions"] {
        let index = std::fs::read_to_string(root().join(folder).join("README.md")).unwrap();
        for file in std::fs::read_dir(root().join(folder)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            if name != "README.md" && !index.contains(&format!("({name})")) {
                problems.push(format!("{folder}/README.md does not list {name}"));
            }
        }
    }
    assert_none(problems);
}
