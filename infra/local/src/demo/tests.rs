use super::*;
use crate::folder::Folder;
use axum::http::{Request, StatusCode, header};
use model::lookup::Lookup;
use model::resources::billing_run::BillingRuns;
use std::path::Path;

async fn open(path: &Path) -> Site {
    let folder = Folder::open(path).unwrap();
    let lock = folder.lock().unwrap();
    Site::open(folder, lock).await.unwrap()
}

fn small() -> Options {
    Options {
        members: Some(300),
        seed: Some(7),
    }
}

async fn over(site: &Site) -> (Association, Record) {
    match state(&store(site).unwrap()).await.unwrap() {
        State::Done(association, run) => (association, *run),
        other => panic!("{other:?}"),
    }
}

async fn status(site: &Site, path: &str, token: &str) -> StatusCode {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    site.gateway
        .call(request.body(Vec::new()).unwrap())
        .await
        .status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_is_made_once_adds_up_and_can_be_tried() {
    let parent = tempfile::tempdir().unwrap();
    let site = open(parent.path()).await;
    let said = run(&site, small()).await.unwrap();
    let (association, made) = over(&site).await;
    assert_eq!((association.seed, association.members), (7, 300));
    let statistics = made.get(STATISTICS).unwrap();
    assert!(said.contains(&table::statistics(&statistics)), "{said}");
    assert!(said.contains("everything is where it must be"), "{said}");
    for bucket in [
        "renewal_notices",
        "renewal_orders",
        "auto_renewals",
        "renewal_reminders",
        "auto_renewal_reminders",
        "drops",
    ] {
        assert!(
            statistics[bucket]["successful"].as_u64() > Some(0),
            "{bucket}: {statistics}"
        );
    }
    assert_eq!(statistics["renewal_orders"]["excluded"], 5);
    assert_eq!(statistics["all_actions"]["pending"], 0);

    again_changes_nothing(&site, &made).await;
    what_is_printed_works(&site).await;
    a_mail_that_is_gone_is_missed(&site, &made).await;

    // Another process finds the same.
    drop(site);
    let site = open(parent.path()).await;
    assert_eq!(over(&site).await, (association, made));
}

async fn again_changes_nothing(site: &Site, made: &Record) {
    let said = run(site, Options::default()).await.unwrap();
    assert_eq!(said, table(made));
    assert_eq!(over(site).await.1, *made);
    let store = store(site).unwrap();
    assert_eq!(
        store
            .query_all::<BillingRuns>(&Lookup::all::<BillingRuns>())
            .await
            .unwrap()
            .len(),
        1
    );
    for other in [
        Options {
            members: Some(301),
            seed: None,
        },
        Options {
            members: None,
            seed: Some(8),
        },
    ] {
        let refused = run(site, other).await.unwrap_err();
        assert!(
            refused.contains("holds a demo of 300 members from seed 7"),
            "{refused}"
        );
    }
}

async fn what_is_printed_works(site: &Site) {
    let said = instructions(site, "http://127.0.0.1:3000").await.unwrap();
    let token = said
        .lines()
        .find_map(|line| line.strip_prefix("TOKEN="))
        .unwrap();
    let commands: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("curl "))
        .collect();
    assert_eq!(commands.len(), 7, "{said}");
    for command in commands {
        assert!(
            command.contains("\"Authorization: Bearer $TOKEN\""),
            "{command}"
        );
        let url = command.rsplit('\'').nth(1).unwrap();
        let path = url.strip_prefix("http://127.0.0.1:3000").unwrap();
        assert_eq!(status(site, path, token).await, StatusCode::OK, "{command}");
    }
}

async fn a_mail_that_is_gone_is_missed(site: &Site, made: &Record) {
    let (store, folder) = (store(site).unwrap(), &site.stack.folder);
    recount::report(&store, folder, made).await.unwrap();
    let outbox = folder.outbox().unwrap().join(TENANT);
    let mails = std::fs::read_dir(&outbox)
        .unwrap()
        .map(|mail| mail.unwrap().path());
    let of_order = |path: &std::path::PathBuf| path.to_string_lossy().contains("contact");
    let (mail, away) = (
        mails.into_iter().find(of_order).unwrap(),
        outbox.join("away"),
    );
    std::fs::rename(&mail, &away).unwrap();
    let missed = recount::report(&store, folder, made).await.unwrap_err();
    assert!(
        missed.starts_with("1 thing does not add up: ") && missed.contains("not in the outbox"),
        "{missed}"
    );
    std::fs::rename(&away, &mail).unwrap();
}

#[tokio::test]
async fn data_of_somebodys_own_is_left_alone() {
    let parent = tempfile::tempdir().unwrap();
    let site = open(parent.path()).await;
    let store = store(&site).unwrap();
    assert_eq!(state(&store).await.unwrap(), State::Absent);
    let api = Api::new(&site).unwrap();
    let body = serde_json::json!({ "name": "Mine", "customer_type": "contact" });
    api.post("/types/demo", Some(&body)).await.unwrap();
    assert_eq!(state(&store).await.unwrap(), State::Foreign);
    let refused = run(&site, small()).await.unwrap_err();
    assert!(refused.contains("has data that is no demo"), "{refused}");
    assert!(
        instructions(&site, "http://x")
            .await
            .unwrap()
            .contains("/types/demo'")
    );
}
