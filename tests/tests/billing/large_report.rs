//! A report that is too large for an answer is written in parts, and fetched by
//! a link.

use crate::support::{MARCH, run_path};
use async_trait::async_trait;
use billing::report::{Begun, Made, Sizes, Source, make};
use ledger::tenant::Modes;
use model::name_order::NameOrder;
use model::resources::BillingRunActions;
use model::resources::csv_style::CsvStyle;
use model::{Result, TenantId};
use serde_json::json;
use services::documents::{Documents, Upload};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;
use store::QueryId;
use tests::records::record;
use tests::{Call, TestApp, import};

/// Actions whose names make more of a report than an answer holds.
const ACTIONS: usize = 1_000;
const NAME: usize = 9_500;
/// The store ends a page once it has 3 MB, and DynamoDB answers 1 MB at once.
const PAGE: usize = 4_100_000;

async fn large_run(app: &TestApp) -> String {
    run_of(app, ACTIONS, &"ä".repeat(NAME / 2)).await
}

/// A run with so many actions, each of somebody of this name.
async fn run_of(app: &TestApp, actions: usize, name: &str) -> String {
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let change = |number| {
        let action = record(json!({
            "id": format!("{id}|contact:m{number}|02-renewal-order|0"),
            "billing_run_id": id, "membership_id": format!("contact:m{number}"), "name": name,
            "type": "renewal order", "status": "pending", "date": "2026-03-10T08:00:00Z",
        }));
        let change = app
            .store
            .change::<BillingRunActions>(&import(), None, action);
        change.expect("a sound action")
    };
    let numbers: Vec<usize> = (0..actions).collect();
    for some in numbers.chunks(ACTIONS) {
        let changes: Vec<_> = some.iter().map(change).collect();
        for written in app.store.write_all(&changes).await {
            written.expect("a new action");
        }
    }
    id
}

/// The file that a link leads to, as text.
fn fetched(app: &TestApp, link: &str) -> Option<String> {
    String::from_utf8(app.fetched(link)?).ok()
}

fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.remove(0).split(',').next(), Some("membership_id"));
    lines.sort_unstable();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_report_is_a_redirect_to_a_link_that_needs_no_token() {
    let app = TestApp::with_catalogue().await;
    let id = large_run(&app).await;
    let path = format!("{}/report", run_path(&id));
    let link = app.location(&path).await;
    let text = fetched(&app, &link).expect("what the link leads to");
    assert!(text.len() > 3_000_000, "{} bytes", text.len());
    assert_eq!(lines(&text).len(), ACTIONS);
    let another = app.location(&path).await;
    assert_ne!(link, another, "each report is a document of its own");
    assert_eq!(fetched(&app, &link), fetched(&app, &another));
    let other = Call::get(&path).of_tenant("other");
    app.send(other).await.refused(403);
}

/// The document store of the stack, with the sizes of the parts it was given.
struct Noting<'a> {
    inner: &'a dyn Documents,
    parts: Mutex<Vec<usize>>,
}

#[async_trait]
impl Documents for Noting<'_> {
    async fn begin(&self, tenant: &TenantId, name: &str, kind: &str) -> Result<Upload> {
        self.inner.begin(tenant, name, kind).await
    }

    async fn add(&self, tenant: &TenantId, to: &Upload, number: i32, part: Vec<u8>) -> Result<()> {
        self.parts.lock().expect("no panic before").push(part.len());
        self.inner.add(tenant, to, number, part).await
    }

    async fn finish(&self, tenant: &TenantId, upload: &Upload) -> Result<()> {
        self.inner.finish(tenant, upload).await
    }

    async fn link(&self, tenant: &TenantId, name: &str) -> Result<String> {
        self.inner.link(tenant, name).await
    }
}

static MODES: LazyLock<Modes> = LazyLock::new(|| Modes {
    delivery: "live".into(),
    charges: "test".into(),
});

