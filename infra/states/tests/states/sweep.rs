//! A run that is killed at every point in turn, and taken over by a second process.

use crate::life::*;
use crate::support::*;
use serde_json::{Value, json};
use states::Status;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A run with a retry, a second pass, a wait and a plain shard.
fn eventful(payload: &Value, before: usize) -> Reaction {
    match (payload["shards"][0].as_i64(), payload["pass"].as_i64()) {
        (Some(0), _) if before == 0 => error("StoreThrottled"),
        (Some(1), Some(0)) => Reaction::Answer(json!({"next": "again", "cursor": "c", "pass": 1})),
        (Some(2), Some(0)) => {
            Reaction::Answer(json!({"next": "wait", "cursor": "w", "pass": 1, "wait_seconds": 1}))
        }
        _ => good(payload, items()),
    }
}

/// A second process takes over; returns all that was invoked in both lives. The end must have
/// been told in one of them.
fn taken_over(file: &Path, definition: &str, first: &Stub, ends: &Recorder) -> Vec<Value> {
    let mut seen = first.seen();
    let stub = Stub::new(|payload, _| eventful(payload, 1));
    let second = Life::begin(file, definition, stub).resume();
    if *ends.count.borrow() == 0 {
        second.event();
    }
    assert_eq!(second.status(), Status::Succeeded);
    let ends = |kind: &&String| kind.starts_with("ExecutionS") || kind.contains("IterationS");
    assert_eq!(second.kinds().iter().filter(ends).count(), 2 + 2 * 3);
    seen.extend(second.dies().seen());
    seen
}

/// Dies when call number `last` comes.
fn killed_at_call(last: usize) -> Vec<Value> {
    let text = edited(&REFRESH, |definition| quick(definition, None));
    let (_folder, file) = folder();
    let calls = AtomicUsize::new(0);
    let stub = Stub::new(move |payload, before| {
        let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
        if call >= last {
            Reaction::Hang
        } else {
            eventful(payload, before)
        }
    });
    let first = Life::begin(&file, &text, stub).start();
    let ends = first.recorder.clone();
    first.runtime.block_on(first.stub.called(last));
    taken_over(&file, &text, &first.dies(), &ends)
}

/// Dies somewhere after the history has `count` events.
fn killed_at_event(count: usize) -> Vec<Value> {
    let text = edited(&REFRESH, |definition| quick(definition, None));
    let (_folder, file) = folder();
    let first = Life::begin(&file, &text, Stub::new(eventful)).start();
    let ends = first.recorder.clone();
    let stub = first.dies_when(|kinds| kinds.len() >= count);
    taken_over(&file, &text, &stub, &ends)
}

/// What a run invokes that nobody kills, and how many events it has.
fn undisturbed() -> (Vec<Value>, usize) {
    let text = edited(&REFRESH, |definition| quick(definition, None));
    let (_folder, file) = folder();
    let whole = Life::begin(&file, &text, Stub::new(eventful)).start();
    whole.event();
    let events = whole.kinds().len();
    (whole.dies().seen(), events)
}

fn sweep(points: impl Iterator<Item = usize>, killed_at: fn(usize) -> Vec<Value>, whole: &[Value]) {
    let lives: Vec<_> = points
        .map(|point| (point, std::thread::spawn(move || killed_at(point))))
        .collect();
    for (point, life) in lives {
        let seen = life.join().unwrap();
        for payload in whole {
            assert!(
                seen.contains(payload),
                "killed at {point}: never saw {payload}"
            );
        }
    }
}

#[test]
fn a_run_killed_at_any_call_ends_the_same() {
    let (whole, _) = undisturbed();
    assert_eq!(whole.len(), 8);
    sweep(1..=whole.len(), killed_at_call, &whole);
}

#[test]
fn a_run_killed_after_any_event_ends_the_same() {
    let (whole, events) = undisturbed();
    sweep((1..events).step_by(3), killed_at_event, &whole);
}
