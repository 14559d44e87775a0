//! A run is interrupted at each of its calls in turn and taken up again.

use crate::crash_point::{Counted, Crash, CrashPoint};
use crate::environment::{Environment, RunFixture};
use futures::StreamExt;
use std::sync::Arc;

/// Attempts at once; much of each is waiting for pauses to end.
const PARALLEL: usize = 6;
/// Attempts that a quick sweep samples.
const SAMPLE: usize = 20;

/// `CRASH_SWEEP=all` crashes at every call in every way.
pub fn is_whole() -> bool {
    std::env::var("CRASH_SWEEP").is_ok_and(|text| text == "all")
}

/// Every call with every crash, or a sample that meets every crash.
pub fn sample(calls: usize, crashes: &[Crash]) -> Vec<(usize, Crash)> {
    let of_call = |at| crashes.iter().map(move |crash| (at, *crash));
    let all: Vec<_> = (1..=calls).flat_map(of_call).collect();
    let stride = (all.len() / SAMPLE).max(1);
    let stride = stride + usize::from(stride.is_multiple_of(crashes.len()) && crashes.len() > 1);
    let stride = if is_whole() { 1 } else { stride };
    all.into_iter().step_by(stride).collect()
}

/// Each call with one of so many crashes, the next call with the next of them; with all of
/// them in the whole sweep.
pub fn each_call(
    calls: usize,
    crashes: usize,
    from: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let all = (1..=calls).flat_map(move |at| (0..crashes).map(move |crash| (at, crash)));
    all.filter(move |(at, crash)| is_whole() || (at + from) % crashes == *crash)
}

/// A run that is not interrupted: how many calls it makes, and its mails.
async fn undisturbed(
    seed: &RunFixture,
    counted: Counted,
) -> (usize, Vec<(String, String, String)>) {
    let environment = Environment::begin(seed, true).await;
    let crash_point = Arc::new(CrashPoint::new(counted, None));
    environment
        .run_until_crash(&mut environment.machine(), &crash_point)
        .await;
    let texts = environment.mailer.texts();
    environment.end().await.none("undisturbed");
    (crash_point.calls(), texts)
}

/// A process fails at a call, and if it ended there another takes over.
pub async fn crashed(
    seed: &RunFixture,
    counted: Counted,
    tells: bool,
    at: usize,
    crash: Crash,
) -> Environment {
    let environment = Environment::begin(seed, tells).await;
    let mut machine = environment.machine();
    let crash_point = Arc::new(CrashPoint::new(counted, Some((at, crash))));
    environment
        .run_until_crash(&mut machine, &crash_point)
        .await;
    let another = Arc::new(CrashPoint::new(counted, None));
    environment.run_until_crash(&mut machine, &another).await;
    environment
}

/// What is wrong after a process was crashed.
async fn found(
    seed: &RunFixture,
    counted: Counted,
    tells: bool,
    (at, crash): (usize, Crash),
    texts: &[(String, String, String)],
) -> Vec<String> {
    let context = format!("call {at} of {counted:?}, {crash:?}, mailer tells: {tells}");
    let environment = crashed(seed, counted, tells, at, crash).await;
    let sent = environment.mailer.texts();
    let mut findings = environment.end().await;
    for mail in sent.iter().filter(|mail| !texts.contains(mail)) {
        findings.0.push(format!("another mail: {mail:?}"));
    }
    let named = findings.0.iter().map(|what| format!("{context}: {what}"));
    named.collect()
}

async fn sweep(counted: Counted, crashes: &[Crash], tells: bool) {
    let seed = &RunFixture::create().await;
    let (calls, texts) = &undisturbed(seed, counted).await;
    let attempts = sample(*calls, crashes).into_iter();
    let attempts = attempts.map(|at| found(seed, counted, tells, at, texts));
    println!("{} of {calls} calls, {counted:?}", attempts.len());
    let found: Vec<String> = futures::stream::iter(attempts)
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

const CRASHES: &[Crash] = &[Crash::BeforeCall, Crash::AfterCall, Crash::AnswerLost];

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_effect_changes_nothing() {
    sweep(Counted::Effects, CRASHES, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_where_the_mailer_cannot_tell_what_it_sent() {
    sweep(Counted::Effects, CRASHES, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_an_answer_that_is_lost_for_good() {
    sweep(Counted::All, &[Crash::AnswerLost], true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_a_call_that_is_throttled_or_left_undone() {
    sweep(Counted::All, &[Crash::Throttled, Crash::Undone], true).await;
}
