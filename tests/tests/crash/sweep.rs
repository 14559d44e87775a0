//! Every call of a run is its process's last one, in turn.

use crate::doom::{Blow, Counted, Doom};
use crate::world::{Seed, World};
use futures::StreamExt;
use std::sync::Arc;

/// Lives at once; much of each is waiting for pauses to end.
const PARALLEL: usize = 6;
/// Lives that a quick sweep samples.
const SAMPLE: usize = 20;

/// `CRASH_SWEEP=all` strikes at every call in every way.
fn is_whole() -> bool {
    std::env::var("CRASH_SWEEP").is_ok_and(|text| text == "all")
}

/// Every call with every blow, or a sample that meets every blow.
fn strikes(calls: usize, blows: &[Blow]) -> Vec<(usize, Blow)> {
    let of_call = |at| blows.iter().map(move |blow| (at, *blow));
    let all: Vec<_> = (1..=calls).flat_map(of_call).collect();
    let stride = (all.len() / SAMPLE).max(1);
    let stride = stride + usize::from(stride.is_multiple_of(blows.len()) && blows.len() > 1);
    let stride = if is_whole() { 1 } else { stride };
    all.into_iter().step_by(stride).collect()
}

/// A run that nobody kills: how many calls it makes, and its mails.
async fn undisturbed(seed: &Seed, counted: Counted) -> (usize, Vec<(String, String, String)>) {
    let world = World::begin(seed, true).await;
    let doom = Arc::new(Doom::new(counted, None));
    world.live(&mut world.machine(), &doom).await;
    let texts = world.post.texts();
    world.end().await.none("undisturbed");
    (doom.calls(), texts)
}

/// A process is struck, and if it dies of it another takes over.
pub async fn struck(seed: &Seed, counted: Counted, tells: bool, at: usize, blow: Blow) -> World {
    let world = World::begin(seed, tells).await;
    let mut machine = world.machine();
    let doom = Arc::new(Doom::new(counted, Some((at, blow))));
    world.live(&mut machine, &doom).await;
    let another = Arc::new(Doom::new(counted, None));
    world.live(&mut machine, &another).await;
    world
}

/// What is wrong after a life that was struck.
async fn found(
    seed: &Seed,
    counted: Counted,
    tells: bool,
    (at, blow): (usize, Blow),
    texts: &[(String, String, String)],
) -> Vec<String> {
    let context = format!("call {at} of {counted:?}, {blow:?}, mailer tells: {tells}");
    let world = struck(seed, counted, tells, at, blow).await;
    let sent = world.post.texts();
    let mut findings = world.end().await;
    for mail in sent.iter().filter(|mail| !texts.contains(mail)) {
        findings.0.push(format!("another mail: {mail:?}"));
    }
    let named = findings.0.iter().map(|what| format!("{context}: {what}"));
    named.collect()
}

async fn sweep(counted: Counted, blows: &[Blow], tells: bool) {
    let seed = &Seed::sow().await;
    let (calls, texts) = &undisturbed(seed, counted).await;
    let lives = strikes(*calls, blows).into_iter();
    let lives = lives.map(|strike| found(seed, counted, tells, strike, texts));
    println!("{} of {calls} calls, {counted:?}", lives.len());
    let found: Vec<String> = futures::stream::iter(lives)
        .buffer_unordered(PARALLEL)
        .flat_map(futures::stream::iter)
        .collect()
        .await;
    let shown = found.join("\n");
    assert!(
        found.is_empty(),
        "{calls} calls, {} findings\n{shown}",
        found.len()
    );
}

const BLOWS: &[Blow] = &[Blow::DiesBefore, Blow::DiesAfter, Blow::LosesAnswer];

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_effect_changes_nothing() {
    sweep(Counted::Effects, BLOWS, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_where_nobody_can_tell_whether_a_mail_went() {
    sweep(Counted::Effects, BLOWS, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_an_answer_that_is_lost_for_good() {
    sweep(Counted::All, &[Blow::LosesAnswer], true).await;
}
