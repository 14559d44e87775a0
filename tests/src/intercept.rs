//! A connection whose every request is looked at: it can be kept from being
//! made, or its answer lost; it can be changed, and its answer read.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::Arc;
use store::Connection;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is made and answered.
    None,
    /// It is not made, and whoever waits for it waits for ever.
    NotMade,
    /// It is made; whoever waits for its answer waits for ever.
    NotAnswered,
    /// It is made, and its answer is lost.
    Lost,
    /// It is not made, and DynamoDB's error of this name is the answer.
    Refused(&'static str),
    /// It is not made, and DynamoDB answers that it could not be for now: as one of
    /// many parts that are to be sent again, where the request has parts.
    Undone,
}

/// Decides about each request.
pub trait Interceptor: Debug + Send + Sync {
    fn fault(&self, request: &HttpRequest) -> Fault;
    /// Changes a request before it is made.
    fn rewrite(&self, _request: &mut HttpRequest) {}
    /// A request has been made whose answer nobody will get.
    fn made_unanswered(&self) {}
    /// Whether [`Interceptor::answered`] is to be called.
    fn reads_answers(&self) -> bool {
        false
    }
    /// A request of this operation has been answered.
    fn answered(&self, _operation: &str, _answer: &[u8]) {}
}

/// DynamoDB's name of what a request asks for.
pub fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

/// `connection`, with `interceptor` asked about every request.
pub fn over(connection: &Connection, interceptor: Arc<dyn Interceptor>) -> Connection {
    let client = Intercepted {
        inner: connection.http.clone(),
        interceptor,
    };
    Connection {
        http: SharedHttpClient::new(client),
        ..connection.clone()
    }
}

#[derive(Clone, Debug)]
struct Intercepted {
    inner: SharedHttpClient,
    interceptor: Arc<dyn Interceptor>,
}

impl HttpClient for Intercepted {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            inner: self.inner.http_connector(settings, components),
            interceptor: self.interceptor.clone(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    interceptor: Arc<dyn Interceptor>,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request).to_owned();
        self.interceptor.rewrite(&mut request);
        let fault = self.interceptor.fault(&request);
        if fault == Fault::NotMade {
            return HttpConnectorFuture::new(std::future::pending());
        }
        if let Fault::Refused(code) = fault {
            return HttpConnectorFuture::ready(refusal(code));
        }
        if fault == Fault::Undone {
            return HttpConnectorFuture::ready(undone(&request));
        }
        let answer = self.inner.call(request);
        let interceptor = self.interceptor.clone();
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if interceptor.reads_answers() {
                let body = answer.body_mut().collect().await;
                let body = body.map_err(ConnectorError::io)?.to_bytes();
                interceptor.answered(&operation, &body);
                *answer.body_mut() = body.to_vec().into();
            }
            match fault {
                Fault::NotAnswered => {
                    interceptor.made_unanswered();
                    std::future::pending().await
                }
                Fault::Lost => Err(ConnectorError::io("the answer was lost".into())),
                Fault::None | Fault::NotMade | Fault::Refused(_) | Fault::Undone => Ok(answer),
            }
        })
    }
}

/// The text that every made-up error gives for its cause.
pub const CAUSE: &str = "the seventh partition is on fire";

fn refusal(code: &str) -> Result<HttpResponse, ConnectorError> {
    let status = if code == "InternalServerError" {
        500
    } else {
        400
    };
    answer(status, &json!({ "__type": kind(code), "message": CAUSE }))
}

/// A batch is answered with success, and says what it has left; a transaction that
/// meets another is cancelled; anything else is throttled.
fn undone(request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let body = request.body().bytes().unwrap_or_default();
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let wanted = &sent["RequestItems"];
    match operation(request) {
        "BatchGetItem" => answer(200, &json!({ "Responses": {}, "UnprocessedKeys": wanted })),
        "BatchWriteItem" => answer(200, &json!({ "UnprocessedItems": wanted })),
        "BatchExecuteStatement" => {
            let throttled = json!({ "Error": { "Code": "ThrottlingError", "Message": CAUSE } });
            let statements = sent["Statements"].as_array().map_or(0, Vec::len);
            answer(200, &json!({ "Responses": vec![throttled; statements] }))
        }
        "TransactWriteItems" => {
            let writes = sent["TransactItems"].as_array().map_or(0, Vec::len);
            let mut reasons = vec![json!({ "Code": "None" }); writes];
            if let Some(last) = reasons.last_mut() {
                *last = json!({ "Code": "TransactionConflict", "Message": CAUSE });
            }
            let cancelled = kind("TransactionCanceledException");
            let body =
                json!({ "__type": cancelled, "message": CAUSE, "CancellationReasons": reasons });
            answer(400, &body)
        }
        _ => refusal("ProvisionedThroughputExceededException"),
    }
}

fn kind(code: &str) -> String {
    format!("com.amazonaws.dynamodb.v20120810#{code}")
}

fn answer(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    let status =
        StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    Ok(HttpResponse::new(status, body.to_string().into()))
}
