//! What a search costs: the requests it makes and the entries it looks at.

use model::Record;
use model::resources::{BillingRuns, Memberships};
use model::search::{Criteria, Plan, Searchable};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::{Budget, Found, PageToken, Store};
use tests::records::{a_membership, a_run, record, with};
use tests::{TestApp, import, meter::Meter};

/// A store whose requests are counted by their operation.
fn counted(app: &TestApp) -> (Store, Meter) {
    let meter = Meter::default();
    (app.store_over(&meter.over(&app.core.connection)), meter)
}

async fn write<R: Searchable>(app: &TestApp, records: impl Iterator<Item = Record>) {
    let changes: Vec<_> = records
        .map(|record| {
            app.store
                .change::<R>(&import(), None, record)
                .expect("sound")
        })
        .collect();
    let written = app.store.write_all(&changes).await;
    assert!(written.iter().all(Result::is_ok));
}

/// 320 memberships, ten of whom live in Bern and one of whom expires in 2031.
async fn members() -> TestApp {
    let app = TestApp::start().await;
    let member = |n: usize| {
        let own = json!({
            "id": format!("contact:k-{n}"), "contact_id": format!("k-{n}"), "number": n + 1, "name": format!("Member {n}"),
            "status": "active", "city": if n % 32 == 5 { "Bern" } else { "Basel" },
            "expiration_date": if n == 7 { "2031-12-31" } else { "2026-12-31" },
        });
        record(with(a_membership(), own))
    };
    write::<Memberships>(&app, (0..320).map(member)).await;
    app
}

async fn search<R: Searchable>(
    store: &Store,
    body: Value,
    from: Option<PageToken>,
    budget: Budget,
) -> Found {
    let fields = body.as_object().cloned().expect("an object");
    let criteria = Criteria::read(R::SEARCH, fields).expect("sound criteria");
    let plan = Plan::choose(R::SEARCH, &criteria);
    store
        .search::<R>(&plan, &criteria, from, budget)
        .await
        .expect("a page")
}

#[tokio::test]
async fn a_criterion_with_an_index_reads_no_more_than_it_finds() {
    let app = members().await;
    let (store, meter) = counted(&app);
    for (body, found, entries, records, queries) in [
        (
            json!({ "id": ["contact:k-1", "contact:k-2", "contact:k-x"] }),
            2,
            0,
            3,
            0,
        ),
        (json!({ "number": [17, 17] }), 1, 1, 1, 1),
        (json!({ "number": [17, 19], "city": "Basel" }), 3, 3, 3, 3),
        (json!({ "number": [311, null] }), 10, 10, 10, 32),
        (json!({ "number": [1.2, 1.8] }), 0, 0, 0, 0),
        (
            json!({ "expiration_date": ["2031-01-01", null] }),
            1,
            1,
            1,
            32,
        ),
        // Where members live is not in the index by expiration date, what they are is.
        (
            json!({ "expiration_date": ["2031-01-01", null], "city": "Bern" }),
            0,
            1,
            1,
            32,
        ),
        (
            json!({ "expiration_date": ["2031-01-01", null], "status": ["inactive"] }),
            0,
            1,
            0,
            32,
        ),
    ] {
        let page = search::<Memberships>(&store, body.clone(), None, Budget::default()).await;
        let seen = (page.page.items.len(), page.entries, page.records);
        assert_eq!(seen, (found, entries, records), "{body}");
        assert_eq!(page.page.next, None, "{body}");
        let mut requests = meter.take().requests;
        assert_eq!(requests.remove("Query").unwrap_or(0), queries, "{body}");
        let reads = requests.remove("BatchGetItem").unwrap_or(0);
        assert_eq!(reads, u64::from(records > 0), "{body}");
        assert!(requests.is_empty(), "{body}: {requests:?}");
    }
}

#[tokio::test]
async fn what_has_no_index_is_sifted_before_records_are_read() {
    let app = members().await;
    let (store, meter) = counted(&app);
    let bern = json!({ "city": "BERN" });
    let page = search::<Memberships>(&store, bern, None, Budget::default()).await;
    let seen = (page.page.items.len(), page.entries, page.records);
    assert_eq!(seen, (10, 320, 10));
    let requests = meter.take().requests;
    assert_eq!((requests["Query"], requests["BatchGetItem"]), (32, 1));
    let all = search::<Memberships>(&store, json!({}), None, Budget::default()).await;
    assert_eq!(
        (all.page.items.len(), all.entries, all.records),
        (100, 100, 100)
    );
}

/// Pages of a search to its end, each within `budget`.
async fn walk<R: Searchable>(store: &Store, body: Value, budget: Budget) -> Vec<Found> {
    let mut pages: Vec<Found> = Vec::new();
    let mut from = None;
    loop {
        let page = search::<R>(store, body.clone(), from, budget).await;
        assert!(page.entries <= budget.entries && page.records <= budget.records);
        from = page.page.next.clone();
        pages.push(page);
        if from.is_none() {
            return pages;
        }
        assert!(pages.len() < 1_000, "a walk without an end");
    }
}

#[tokio::test]
async fn a_request_that_has_spent_its_budget_comes_back_short() {
    let app = members().await;
    let by_entries = Budget {
        entries: 50,
        records: 1_000,
    };
    let pages = walk::<Memberships>(&app.store, json!({ "city": "bern" }), by_entries).await;
    assert_eq!(pages.len(), 7, "320 entries, 50 at a time");
    assert!(pages[0].page.items.len() < 10);
    let found: usize = pages.iter().map(|page| page.page.items.len()).sum();
    assert_eq!(found, 10);
    let by_records = Budget {
        entries: 10_000,
        records: 7,
    };
    let body = json!({ "expiration_date": ["2026-01-01", "2027-01-01"], "city": "bern" });
    let pages = walk::<Memberships>(&app.store, body, by_records).await;
    assert_eq!(pages.len(), 319usize.div_ceil(7));
    let found: usize = pages.iter().map(|page| page.page.items.len()).sum();
    assert_eq!(found, 10);
}

#[tokio::test]
async fn a_table_without_an_index_is_walked_in_bounds() {
    let app = TestApp::start().await;
    let run = |n: usize| {
        record(with(
            a_run(),
            json!({ "id": format!("run-{n:03}"), "name": format!("Run {n}") }),
        ))
    };
    write::<BillingRuns>(&app, (0..60).map(run)).await;
    let budget = Budget {
        entries: 0,
        records: 25,
    };
    let pages = walk::<BillingRuns>(&app.store, json!({ "name": "run 59" }), budget).await;
    let sizes: Vec<usize> = pages.iter().map(|page| page.page.items.len()).collect();
    assert_eq!(sizes, [0, 0, 1]);
    let (store, meter) = counted(&app);
    let ids = json!({ "ids": ["run-001", "run-059"], "name": "9" });
    let page = search::<BillingRuns>(&store, ids, None, Budget::default()).await;
    assert_eq!(page.page.items.len(), 1);
    assert_eq!(
        meter.take().requests,
        BTreeMap::from([("BatchGetItem".to_owned(), 1)])
    );
}
