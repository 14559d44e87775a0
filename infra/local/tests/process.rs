//! The program as it is run: its output, its exit codes, its files.

#![cfg(test)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tests::server::Server;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_membership-api"));
    command.args(arguments).env_remove("RUST_LOG");
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn serve(folder: &Path) -> Server {
    Server::start(program(&[]), folder, Stdio::null())
}

fn get(server: &Server, path: &str, token: &str) -> (u16, String) {
    let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {token}");
    server.ask(&head, b"")
}

fn token(folder: &Path, more: &[&str]) -> String {
    let arguments = ["token", "--tenant", "acme", "--data", text(folder)];
    let output = run(&[&arguments, more].concat());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.strip_suffix('\n').unwrap().to_owned()
}

/// Exit code 1, nothing on standard output, one line on standard error.
#[track_caller]
fn assert_refused(output: &Output, parts: &[&str]) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in parts {
        assert!(said.contains(part), "no {part:?} in {said:?}");
    }
}

#[test]
fn it_serves_until_it_is_told_to_end() {
    let folder = TempDir::new().unwrap();
    for signal in ["TERM", "INT"] {
        let server = serve(folder.path());
        let (status, body) = server.ask("GET /types/acme HTTP/1.1", b"");
        assert_eq!(
            (status, body.as_str()),
            (401, r#"{"message":"Unauthorized"}"#)
        );
        assert_eq!(server.end(signal), (true, String::new()));
    }
}

#[test]
fn its_folder_holds_what_the_help_says() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("made/by/it");
    drop(serve(&folder));
    for name in ["dynamodb.sqlite", "signing-key.pem", "outbox"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    let key = fs::metadata(folder.join("signing-key.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_token_works_whether_made_before_or_while_serving() {
    let folder = TempDir::new().unwrap();
    let before = token(folder.path(), &[]);
    let server = serve(folder.path());
    for token in [before, token(folder.path(), &["--scopes", "read"])] {
        assert_eq!(token.split('.').count(), 3, "{token}");
        let (status, body) = get(&server, "/types/acme", &token);
        assert_eq!(status, 200, "{body}");
    }
    let (status, body) = get(&server, "/types/acme", "nonsense");
    assert_eq!((status, body.as_str()), (403, r#"{"message":"Forbidden"}"#));
}

#[test]
fn another_folders_token_is_refused() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = serve(one.path());
    let (status, _) = get(&server, "/types/acme", &token(two.path(), &[]));
    assert_eq!(status, 403);
}

#[test]
fn a_token_is_asked_for_in_full() {
    for (arguments, part) in [
        (&["token"][..], "--tenant"),
        (&["token", "--tenant", "Acme"], "must match ^[a-z0-9]"),
        (
            &["token", "--tenant", "acme", "--scopes", "read,root"],
            "must be one of read",
        ),
        (&["token", "--tenant", "acme", "--user", ""], "--user"),
        (&["token", "--tenant", "acme", "--contact", ""], "--contact"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(part), "no {part:?} in {said:?}");
    }
}

#[test]
fn a_body_that_is_too_long_is_answered() {
    let folder = TempDir::new().unwrap();
    let server = serve(folder.path());
    let token = token(folder.path(), &[]);
    let head = format!("POST /types/acme HTTP/1.1\r\nAuthorization: Bearer {token}");
    let (status, body) = server.ask(&head, &vec![b' '; 11 * 1024 * 1024]);
    assert_eq!(
        (status, body.as_str()),
        (413, r#"{"message":"Request Too Long"}"#)
    );
}

#[test]
fn two_processes_never_share_a_folder() {
    let folder = TempDir::new().unwrap();
    let server = serve(folder.path());
    let arguments = ["serve", "--port", "0", "--data", text(folder.path())];
    assert_refused(
        &run(&arguments),
        &[text(folder.path()), "in use by another process"],
    );
    // Killed, it leaves the folder free.
    server.signal("KILL");
    drop(server);
    drop(serve(folder.path()));
}

#[test]
fn a_port_in_use_is_named() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["serve", "--port", &port, "--data", text(folder.path())]);
    assert_refused(&output, &[&format!("cannot listen on port {port}")]);
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let parent = TempDir::new().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let serve = run(&["serve", "--port", "0", "--data", text(&path)]);
        assert_refused(&serve, &["cannot make the data folder", text(&path)]);
        let token = run(&["token", "--tenant", "acme", "--data", text(&path)]);
        assert_refused(&token, &["cannot make the data folder", text(&path)]);
    }
}

#[test]
fn a_corrupt_file_is_named() {
    for name in ["dynamodb.sqlite", "signing-key.pem"] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(name), "corrupt ".repeat(4096)).unwrap();
        let output = run(&["serve", "--port", "0", "--data", text(folder.path())]);
        assert_refused(&output, &[name]);
    }
}

#[test]
fn a_file_in_the_place_of_the_outbox_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("outbox"), "").unwrap();
    let output = run(&["serve", "--port", "0", "--data", text(folder.path())]);
    assert_refused(&output, &["outbox"]);
}

#[test]
fn help_says_what_each_command_does() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    for part in [
        "serve",
        "demo",
        "token",
        "dynamodb.sqlite",
        "outbox/",
        "port 3000",
        "curl",
    ] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    for command in ["serve", "demo", "token"] {
        let said = String::from_utf8(run(&[command, "--help"]).stdout).unwrap();
        assert!(said.contains("--data <DIR>"), "{said}");
    }
}
