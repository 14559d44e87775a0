//! The demo as it is run: what it prints, and that it survives being killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

fn demo(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    let folder = folder.to_str().unwrap();
    command
        .args(["demo", "--data", folder])
        .args(more)
        .env("RUST_LOG", "error");
    command
}

fn output(folder: &Path, more: &[&str]) -> Output {
    demo(folder, more).output().unwrap()
}

/// The table and the sums, without the run's id, which is another each time.
#[track_caller]
fn figures(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = said
        .lines()
        .filter(|line| !line.contains("completed") && !line.contains("mails"));
    lines.map(|line| line.to_owned() + "\n").collect()
}

fn start(folder: &Path, more: &[&str]) -> Child {
    let mut command = demo(folder, more);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_demo_that_is_killed_again_and_again_ends_as_one_that_is_not() {
    let size = ["--members", "700", "--seed", "3"];
    let (whole, broken) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let expected = figures(&output(whole.path(), &size));
    // While it is filled: once the database has grown by some hundred records.
    let mut child = start(broken.path(), &size);
    let database = broken.path().join("dynamodb.sqlite-wal");
    let size_of = |file: &Path| file.metadata().map_or(0, |file| file.len());
    while size_of(&database) < 1_500_000 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(child);
    // As soon as it is filled, planned, and again while it is executed.
    for phase in ["Filling", "Planning"] {
        let mut child = start(broken.path(), &size);
        let said = BufReader::new(child.stderr.take().unwrap());
        let names_phase = |line: &std::io::Result<String>| {
            line.as_ref().is_ok_and(|line| line.starts_with(phase))
        };
        assert!(
            said.lines().any(|line| names_phase(&line)),
            "{phase} is not told"
        );
        kill(child);
    }
    let mut child = start(broken.path(), &size);
    let mails = broken.path().join("outbox/demo");
    let sent = || mails.read_dir().map_or(0, Iterator::count);
    while sent() < 40 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(child);
    assert_eq!(figures(&output(broken.path(), &[])), expected);
}

#[test]
fn a_folder_has_one_demo() {
    let folder = TempDir::new().unwrap();
    let first = output(folder.path(), &["--members", "50"]);
    let said = String::from_utf8(first.stdout.clone()).unwrap();
    assert!(
        first.status.success() && said.contains("all actions"),
        "{first:?}"
    );
    assert!(said.contains("Counted again"), "{said}");
    let second = String::from_utf8(output(folder.path(), &[]).stdout).unwrap();
    assert!(
        said.starts_with(&second) && second.contains("all actions"),
        "{second}"
    );
    let refused = output(folder.path(), &["--members", "60"]);
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(
        why.contains("holds a demo of 50 members from seed 42"),
        "{why}"
    );
}

#[test]
fn a_size_that_makes_no_sense_is_refused() {
    let folder = TempDir::new().unwrap();
    for option in ["--members=0", "--members=many", "--seed=-1"] {
        let refused = output(folder.path(), &[option]);
        assert_eq!(refused.status.code(), Some(2), "{option}");
        let why = String::from_utf8(refused.stderr).unwrap();
        assert!(why.contains(&option[..6]), "{why}");
    }
}
