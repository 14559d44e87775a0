use super::*;

const NAME: &str = "0a/billing-run-r|1.csv";

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

/// Tenant, name, expiry and signature of a link.
fn parts_of(link: &str) -> (String, String, i64, String) {
    let link = link.strip_prefix("/documents/").unwrap();
    let (path, query) = link.split_once("?expires=").unwrap();
    let (tenant, name) = path.split_once('/').unwrap();
    let (expires, signature) = query.split_once("&signature=").unwrap();
    (
        tenant.to_owned(),
        name.replace("%7C", "|"),
        expires.parse().unwrap(),
        signature.to_owned(),
    )
}

async fn written(folder: &Folder) -> Upload {
    let upload = folder.begin(&acme(), NAME, "text/csv").await.unwrap();
    for (number, part) in [(2, "c"), (1, "x"), (10, "d"), (1, "ab")] {
        let part = part.as_bytes().to_vec();
        folder.add(&acme(), &upload, number, part).await.unwrap();
    }
    upload
}

#[tokio::test]
async fn parts_become_one_document_in_the_order_of_their_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("documents")).unwrap();
    let upload = written(&folder).await;
    let link = folder.link(&acme(), NAME).await.unwrap();
    let (tenant, name, expires, signature) = parts_of(&link);
    let find = || folder.find(&tenant, &name, expires, &signature);
    assert_eq!(find(), None, "nothing is there before it is finished");
    folder.finish(&acme(), &upload).await.unwrap();
    assert_eq!(fs::read(find().unwrap()).unwrap(), b"abcd");
    let again = folder.finish(&acme(), &upload).await;
    assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
    let late = folder.add(&acme(), &upload, 3, Vec::new()).await;
    assert!(matches!(late, Err(Error::NotFound { .. })), "{late:?}");
}

#[tokio::test]
async fn a_link_that_was_changed_or_has_expired_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("documents")).unwrap();
    let upload = written(&folder).await;
    folder.finish(&acme(), &upload).await.unwrap();
    let (tenant, name, expires, signature) = parts_of(&folder.link(&acme(), NAME).await.unwrap());
    let find = |tenant: &str, name: &str, expires: i64, signature: &str| {
        folder.find(tenant, name, expires, signature).is_some()
    };
    assert!(find(&tenant, &name, expires, &signature));
    assert!(!find("other", &name, expires, &signature));
    assert!(!find(&tenant, "0a/other.csv", expires, &signature));
    assert!(!find(&tenant, &name, expires + 1, &signature));
    for forged in [
        "",
        "ä",
        "0",
        &signature[2..],
        &signature.replace('0', "1").replace('a', "b"),
    ] {
        assert!(!find(&tenant, &name, expires, forged), "{forged}");
    }
    let past = Timestamp::now().as_second() - 1;
    let signed = folder.mac(&acme(), NAME, past).finalize().into_bytes();
    let signed: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!find(&tenant, &name, past, &signed));
}

#[tokio::test]
async fn another_tenants_upload_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("documents")).unwrap();
    let upload = written(&folder).await;
    let other = TenantId::parse("other").unwrap();
    let refused = folder.add(&other, &upload, 1, Vec::new()).await;
    assert!(
        matches!(refused, Err(Error::NotFound { .. })),
        "{refused:?}"
    );
    let upload = Upload {
        id: "acme/..".into(),
        ..upload
    };
    folder.finish(&acme(), &upload).await.unwrap_err();
}
