//! The real SDK against the executor's API.

use crate::support::*;
use aws_credential_types::Credentials;
use aws_sdk_sfn::config::{BehaviorVersion, Region};
use aws_sdk_sfn::error::ProvideErrorMetadata;
use aws_sdk_sfn::types::ExecutionStatus;
use aws_sdk_sfn::{Client, Config};
use states::{machine_arn, router};
use std::sync::Arc;

async fn client(stub: &Arc<Stub>) -> (Client, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let executor = open(None, &REFRESH, stub, recorder.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router(executor)).await });
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    (Client::from_conf(config), recorder)
}

fn start_execution(
    client: &Client,
) -> aws_sdk_sfn::operation::start_execution::builders::StartExecutionFluentBuilder {
    let request = client.start_execution().state_machine_arn(machine_arn("m"));
    request.name("r1-1").input(INPUT)
}

fn code<E: ProvideErrorMetadata>(error: &E) -> &str {
    error.code().unwrap()
}

#[tokio::test]
async fn a_name_starts_once() {
    let stub = Stub::new(|_, _| Reaction::Hang);
    let (client, _) = client(&stub).await;
    let first = start_execution(&client).send().await.unwrap();
    let again = start_execution(&client).send().await.unwrap();
    assert_eq!(first.execution_arn(), again.execution_arn());
    assert_eq!(first.start_date(), again.start_date());
    let other = start_execution(&client)
        .input("{}")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(other.is_execution_already_exists());
    let stop = client.stop_execution().execution_arn(first.execution_arn());
    stop.error("Cancelled")
        .cause("by staff")
        .send()
        .await
        .unwrap();
    let ended = start_execution(&client)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(ended.is_execution_already_exists());
    let shown = client
        .describe_execution()
        .execution_arn(first.execution_arn())
        .send()
        .await
        .unwrap();
    assert_eq!(shown.status(), &ExecutionStatus::Aborted);
    assert_eq!(
        (shown.error(), shown.cause()),
        (Some("Cancelled"), Some("by staff"))
    );
    assert_eq!(stub.calls("refresh-prepare"), 1);
}

#[tokio::test]
async fn an_execution_is_described_with_its_history() {
    let stub = Stub::new(|payload, _| good(payload, small()));
    let (client, recorder) = client(&stub).await;
    let arn = start_execution(&client).send().await.unwrap().execution_arn;
    recorder.event().await;
    let shown = client
        .describe_execution()
        .execution_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(shown.status(), &ExecutionStatus::Succeeded);
    assert_eq!((shown.name(), shown.input()), (Some("r1-1"), Some(INPUT)));
    assert!(
        shown.output().unwrap().contains("settled")
            && shown.stop_date().unwrap() >= shown.start_date()
    );
    let history = client.get_execution_history().execution_arn(&arn);
    let pages = history.max_results(10).into_paginator().items().send();
    let events = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let ids: Vec<i64> = events.iter().map(|event| event.id()).collect();
    assert_eq!(ids, (1..=ids.len() as i64).collect::<Vec<_>>());
    assert_eq!(
        events[1].state_entered_event_details().unwrap().name(),
        "Prepare"
    );
    assert!(
        events[2]
            .task_scheduled_event_details()
            .unwrap()
            .parameters()
            .contains("refresh-prepare")
    );
    let last = client.get_execution_history().execution_arn(&arn);
    let last = last
        .reverse_order(true)
        .max_results(1)
        .send()
        .await
        .unwrap();
    assert_eq!(last.events()[0].r#type().as_str(), "ExecutionSucceeded");
}

#[tokio::test]
async fn bad_requests_have_the_errors_of_the_api() {
    let stub = Stub::new(|_, _| Reaction::Hang);
    let (client, _) = client(&stub).await;
    let error = start_execution(&client)
        .state_machine_arn(machine_arn("x"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "StateMachineDoesNotExist");
    let error = start_execution(&client)
        .name("a:b")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "InvalidName");
    let error = start_execution(&client)
        .input("{")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "InvalidExecutionInput");
    let long = format!("\"{}\"", "x".repeat(262_144));
    let error = start_execution(&client)
        .input(long)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "InvalidExecutionInput");
    let error = client
        .describe_execution()
        .execution_arn("x")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "ExecutionDoesNotExist");
    let error = client
        .stop_execution()
        .execution_arn("x")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "ExecutionDoesNotExist");
    let error = client.list_state_machines().send().await.unwrap_err();
    assert_eq!(code(&error), "UnknownOperationException");
    assert!(stub.seen().is_empty());
}
