//! Rows of whom organizations pick: as many as their packages have seats (rule FLOW-9).

use super::*;

const HEADER: &str = "owner_type,contact_id,organization_id,type_id,package_id,origin,\
    parent_membership_id,flowdown_depth,status,assigned_memberships\n";

/// Two firms of a package with two seats each, and people of none.
async fn firms() -> TestApp {
    let app = TestApp::with_firms().await;
    for firm in ["o", "q"] {
        app.firm(firm, None).await;
    }
    for person in ["a", "b", "c", "d", "e"] {
        app.person(person, None).await;
    }
    app
}

fn firm(id: &str, picked: &[&str]) -> String {
    let entries: Vec<Value> = picked
        .iter()
        .map(|contact| json!({ "contact_id": contact }))
        .collect();
    let cell = match entries.is_empty() {
        true => String::new(),
        false => Value::from(entries).to_string().replace('"', "\"\""),
    };
    format!("organization,,{id},firm,seats,,,,,\"{cell}\"\n")
}

fn picked(contact: &str, firm: &str, status: &str) -> String {
    format!("contact,{contact},,person,seats,assigned,organization:{firm},1,{status},\n")
}

async fn load(app: &TestApp, rows: &[String]) -> Imported {
    let content = format!("{HEADER}{}", rows.concat());
    brought(app, "memberships.csv", &content).await
}

async fn is_there(app: &TestApp, id: &str) -> bool {
    let found = app.store.get_consistent::<Memberships>(id).await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn rows_beyond_the_seats_are_refused_and_the_rest_is_loaded() {
    let app = firms().await;
    let rows = [
        firm("o", &[]),
        firm("q", &[]),
        picked("a", "o", "active"),
        picked("b", "o", "active"),
        picked("c", "o", "active"),
        picked("d", "o", "inactive"),
        picked("e", "q", "active"),
    ];
    let told = ["6,parent_membership_id,organization:o has no seat left: its package seats has 2"];
    let imported = load(&app, &rows).await;
    assert_eq!(imported.problems, told);
    assert_eq!(imported.counts(), (6, 0, 0, 1));
    assert!(!is_there(&app, "contact:c:o").await);
    // Who has a seat keeps it, however often the file comes.
    let again = load(&app, &rows).await;
    assert_eq!((again.counts(), again.problems.len()), ((0, 0, 6, 1), 1));
    let more = load(&app, &[picked("e", "o", "active")]).await;
    assert_eq!(more.counts(), (0, 0, 0, 1), "{:?}", more.problems);
    // One who goes makes room, in the same file too, if their row stands before.
    let change = [picked("a", "o", "inactive"), picked("c", "o", "active")];
    let changed = load(&app, &change).await;
    assert_eq!(changed.counts(), (1, 1, 0, 0), "{:?}", changed.problems);
}

#[tokio::test]
async fn whom_the_organization_names_has_a_seat_already() {
    let app = firms().await;
    let rows = [
        firm("o", &["a", "b"]),
        picked("c", "o", "active"),
        picked("a", "o", "active"),
        firm("q", &["a", "b", "c"]),
    ];
    let imported = load(&app, &rows).await;
    assert_eq!(imported.counts(), (2, 0, 0, 2), "{:?}", imported.problems);
    assert_eq!(
        imported.problems,
        [
            "3,parent_membership_id,organization:o has no seat left: its package seats has 2",
            "5,assigned_memberships,names 3 people: the package seats has room for 2",
        ]
    );
    assert!(is_there(&app, "contact:a:o").await && !is_there(&app, "organization:q").await);
}
