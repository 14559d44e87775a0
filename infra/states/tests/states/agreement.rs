//! The scenarios on which another implementation agrees; `tests/asl/agree.py` runs them there.

use crate::support::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const SCENARIOS: &str = include_str!("../../../../tests/asl/scenarios.json");

/// The scenario's script for a call: that of its first shard, else that of its step.
fn key(answers: &Value, payload: &Value) -> String {
    let step = payload["step"]
        .as_str()
        .unwrap()
        .rsplit_once('-')
        .unwrap()
        .1;
    let shard = payload["shards"][0]
        .as_i64()
        .map(|shard| format!("{step}/{shard}"));
    shard
        .filter(|key| answers.get(key).is_some())
        .unwrap_or_else(|| step.to_owned())
}

/// Answers in the script's order, the last one again and again.
fn scripted(answers: Value) -> Arc<Stub> {
    let calls = Mutex::new(BTreeMap::new());
    Stub::new(move |payload, _| {
        let key = key(&answers, payload);
        let mut calls = calls.lock().unwrap();
        let before: &mut usize = calls.entry(key.clone()).or_default();
        *before += 1;
        match answers[key].as_array() {
            Some(script) => reaction(&script[(*before).min(script.len()) - 1]),
            None => good(payload, small()),
        }
    })
}

fn reaction(what: &Value) -> Reaction {
    match what["error"].as_str() {
        Some(name) => error(name),
        None if what["hang"] == true => Reaction::Hang,
        None => Reaction::Answer(what["answer"].clone()),
    }
}

fn scaled(scenario: &Value) -> String {
    let text = match scenario["machine"].as_str() {
        Some("billing-refresh") => &REFRESH,
        Some("billing-execution") => &EXECUTION,
        Some("membership-jobs") => &JOBS,
        machine => panic!("no machine {machine:?}"),
    };
    edited(text, |definition| {
        quick(definition, scenario["attempts"].as_u64());
        if let Some(seconds) = scenario["task_seconds"].as_u64() {
            each_task(definition, &|task| task["TimeoutSeconds"] = json!(seconds));
        }
        if let Some(seconds) = scenario["machine_seconds"].as_u64() {
            definition["TimeoutSeconds"] = json!(seconds);
        }
    })
}

/// The payloads that were invoked, each with how often.
fn invoked(stub: &Stub) -> Value {
    let mut times: BTreeMap<String, (u64, Value)> = BTreeMap::new();
    for payload in stub.seen() {
        let entry = times.entry(payload.to_string()).or_insert((0, payload));
        entry.0 += 1;
    }
    let rows = times
        .into_values()
        .map(|(times, payload)| json!({"times": times, "payload": payload}));
    rows.collect()
}

async fn outcome(scenario: Value) -> Value {
    let stub = scripted(scenario["answers"].clone());
    let execution = run(&scaled(&scenario), &stub).await.execution;
    let mut outcome = json!({"status": execution.status.name(), "error": execution.error,
        "invoked": invoked(&stub)});
    // Elsewhere the cause is the service's or the stub's wording.
    if scenario["expected"].get("cause").is_some() {
        outcome["cause"] = json!(execution.cause);
    }
    outcome
}

fn sorted(mut outcome: Value) -> Value {
    let rows = outcome["invoked"].as_array_mut().unwrap();
    rows.sort_by_key(|row| row["payload"].to_string());
    outcome
}

#[tokio::test]
async fn every_scenario_ends_as_agreed() {
    let scenarios: Vec<Value> = serde_json::from_str(SCENARIOS).unwrap();
    let outcomes = scenarios.iter().map(|scenario| outcome(scenario.clone()));
    let outcomes = futures::future::join_all(outcomes).await;
    for (scenario, outcome) in scenarios.iter().zip(outcomes) {
        let expected = sorted(scenario["expected"].clone());
        assert_eq!(outcome, expected, "scenario {}", scenario["name"]);
    }
}
