//! Every step is run twice in a row, and the second time changes nothing.

use crate::crash_point::{Counted, CrashPoint};
use crate::environment::{Environment, RunFixture};
use jiff::Timestamp;
use model::Record;
use model::ids::SHARDS;
use model::resources::billing_run_action::NOT_BEFORE;
use model::resources::{BillingRuns, Memberships};
use std::sync::Arc;
use tests::machine::At;

/// Memberships, the run and its actions, but for who wrote them last and when.
async fn picture(environment: &Environment) -> Vec<Vec<(String, String)>> {
    let store = &environment.store;
    let mut records = store.query_all(&store.all::<Memberships>()).await.unwrap();
    let actions = store.of_run(&environment.run, 0..SHARDS).consistent();
    records.extend(store.query_all(&actions).await.unwrap());
    records.push(
        store
            .require::<BillingRuns>(&environment.run)
            .await
            .unwrap(),
    );
    records.iter().map(fields).collect()
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
    let actions = environment
        .store
        .of_run(&environment.run, 0..SHARDS)
        .consistent();
    let actions = environment.store.query_all(&actions).await.unwrap();
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
        let (mut left, mut mails) = (picture(&environment).await, environment.mailer.texts());
        let mut pause = pause_ends(&environment).await;
        let mut second = Box::pin(machine.attempt(&process)).await.unwrap();
        // On a busy machine a pause ends between the two: then the second goes
        // on where the first could not.
        while pause.is_some_and(|end| end <= Timestamp::now()) {
            (first, left, mails) = (
                second,
                picture(&environment).await,
                environment.mailer.texts(),
            );
            pause = pause_ends(&environment).await;
            second = Box::pin(machine.attempt(&process)).await.unwrap();
        }
        let at = machine.at;
        assert_eq!(first, second, "{at:?}");
        let again = picture(&environment).await;
        for (before, after) in left.iter().zip(&again) {
            assert_eq!(before, after, "{at:?}");
        }
        assert_eq!(left.len(), again.len(), "{at:?}");
        assert_eq!(mails, environment.mailer.texts(), "{at:?}");
        machine.advance(first).await;
    }
    environment.end().await.none("every step twice");
}
