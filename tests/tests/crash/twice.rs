//! Every step is run twice in a row, and the second time changes nothing.

use crate::doom::{Counted, Doom};
use crate::world::{Seed, World};
use jiff::Timestamp;
use model::Record;
use model::ids::SHARDS;
use model::resources::billing_run_action::NOT_BEFORE;
use model::resources::{BillingRuns, Memberships};
use std::sync::Arc;
use tests::machine::At;

/// Memberships, the run and its actions, but for who wrote them last and when.
async fn picture(world: &World) -> Vec<Vec<(String, String)>> {
    let store = &world.store;
    let mut records = store.query_all(&store.all::<Memberships>()).await.unwrap();
    let actions = store.of_run(&world.run, 0..SHARDS).consistent();
    records.extend(store.query_all(&actions).await.unwrap());
    records.push(store.require::<BillingRuns>(&world.run).await.unwrap());
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
async fn pause_ends(world: &World) -> Option<Timestamp> {
    let actions = world.store.of_run(&world.run, 0..SHARDS).consistent();
    let actions = world.store.query_all(&actions).await.unwrap();
    let pauses = actions.iter().filter_map(|record| record.get(NOT_BEFORE));
    pauses.min()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_can_run_twice() {
    let world = World::begin(&Seed::sow().await, true).await;
    let doom = Arc::new(Doom::new(Counted::All, None));
    let process = world.process(&doom);
    let mut machine = world.machine();
    while machine.at != At::Done {
        let mut first = Box::pin(machine.attempt(&process)).await.unwrap();
        let (mut left, mut mails) = (picture(&world).await, world.post.texts());
        let mut pause = pause_ends(&world).await;
        let mut second = Box::pin(machine.attempt(&process)).await.unwrap();
        // On a busy machine a pause ends between the two: then the second goes
        // on where the first could not.
        while pause.is_some_and(|end| end <= Timestamp::now()) {
            (first, left, mails) = (second, picture(&world).await, world.post.texts());
            pause = pause_ends(&world).await;
            second = Box::pin(machine.attempt(&process)).await.unwrap();
        }
        let at = machine.at;
        assert_eq!(first, second, "{at:?}");
        let again = picture(&world).await;
        for (before, after) in left.iter().zip(&again) {
            assert_eq!(before, after, "{at:?}");
        }
        assert_eq!(left.len(), again.len(), "{at:?}");
        assert_eq!(mails, world.post.texts(), "{at:?}");
        machine.advance(first).await;
    }
    world.end().await.none("every step twice");
}
