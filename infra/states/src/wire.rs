//! The Step Functions API in the AWS JSON 1.0 protocol, for the AWS SDK and command line.

use crate::api::ApiError;
use crate::clock::epoch_seconds;
use crate::executor::Executor;
use crate::record::Execution;
use crate::store::HistoryPage;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const TARGET: &str = "AWSStepFunctions.";

/// Answers `StartExecution`, `DescribeExecution`, `StopExecution` and `GetExecutionHistory`
/// at `POST /`. Signatures are not checked.
pub fn router(executor: Arc<Executor>) -> Router {
    Router::new().route("/", post(call)).with_state(executor)
}

async fn call(State(executor): State<Arc<Executor>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    let operation = target
        .and_then(|target| target.strip_prefix(TARGET))
        .unwrap_or_default();
    match answer(&executor, operation, &body) {
        Ok(answer) => json_response(StatusCode::OK, &answer),
        Err(error) => {
            let status = match error {
                ApiError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::BAD_REQUEST,
            };
            json_response(
                status,
                &json!({"__type": error.code(), "message": error.to_string()}),
            )
        }
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, kind, body.to_string()).into_response()
}

fn answer(executor: &Arc<Executor>, operation: &str, body: &[u8]) -> Result<Value, ApiError> {
    let request = Request::parse(body)?;
    match operation {
        "StartExecution" => start(executor, &request),
        "DescribeExecution" => {
            let execution = executor.describe_execution(request.need("executionArn")?)?;
            Ok(description(&execution))
        }
        "StopExecution" => stop(executor, &request),
        "GetExecutionHistory" => history(executor, &request),
        other => Err(ApiError::UnknownOperation(other.to_owned())),
    }
}

fn start(executor: &Arc<Executor>, request: &Request) -> Result<Value, ApiError> {
    let machine = request.need("stateMachineArn")?;
    // The API's default input.
    let input = request.text("input")?.unwrap_or("{}");
    let execution = executor.start_execution(machine, request.text("name")?, input)?;
    Ok(json!({"executionArn": execution.arn, "startDate": epoch_seconds(execution.start_ms)}))
}

fn stop(executor: &Arc<Executor>, request: &Request) -> Result<Value, ApiError> {
    let arn = request.need("executionArn")?;
    let error = request.text("error")?.unwrap_or_default();
    let cause = request.text("cause")?.unwrap_or_default();
    let execution = executor.stop_execution(arn, error, cause)?;
    Ok(json!({"stopDate": execution.stop_ms.map(epoch_seconds)}))
}

fn history(executor: &Arc<Executor>, request: &Request) -> Result<Value, ApiError> {
    let limit = request.limit()?;
    let page = HistoryPage {
        after: request.token()?,
        limit,
        newest_first: request.0.get("reverseOrder") == Some(&Value::Bool(true)),
    };
    let events = executor.history(request.need("executionArn")?, page)?;
    let full = events.len() == limit as usize;
    let last = events
        .last()
        .and_then(|event| event.get("id"))
        .map(Value::to_string);
    let mut answer = json!({"events": events});
    // A full page may be the last: then the token leads to an empty one, as the API allows.
    if let Some(last) = last.filter(|_| full) {
        answer["nextToken"] = json!(last);
    }
    Ok(answer)
}

fn description(execution: &Execution) -> Value {
    let mut answer = json!({
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status.name(),
        "startDate": epoch_seconds(execution.start_ms),
        "input": execution.input,
        "inputDetails": {"included": true},
    });
    if let Some(ms) = execution.stop_ms {
        answer["stopDate"] = json!(epoch_seconds(ms));
    }
    if let Some(output) = &execution.output {
        answer["output"] = json!(output);
        answer["outputDetails"] = json!({"included": true});
    }
    for (name, text) in [("error", &execution.error), ("cause", &execution.cause)] {
        if let Some(text) = text {
            answer[name] = json!(text);
        }
    }
    answer
}

struct Request(Map<String, Value>);

impl Request {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let body = serde_json::from_slice(body);
        body.map(Self).map_err(|error| {
            ApiError::Validation(format!("the body must be a JSON object: {error}"))
        })
    }

    fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::Validation(format!("{name} must be a string"))),
        }
    }

    fn need(&self, name: &str) -> Result<&str, ApiError> {
        let text = self.text(name)?;
        text.ok_or_else(|| ApiError::Validation(format!("{name} is required")))
    }

    /// `maxResults`: 1 to 1,000; zero or none means 100.
    fn limit(&self) -> Result<u32, ApiError> {
        let rule =
            || ApiError::Validation("maxResults must be an integer from 0 to 1000".to_owned());
        let wanted = match self.0.get("maxResults") {
            None | Some(Value::Null) => 0,
            Some(value) => value
                .as_u64()
                .filter(|wanted| *wanted <= 1000)
                .ok_or_else(rule)?,
        };
        u32::try_from(if wanted == 0 { 100 } else { wanted }).map_err(|_| rule())
    }

    fn token(&self) -> Result<Option<i64>, ApiError> {
        let Some(token) = self.text("nextToken")? else {
            return Ok(None);
        };
        let id = token
            .parse()
            .map_err(|_| ApiError::InvalidToken(format!("'{token}'")))?;
        Ok(Some(id))
    }
}