/// A report in the order of work.
fn source<'a>(app: &'a TestApp, documents: &'a dyn Documents, run: &'a str) -> Source<'a> {
    Source {
        store: &app.store,
        documents,
        run,
        modes: &MODES,
        style: CsvStyle::default(),
        order: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_a_part_and_a_page_is_ever_held() {
    let app = TestApp::with_catalogue().await;
    let id = large_run(&app).await;
    let documents = Noting {
        inner: &*app.core.billing.documents,
        parts: Mutex::default(),
    };
    let source = source(&app, &documents, &id);
    let sizes = Sizes {
        sorted: ACTIONS,
        whole: 100_000,
        part: 200_000,
        work: Duration::from_secs(600),
    };
    let Made::Link(link) = make(&source, None, sizes).await.unwrap() else {
        panic!("no link");
    };
    assert_eq!(lines(&fetched(&app, &link).unwrap()).len(), ACTIONS);
    let parts = documents.parts.lock().unwrap().clone();
    assert!(parts.len() > 2, "{parts:?}");
    let most = sizes.part + PAGE;
    assert!(parts.iter().all(|part| *part <= most), "{parts:?}");
    let whole = Sizes {
        whole: usize::MAX,
        part: usize::MAX,
        ..sizes
    };
    let Made::Whole(csv) = make(&source, None, whole).await.unwrap() else {
        panic!("no answer");
    };
    assert_eq!(fetched(&app, &link).unwrap().as_bytes(), csv);
}

/// `REPORT_ACTIONS` says of how many (5,000 unless told).
#[tokio::test(flavor = "multi_thread")]
async fn a_longer_report_has_more_parts_and_no_larger_ones() {
    let app = TestApp::with_catalogue().await;
    let told = std::env::var("REPORT_ACTIONS").map(|told| told.parse().expect("a number"));
    let actions: usize = told.unwrap_or(5_000);
    let id = run_of(&app, actions, "Member of an association").await;
    let documents = Noting {
        inner: &*app.core.billing.documents,
        parts: Mutex::default(),
    };
    let source = source(&app, &documents, &id);
    let sizes = Sizes {
        sorted: 0,
        whole: 0,
        part: 100_000,
        work: Duration::from_secs(600),
    };
    let Made::Link(link) = make(&source, None, sizes).await.unwrap() else {
        panic!("no link");
    };
    let file = fetched(&app, &link).unwrap();
    assert_eq!(lines(&file).len(), actions);
    let parts = documents.parts.lock().unwrap().clone();
    println!(
        "{actions} actions: {} bytes in {} parts",
        file.len(),
        parts.len()
    );
    assert!(parts.len() >= file.len() / (2 * sizes.part), "{parts:?}");
    // A page of 1,000 short lines may be added before a part is found to be full.
    let most = sizes.part + 200_000;
    assert!(parts.iter().all(|part| *part <= most), "{parts:?}");
}

/// Sorted, it goes by parts too; what is too much to be held is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_report_is_sorted_up_to_a_limit() {
    let app = TestApp::with_catalogue().await;
    let id = large_run(&app).await;
    let order = NameOrder::of(None).unwrap();
    let source = Source {
        order: Some(&order),
        ..source(&app, &*app.core.billing.documents, &id)
    };
    let sizes = Sizes {
        whole: 100_000,
        part: 200_000,
        work: Duration::ZERO,
        sorted: ACTIONS,
    };
    let Made::Link(link) = make(&source, None, sizes).await.unwrap() else {
        panic!("no link");
    };
    assert_eq!(lines(&fetched(&app, &link).unwrap()).len(), ACTIONS);
    let sizes = Sizes {
        sorted: ACTIONS - 1,
        ..sizes
    };
    let refused = make(&source, None, sizes).await.unwrap_err();
    assert!(
        refused.to_string().contains("more than 999 lines"),
        "{refused}"
    );
}

/// One part for each call.
async fn begun(app: &TestApp, run: &str, from: Option<Begun>) -> Begun {
    let source = source(app, &*app.core.billing.documents, run);
    let sizes = Sizes {
        sorted: 0,
        whole: 0,
        part: 1,
        work: Duration::ZERO,
    };
    match make(&source, from, sizes).await.expect("a part") {
        Made::Begun(begun) => begun,
        made => panic!("{made:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_takes_long_is_gone_on_with() {
    let app = TestApp::with_catalogue().await;
    let id = large_run(&app).await;
    let path = format!("{}/report", run_path(&id));
    let first = begun(&app, &id, None).await;
    // The same part twice, as a client that has lost the answer asks for it.
    begun(&app, &id, Some(first.clone())).await;
    let second = begun(&app, &id, Some(first)).await;
    let key = |run: &str| QueryId::new(app.store.tenant(), "report", run);
    let key_of = key(&id).encode(&second).unwrap();
    let going_on = format!("{path}?exclusiveStartKey={key_of}");
    let link = app.location(&going_on).await;
    let whole = app.location(&path).await;
    assert_eq!(fetched(&app, &link), fetched(&app, &whole));
    assert_eq!(lines(&fetched(&app, &link).unwrap()).len(), ACTIONS);
    app.get(&going_on).await.refused(404);
    let foreign = key("another").encode(&second).unwrap();
    for key in [foreign.as_str(), "junk"] {
        let refused = app.get(&format!("{path}?exclusiveStartKey={key}")).await;
        assert_eq!(refused.refused(400)[0].0, "/exclusiveStartKey");
    }
}
