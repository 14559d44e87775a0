//! Every call of a run is its process's last one, in turn.

use crate::doom::{Blow, Counted, Doom};
use crate::machine::Machine;
use crate::world::{Seed, World};
use futures::StreamExt;
use std::sync::Arc;

const BLOWS: [Blow; 3] = [Blow::DiesBefore, Blow::DiesAfter, Blow::LosesAnswer];
/// Lives at once; much of each is waiting for pauses to end.
const PARALLEL: usize = 6;
/// Lives that the quick sweep samples.
const SAMPLE: usize = 60;

/// `CRASH_SWEEP=all` strikes at every call, reads too, in every way.
fn is_whole() -> bool {
    std::env::var("CRASH_SWEEP").is_ok_and(|text| text == "all")
}

/// A run that nobody kills: how many calls it makes, and its mails.
async fn undisturbed(seed: &Seed, counted: Counted) -> (usize, Vec<(String, String, String)>) {
    let world = World::begin(seed, true).await;
    let doom = Arc::new(Doom::new(counted, None));
    world.live(&mut Machine::new(), &doom).await;
    let texts = world.post.texts();
    world.end().await.none("undisturbed");
    (doom.calls(), texts)
}

/// A process is struck, and if it dies of it another takes over.
async fn struck(seed: &Seed, counted: Counted, tells: bool, at: usize, blow: Blow) -> World {
    let world = World::begin(seed, tells).await;
    let mut machine = Machine::new();
    let doom = Arc::new(Doom::new(counted, Some((at, blow))));
    world.live(&mut machine, &doom).await;
    let another = Arc::new(Doom::new(counted, None));
    world.live(&mut machine, &another).await;
    world
}

async fn sweep(tells: bool) {
    let counted = if is_whole() {
        Counted::All
    } else {
        Counted::Effects
    };
    let seed = &Seed::sow().await;
    let (calls, texts) = &undisturbed(seed, counted).await;
    let all = (1..=*calls).flat_map(|at| BLOWS.map(|blow| (at, blow)));
    let step = if is_whole() {
        1
    } else {
        (calls * BLOWS.len() / SAMPLE).max(1)
    };
    // Sampling must not meet the same blow each time.
    let step = step + usize::from(step > 1 && step % BLOWS.len() == 0);
    let lives = all.step_by(step).map(|(at, blow)| async move {
        let context = format!("call {at} of {calls}, {blow:?}, mailer tells: {tells}");
        let world = struck(seed, counted, tells, at, blow).await;
        let known = world.post.texts();
        let differing: Vec<_> = known.iter().filter(|mail| !texts.contains(mail)).collect();
        assert!(differing.is_empty(), "{context}: other mails {differing:?}");
        let mut findings = world.end().await;
        findings
            .0
            .iter_mut()
            .for_each(|what| *what = format!("{context}: {what}"));
        findings.0
    });
    let found: Vec<String> = futures::stream::iter(lives)
        .buffer_unordered(PARALLEL)
        .flat_map(futures::stream::iter)
        .collect()
        .await;
    assert!(
        found.is_empty(),
        "{} findings\n{}",
        found.len(),
        found.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_call_changes_nothing() {
    sweep(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_it_where_nobody_can_tell_whether_a_mail_went() {
    sweep(false).await;
}
