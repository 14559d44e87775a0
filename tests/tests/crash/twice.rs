//! Every step is run twice in a row, and the second time changes nothing.

use crate::crash_point::{Counted, CrashPoint};
use crate::environment::{Environment, RunFixture};
use jiff::Timestamp;
use model::ids::SHARDS;
use model::resources::billing_run_action::{NOT_BEFORE, of_run};
use model::resources::membership::{DO_NOT_RENEW, indexes::every};
use model::resources::{BillingRunActions, BillingRuns, Memberships};
use model::{Record, WriteContext};
use std::sync::Arc;
use tests::machine::At;

/// Every membership, the run and its actions, but for who wrote them last and
/// when.
async fn snapshot(environment: &Environment) -> Vec<Vec<(String, String)>> {
    let (store, run) = (&environment.store, &environment.run);
    let members = store.query_all::<Memberships>(&every()).await.unwrap();
    assert!(!members.is_empty(), "no membership to look at");
    let actions = of_run(run, 0..SHARDS).consistent();
    let actions = store.query_all::<BillingRunActions>(&actions).await;
    let run = store.require::<BillingRuns>(run).await.unwrap();
    let records = members.into_iter().chain(actions.unwrap()).chain([run]);
    records.map(|record| fields(&record)).collect()
}

fn fields(record: &Record) -> Vec<(String, String)> {
    let fields = record.fields().iter();
    fields
        .filter(|(name, _)| !name.starts_with("sys_"))
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect()
}

/// When the first pause of an action ends, if one waits.
async fn pause_ends(environment: &Environment) -> Option<Timestamp> {
    let actions = of_run(&environment.run, 0..SHARDS).consistent();
    let store = &environment.store;
    let actions = store.query_all::<BillingRunActions>(&actions).await;
    let actions = actions.unwrap();
    let pauses = actions.iter().filter_map(|record| record.get(NOT_BEFORE));
    pauses.min()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_can_run_twice() {
    let environment = Environment::begin(&RunFixture::create().await, true).await;
    let crash_point = Arc::new(CrashPoint::new(Counted::All, None));
    let process = environment.process(&crash_point);
    let mut machine = environment.machine();
    while machine.at != At::Done {
        let mut first = Box::pin(machine.attempt(&process)).await.unwrap();
        let (mut left, mut mails) = (snapshot(&environment).await, environment.mailer.texts());
        let mut pause = pause_ends(&environment).await;
        let mut second = Box::pin(machine.attempt(&process)).await.unwrap();
        // On a busy machine a pause ends between the two: then the second goes
        // on where the first could not.
        while pause.is_some_and(|end| end <= Timestamp::now()) {
            (first, left, mails) = (
                second,
                snapshot(&environment).await,
                environment.mailer.texts(),
            );
            pause = pause_ends(&environment).await;
            second = Box::pin(machine.attempt(&process)).await.unwrap();
        }
        let at = machine.at;
        assert_eq!(first, second, "{at:?}");
        let again = snapshot(&environment).await;
        for (before, after) in left.iter().zip(&again) {
            assert_eq!(before, after, "{at:?}");
        }
        assert_eq!(left.len(), again.len(), "{at:?}");
        assert_eq!(mails, environment.mailer.texts(), "{at:?}");
        machine.advance(first).await;
    }
    environment.end().await.none("every step twice");
}

/// What the other test compares: a change of a single membership is seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_shows_a_change_of_one_membership() {
    let environment = Environment::begin(&RunFixture::create().await, true).await;
    let store = &environment.store;
    let before = snapshot(&environment).await;
    let members = store.query_all::<Memberships>(&every()).await.unwrap();
    let last = members.last().unwrap();
    let mut changed = last.clone();
    changed.set(DO_NOT_RENEW, !last.is(DO_NOT_RENEW));
    let context = WriteContext {
        user: "staff".into(),
        via: "test".into(),
        now: Timestamp::now(),
    };
    let saved = store.save::<Memberships>(&context, Some(last), changed);
    saved.await.unwrap();
    let after = snapshot(&environment).await;
    let differ = before.iter().zip(&after).filter(|(was, is)| was != is);
    assert_eq!((before.len(), differ.count()), (after.len(), 1));
}
