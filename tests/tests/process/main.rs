//! The program as it is run: its output, its exit codes, its files.

#![cfg(test)]

mod compact;
mod demo;
mod zones;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tests::server::Server;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
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
    for command in [
        "serve",
        "demo",
        "token",
        "import",
        "export",
        "undo-import",
        "compact",
    ] {
        let said = String::from_utf8(run(&[command, "--help"]).stdout).unwrap();
        assert!(said.contains("--data <DIR>"), "{said}");
    }
}

/// Runs a command over `folder`: exit code, standard output, standard error.
fn over(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&[arguments, &["--tenant", "acme", "--data", text(folder)]].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_file_comes_in_goes_out_and_is_taken_back() {
    let folder = TempDir::new().unwrap();
    let (data, file) = (
        folder.path().join("data"),
        folder.path().join("contacts.csv"),
    );
    fs::write(&file, "id,name\nc-1,Ada\nc-2,\n").unwrap();
    let (code, out, said) = over(&data, &["import", text(&file)]);
    assert_eq!(
        (code, out.as_str()),
        (Some(1), "line,column,reason\n3,name,is required\n")
    );
    assert!(
        said.contains("1 created, 0 updated, 0 unchanged, 1 refused"),
        "{said}"
    );
    assert!(
        said.ends_with("error: 1 of 2 rows were refused\n"),
        "{said}"
    );
    let id = said
        .lines()
        .find_map(|line| line.strip_prefix("Import contacts-"));
    let id = format!("contacts-{}", id.unwrap().split(':').next().unwrap());
    let out_file = folder.path().join("out.csv");
    let export = ["export", text(&out_file), "--group", "contacts"];
    let (code, out, _) = over(&data, &export);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    let (_, shown, _) = over(&data, &["export", "-", "--group", "contacts"]);
    assert_eq!(fs::read_to_string(&out_file).unwrap(), shown);
    assert!(
        shown.starts_with("id,name,") && shown.contains("\nc-1,Ada,"),
        "{shown}"
    );
    let import = ["import", text(&out_file), "--group", "contacts"];
    let (code, out, said) = over(&data, &import);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{said}");
    assert!(
        said.contains("0 created, 0 updated, 1 unchanged, 0 refused"),
        "{said}"
    );
    let (code, _, said) = over(&data, &["undo-import", &id]);
    assert!(
        code == Some(0) && said.contains("1 deleted, 0 kept"),
        "{said}"
    );
    let (_, shown, _) = over(&data, &["export", "-", "--group", "contacts"]);
    assert_eq!(shown.lines().count(), 1);
}

#[test]
fn a_folder_that_is_served_takes_no_file() {
    let folder = TempDir::new().unwrap();
    let _server = serve(folder.path());
    let arguments = [
        "import",
        "contacts.csv",
        "--tenant",
        "acme",
        "--data",
        text(folder.path()),
    ];
    assert_refused(&run(&arguments), &["in use by another process"]);
}
