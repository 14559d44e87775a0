//! Numbers: unique whoever takes them, in blocks or one by one.

use futures::future::join_all;
use std::collections::BTreeSet;
use tests::TestApp;

#[tokio::test]
async fn two_processes_never_take_the_same() {
    let app = TestApp::start().await;
    let other = app.store_over(&app.core.connection);
    let takes = (0..40).map(|n| {
        let store = if n % 2 == 0 { &app.store } else { &other };
        store.number("membership")
    });
    let blocks = (0..10).map(|_| app.store.numbers("membership", 7));
    let (taken, blocks) = tokio::join!(join_all(takes), join_all(blocks));
    let singles = taken.into_iter().map(Result::unwrap);
    let all: Vec<i64> = singles
        .chain(blocks.into_iter().flat_map(Result::unwrap))
        .collect();
    let distinct: BTreeSet<i64> = all.iter().copied().collect();
    assert_eq!((all.len(), distinct.len()), (110, 110));
    assert!(distinct.first() >= Some(&1));
}

#[tokio::test]
async fn counters_and_tenants_count_for_themselves() {
    let app = TestApp::start().await;
    let other = app.store_of("acme2");
    for store in [&app.store, &other] {
        assert_eq!(store.numbers("order", 3).await.unwrap(), 1..4);
        assert_eq!(store.numbers("order", 1).await.unwrap(), 4..5);
        assert_eq!(store.number("membership").await.unwrap(), 1);
        assert_eq!(store.number("membership").await.unwrap(), 2);
    }
}
