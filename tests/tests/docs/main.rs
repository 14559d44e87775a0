//! The texts of this repository: what they refer to is there.

mod doubles;
mod links;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

/// A text file by its path from the root.
struct Text {
    path: String,
    content: String,
}

impl Text {
    /// Its lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.content.lines())
    }

    fn is_markdown(&self) -> bool {
        self.path.ends_with(".md")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What builds, tools and runs leave behind.
const LEFT_BEHIND: [&str; 5] = ["target", "node_modules", ".git", ".local", ".venv"];

/// Every text file of the repository.
fn texts() -> Vec<Text> {
    let mut texts = Vec::new();
    collect(&root(), "", &mut texts);
    texts
}

fn collect(folder: &Path, at: &str, texts: &mut Vec<Text>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{at}{name}");
        if LEFT_BEHIND.contains(&name.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), texts);
        } else if let Ok(content) = fs::read_to_string(entry.path()) {
            texts.push(Text { path, content });
        }
    }
}

/// Fails with one line for each problem.
fn assert_none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
